"""Where a network's output changes fastest: the gradient behind VAT and iVAT (Eq. 18-21)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import chainer

from interpretable_adv.perturbation.normalisation import CHAINER_FLOOR, RELEASED_FLOOR, Words

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from iadv_foundation.arithmetic.arrays import FloatArray
    from interpretable_adv.perturbation.divergences import Divergence
    from interpretable_adv.perturbation.scaling import Scaling
    from interpretable_adv.perturbation.spaces import Space

    LogitsAt = Callable[[chainer.Variable], chainer.Variable]


def virtual_gradient(
    perturbed_logits: LogitsAt,
    divergence: Divergence,
    scaling: Scaling,
    xi: float,
    power_iterations: int = 1,
    start: str = "random",
    generator: np.random.Generator | None = None,
) -> tuple[FloatArray, FloatArray]:
    """The gradient of a divergence that is flat at r = 0, at a small perturbation, by power iteration (Eq. 20).

    At r = 0 the divergence is flat, so the gradient is taken a step of length xi away.  Each iteration then steps in
    the direction of the last gradient, which approaches the direction of largest curvature.  No gradient reaches the
    network's parameters.

    Args:
        perturbed_logits (callable): the network as a function of the perturbation, chainer.Variable (N, D) -> logits
            chainer.Variable (rows, classes); called once for each power iteration.
        divergence (callable): from these logits to a chainer.Variable, scalar: how far they are from those without a
            perturbation.
        scaling (interpretable_adv.perturbation.scaling.Scaling): how steps of length xi are measured.
        xi (float): length of a step.
        power_iterations (int): at least 1.
        start (str): a key of :data:`STARTS`.
        generator (numpy.random.Generator): for a random start.

    Returns:
        the gradient at the perturbed words, float (N, D), and the slope, that at the coordinates, float (N,
        coordinates).

    Raises:
        UserError: a gradient is not finite, so training has diverged.

    Examples:
        >>> import numpy as np
        >>> from interpretable_adv import FreeSpace, VirtualDivergence, virtual_gradient
        >>> from interpretable_adv.perturbation import Scaling, Sentences
        >>> words, sentence = np.eye(3, dtype="f"), np.array([0, 0, 1])  # three words of two texts
        >>> scaling = Scaling(FreeSpace(words), Sentences(sentence, 2))
        >>> changed = VirtualDivergence(words)  # a network whose logits are the words themselves
        >>> draw = np.random.default_rng(0)
        >>> gradient, _ = virtual_gradient(lambda r: words + r, changed, scaling, 0.1, generator=draw)
        >>> gradient.shape, bool((gradient != 0).all())
        ((3, 3), True)
    """
    take_step, coordinates = STARTS[start](scaling.space, generator)
    for _ in range(power_iterations):
        step = take_step(scaling, coordinates, xi)
        gradient = gradient_at(step.r, perturbed_logits, divergence)
        coordinates = step.slope(gradient)
    return gradient, coordinates


def gradient_at(r: FloatArray, perturbed_logits: LogitsAt, divergence: Divergence) -> FloatArray:
    """The gradient (N, D) of a divergence at a perturbation r (N, D); arguments as in :func:`virtual_gradient`."""
    with chainer.force_backprop_mode():
        variable = chainer.Variable(r)
        # chainer.grad walks only the paths to r; backward() would also make the gradients at all parameters.
        (gradient,) = chainer.grad([divergence(perturbed_logits(variable))], [variable])
    found: FloatArray = gradient.array
    return found


class _Step:
    """A step of length xi in the direction of some coordinates.

    Attributes:
        r: float (N, D).
    """

    def __init__(self, scaling: Scaling, coordinates: FloatArray, xi: float) -> None:
        self.space = scaling.space
        self.r = scaling.on_sphere(coordinates, xi).r

    def slope(self, gradient: FloatArray) -> FloatArray:
        """The gradient (N, coordinates) at the coordinates, from that (N, D) at r."""
        return self.space.pull_back(gradient)


class _ReleasedStep:
    r"""The authors' step in the space of directions: r itself, not alpha, is xi long, and gradients go back to alpha
    through both normalisations.

    .. math:: s = \sum_k \frac{\alpha_k}{\|\alpha\| + 10^{-5}} d_k, \quad r = \xi \frac{s}{\sqrt{10^{-6} + \|s\|^2}}

    Attributes:
        r: float (N, D).
    """

    def __init__(self, scaling: Scaling, alpha: FloatArray, xi: float) -> None:
        self.space, self.alpha, self.xi = scaling.space, alpha, xi
        self.groups = Words if scaling.scope == "word" else scaling.sentences
        xp = self.space.xp
        self.norm = xp.sqrt((alpha * alpha).sum(axis=1))[:, None]
        direction = self.space.to_embedding(alpha / (self.norm + CHAINER_FLOOR))
        self.length = xp.hypot(RELEASED_FLOOR, xp.sqrt(self._total(direction, direction)))
        self.unit = direction / self.length
        self.r = xi * self.unit

    def slope(self, gradient: FloatArray) -> FloatArray:
        """The gradient (N, K) at alpha, from that (N, D) at r."""
        across = self.xi * (gradient - self.unit * self._total(self.unit, gradient)) / self.length
        slope = self.space.pull_back(across)
        divisor = self.norm + CHAINER_FLOOR
        along = (self.alpha * slope).sum(axis=1, keepdims=True) / (self.space.xp.maximum(self.norm, 1e-30) * divisor)
        return (slope - self.alpha * along) / divisor

    def _total(self, one: FloatArray, other: FloatArray) -> FloatArray:
        """Inner products over each word or sentence: (N, 1)."""
        return self.groups.total((one * other).sum(axis=1)).astype(one.dtype)[:, None]


def _random_start(space: Space, generator: Any) -> tuple[type[_Step], FloatArray]:
    return _Step, space.random(generator)


def _uniform_start(space: Space, generator: Any) -> tuple[type[_ReleasedStep], FloatArray]:
    return _ReleasedStep, space.xp.full(space.coordinates_shape, 1 / space.coordinates_shape[1], space.dtype)


#: ``"random"``: a random direction.  ``"uniform"``: every alpha is 1 / K, and steps are those of the authors' iVAT.
STARTS: dict[str, Callable[[Space, Any], tuple[Any, FloatArray]]] = {"random": _random_start, "uniform": _uniform_start}
