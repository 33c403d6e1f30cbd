"""One neighbour of each word, each as likely as the others (section 6.3, iAdvT-Rand).  For a space of directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interpretable_adv.perturbation.perturber import Problem
    from interpretable_adv.perturbation.scaling import Point


class Choice:
    """One-hot coordinates at a neighbour drawn at random."""

    needs_gradient = False

    def __call__(self, problem: Problem) -> Point:
        space = problem.space
        words, neighbours = space.coordinates_shape
        return problem.on_sphere(space.one_hot(space.xp.asarray(problem.generator.integers(0, neighbours, words))))
