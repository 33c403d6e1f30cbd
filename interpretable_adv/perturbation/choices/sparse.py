"""The steepest neighbour of the few steepest words of a sentence.  Not in the paper; for a space of directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from iadv_foundation.console.configuration import Section
from interpretable_adv.perturbation.choices.best import steepest

if TYPE_CHECKING:
    from iadv_foundation.arithmetic.arrays import BoolArray, FloatArray, IntArray
    from interpretable_adv.perturbation.perturber import Problem
    from interpretable_adv.perturbation.scaling import Point


class Settings(Section):
    """The number of this choice.

    Attributes:
        sparse_words (int): words of a sentence that are perturbed; all other words stay as they are.
    """

    sparse_words: int = Field(default=3, ge=1, le=1_000_000)


class Choice:
    """One-hot coordinates, as iAdvT-Best has them, at the words with the largest slopes of a sentence alone."""

    needs_gradient = True

    def __call__(self, problem: Problem) -> Point:
        one_hot = steepest(problem.space, problem.slope)
        height = problem.to_cpu((one_hot * problem.slope).sum(axis=1))
        kept = first_of_each(problem.to_cpu(problem.sentences.sentence), -height, problem.settings.sparse_words)
        return problem.on_sphere(one_hot * problem.space.xp.asarray(kept)[:, None])


def first_of_each(sentence: IntArray, values: FloatArray, count: int) -> BoolArray:
    """Which words have one of the ``count`` smallest values of their sentence: bool (N,).

    Args:
        sentence (numpy.ndarray): int (N,), the sentence each word belongs to.
        values (numpy.ndarray): float (N,); equal ones in the order of the words.
        count (int): at least 1.
    """
    order = np.lexsort((values, sentence))
    inside = sentence[order]
    starts = np.flatnonzero(np.r_[True, inside[1:] != inside[:-1]])
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    kept = np.empty(len(order), bool)
    kept[order] = rank < count
    return kept
