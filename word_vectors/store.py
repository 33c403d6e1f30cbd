"""Word vectors on disk, which fit one vocabulary only.

``out/vectors/<corpus>/<name>/`` holds:

====================  =========================================================================================
``config.json``       what was asked for: settings, seed, SHA-256 of every text
``environment.json``  git commit, versions, machine, command
``vectors.npz``       ``vectors`` float32 (V, D) in the order of the vocabulary, ``found`` bool (V,), and the record
``timing.json``       seconds
``metrics.json``      the record, for people; written last, so that a folder with it is a finished one
====================  =========================================================================================
"""

import contextlib
import os
import shutil
from pathlib import Path

import numpy as np

from iadv_foundation.arithmetic.random import generator
from iadv_foundation.errors import UserError
from iadv_foundation.storage import files, seal, special_files
from iadv_foundation.storage.folder_lock import lock_folder
from iadv_foundation.storage.run_folder import RunFolder

KIND = "word vectors"
FILE = "vectors.npz"
_FILES = "config.json", "environment.json", FILE, "timing.json"  # beside the record


def vectors_folder(out, corpus, name):
    """Where the vectors called ``name`` (``skipgram``, ``word2vec``, ``gwe``) of a corpus stand (pathlib.Path)."""
    return Path(out) / "vectors" / corpus / name


def save(folder, vectors, found, record):
    """Write vectors and what is known of them.  Equal arguments give equal bytes, so keep times out of the record.

    Args:
        folder: of these vectors, see :func:`vectors_folder`.
        vectors (numpy.ndarray): (V, D), written as float32, one row for each word of the vocabulary.
        found (numpy.ndarray): bool (V,), whether the word's row was learnt; the other rows only start from somewhere.
        record (dict): anything JSON can hold; ``vocabulary_sha256`` (data_prep.corpus.Vocabulary.sha256) must be in it.

    Raises:
        UserError: an entry is not finite.
        ValueError: the shapes do not fit each other, or the record does not name the vocabulary.
    """
    vectors, found = np.ascontiguousarray(vectors, np.float32), np.asarray(found, bool)
    if vectors.ndim != 2 or found.shape != vectors.shape[:1]:
        raise ValueError(f"vectors {vectors.shape} and found {found.shape} do not fit each other")
    if not np.isfinite(vectors).all():
        raise UserError(
            "a vector has an entry that is no finite number of 32 bits: choose a smaller learning rate, or give "
            "a file with smaller numbers"
        )
    if "vocabulary_sha256" not in record:
        raise ValueError("the record names no vocabulary_sha256")
    folder = Path(folder)
    files.save_arrays(folder / FILE, {"vectors": vectors, "found": found}, {"kind": KIND, **record})
    files.write_json(folder / "metrics.json", record)


def load(path, vocabulary):
    """Read vectors.

    Args:
        path: ``vectors.npz``, or the folder that holds it.
        vocabulary (data_prep.corpus.Vocabulary): of the corpus they are to be used with; V words.

    Returns:
        tuple: vectors, numpy.ndarray float32 (V, D); found, numpy.ndarray bool (V,); record (dict).

    Raises:
        UserError: the file is missing, does not hold word vectors, or was made with another vocabulary.
        DamagedFileError: it is truncated or altered.
    """
    path = Path(path)
    path = path / FILE if path.is_dir() else path
    arrays, record = files.load_arrays(path)
    kind = record.pop("kind", None) if isinstance(record, dict) else None
    if kind != KIND:
        raise UserError(f"{path} does not hold word vectors (but: {kind}); give vectors.npz of python -m word_vectors")
    if record["vocabulary_sha256"] != vocabulary.sha256:
        raise UserError(
            f"{path} was made with another vocabulary (SHA-256 {record['vocabulary_sha256'][:12]}, the corpus has "
            f"{vocabulary.sha256[:12]}); make the vectors again on this corpus with --overwrite"
        )
    return arrays["vectors"], arrays["found"], record


