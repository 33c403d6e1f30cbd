"""The configuration of a run of a quoted system, and what an earlier version's stands for.

The values come from ``configs/`` in layers: ``systems/SYSTEM`` has those of the quoted paper's size, then the files of
:mod:`data_prep.layers` follow, ``scales/SCALE/SYSTEM`` among them.
"""

from data_prep.layers import layers_of
from iadv_foundation.console.cli import closest
from iadv_foundation.console.configuration import merge, parse_overrides, resolve
from iadv_foundation.errors import UserError
from quoted_systems.systems import SYSTEMS

#: Of the runs made by this version, see :mod:`interpretable_adv.run_format`: a larger number says that the same
#: settings now give other numbers.
FORMAT = 1


def model_of(system):
    """The settings that a system has (class of :class:`iadv_foundation.console.configuration.Section`).

    Raises:
        UsageError: there is no such system; names the nearest.
    """
    return SYSTEMS[closest(system, SYSTEMS, "system")].module("settings").Configuration


def load(corpus, recipe, scale, overrides=(), system=None):
    """Resolve the configuration of a run.

    Args:
        corpus (str): a name that :mod:`data_prep.corpora` knows.
        recipe, scale (str): names of files in ``configs/``; no recipe changes a quoted system.
        overrides (iterable of str): ``section.key=value``.
        system (str): a key of :data:`quoted_systems.systems.SYSTEMS`.

    Returns:
        the system's ``Configuration``.

    Raises:
        UsageError: unknown name, unknown key, value out of range.
    """
    return resolve(model_of(system), *layers(corpus, recipe, scale, overrides, system))


def layers(corpus, recipe, scale, overrides=(), system=None):
    """What :func:`load` merges, first to last (list of iadv_foundation.console.configuration.Layer)."""
    sections = model_of(system).model_fields
    return [
        *(layer.only(sections) for layer in layers_of(corpus, scale, recipe, system=system)),
        parse_overrides(overrides),
    ]


def of_run(stored):
    """The configuration of a run from what its ``config.json`` (dict) holds, also of an earlier version's.

    Settings that did not exist when it was made are those of ``configs/``; ones that no longer exist are left out.

    Raises:
        UsageError: a value is none that it may have.
    """
    usual = load(stored["corpus"], stored["recipe"], stored["scale"], system=stored["method"]).model_dump()
    known = {
        section: {name: value for name, value in stored.get(section, {}).items() if name in values}
        for section, values in usual.items()
    }
    return resolve(model_of(stored["method"]), merge(usual, known))


def upgrade(stored):
    """The configuration of a run as this version writes it (dict); see :func:`interpretable_adv.run_format.upgrade`.

    Raises:
        UserError: it is not the configuration of a run of a system that there is, or of a later version.
    """
    if stored.get("method") not in SYSTEMS:
        raise UserError(f"there is no system {stored.get('method')!r}")
    reason = outdated(stored)
    if reason:
        raise UserError(reason)
    identity = {name: value for name, value in stored.items() if name not in model_of(stored["method"]).model_fields}
    return {**identity, "format": FORMAT, **of_run(stored).model_dump()}


def outdated(stored):
    """Why a run with the ``config.json`` ``stored`` (dict) cannot stand for one of this version (str or None)."""
    made = stored.get("format", FORMAT)
    if not isinstance(made, int) or made > FORMAT:
        return f"it has format {made!r}, of a later version than this one, which reads formats up to {FORMAT}"
    return None
