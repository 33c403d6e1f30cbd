"""The settings of a perturbation, each beside what reads it:
a space, a divergence, or every method with a perturbation.

Those of a choice stand in its own file, see :mod:`interpretable_adv.perturbation.choices`.  A run's configuration holds
what its method reads and nothing else, so that a new setting of one method is no change for another's runs.
"""

from typing import ClassVar, Literal

from pydantic import Field

from iadv_foundation.console.configuration import Rate, Section, Size, Weight


class EveryMethod(Section):
    """What every method with a perturbation reads.

    Attributes:
        loss_weight (float): lambda of Eq. 10 and 16, the weight of the perturbed loss.
        loss_weight_for (str): which families lambda multiplies; the others have a weight of 1.
        normalisation (str): ``safe``: exactly epsilon long for a gradient of any magnitude; ``released``: d / sqrt(1e-6
            + sum of d squared), which leaves small gradients shorter.
        dropout_masks (str): ``shared``: one mask for all passes of an update; ``fresh``: a mask for each.
        perturb_eos (bool): whether ``<eos>`` is perturbed.
    """

    loss_weight: Weight
    loss_weight_for: Literal["all", "cross_entropy"]
    normalisation: Literal["safe", "released"]
    dropout_masks: Literal["shared", "fresh"]
    perturb_eos: bool


class Free(Section):
    """The free space (Eq. 7-9).

    Attributes:
        epsilon_free (float): length of the perturbation.
        scope_free (str): what has that length: the perturbation of a sentence (Eq. 9), or of each word.
    """

    epsilon_free: Weight
    scope_free: Literal["sentence", "word"]


class Directions(Section):
    """The space of directions to the nearest words (Eq. 11-13).

    Attributes:
        epsilon_directions (float): length of the coordinates alpha, not of the perturbation.
        scope_directions (str): what has that length: alpha of a ``sentence`` (Eq. 14) or of each ``word`` (Eq. 17 read
            literally); ``released``: alpha of each word has length 1, then the perturbation of a sentence has epsilon.
        neighbours (int): K, nearest words of each word.
        neighbour_refresh (str): when they are looked for again: at each epoch or, as section 5.2 says, at each
            iteration.
        neighbour_rule (str): ``exact``: never the word itself, its vector or a special word; ``released``: the nearest
            one is dropped by rank, special words are allowed.
    """

    epsilon_directions: Weight
    scope_directions: Literal["sentence", "word", "released"]
    neighbours: Size
    neighbour_refresh: Literal["epoch", "iteration"]
    neighbour_rule: Literal["exact", "released"]


class CrossEntropy(Section):
    """The AdvT family (Eq. 8 and 15).

    Attributes:
        gradient_pass (str): the gradient is that of the ``clean`` pass, or of a ``separate`` one with its own dropout
            masks.
    """

    gradient_pass: Literal["clean", "separate"]


class VirtualDivergence(Section):
    """The VAT family (Eq. 18-22), where the choice follows the gradient.

    Attributes:
        xi (float): length of the step away from 0 at which the gradient is taken.
        xi_scope (str): what has that length: the step of a sentence, or of each word.
        power_iterations (int): how often the direction of the step is improved.
        ivat_start (str): the first direction in the space of directions: ``random`` alpha, or ``uniform``, all the
            same.
    """

    for_gradients: ClassVar = True
    xi: Rate
    xi_scope: Literal["sentence", "word"]
    power_iterations: int = Field(ge=1, le=1000)
    ivat_start: Literal["random", "uniform"]


SPACES = {"free": Free, "directions": Directions}
DIVERGENCES = {"cross_entropy": CrossEntropy, "kl": VirtualDivergence}
