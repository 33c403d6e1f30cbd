"""One corpus from its sources to a folder that :meth:`data_prep.corpus.Corpus.open` reads."""

import collections
import sys
from pathlib import Path

from tqdm import tqdm

from data_prep import packages
from data_prep.code_digest import code_digest
from data_prep.corpus import SPLITS, check_files, corpora_folder, read_record
from data_prep.downloads import fetch
from data_prep.sources import open_source
from data_prep.writer import CorpusWriter
from iadv_foundation.errors import UsageError, UserError
from iadv_foundation.storage import files
from iadv_foundation.storage.special_files import readable

#: In place of the path of unlabelled text: fetch the official file.
DOWNLOAD = "download"
#: Keys of a record that tell what the user gave.
_WHAT_IS_READ = {"sources", "extra_sources", "subset", "unlabeled_limit"}


def prepare(
    description, out, source=None, unlabeled=None, seed=0, quiet=False, *, subset=False, limit=None, workers=None
):
    """Prepare a corpus, unless it already stands there intact, made by the same code from the same
    sources with the same options.

    Args:
        description (CorpusDescription)
        out: folder of everything made; the corpus goes to ``out/corpora/<name>``.
        source: the archive or folder to read (or the package files, which need not be fetched then).
        unlabeled: file of unlabelled text, for a corpus that takes one; :data:`DOWNLOAD` for the official one.
        seed (int): of the split (and of the made errors).
        quiet (bool): no progress bar.
        subset (bool): take a source with other numbers of documents than expected; the record says that it is not
            complete.
        limit (int or None): most unlabelled documents; of those from a file of their own, by default the expected
            number.
        workers (int or None): processes that tokenise; None for one on each core.

    Returns:
        (record, was_there): what ``corpus.json`` holds (dict), and whether it stood there before.

    Raises:
        UsageError: a source is needed and not given, or one is given that the corpus has no use for.
        UserError: the source is not what it should be; the corpus that stood there before is untouched then.
    """
    unlabeled = _unlabeled_file(description, out, unlabeled, quiet)
    about = {
        "name": description.name,
        "title": description.title,
        "description": description.description,
        "expected": description.expected,
        "sources": _source_records(description, source),
        "extra_sources": [_record(path) for path in _extra_sources(description, source, unlabeled)],
        "subset": subset,
        "unlabeled_limit": limit,
        "options": description.options(seed),
        "code": code_digest(description.module),
    }
    folder = corpora_folder(out) / description.name
    standing = _standing(folder, about, anything=source is None and unlabeled is None and limit is None and not subset)
    if standing:
        files.sweep(folder)
        return standing, True
    opened = _open_sources(description, out, source, quiet, folder)
    about["sources"] = about["sources"] or [each.record(description.members) for each in opened]
    notes = collections.Counter()
    with files.replacing_folder(folder) as partial:
        writer = CorpusWriter(partial, description.task, description.classes, description.rule)
        with _progress(description.read(opened, seed, notes), description, quiet) as documents:
            writer.fill(documents, description.documents_of, limit=limit, workers=workers)
        if subset:
            _check_splits(writer.documents(), description, opened[0].name)
        else:
            _check_counts(writer.documents(), description, opened[0].name, limit)
        if unlabeled is not None:
            writer.close_vocabulary()
            most = (description.expected or {}).get("unlabeled") if limit is None else limit
            with _progress(description.read_unlabeled(unlabeled, notes), description, quiet) as documents:
                writer.fill(documents, description.unlabeled_documents_of, limit=most, workers=workers)
        record = writer.finish({**about, "notes": dict(notes)})
    return record, False


def standing_state(description, out):
    """What stands in the corpus's folder.

    Returns:
        (record or None, str): ``corpus.json`` if all is intact, and ``prepared``, ``not prepared`` or ``damaged``.
    """
    folder = corpora_folder(out) / description.name
    if not (folder / "corpus.json").is_file():
        return None, "not prepared"
    try:
        record = read_record(folder)
        check_files(folder, record)
    except UserError:
        return None, "damaged"
    return record, "prepared"


