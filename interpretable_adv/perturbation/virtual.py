"""Where a network's output changes fastest: the gradient behind VAT and iVAT (Eq. 18-21)."""
from core import compat  # noqa: F401  (before chainer)
import chainer

from interpretable_adv.functions import kl_divergence


def virtual_gradient(perturbed_logits, clean_logits, scaling, xi, power_iterations=1, start="random", generator=None,
                     normalizer=1):
    """The gradient of the KL divergence at a small perturbation, by power iteration (Eq. 20).

    At r = 0 the divergence is flat, so the gradient is taken a step of length xi away.  Each iteration then steps in the
    direction of the last gradient, which approaches the direction of largest curvature.  No gradient reaches the network's
    parameters.

    Args:
        perturbed_logits (callable): the network as a function of the perturbation, chainer.Variable (N, D) -> logits
            chainer.Variable (rows, classes); called once for each power iteration.
        clean_logits: float (rows, classes), the logits without a perturbation, an array or a chainer.Variable; constant.
        scaling (interpretable_adv.perturbation.choices.Scaling): how steps of length xi are measured.
        xi (float): length of a step.
        power_iterations (int): at least 1.
        start (str): a key of :data:`STARTS`.
        generator (numpy.random.Generator): for a random start.
        normalizer (float): divides the divergence, summed over the rows.

    Returns:
        float (N, D): gradient at the perturbed words.

    Raises:
        UserError: a gradient is not finite, so training has diverged.
    """
    r = STARTS[start](scaling, xi, generator)
    gradient = _gradient_at(r, perturbed_logits, clean_logits, normalizer)
    for _ in range(power_iterations - 1):
        r = scaling(scaling.space.pull_back(gradient), xi)
        gradient = _gradient_at(r, perturbed_logits, clean_logits, normalizer)
    return gradient


def _gradient_at(r, perturbed_logits, clean_logits, normalizer):
    with chainer.force_backprop_mode():
        r = chainer.Variable(r)
        loss = kl_divergence(clean_logits, perturbed_logits(r), normalizer)
        # chainer.grad walks only the paths to r; backward() would also make the gradients at all parameters.
        gradient, = chainer.grad([loss], [r])
    return gradient.array


def _random_start(scaling, xi, generator):
    return scaling(scaling.space.random(generator), xi)


def _uniform_start(scaling, xi, generator):
    space = scaling.space
    return space.to_embedding(space.xp.full(space.coordinates_shape, xi / space.coordinates_shape[1], space.dtype))


#: ``"random"``: a random direction, xi long.  ``"uniform"``: every alpha is xi / K (the authors' iVAT, with xi = 1).
STARTS = {"random": _random_start, "uniform": _uniform_start}
