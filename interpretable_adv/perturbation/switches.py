"""The settings of a perturbation, each beside what reads it:
a space, a divergence, or every method with a perturbation.

Those of a choice stand in its own file, see :mod:`interpretable_adv.perturbation.choices`.  A run's configuration holds
what its method reads and nothing else, so that a new setting of one method is no change for another's runs.
"""

from typing import ClassVar, Literal

from pydantic import Field

from iadv_foundation.console.configuration import Rate, Section, Size, Weight


class EveryMethod(Section):
    """What every method with a perturbation reads."""

    loss_weight: Weight  # lambda of Eq. 10 and 16
    loss_weight_for: Literal["all", "cross_entropy"]
    normalisation: Literal["safe", "released"]
    dropout_masks: Literal["shared", "fresh"]
    perturb_eos: bool


class Free(Section):
    """The free space (Eq. 7-9)."""

    epsilon_free: Weight
    scope_free: Literal["sentence", "word"]


class Directions(Section):
    """The space of directions to the nearest words (Eq. 11-13)."""

    epsilon_directions: Weight
    scope_directions: Literal["sentence", "word", "released"]
    neighbours: Size
    neighbour_refresh: Literal["epoch", "iteration"]
    neighbour_rule: Literal["exact", "released"]


class CrossEntropy(Section):
    """The AdvT family (Eq. 8 and 15)."""

    gradient_pass: Literal["clean", "separate"]


class VirtualDivergence(Section):
    """The VAT family (Eq. 18-22), where the choice follows the gradient."""

    for_gradients: ClassVar = True
    xi: Rate
    xi_scope: Literal["sentence", "word"]
    power_iterations: int = Field(ge=1, le=1000)
    ivat_start: Literal["random", "uniform"]


SPACES = {"free": Free, "directions": Directions}
DIVERGENCES = {"cross_entropy": CrossEntropy, "kl": VirtualDivergence}
