"""A choice alone: what it makes of a slope."""

from interpretable_adv.perturbation.choices import choice_named, settings_of
from interpretable_adv.perturbation.perturber import Problem


def perturb(choice, scaling, epsilon, slope=None, generator=None, gradient_at=None, **settings):
    """The perturbation r that a choice makes of a slope, or of what it draws."""
    own = settings_of(choice)
    problem = Problem(
        scaling, epsilon, own(**settings) if own else None, lambda: generator, lambda: (None, slope), gradient_at
    )
    return choice_named(choice)(problem).r


def follow(choice, scaling, epsilon, gradient, draws=None, **settings):
    """The perturbation for a gradient at the embedded words, the same everywhere."""
    return perturb(choice, scaling, epsilon, scaling.slope(gradient), draws, lambda r: gradient, **settings)
