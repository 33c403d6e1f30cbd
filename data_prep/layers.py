"""Which files of ``configs/`` a corpus is configured by.

A value comes from the last of these that has it: ``common``, ``tasks/KIND``, ``corpora/CORPUS``, ``recipes/RECIPE``,
``scales/SCALE``, ``scales/SCALE/KIND``, ``scales/SCALE/CORPUS``, ``rows/ROW``, ``--set``.

KIND is what the corpus is about (:data:`data_prep.description.KINDS`); a corpus needs no file of its own.  For a user's own
corpus ``text-NAME``, the files called ``text`` count too, before those with its full name.
"""
from foundation.console import configuration
from foundation.console.cli import closest
from foundation.console.configuration import read_file, read_layer
from data_prep.corpora import CORPORA, named
from data_prep.description import KINDS
from data_prep.own import FORMS, form_of


def layers_of(corpus, scale, recipe=None, row=None):
    """The layers of a configuration, without ``--set``.

    Args:
        corpus (str): its name.
        scale (str): name of a file in ``configs/scales``.
        recipe, row (str or None): names of files in ``configs/recipes`` and ``configs/rows``; None for none.

    Returns:
        list of foundation.console.configuration.Layer, first to last.

    Raises:
        UsageError: an unknown name, a file that is not TOML, or one in ``corpora/`` or ``scales/SCALE/`` that is called
            like no corpus.
    """
    kind = named(corpus).kind
    own = list(dict.fromkeys((form_of(corpus) or corpus, corpus)))
    of_scale = read_layer("scales", scale)
    _check_names("corpora", ())
    _check_names(f"scales/{scale}", KINDS)
    return [read_file("common"), read_layer("tasks", kind), *(read_file(f"corpora/{name}") for name in own),
            *([read_layer("recipes", recipe)] if recipe else []),
            of_scale, *(read_file(f"scales/{scale}/{name}") for name in (kind, *own)),
            *([read_layer("rows", row)] if row else [])]


def _check_names(folder, more):
    """Refuse a file that would never be read, since nothing is called like it."""
    for path in sorted((configuration.CONFIGS / folder).glob("*.toml")):
        if not form_of(path.stem):
            closest(path.stem, [*more, *CORPORA, *FORMS], f"file in configs/{folder},")
