"""From a network and what is to grow to a perturbation of its embedded words:
what training, analysis and a notebook share.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

import numpy as np
from chainer.backends import cuda

from iadv_foundation.console.cli import closest
from iadv_foundation.console.configuration import Layer, resolve
from iadv_foundation.errors import UsageError
from interpretable_adv.methods import METHODS
from interpretable_adv.perturbation.choices import choice_named
from interpretable_adv.perturbation.neighbour_table import NeighbourTable
from interpretable_adv.perturbation.normalisation import RELEASED_FLOOR, Sentences
from interpretable_adv.perturbation.scaling import Scaling
from interpretable_adv.perturbation.spaces import DirectionSpace, FreeSpace
from interpretable_adv.perturbation.virtual import gradient_at, virtual_gradient
from interpretable_adv.settings import PerturbationConfig, paper_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import chainer

    from iadv_foundation.arithmetic.arrays import BoolArray, FloatArray, IntArray
    from interpretable_adv.methods import Method
    from interpretable_adv.perturbation.divergences import Divergence
    from interpretable_adv.perturbation.scaling import Point


class Problem:
    """What a choice is given: a space, how lengths are measured in it, and how the divergence grows.

    Args:
        scaling (interpretable_adv.perturbation.scaling.Scaling): of the space around the words.
        epsilon (float): how long the perturbation is to be.
        settings: the perturbation's settings, among them the choice's own.
        generator (callable): gives the numpy.random.Generator of the choice.
        start (callable): gives the gradient (N, D) and the slope (N, coordinates) with which the search starts.
        gradient_at (callable): from r (N, D) to the gradient of the divergence there, (N, D).
    """

    def __init__(
        self,
        scaling: Scaling,
        epsilon: float,
        settings: Any,
        generator: Callable[[], np.random.Generator],
        start: Callable[[], tuple[FloatArray, FloatArray]],
        gradient_at: Callable[[FloatArray], FloatArray],
    ) -> None:
        self.scaling, self.epsilon, self.settings = scaling, epsilon, settings
        self._generator, self._start, self._gradient_at = generator, start, gradient_at

    @property
    def space(self) -> Any:
        """See :mod:`interpretable_adv.perturbation.spaces`."""
        return self.scaling.space

    @property
    def sentences(self) -> Sentences:
        """Which words belong together (interpretable_adv.perturbation.normalisation.Sentences)."""
        return self.scaling.sentences

    @functools.cached_property
    def generator(self) -> np.random.Generator:
        """numpy.random.Generator, for a choice that draws."""
        return self._generator()

    @functools.cached_property
    def start(self) -> tuple[FloatArray, FloatArray]:
        """The gradient (N, D) at the words, where the search starts, and the slope (N, coordinates) there."""
        return self._start()

    @property
    def slope(self) -> FloatArray:
        """The gradient at the coordinates (N, coordinates), where the search starts."""
        return self.start[1]

    def slope_at(self, point: Point) -> FloatArray:
        """The gradient at coordinates (N, coordinates) of a :class:`interpretable_adv.perturbation.scaling.Point`."""
        return self.space.pull_back(self._gradient_at(point.r))

    def on_sphere(self, direction: FloatArray, length: float | None = None) -> Point:
        """The point in a direction (N, coordinates), by default epsilon long."""
        return self.scaling.on_sphere(direction, self.epsilon if length is None else length)

    def in_ball(self, coordinates: FloatArray) -> Point:
        """The point at coordinates (N, coordinates), projected onto the ball of radius epsilon."""
        return self.scaling.in_ball(coordinates, self.epsilon)

    @staticmethod
    def to_cpu(array: Any) -> Any:
        """A NumPy array of it."""
        return cuda.to_cpu(array)


@dataclasses.dataclass(frozen=True, eq=False)
class Found:
    """A perturbation of N words.

    Attributes:
        r: float (N, D), to be added to the embedded words; zero at words that are not perturbed.
        coordinates: float, r itself (N, D) in the free space, alpha (N, K) in that of directions.
        gradient: float (N, D), of the divergence at the words where the search started; None where the choice only
            draws.
        space: see :mod:`interpretable_adv.perturbation.spaces`; ``neighbours``, int (N, K), where it is one of
            directions.

    Examples:
        >>> import chainer.functions as F, numpy as np
        >>> from interpretable_adv import CrossEntropy, Perturber
        >>> matrix, ids, labels = np.array([[0, 1], [3, 0]], "f"), np.array([0, 1]), np.array([0], np.int32)
        >>> def network(words):  # adds up the two words of the one text
        ...     return F.sum(words, axis=0, keepdims=True)
        >>> found = Perturber("advt", epsilon_free=2)(network, CrossEntropy(labels), ids, matrix, [0, 0])
        >>> found.r.round(2).tolist()
        [[-1.0, 1.0], [-1.0, 1.0]]
    """

    point: Point
    problem: Problem
    follows_gradient: bool

    @property
    def r(self) -> FloatArray:
        return self.point.r

    @property
    def coordinates(self) -> FloatArray:
        return self.point.coordinates

    @property
    def gradient(self) -> FloatArray | None:
        return self.problem.start[0] if self.follows_gradient else None

    @property
    def space(self) -> Any:
        return self.problem.space


class Perturber:
    """Finds the perturbation of embedded words by one method.

    Args:
        method (interpretable_adv.methods.Method or str): one with a perturbation.
        settings: attributes named as the keys of :class:`interpretable_adv.settings.PerturbationConfig`; by default the
            values of recipe ``paper``.
        specials (int): ids below are ``<eos>``, ``<unk>``, ...: never a neighbour.
        known, looked_up: see :class:`interpretable_adv.perturbation.neighbour_table.NeighbourTable`.
        catch_up (callable): brings rows of the embedding matrix up to date, int of any shape or by default all, before
            they are read; for an optimiser that updates rows late.
        more: values in place of those of ``settings``.

    Raises:
        UsageError: there is no such method, it has no perturbation, or a setting has a value that it may not have.

    Examples:
        Two sentences in one array of words; :func:`interpretable_adv.perturb` takes lists of texts.  On NumPy 2 Chainer
        can only be imported after this project.

        >>> from interpretable_adv import CrossEntropy, Perturber
        >>> import chainer.functions as F, chainer.links as L, numpy as np
        >>> embed, output = L.EmbedID(20, 8), L.Linear(8, 2)
        >>> ids, sentence, labels = np.array([3, 5, 7, 2, 9]), np.array([0, 0, 0, 1, 1]), np.array([0, 1], np.int32)
        >>> def network(words):  # embedded words (N, D) -> logits (sentences, classes)
        ...     return output(F.stack([F.sum(words[:3], axis=0), F.sum(words[3:], axis=0)]))
        >>> perturber = Perturber("iadvt", epsilon_directions=3, neighbours=5)
        >>> found = perturber(network, CrossEntropy(labels), ids, embed.W.array, sentence)
        >>> loss = F.softmax_cross_entropy(network(embed(ids) + found.r), labels)
        >>> found.r.shape, found.coordinates.shape, float(loss.array) > 0
        ((5, 8), (5, 5), True)
    """

    def __init__(
        self,
        method: Method | str,
        settings: Any = None,
        specials: int = 0,
        known: BoolArray | None = None,
        looked_up: BoolArray | None = None,
        catch_up: Callable[..., None] | None = None,
        **more: Any,
    ) -> None:
        self.method: Method = METHODS[closest(method, METHODS, "method")] if isinstance(method, str) else method
        if not self.method.perturbs:
            raise UsageError(
                f"method {self.method.name}: it has no perturbation; choose from "
                f"{', '.join(name for name, one in METHODS.items() if one.perturbs)}"
            )
        self.settings = _settings(settings, more)
        self.catch_up = catch_up or (lambda rows=None: None)
        self.choice = choice_named(str(self.method.choice))
        self.neighbours: NeighbourTable | None = None
        if self.method.space == "directions":
            released = self.settings.neighbour_rule == "released"
            self.neighbours = NeighbourTable(
                self.settings.neighbours,
                self.settings.neighbour_refresh,
                first_word=0 if released else specials,
                drop_self="rank" if released else "vector",
                known=known if released else None,
                looked_up=looked_up,
            )

    @property
    def epsilon(self) -> float:
        """How long a perturbation is, over a sentence or over each word, as the scope says (float)."""
        return self.settings.epsilon_directions if self.method.space == "directions" else self.settings.epsilon_free

    def begin_epoch(self, matrix: FloatArray) -> None:
        """Find the neighbours of all words for the embedding matrix (V, D) of this moment."""
        if self.neighbours is not None:
            self.catch_up()
            self.neighbours.refresh(matrix)

    def serialize(self, serializer: Any) -> None:
        """Keep the neighbours in a snapshot."""
        if self.neighbours is not None:
            self.neighbours.serialize(serializer["neighbours"])

    def __call__(
        self,
        network: Callable[[chainer.Variable], chainer.Variable],
        divergence: Divergence,
        ids: IntArray,
        matrix: FloatArray,
        sentences: Sentences | IntArray | Sequence[int],
        *,
        embedded: FloatArray | None = None,
        gradient: FloatArray | None = None,
        draw: Callable[[str], np.random.Generator] | None = None,
        perturbable: BoolArray | None = None,
        mask: FloatArray | None = None,
        neighbour_mask: Callable[[slice], FloatArray] | None = None,
    ) -> Found:
        """The perturbation of a batch.  No gradient reaches the network's parameters.

        Args:
            network (callable): from embedded words, chainer.Variable (N, D), to logits, chainer.Variable (rows,
                classes).
            divergence (callable): from logits to a chainer.Variable, scalar; see
                :mod:`interpretable_adv.perturbation.divergences`.
            ids: int (N,), the words.
            matrix: float (V, D), the embedding matrix.
            sentences: which words belong together: int (N,), 0 to B-1, or a Sentences.
            embedded: float (N, D), the words as the network sees them, dropped out or not; by default their rows of
                ``matrix``.
            gradient: float (N, D), of the divergence at ``embedded`` where that is known already.
            draw (callable): from a purpose (``"start"``, ``"choice"``) to a numpy.random.Generator; by default one that
                draws anew in every call.
            perturbable: bool (N,), words that may be perturbed; None for all.
            mask: dropout mask (N, D) that is in ``embedded`` and is to apply to a word's neighbours as well, or None.
            neighbour_mask: see :class:`interpretable_adv.perturbation.spaces.DirectionSpace`.

        Returns:
            Found

        Raises:
            UserError: a gradient is not finite, so training has diverged.
        """
        embedded = matrix[ids] if embedded is None else embedded
        scaling = self._scaling(ids, matrix, embedded, _grouped(sentences), perturbable, mask, neighbour_mask)
        draw = draw or _fresh
        logits_at = functools.partial(_perturbed, network, embedded)
        problem = Problem(
            scaling,
            self.epsilon,
            self.settings,
            lambda: draw("choice"),
            lambda: self._start(logits_at, divergence, scaling, draw, gradient),
            lambda r: gradient_at(r, logits_at, divergence),
        )
        return Found(self.choice(problem), problem, self.choice.needs_gradient)

    def _scaling(
        self,
        ids: IntArray,
        matrix: FloatArray,
        embedded: FloatArray,
        sentences: Sentences,
        perturbable: BoolArray | None,
        mask: FloatArray | None,
        neighbour_mask: Callable[[slice], FloatArray] | None,
    ) -> Scaling:
        settings = self.settings
        if self.neighbours is None:
            return Scaling(FreeSpace(embedded, perturbable), sentences, settings.scope_free, settings.normalisation)
        if settings.neighbour_refresh == "iteration":
            self.catch_up()
        neighbours = self.neighbours.lookup(ids, matrix)
        self.catch_up(neighbours)
        floor = RELEASED_FLOOR if settings.normalisation == "released" else 0.0
        space = DirectionSpace(neighbours, matrix, embedded, mask, perturbable, neighbour_mask, floor)
        return Scaling(space, sentences, settings.scope_directions, settings.normalisation)

    def _start(
        self,
        logits_at: Callable[[chainer.Variable], chainer.Variable],
        divergence: Divergence,
        scaling: Scaling,
        draw: Callable[[str], np.random.Generator],
        gradient: FloatArray | None,
    ) -> tuple[FloatArray, FloatArray]:
        """Gradient and slope where the search starts: r = 0, or a step away where the divergence is flat there."""
        settings = self.settings
        if getattr(divergence, "flat", False):
            start = settings.ivat_start if self.method.space == "directions" else "random"
            return virtual_gradient(
                logits_at,
                divergence,
                dataclasses.replace(scaling, scope=settings.xi_scope),
                settings.xi,
                settings.power_iterations,
                start,
                draw("start"),
            )
        if gradient is None:
            gradient = gradient_at(scaling.space.xp.zeros_like(scaling.space.embedded), logits_at, divergence)
        return gradient, scaling.slope(gradient)


def _perturbed(
    network: Callable[[chainer.Variable], chainer.Variable], embedded: FloatArray, r: chainer.Variable
) -> chainer.Variable:
    return network(embedded + r)


def _grouped(sentences: Sentences | IntArray | Sequence[int]) -> Sentences:
    if isinstance(sentences, Sentences):
        return sentences
    numbers: Any = sentences if hasattr(sentences, "max") else np.asarray(sentences)
    return Sentences(numbers, int(numbers.max()) + 1)


def _fresh(purpose: str) -> np.random.Generator:
    return np.random.default_rng()


def _settings(settings: Any, more: dict[str, Any]) -> Any:
    given = paper_settings() if settings is None else settings
    return resolve(PerturbationConfig, Layer({**given.model_dump(), **more}, "the arguments", {})) if more else given
