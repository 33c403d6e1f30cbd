"""A prepared corpus on disk, as every later stage reads it: memory-mapped ids, offsets and labels, and a vocabulary.

===========================  ========================================================================================
``corpus.json``              name, task, classes, counts, statistics, sources, options, SHA-256 of every other file
``vocabulary.json``          words by id, how often each occurs, the special words in front
``<split>.ids.npy``          int32 (tokens,): all documents of the split, one after the other
``<split>.offsets.npy``      int64 (documents + 1,): document i is ``ids[offsets[i]:offsets[i + 1]]``
``<split>.labels.npy``       int32 (documents,) for classification, (tokens,) for labelling; none for ``unlabeled``
``<split>.corrections.jsonl``  made errors and their corrections, where a corpus has them
===========================  ========================================================================================
"""

import functools
import hashlib
import json
from pathlib import Path

import numpy as np

from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import files

FORMAT = 1
TASKS = ("classification", "labelling")
SPLITS = ("train", "dev", "test", "unlabeled")
SPECIALS = ("<eos>", "<unk>")
_DIGEST = "sha256"


def corpora_folder(out):
    """The folder in which all prepared corpora stand.

    Args:
        out: the folder of everything made (``--out``).
    """
    return Path(out) / "corpora"


class Vocabulary:
    """Words by id: the special ones, then the others by falling count, ties in alphabetical order.

    Attributes:
        words (list of str): the word of each id.
        counts (numpy.ndarray): int64 (words,): how often each occurs in the text that the vocabulary was made from.
        specials (int): number of special words; they hold the ids below it.
        eos (int): id that ends a document of a classification corpus.
        unk (int): id that stands for an unknown word, where a corpus keeps those.
    """

    specials = len(SPECIALS)
    eos = SPECIALS.index("<eos>")
    unk = SPECIALS.index("<unk>")

    def __init__(self, words, counts):
        self.words = list(words)
        self.counts = np.asarray(counts, dtype=np.int64)

    def __len__(self):
        return len(self.words)

    @functools.cached_property
    def _ids(self):
        return {word: number for number, word in enumerate(self.words)}

    def id_of(self, word):
        """The id of a word, or None for a word that has none."""
        return self._ids.get(word)

    @functools.cached_property
    def sha256(self):
        """Digest of the word list: a checkpoint keeps it, so that it is never used with other words."""
        return hashlib.sha256("\n".join(self.words).encode()).hexdigest()