def other_code(before, record):
    """Whether other code made the same corpus of the same sources with the same options, and what came of that.

    Args:
        before, record (dict): ``corpus.json`` before and after a corpus was prepared.

    Returns:
        str or None: ``"same"`` or ``"other"`` ids and vocabulary; None where something else changed, or nothing did.
    """
    asked = ("sources", "extra_sources", "subset", "unlabeled_limit", "options")
    as_asked = all(_without_names(before.get(key)) == _without_names(record[key]) for key in asked)
    if before.get("code") == record["code"] or not as_asked:
        return None
    return "same" if before["files"] == record["files"] else "other"


def _unlabeled_file(description, out, given, quiet):
    if given is None:
        return None
    if description.read_unlabeled is None:
        raise UsageError(f"{description.name} takes no --unlabeled text")
    if given == DOWNLOAD and description.unlabeled_download:
        return fetch(description.unlabeled_download, Path(out) / "downloads", quiet)
    return Path(given)


def _extra_sources(description, source, unlabeled):
    """Paths of all that is read besides the source."""
    beside = description.files_beside(Path(source)) if description.files_beside and source is not None else []
    return [*description.extra_sources, *beside, *([unlabeled] if unlabeled is not None else [])]


def _source_records(description, source):
    """Name and SHA-256 of everything that is to be read (list of dict), or None where the user gave no source."""
    if description.packages:
        return [{"file": package.file, "sha256": package.sha256} for package in description.packages]
    return None if source is None else [open_source(source).record(description.members)]


def _open_sources(description, out, source, quiet, folder):
    downloads = Path(out) / "downloads"
    if description.packages:
        return [open_source(path) for path in packages.locate(description.packages, downloads, source)]
    if source is None and description.downloads:
        return [open_source(fetch(download, downloads, quiet)) for download in description.downloads]
    if source is None:
        there = f" (what stands at {folder} was made by other code or with other options)" if folder.is_dir() else ""
        raise UsageError(f"{description.name} needs --source PATH{there}: {description.origin}")
    return [open_source(source)]


def _record(path):
    return {"file": Path(path).name, "sha256": files.digest_of_file(readable(path))}


def _standing(folder, about, anything):
    """The record of the corpus in ``folder`` if nothing would change by preparing it again, else None.

    With ``anything``, the user did not say what to read, so that it does not matter what was read.
    """
    try:
        record = read_record(folder)
        check_files(folder, record)
    except UserError:
        return None
    free = _WHAT_IS_READ if anything else {"sources"} if about["sources"] is None else set()
    same = all(_without_names(record.get(key)) == _without_names(about[key]) for key in about if key not in free)
    return record if same else None


def _without_names(value):
    """Of the records of sources only the digests: a file may have another name."""
    return [source["sha256"] for source in value] if isinstance(value, list) else value


def _progress(documents, description, quiet):
    total = None if description.read_unlabeled else sum((description.expected or {}).values())
    return tqdm(
        documents,
        desc=description.name,
        unit=" documents",
        total=total or None,
        mininterval=0.5,
        disable=quiet or not sys.stderr.isatty(),
    )


def _check_splits(found, description, name):
    """Refuse a subset with nothing to train or nothing to test; a tenth of very few training documents may be none."""
    lacking = [split for split in ("train", "test") if not found.get(split)]
    if lacking:
        raise UserError(f"{name} holds no documents of {' and '.join(lacking)} of {description.name}")


def _check_counts(found, description, name, limit):
    """Refuse a source whose splits are not of the expected size (of the paper's corpora: that of Table 1)."""
    expected = dict(description.expected or found)
    if description.read_unlabeled is not None:
        expected.pop("unlabeled", None)
    elif limit is not None and "unlabeled" in expected:
        expected["unlabeled"] = min(limit, expected["unlabeled"])
    wrong = [
        f"{split} {expected.get(split, 0):,} expected, {found.get(split, 0):,} found"
        for split in SPLITS
        if expected.get(split, 0) != found.get(split, 0)
    ]
    if wrong:
        raise UserError(
            f"{name} is not the complete {description.name} corpus: documents of {'; '.join(wrong)}; "
            "--subset prepares it all the same, marked as a subset"
        )
