"""The corpora: every module here describes one, its ``CORPUS``.  A new one is a new module and needs no other place."""

import importlib
import pkgutil

from data_prep.description import CorpusDescription
from data_prep.own import FORMS, form_of
from iadv_foundation.console.cli import closest

#: The order in which they are listed: samples, then the paper's in that of Table 1; others follow by name.
_ORDER = ("sample-sec", "sample-cac", "sample-ged", "imdb", "elec", "rotten", "dbpedia", "rcv1", "fce")


def discover(folders, package):
    """The descriptions that the modules of a package hold.

    Args:
        folders (list of str): the package's ``__path__``.
        package (str): its name.

    Returns:
        dict of str to CorpusDescription: by name, in order.

    Raises:
        ImportError: a module holds none, or one that another module has already; names it.
    """
    found = {}
    for info in pkgutil.iter_modules(folders, f"{package}."):
        corpus = getattr(importlib.import_module(info.name), "CORPUS", None)
        if not isinstance(corpus, CorpusDescription):
            raise ImportError(f"{info.name} describes no corpus: give it a CORPUS, or a place in data_prep/readers")
        if corpus.module != info.name:
            raise ImportError(f"{info.name}: its CORPUS says module={corpus.module!r}; write module=__name__")
        if corpus.name in found:
            raise ImportError(f"{info.name} and {found[corpus.name].module} both describe {corpus.name!r}")
        found[corpus.name] = corpus
    names = [name for name in _ORDER if name in found]
    return {name: found[name] for name in [*names, *sorted(set(found) - set(names))]}


_ALL = discover(__path__, __name__)
#: Name -> description of every corpus but a user's own.
CORPORA = {name: corpus for name, corpus in _ALL.items() if name not in FORMS}


def named(name):
    """The description of a corpus; of a user's own, what is known without its text.

    Raises:
        UsageError: there is none of that name; says which there are.
    """
    form = form_of(name)
    return _ALL[form].under(name) if form else CORPORA[closest(name, [*CORPORA, *FORMS], "corpus")]