class Split:
    """The documents of one split, in a fixed order.

    Args:
        ids (numpy.ndarray): int32 (tokens,).
        offsets (numpy.ndarray): int64 (documents + 1,).
        labels (numpy.ndarray or None): int32 (documents,), or (tokens,) for labelling; None without labels.
        per_token (bool): whether there is a label for each token.
    """

    def __init__(self, ids, offsets, labels, per_token):
        self.ids, self.offsets, self.labels = ids, offsets, labels
        self._per_token = per_token

    def __len__(self):
        return len(self.offsets) - 1

    def __getitem__(self, index):
        """``(ids, label)``: int32 view of the document's ids; its label (int), its labels (int32 view), or None."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"document {index} of {len(self)}")
        index = index % len(self)
        start, end = int(self.offsets[index]), int(self.offsets[index + 1])
        if self.labels is None:
            label = None
        else:
            label = self.labels[start:end] if self._per_token else int(self.labels[index])
        return self.ids[start:end], label

    @functools.cached_property
    def lengths(self):
        """Number of tokens of each document: int64 (documents,)."""
        return np.diff(self.offsets)


class Corpus:
    """A prepared corpus; made by :meth:`open`.

    Attributes:
        folder (pathlib.Path): where it stands.
        name (str): e.g. ``"imdb"``.
        title (str): e.g. ``"IMDB"``.
        description (str): one line for the headings of tables.
        task (str): ``"classification"`` or ``"labelling"``.
        classes (list of str): name of each label.
        complete (bool): whether the numbers of documents are those of the published corpus (the paper's: Table 1).
        vocabulary (Vocabulary)
        splits (dict of str to Split): some of ``train``, ``dev``, ``test``, ``unlabeled``.
        record (dict): all of ``corpus.json``.
        sha256 (str): digest of ids, labels and vocabulary; equal for equal text, whatever archive or folder it came
            from.
    """

    def __init__(self, folder, record, vocabulary, splits):
        self.folder, self.record, self.vocabulary, self.splits = Path(folder), record, vocabulary, splits
        self.name, self.title, self.description = record["name"], record["title"], record["description"]
        self.task, self.classes, self.complete = record["task"], record["classes"], record["complete"]
        self.sha256 = files.digest_of_json(record["files"])

    @classmethod
    def open(cls, folder):
        """Open a prepared corpus after checking that every file is as it was written.

        Raises:
            UserError: there is no prepared corpus, or it is of another format.
            DamagedFileError: a file is missing, truncated or altered; the message names it.
        """
        folder = Path(folder)
        if not (folder / "corpus.json").is_file():
            raise UserError(
                f"there is no prepared corpus at {folder}: run python -m data_prep {folder.name}{_out_option(folder)}"
            )
        record = read_record(folder)
        check_files(folder, record)
        stored = files.read_json(folder / "vocabulary.json")
        vocabulary = Vocabulary(stored["words"], stored["counts"])
        return cls(
            folder, record, vocabulary, {split: _open_split(folder, split, record) for split in record["splits"]}
        )


def _out_option(folder):
    """The option with which a command makes a corpus in this folder (str); empty for the default."""
    out = folder.parent.parent
    return "" if folder != corpora_folder(out) / folder.name or out == Path("out") else f" --out {out}"


def seal(record):
    """Add to a record the digest of itself, which tells when ``corpus.json`` was altered."""
    return {**record, _DIGEST: files.digest_of_json(record)}


def read_record(folder):
    """Read and check ``corpus.json``.

    Raises:
        UserError: it is missing, or of another format.
        DamagedFileError: it is truncated or altered.
    """
    path = Path(folder) / "corpus.json"
    record = files.read_json(path)
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise UserError(f"{path} is not a corpus of format {FORMAT}: remove the folder and prepare the corpus again")
    if record.get(_DIGEST) != files.digest_of_json({key: value for key, value in record.items() if key != _DIGEST}):
        raise DamagedFileError(f"{path} is damaged (it was altered): {_remedy(folder)}")
    return record


def check_files(folder, record):
    """Compare every file of a corpus with its SHA-256.

    Raises:
        DamagedFileError: the first file that is missing, truncated or altered.
    """
    for name, digest in record["files"].items():
        path = Path(folder) / name
        if not path.is_file():
            raise DamagedFileError(f"{path} is missing: {_remedy(folder)}")
        if files.digest_of_file(path) != digest:
            raise DamagedFileError(f"{path} is damaged (its SHA-256 is not the one in corpus.json): {_remedy(folder)}")


def _remedy(folder):
    return f"prepare the corpus again with python -m data_prep {Path(folder).name}"


def _open_split(folder, split, record):
    def mapped(part):
        return np.asarray(
            np.load(folder / f"{split}.{part}.npy", mmap_mode="r")
        )  # A plain view slices faster than a memmap.

    labels = mapped("labels") if f"{split}.labels.npy" in record["files"] else None
    return Split(mapped("ids"), mapped("offsets"), labels, record["task"] == "labelling")


def read_corrections(corpus, split):
    """The made errors of a split and their corrections, a list of dict, in order of document and position.

    Each holds ``document`` (index in the split), ``position`` (of the token that is labelled as wrong), ``written``
    (str, the token that stands there), ``correct`` (str, what should: nothing, a token, or several with blanks), and
    ``kind``.

    Raises:
        UserError: the corpus has no corrections.
    """
    name = f"{split}.corrections.jsonl"
    if name not in corpus.record["files"]:
        raise UserError(f"corpus {corpus.name} has no corrections for split {split!r}")
    with open(corpus.folder / name, encoding="utf-8") as opened:
        return [json.loads(line) for line in opened]
