"""Which settings runs were made with, and where these are not those of ``configs/`` or of the paper."""

from data_prep.layers import base_scale
from interpretable_adv.methods import METHODS

from .published import load as load_published
from .row_settings import usual_settings
from .rows import is_of_paper


def changed_settings(configuration, metrics):
    """The settings of a run that are not those of its corpus, recipe,
    scale (without variants) and method in ``configs/`` (tuple).

    One that the run's configuration does not name did not exist when it was made.  Imported vectors instead of our
    skip-gram ones are what the paper and the papers it quotes had; :mod:`results.starts` tells them apart.
    """
    usual = usual_settings(metrics.method, metrics.corpus, metrics.recipe, base_scale(metrics.scale))
    changed = []
    for section, values in usual.items():
        for key, value in values.items():
            here = setting_of(configuration, f"{section}.{key}")
            imported = (section, key, value, here) == ("training", "vectors", "skipgram", "word2vec")
            if here not in (None, value) and not imported:
                changed.append(f"{section}.{key} = {here} instead of {value}")
    return tuple(changed)


def reported_changes(runs):
    """The changed settings of some runs with the method's name before each: list of str without repetition."""
    return sorted(
        {
            f"{method} ran with {change}"
            for method, changes in zip(runs["method"], runs["changed"], strict=True)
            for change in changes
        }
    )


def other_than_published(runs, task):
    """The hyper-parameters of some runs that are not those of the paper's Table 2 and text, each once (list of str).

    Args:
        runs (pandas.DataFrame): lines of :class:`results.study.Study`; rows of other papers, which those are not
            about, are passed over.
        task (str): of :data:`results.published.FAMILIES`.
    """
    found = set()
    for method, configuration in zip(runs["method"], runs["configuration"], strict=True):
        if not is_of_paper(method):
            continue
        asked = [
            (row.name, row.setting, row.published[task], "Table 2")
            for row in load_published().hyperparameters
            if row.setting
        ]
        asked += [
            (row.name, row.setting, row.published, row.place)
            for row in load_published().perturbation
            if METHODS[method].space in ((row.space,) if row.space else ("free", "directions"))
        ]
        for name, setting, published, place in asked:
            here = setting_of(configuration, setting)
            if here is not None and not same_setting(here, published):
                found.add(f"{name} {here} instead of {published} ({place})")
    return sorted(found)


def same_setting(here, published):
    """Whether a value of a configuration is the one that the paper prints (bool): 1.0 is 1, "relu" is ReLU."""
    try:
        return float(here) == float(published)
    except ValueError:
        return str(here) == published.lower()


def setting_of(configuration, dotted):
    """The value at ``"section.key"`` of a run's configuration; None where there is none."""
    section, key = dotted.split(".")
    values = configuration.get(section)
    return values.get(key) if isinstance(values, dict) else None
