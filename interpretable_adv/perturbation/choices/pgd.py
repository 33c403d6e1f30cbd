"""Several projected steps on the ball (Madry et al. 2018).  Not in the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from iadv_foundation.console.configuration import Section

if TYPE_CHECKING:
    from interpretable_adv.perturbation.perturber import Problem
    from interpretable_adv.perturbation.scaling import Point


class Settings(Section):
    """Numbers of this choice.

    Attributes:
        pgd_steps (int): steps.
        pgd_step_size (float): length of each, times epsilon; 2.5 / steps reaches the ball's surface from anywhere.
    """

    pgd_steps: int = Field(default=3, ge=1, le=1000)
    pgd_step_size: float = Field(default=0.83, gt=0, le=100)


class Choice:
    """Steps along the gradient of the point reached so far, each followed by the projection onto the ball of radius
    epsilon.
    """

    needs_gradient = True

    def __call__(self, problem: Problem) -> Point:
        length = problem.settings.pgd_step_size * problem.epsilon
        point = problem.in_ball(problem.on_sphere(problem.slope, length).coordinates)
        for _ in range(problem.settings.pgd_steps - 1):
            step = problem.on_sphere(problem.slope_at(point), length)
            point = problem.in_ball(point.coordinates + step.coordinates)
        return point
