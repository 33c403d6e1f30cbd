"""Sanity rows: a linear model and a trivial one on the same splits, so that a broken network cannot hide.

A network that does not beat the trivial one has learnt nothing; one that stays far behind the linear one is broken.
"""

from threadpoolctl import threadpool_limits

from data_prep.corpora import named
from data_prep.corpus import Corpus, corpora_folder
from iadv_foundation.storage import files, seal

from . import classification, labelling
from .record import SanityRecord, sanity_folder

_MODELS = {"classification": classification.fit_and_score, "labelling": labelling.fit_and_score}


def measure(name, out):
    """Fit and score both models on a prepared corpus and write ``metrics.json``.

    Args:
        name (str): of the corpus.
        out (pathlib.Path): the folder of everything made.

    Returns:
        str: one line that says what was reached.

    Raises:
        UsageError: there is no such corpus.
        UserError: it is not prepared, or damaged.
    """
    folder = corpora_folder(out) / name
    corpus = Corpus.open(folder if folder.is_dir() else corpora_folder(out) / named(name).name)
    with threadpool_limits(
        1
    ):  # The order of additions, and with it the last digits, would follow the number of threads.
        fitted = _MODELS[corpus.task](corpus)
    record = SanityRecord(
        corpus=corpus.name,
        corpus_sha256=corpus.sha256,
        corpus_complete=corpus.complete,
        task=corpus.task,
        test_documents=len(corpus.splits["test"]),
        **fitted,
    )
    files.write_json(sanity_folder(out, corpus.name) / "metrics.json", seal.sealed(record.model_dump()))
    linear, trivial = record.rows
    score, baseline = (
        ("F0.5", "every word an error") if corpus.task == "labelling" else ("test error rate", "majority class")
    )
    reached = f"{score} {linear.value:.2f} %, {baseline} {trivial.value:.2f} %"
    return f"{corpus.name}: {record.system}: {reached} ({record.description})"
