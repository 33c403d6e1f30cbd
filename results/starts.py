"""Which word vectors the embeddings of runs started from."""
from core import files
from core.run_folder import RunFolder
from results.runs import setting_of
from word_vectors import store

_NAMES = {"skipgram": "skip-gram vectors trained on", "word2vec": "vectors imported from",
          "gwe": "error- and grammaticality-specific vectors trained on"}


def describe_starts(runs, out):
    """Say it for the runs of one method on one corpus.

    Args:
        runs (pandas.DataFrame): lines of :func:`results.runs.collect`.
        out (pathlib.Path): the folder of everything made.

    Returns:
        list of str without repetition; empty where the runs did not start from word vectors.
    """
    found = dict.fromkeys(_describe(corpus, configuration, out)
                          for corpus, configuration in zip(runs["corpus"], runs["configuration"]))
    return [text for text in found if text]


def _describe(corpus, configuration, out):
    if setting_of(configuration, "training.initialise") != "vectors":
        return ""
    name, digest = setting_of(configuration, "training.vectors"), str(configuration.get("vectors_sha256"))
    folder = store.vectors_folder(out, corpus, name)
    if not store.is_finished(folder) or store.digest(folder) != digest:
        return f"{name} vectors that are no longer at hand (SHA-256 {digest[:12]})"
    source = store.source_of(files.read_json(folder / "metrics.json"), corpus)
    return f"{_NAMES[name]} {source}{_before(folder)} (SHA-256 {digest[:12]})"


def _before(folder):
    """What the training of vectors began with, where those were vectors too (str)."""
    path = RunFolder(folder).config
    asked = files.read_json(path) if path.is_file() else {}
    return f", beginning with the {asked['start']} vectors {asked['start_sha256'][:12]}" if asked.get("start_sha256") else ""
