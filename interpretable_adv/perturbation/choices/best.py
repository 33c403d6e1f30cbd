"""One neighbour of each word, towards which the divergence grows fastest (section 6.3, iAdvT-Best).

For a space of directions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iadv_foundation.arithmetic.arrays import FloatArray
    from interpretable_adv.perturbation.perturber import Problem
    from interpretable_adv.perturbation.scaling import Point
    from interpretable_adv.perturbation.spaces import DirectionSpace


class Choice:
    """One-hot coordinates at the neighbour with the largest slope."""

    needs_gradient = True

    def __call__(self, problem: Problem) -> Point:
        return problem.on_sphere(steepest(problem.space, problem.slope))


def steepest(space: DirectionSpace, slope: FloatArray) -> FloatArray:
    """One-hot coordinates (N, K) at each word's neighbour with the largest slope.

    A neighbour without a direction, or one along which nothing changes (as at a word without a gradient), is never it.

    Args:
        space (interpretable_adv.perturbation.spaces.DirectionSpace)
        slope: float (N, K).

    Raises:
        UserError: the slope is not finite, so training has diverged.
    """
    from interpretable_adv.perturbation.normalisation import require_finite  # here: settings are read without Chainer

    xp = space.xp
    require_finite(slope)  # one-hot coordinates would hide it
    leads = space.has_direction() & (slope != 0)
    index = xp.where(leads, slope, -xp.inf).argmax(axis=1)
    return space.one_hot(index) * leads.any(axis=1, keepdims=True)
