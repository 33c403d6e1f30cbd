"""Which files of ``configs/`` a corpus is configured by.

A value comes from the last of these that has it: ``common``, ``tasks/KIND``, ``corpora/CORPUS``, ``recipes/RECIPE``,
``scales/SCALE``, ``scales/SCALE/KIND``, ``scales/SCALE/CORPUS``, ``variants/VARIANT``, ``rows/ROW``, ``--set``.

A system that is quoted from another paper (:mod:`quoted_systems`) has ``systems/SYSTEM`` before all of them, and
``scales/SCALE/SYSTEM`` after those of the corpus.

A scale may be written with variants of it, ``SCALE+VARIANT+...``: settings of the classifiers that are tried beside the
usual ones.  Their runs stand in a folder of their own, and start from the same language model or word vectors as those
of ``SCALE`` alone.

KIND is what the corpus is about (:data:`data_prep.description.KINDS`); a corpus needs no file of its own.  For a user's
own corpus ``text-NAME``, the files called ``text`` count too, before those with its full name.
"""

from data_prep.corpora import CORPORA, named
from data_prep.description import KINDS
from data_prep.own import FORMS, form_of
from iadv_foundation.console import configuration
from iadv_foundation.console.cli import closest
from iadv_foundation.console.configuration import read_file, read_layer
from iadv_foundation.errors import UsageError

OF_CLASSIFIERS = ("model", "training", "perturbation")  # sections that a variant may have


def layers_of(corpus, scale, recipe=None, row=None, system=None):
    """The layers of a configuration, without ``--set``.

    Args:
        corpus (str): its name.
        scale (str): name of a file in ``configs/scales``, with ``+`` and names of files in ``configs/variants`` behind
            it or not.
        recipe, row, system (str or None): names of files in ``configs/recipes``, ``configs/rows`` and
            ``configs/systems``; None for none.

    Returns:
        list of iadv_foundation.console.configuration.Layer, first to last.

    Raises:
        UsageError: an unknown name, a file that is not TOML, one in ``corpora/`` or ``scales/SCALE/`` that is called
            like no corpus, or a variant with settings of what comes before the classifiers.
    """
    kind = named(corpus).kind
    own = list(dict.fromkeys((form_of(corpus) or corpus, corpus)))
    base, variants = read_scale(scale)
    scale = base_scale(scale)
    _check_names("corpora", ())
    _check_names(
        f"scales/{scale}", (*KINDS, *(path.stem for path in (configuration.CONFIGS / "systems").glob("*.toml")))
    )
    return [
        *([read_layer("systems", system)] if system else []),
        read_file("common"),
        read_layer("tasks", kind),
        *(read_file(f"corpora/{name}") for name in own),
        *([read_layer("recipes", recipe)] if recipe else []),
        base,
        *(read_file(f"scales/{scale}/{name}") for name in (kind, *own, *([system] if system else []))),
        *variants,
        *([read_layer("rows", row)] if row else []),
    ]


def base_scale(scale):
    """The scale without its variants (str): ``"reduced"`` of ``"reduced+epsilon-1"``."""
    return scale.partition("+")[0]


def read_scale(scale):
    """Read the files that a scale with or without variants names.

    Args:
        scale (str): ``SCALE`` or ``SCALE+VARIANT+...``.

    Returns:
        tuple: the scale's layer, and a list of the variants' (iadv_foundation.console.configuration.Layer).

    Raises:
        UsageError: as :func:`layers_of`.
    """
    base, *names = scale.split("+")
    if len(set(names)) < len(names):
        raise UsageError(f"scale {scale}: each variant once")
    layer_of_scale = read_layer("scales", base)
    variants = [read_layer("variants", name) for name in names]
    for name, layer in zip(names, variants, strict=True):
        for section in layer:
            if section not in OF_CLASSIFIERS:
                raise UsageError(
                    f"configs/variants/{name}.toml: a variant has the sections {', '.join(OF_CLASSIFIERS)}, not "
                    f"{section}: it does not change what the classifiers start from"
                )
    return layer_of_scale, variants


def _check_names(folder, more):
    """Refuse a file that would never be read, since nothing is called like it."""
    for path in sorted((configuration.CONFIGS / folder).glob("*.toml")):
        if not form_of(path.stem):
            closest(path.stem, [*more, *CORPORA, *FORMS], f"file in configs/{folder},")