def is_finished(folder):
    """Whether vectors stand in a folder and came to their end (bool)."""
    return all((Path(folder) / name).is_file() for name in (FILE, "metrics.json"))


@contextlib.contextmanager
def replacing(folder):
    """Make vectors beside a folder, and put them in the place of those in it once they are finished.  Of a symbolic
    link, the
    folder that it leads to is filled.

    Yields:
        pathlib.Path: an empty folder to make them in; it is gone afterwards, and ``folder`` as it was where that
        failed.

    Raises:
        UserError: another process is making vectors for this folder.
    """
    folder = Path(os.path.realpath(folder))  # what is renamed stays on one disk
    new = folder.with_name(f".{folder.name}.new")
    special_files.make_folder(folder.parent)
    lock = lock_folder(folder)
    new.mkdir(exist_ok=True)
    try:
        for leftover in new.iterdir():  # of a process that was killed
            leftover.unlink()
        yield new
        seal.seal_folder(new, (*_FILES, "metrics.json"))
        folder.mkdir(exist_ok=True)
        (folder / "metrics.json").unlink(missing_ok=True)  # until all files are the new ones, nothing is finished
        for name in (*_FILES, seal.FILE, "metrics.json"):
            os.replace(new / name, folder / name)
    finally:
        shutil.rmtree(new, ignore_errors=True)
        del lock


def texts_of(folder):
    """``KIND=NAME`` of each text, besides the corpus's own, that the skip-gram vectors in a folder were trained on
    (list of str).

    Also where the vectors themselves are missing; nothing where there is no ``config.json``.
    """
    path = RunFolder(folder).config
    if is_finished(folder):
        seal.check(Path(folder) / "metrics.json", path.name)
    asked = files.read_json(path) if path.is_file() else {}
    return sorted(f"{text['kind']}={text['file']}" for text in asked.get("texts", []))


def digest(folder):
    """SHA-256 of the vectors in a folder, by which what started from them names them (str)."""
    return files.digest_of_file(Path(folder) / FILE)


def source_of(record, corpus):
    """Where the vectors of a corpus (its name) come from (str):
    the texts they were learnt from, or the file they stood in.
    """
    texts = record.get("texts")
    if not texts:
        return f"{corpus} train"
    names = [
        f"{text['file']} ({text['words']:,} words)"
        if "words" in text
        else f"{corpus} train"
        if text["kind"] == "train"
        else str(text["file"])
        for text in texts
    ]
    return " + ".join(names) + (f", {record['tokens']:,} tokens" if "tokens" in record else "")


def fill_missing(vectors, found, seed):
    """Give the words without a vector one: normally distributed, mean 0, standard deviation that of all found entries.

    Args:
        vectors (numpy.ndarray): float32 (V, D); its rows where ``found`` is false are overwritten.
        found (numpy.ndarray): bool (V,), true somewhere.
        seed (int)
    """
    deviation = vectors[found].std(dtype=np.float64)
    drawn = generator(seed, "vectors of missing words").standard_normal((int((~found).sum()), vectors.shape[1]))
    with np.errstate(over="ignore"):  # which save refuses
        vectors[~found] = (deviation * drawn).astype(np.float32)


def coverage(corpus, found):
    """How much of a corpus has a vector.

    Args:
        corpus (data_prep.corpus.Corpus)
        found (numpy.ndarray): bool (V,).

    Returns:
        dict: ``vocabulary`` and for each split ``types`` and ``tokens``: share in percent of the ids, and of the
        tokens, that occur there and are found; and ``unknown_tokens``: share of ``<unk>``, which counts in ``tokens``
        like any id.
    """
    unk = corpus.vocabulary.unk
    result = {"vocabulary": 100 * float(found.mean())}
    for name, split in corpus.splits.items():
        counts = np.bincount(split.ids, minlength=len(found))
        result[name] = {
            "types": 100 * float(found[counts > 0].mean()),
            "tokens": 100 * float(counts[found].sum() / counts.sum()),
            "unknown_tokens": 100 * float(counts[unk] / counts.sum()),
        }
    return result
