"""The corpora, one module each.  A new one is a module with a ``CORPUS`` and its place here."""
from core.cli import closest
from data_prep.corpora import dbpedia, elec, fce, imdb, rcv1, rotten, sample_cac, sample_ged, sample_sec, user_text
from data_prep.corpora.user_choices import KINDS, kind_of

CORPORA = {module.CORPUS.name: module.CORPUS for module in (
    sample_sec, sample_cac, sample_ged, imdb, elec, rotten, dbpedia, rcv1, fce)}


def named(name):
    """The description of a corpus; of a user's own, what is known without its text.

    Raises:
        UsageError: there is none of that name; says which there are.
    """
    if kind_of(name):
        return user_text.placeholder(name)
    return CORPORA[closest(name, [*CORPORA, *KINDS], "corpus")]
