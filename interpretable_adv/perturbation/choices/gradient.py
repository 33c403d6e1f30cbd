"""The direction in which the divergence grows fastest (Eq. 9, 17, 20, 21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interpretable_adv.perturbation.perturber import Problem
    from interpretable_adv.perturbation.scaling import Point


class Choice:
    """One step along the gradient, epsilon long."""

    needs_gradient = True

    def __call__(self, problem: Problem) -> Point:
        return problem.on_sphere(problem.slope)
