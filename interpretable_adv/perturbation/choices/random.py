"""A random direction, all equally likely (section 6.2, Random Perturbation)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interpretable_adv.perturbation.perturber import Problem
    from interpretable_adv.perturbation.scaling import Point


class Choice:
    """Coordinates drawn from N(0, I), epsilon long."""

    needs_gradient = False

    def __call__(self, problem: Problem) -> Point:
        return problem.on_sphere(problem.space.random(problem.generator))
