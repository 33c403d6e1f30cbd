"""The corpora, one module each.  A new one is a module with a ``CORPUS`` and its line here."""
from core.cli import closest
from data_prep.corpora import dbpedia, elec, fce, imdb, rcv1, rotten, sample_cac, sample_ged, sample_sec

CORPORA = {module.CORPUS.name: module.CORPUS for module in (
    sample_sec, sample_cac, sample_ged, imdb, elec, rotten, dbpedia, rcv1, fce)}


def named(name):
    """The description of a corpus.

    Raises:
        UsageError: there is none of that name; says which there are.
    """
    return CORPORA[closest(name, CORPORA, "corpus")]
