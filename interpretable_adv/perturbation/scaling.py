"""How long a perturbation is, and what has the length: a sentence's coordinates, each word's, or r itself."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Literal

from interpretable_adv.perturbation.normalisation import RELEASED_FLOOR, Sentences, Words, normalise, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from iadv_foundation.arithmetic.arrays import FloatArray
    from interpretable_adv.perturbation.spaces import Space


class Point:
    """A perturbation and its coordinates.

    Args:
        r: float (N, D).
        coordinates (callable): gives its coordinates, float (N, D) or (N, K), when they are asked for.
    """

    def __init__(self, r: FloatArray, coordinates: Callable[[], FloatArray]) -> None:
        self.r, self._coordinates = r, coordinates

    @functools.cached_property
    def coordinates(self) -> FloatArray:
        """float (N, D) in the free space, alpha (N, K) in that of directions."""
        return self._coordinates()


@dataclasses.dataclass(frozen=True, eq=False)
class Scaling:
    """From coordinates of any length to a perturbation of the right one.

    Attributes:
        space: see :mod:`interpretable_adv.perturbation.spaces`.
        sentences (Sentences): of the batch.
        scope (str): what has the length.  ``"sentence"``: a sentence's coordinates (Eq. 9, 14).  ``"word"``: each
            word's (Eq. 17 and 20 read literally).  ``"released"``: the authors' code, each word's coordinates have
            length 1, and then r has the length over the sentence.
        rule (str): ``"safe"`` or ``"released"`` of :data:`interpretable_adv.perturbation.normalisation.RULES`.
    """

    space: Space
    sentences: Sentences
    scope: Literal["sentence", "word", "released"] = "sentence"
    rule: Literal["safe", "released"] = "safe"

    def on_sphere(self, direction: FloatArray, length: float) -> Point:
        """The :class:`Point` in the direction of coordinates (N, coordinates), ``length`` (float) long.

        Raises:
            UserError: the coordinates are not finite, so training has diverged.
        """
        if self.scope == "released":
            unit = self.unit_alpha(direction)
            r = self.space.to_embedding(unit)
            scaled = self.over_sentence(r, length)
            return Point(scaled, lambda: unit * self._ratio(scaled, r))
        return self._at((self.over_sentence if self.scope == "sentence" else self.over_word)(direction, length))

    def in_ball(self, coordinates: FloatArray, length: float) -> Point:
        """The :class:`Point` at coordinates (N, coordinates), or, where it is farther away than ``length``,
        its projection.

        Raises:
            UserError: the coordinates are not finite, so training has diverged.
        """
        if self.scope == "released":
            r = self.space.to_embedding(coordinates)
            shortened = shorten(r, length, self.sentences)
            return Point(shortened, lambda: coordinates * self._ratio(shortened, r))
        return self._at(shorten(coordinates, length, self.sentences if self.scope == "sentence" else Words))

    def slope(self, gradient: FloatArray) -> FloatArray:
        """The gradient at the coordinates (N, coordinates) where the perturbation is zero.

        The authors' code takes that of their scope through its normalisation of each word's r, whose derivative at r =
        0 is 1 / sqrt(1e-6): slopes a thousand times as large, so that few of them are lost beside the 1e-5 of
        :meth:`unit_alpha`.

        Args:
            gradient: float (N, D), at the embedded words.
        """
        slope = self.space.pull_back(gradient)
        return slope / RELEASED_FLOOR if (self.scope, self.rule) == ("released", "released") else slope

    def over_sentence(self, vectors: FloatArray, length: float) -> FloatArray:
        """``vectors`` so that a sentence's, concatenated, have a length."""
        return normalise(vectors, length, self.sentences, self.rule)

    def over_word(self, vectors: FloatArray, length: float) -> FloatArray:
        """``vectors`` so that each word's has a length."""
        return normalise(vectors, length, Words, self.rule)

    def unit_alpha(self, coordinates: FloatArray) -> FloatArray:
        """``coordinates`` so that each word's have length 1, by the authors' code divided by their length + 1e-5."""
        return normalise(coordinates, 1, Words, {"safe": "safe", "released": "chainer"}[self.rule])

    def _at(self, coordinates: FloatArray) -> Point:
        return Point(self.space.to_embedding(coordinates), lambda: coordinates)

    def _ratio(self, scaled: FloatArray, r: FloatArray) -> FloatArray:
        """By what the r (N, D) of each sentence was multiplied to give ``scaled``: (N, 1)."""
        xp = self.space.xp
        squares, products = (self.sentences.total((r * other).sum(axis=1)) for other in (r, scaled))
        return (products / xp.where(squares > 0, squares, 1)).astype(r.dtype)[:, None]
