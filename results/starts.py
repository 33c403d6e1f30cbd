"""Which word vectors the embeddings of runs started from."""

from iadv_foundation.storage import files, seal
from iadv_foundation.storage.run_folder import RunFolder
from word_vectors import store
from word_vectors.vector_settings import load_gwe_settings, load_skipgram_settings

from .settings_used import setting_of

_NAMES = {
    "skipgram": "skip-gram vectors trained on",
    "word2vec": "vectors imported from",
    "gwe": "error- and grammaticality-specific vectors trained on",
}

_SETTINGS = {"skipgram": load_skipgram_settings, "gwe": load_gwe_settings}


def describe_starts(runs, out):
    """Say it for the runs of one method on one corpus.

    Args:
        runs (pandas.DataFrame): lines of :class:`results.study.Study`.
        out (pathlib.Path): the folder of everything made.

    Returns:
        list of str without repetition; empty where the runs did not start from word vectors.
    """
    found = dict.fromkeys(
        _describe(corpus, configuration, out)
        for corpus, configuration in zip(runs["corpus"], runs["configuration"], strict=True)
    )
    return [text for text in found if text]


def changed_vector_settings(runs, out, scale):
    """Say with which settings, other than those of ``configs/``, the word vectors behind some runs were made.

    Args:
        runs (pandas.DataFrame): lines of :class:`results.study.Study`.
        out (pathlib.Path): the folder of everything made.
        scale (str): name of a file in ``configs/scales``.

    Returns:
        list of str without repetition; nothing is said of vectors that are no longer at hand.
    """
    found = {}
    for corpus, configuration in zip(runs["corpus"], runs["configuration"], strict=True):
        name, digest = setting_of(configuration, "training.vectors"), configuration.get("vectors_sha256")
        while name in _SETTINGS and digest is not None:  # and of those they began with
            folder = store.vectors_folder(out, corpus, name)
            if not store.is_finished(folder) or store.digest(folder) != digest:
                break
            usual = _SETTINGS[name](corpus, scale).model_dump()
            made = seal.read(folder / "metrics.json").get("settings", {})
            found |= {
                f"{name} vectors were made with {key} = {made[key]} instead of {usual[key]}": None
                for key in usual
                if made.get(key, usual[key]) != usual[key]
            }
            name, digest = _begun_with(folder)
    return list(found)


def _describe(corpus, configuration, out):
    if setting_of(configuration, "training.initialise") != "vectors":
        return ""
    name, digest = setting_of(configuration, "training.vectors"), str(configuration.get("vectors_sha256"))
    folder = store.vectors_folder(out, corpus, name)
    if not store.is_finished(folder) or store.digest(folder) != digest:
        return f"{name} vectors that are no longer at hand (SHA-256 {digest[:12]})"
    seal.check(folder / "metrics.json")
    record = seal.read(folder / "metrics.json")
    source = store.source_of(record, corpus)
    learnt = _NAMES[name]
    if name == "gwe" and record.get("confusion_pairs") == 0:
        learnt = (
            "grammaticality-specific vectors, without corrections that would make them error-specific too, trained on"
        )
    return f"{learnt} {source}{_before(folder)} (SHA-256 {digest[:12]})"


def _before(folder):
    """What the training of vectors began with, where those were vectors too (str)."""
    name, digest = _begun_with(folder)
    return f", beginning with the {name} vectors {digest[:12]}" if digest else ""


def _begun_with(folder):
    """Name and SHA-256 of the vectors that the training of these began with; (None, None) where it began by chance."""
    path = RunFolder(folder).config
    asked = files.read_json(path) if path.is_file() else {}
    return (asked["start"], asked["start_sha256"]) if asked.get("start_sha256") else (None, None)
