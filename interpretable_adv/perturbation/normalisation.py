"""Scaling vectors of any magnitude to a given length, over a sentence or over each word (Eq. 9, 17, 20, 21)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from chainer import backend

from iadv_foundation.errors import UserError

if TYPE_CHECKING:
    from iadv_foundation.arithmetic.arrays import FloatArray, IntArray

    Groups: TypeAlias = "Sentences | type[Words]"

RELEASED_FLOOR, CHAINER_FLOOR = 1e-3, 1e-5


class Sentences:
    """Groups the N packed words of a batch by the sentence they belong to.

    Args:
        sentence: int (N,), values 0..B-1 in any order (NumPy or CuPy).
        count (int): B.
    """

    def __init__(self, sentence: IntArray, count: int) -> None:
        self.sentence = sentence
        self.count = count

    def total(self, values: FloatArray) -> FloatArray:
        """For each word (N,) the sum of ``values`` (N,) over its sentence, in float64 and in a fixed order."""
        if isinstance(values, np.ndarray):
            sums: FloatArray = np.bincount(self.sentence, values, self.count).astype(np.float64, copy=False)
            return sums[self.sentence]
        return self._members(values).sum(axis=1)[self.sentence]

    def maximum(self, values: FloatArray) -> FloatArray:
        """For each word (N,) the largest of ``values`` (N,), none negative, in its sentence, in float64."""
        if isinstance(values, np.ndarray):
            largest = np.zeros(self.count)
            np.maximum.at(largest, self.sentence, values)
            return largest[self.sentence]
        return self._members(values).max(axis=1)[self.sentence]

    def _members(self, values: FloatArray) -> FloatArray:
        """(B, N): a sentence's values in its row, else 0.

        On a GPU this keeps sums in order, which scattered adds do not.
        """
        xp = backend.get_array_module(values)
        return xp.where(self.sentence == xp.arange(self.count)[:, None], values.astype(np.float64), 0)


class Words:
    """Every word is a group of its own."""

    @staticmethod
    def total(values: FloatArray) -> FloatArray:
        """``values`` (N,) in float64."""
        return values.astype(np.float64)

    maximum = total


def require_finite(gradient: FloatArray) -> None:
    """Raise a UserError where a gradient, float of any shape, has an element that is not finite."""
    if not bool(backend.get_array_module(gradient).isfinite(gradient).all()):
        raise UserError(
            "the gradient at the words is not finite: training has diverged; lower training.learning_rate or "
            "training.gradient_clipping"
        )


def normalise(vectors: FloatArray, length: float, groups: Groups, rule: str = "safe") -> FloatArray:
    """Scale the vectors of each group so that their concatenation has a given length.

    Args:
        vectors: float (N, D) or (N, K), one for each word; not changed.
        length (float): e.g. epsilon.
        groups (Sentences or Words): what is scaled together.
        rule (str): a key of :data:`RULES`.

    Returns:
        an array like ``vectors``; all zero where a group is all zero.

    Raises:
        UserError: a vector is not finite, so training has diverged.
    """
    xp = backend.get_array_module(vectors)
    magnitude = xp.maximum(vectors.max(axis=1), -vectors.min(axis=1))
    require_finite(magnitude)
    largest = groups.maximum(magnitude)
    unit = vectors / xp.where(largest > 0, largest, 1).astype(vectors.dtype)[:, None]
    norm = xp.sqrt(groups.total(xp.einsum("nd,nd->n", unit, unit)))
    unit *= (length * RULES[rule](xp, norm, largest)).astype(vectors.dtype)[:, None]
    return unit


def shorten(vectors: FloatArray, length: float, groups: Groups) -> FloatArray:
    """Scale the vectors of each group whose concatenation is longer than ``length`` down to it;
    others stay as they are.

    Args:
        vectors, length, groups: see :func:`normalise`.

    Returns:
        an array like ``vectors``.

    Raises:
        UserError: a vector is not finite, so training has diverged.
    """
    xp = backend.get_array_module(vectors)
    magnitude = xp.maximum(vectors.max(axis=1), -vectors.min(axis=1))
    require_finite(magnitude)
    largest = groups.maximum(magnitude)
    unit = vectors / xp.where(largest > 0, largest, 1).astype(vectors.dtype)[:, None]
    norm = largest * xp.sqrt(groups.total(xp.einsum("nd,nd->n", unit, unit)))
    return vectors * xp.where(norm > length, length / xp.maximum(norm, length or 1), 1).astype(vectors.dtype)[:, None]


def _safe(xp: Any, norm: FloatArray, largest: FloatArray) -> FloatArray:
    """1 / norm: after the division by its largest element a group's norm is at least 1, or the group is all zero."""
    return 1 / xp.maximum(norm, 1)


def _released(xp: Any, norm: FloatArray, largest: FloatArray) -> FloatArray:
    """largest / sqrt(1e-6 + (largest norm)^2), which makes a vector much shorter than 1e-3 collapse."""
    return largest / xp.hypot(RELEASED_FLOOR, largest * norm)


def _chainer(xp: Any, norm: FloatArray, largest: FloatArray) -> FloatArray:
    """largest / (largest norm + 1e-5)"""
    return largest / (largest * norm + CHAINER_FLOOR)


#: The recipes' formulas: ``"safe"`` gives the exact length at any magnitude; ``"released"`` is the authors' code for r,
#: ``d / sqrt(1e-6 + sum d^2)`` on the unscaled d; ``"chainer"`` is ``chainer.functions.normalize``,
#: ``d / (|d| + 1e-5)``, which their code uses for the weights of a word's directions.
RULES = {"safe": _safe, "released": _released, "chainer": _chainer}
