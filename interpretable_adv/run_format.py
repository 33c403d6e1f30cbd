"""Whether a run that was made by an earlier version still means what its configuration says.

A run of this version says ``"format": 2`` in its ``config.json``; one without the key has format 1.  A setting that an
older run does not name is no change: it did not exist, and what it does by default is what was done.  What the number
guards are repairs: the same settings now give other numbers.
"""

from iadv_foundation.errors import UserError
from interpretable_adv.methods import METHODS
from interpretable_adv.settings import Config, of_run, used

FORMAT = 2


def upgrade(stored):
    """The configuration of a run as this version writes it.

    Args:
        stored (dict): ``config.json`` of a classifier, of this version or an earlier one.

    Returns:
        dict

    Raises:
        UserError: it is not the configuration of a run of a method that there is, or the same one gives other numbers
            today.
    """
    if stored.get("method") not in METHODS:
        raise UserError(f"there is no method {stored.get('method')!r}")
    reason = outdated(stored)
    if reason:
        raise UserError(reason)
    identity = {name: value for name, value in stored.items() if name not in Config.model_fields}
    return {**identity, "format": FORMAT, **used(of_run(stored), METHODS[stored["method"]])}


def outdated(stored):
    """Why a run cannot stand for one of this version (str), or None where it can.

    Args:
        stored (dict): the ``config.json`` of a run.
    """
    made = stored.get("format", 1)
    if not isinstance(made, int) or made > FORMAT:
        return f"it has format {made!r}, of a later version than this one, which reads formats up to {FORMAT}"
    return next((reason for since, reason, concerned in _REPAIRS if made < since and concerned(stored)), None)


def _follows_the_released_code(stored):
    settings, method = stored.get("perturbation", {}), METHODS.get(stored.get("method"))
    released = settings.get("normalisation") == "released" and settings.get("scope_directions") == "released"
    return bool(method and method.space == "directions" and (released or settings.get("ivat_start") == "uniform"))


def _starts_as_the_released_code(stored):
    training = stored.get("training", {})
    return stored.get("recipe") == "authors" and (
        training.get("initialise") == "random" or stored.get("task") == "labelling"
    )


#: (format since which it holds, what was repaired, whether it concerns the run of a configuration of an earlier format)
_REPAIRS = (
    (
        2,
        "perturbations in the space of directions follow the released code's formula only since format 2",
        _follows_the_released_code,
    ),
    (2, "random start weights are those of the released code only since format 2", _starts_as_the_released_code),
)
