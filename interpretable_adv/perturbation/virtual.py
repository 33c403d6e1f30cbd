"""Where a network's output changes fastest: the gradient behind VAT and iVAT (Eq. 18-21)."""

import chainer

from interpretable_adv.perturbation.normalisation import CHAINER_FLOOR, RELEASED_FLOOR, Words


def virtual_gradient(perturbed_logits, divergence, scaling, xi, power_iterations=1, start="random", generator=None):
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
    """
    take_step, coordinates = STARTS[start](scaling.space, generator)
    for _ in range(power_iterations):
        step = take_step(scaling, coordinates, xi)
        gradient = gradient_at(step.r, perturbed_logits, divergence)
        coordinates = step.slope(gradient)
    return gradient, coordinates


def gradient_at(r, perturbed_logits, divergence):
    """The gradient (N, D) of a divergence at a perturbation r (N, D); arguments as in :func:`virtual_gradient`."""
    with chainer.force_backprop_mode():
        r = chainer.Variable(r)
        # chainer.grad walks only the paths to r; backward() would also make the gradients at all parameters.
        (gradient,) = chainer.grad([divergence(perturbed_logits(r))], [r])
    return gradient.array


class _Step:
    """A step of length xi in the direction of some coordinates.

    Attributes:
        r: float (N, D).
    """

    def __init__(self, scaling, coordinates, xi):
        self.space = scaling.space
        self.r = scaling.on_sphere(coordinates, xi).r

    def slope(self, gradient):
        """The gradient (N, coordinates) at the coordinates, from that (N, D) at r."""
        return self.space.pull_back(gradient)


class _ReleasedStep:
    r"""The authors' step in the space of directions: r itself, not alpha, is xi long, and gradients go back to alpha
    through both normalisations.

    .. math:: s = \sum_k \frac{\alpha_k}{\|\alpha\| + 10^{-5}} d_k, \quad r = \xi \frac{s}{\sqrt{10^{-6} + \|s\|^2}}

    Attributes:
        r: float (N, D).
    """

    def __init__(self, scaling, alpha, xi):
        self.space, self.alpha, self.xi = scaling.space, alpha, xi
        self.groups = Words if scaling.scope == "word" else scaling.sentences
        xp = self.space.xp
        self.norm = xp.sqrt((alpha * alpha).sum(axis=1))[:, None]
        direction = self.space.to_embedding(alpha / (self.norm + CHAINER_FLOOR))
        self.length = xp.hypot(RELEASED_FLOOR, xp.sqrt(self._total(direction, direction)))
        self.unit = direction / self.length
        self.r = xi * self.unit

    def slope(self, gradient):
        """The gradient (N, K) at alpha, from that (N, D) at r."""
        across = self.xi * (gradient - self.unit * self._total(self.unit, gradient)) / self.length
        slope = self.space.pull_back(across)
        divisor = self.norm + CHAINER_FLOOR
        along = (self.alpha * slope).sum(axis=1, keepdims=True) / (self.space.xp.maximum(self.norm, 1e-30) * divisor)
        return (slope - self.alpha * along) / divisor

    def _total(self, one, other):
        """Inner products over each word or sentence: (N, 1)."""
        return self.groups.total((one * other).sum(axis=1)).astype(one.dtype)[:, None]


def _random_start(space, generator):
    return _Step, space.random(generator)


def _uniform_start(space, generator):
    return _ReleasedStep, space.xp.full(space.coordinates_shape, 1 / space.coordinates_shape[1], space.dtype)


#: ``"random"``: a random direction.  ``"uniform"``: every alpha is 1 / K, and steps are those of the authors' iVAT.
STARTS = {"random": _random_start, "uniform": _uniform_start}
