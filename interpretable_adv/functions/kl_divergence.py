"""The Kullback-Leibler divergence between two outputs of a network (Eq. 18), exact where the outputs hardly differ."""

import chainer
import chainer.functions as F
from chainer.utils import type_check

#: exp of it is far from the largest float32, also summed over many classes.
_LARGEST_EXPONENT = 80


def kl_divergence(clean_logits, perturbed_logits, normalizer=1, reduce="sum"):
    r"""KL divergence of the perturbed from the clean output (Eq. 18).

    .. math:: \mathrm{KL}(p \| q) = \sum_m p_m (\log p_m - \log q_m), \quad p = \mathrm{softmax}(\text{clean}), \quad
              q = \mathrm{softmax}(\text{perturbed})

    The clean output is a constant: no gradient flows into it.  Equal logits give exactly zero, value and gradient.

    The gradient q - p keeps its direction in float32 however small it is.  VAT scales it to epsilon, and for a sure
    output and a step of length xi it is far smaller than the rounding errors of q and p.

    Args:
        clean_logits: float (rows, classes), an array or a chainer.Variable.
        perturbed_logits (chainer.Variable): float (rows, classes).
        normalizer (float): divides the result; the number of sentences makes it Eq. 18's mean over sentences, whether
            the rows are sentences or words (Eq. 2).
        reduce (str): ``"sum"`` over the rows, or ``"no"``.

    Returns:
        chainer.Variable: scalar, or (rows,) for ``reduce="no"``.
    """
    if isinstance(clean_logits, chainer.Variable):
        clean_logits = clean_logits.array
    (rows,) = KLDivergence(clean_logits).apply((perturbed_logits,))
    result = rows if reduce == "no" else F.sum(rows)
    return result if normalizer == 1 else result / normalizer


class KLDivergence(chainer.FunctionNode):
    """The function node of :func:`kl_divergence`, (rows, classes) -> (rows,)."""

    def __init__(self, clean_logits):
        super().__init__()
        self.clean_logits = clean_logits

    def check_type_forward(self, in_types):
        type_check.expect(
            in_types.size() == 1,
            in_types[0].dtype == self.clean_logits.dtype,
            in_types[0].shape == self.clean_logits.shape,
        )

    def forward(self, inputs):
        self.retain_inputs((0,))
        p = F.softmax(self.clean_logits, axis=1).array
        return (-(p * _log_ratio(self.clean_logits, inputs[0])).sum(axis=1),)

    def backward(self, indexes, grad_outputs):
        (perturbed,) = self.get_retained_inputs()
        rows = F.broadcast_to(F.expand_dims(grad_outputs[0], axis=1), perturbed.shape)
        (difference,) = _OutputDifference(self.clean_logits).apply((perturbed,))
        return (rows * difference,)


class _OutputDifference(chainer.FunctionNode):
    """q - p, (rows, classes) -> (rows, classes), with a small relative error in every element."""

    def __init__(self, clean_logits):
        super().__init__()
        self.clean_logits = clean_logits

    def forward(self, inputs):
        self.retain_inputs((0,))
        xp = chainer.backend.get_array_module(inputs[0])
        ratio = _log_ratio(self.clean_logits, inputs[0])
        p, q = (F.softmax(logits, axis=1).array for logits in (self.clean_logits, inputs[0]))
        return (xp.where(ratio > 1, q - p, p * xp.expm1(xp.minimum(ratio, 1))),)

    def backward(self, indexes, grad_outputs):
        (perturbed,) = self.get_retained_inputs()
        q, gradient = F.softmax(perturbed, axis=1), grad_outputs[0]
        mean = F.broadcast_to(F.sum(q * gradient, axis=1, keepdims=True), q.shape)
        return (q * (gradient - mean),)


def _log_ratio(clean, perturbed):
    r"""log(q / p), float (rows, classes).

    With the changes d of the logits against that of the likeliest class, :math:`\log(q / p) = d - \log(1 + S)` and
    :math:`S = \sum p (e^d - 1)`: no large term is left that another one cancels.  The likeliest class itself has d = 0.
    """
    xp = chainer.backend.get_array_module(clean)
    rows, likeliest = xp.arange(len(clean)), clean.argmax(axis=1)
    change = perturbed - clean
    change -= change[rows, likeliest][:, None]
    p, log_p = F.softmax(clean, axis=1).array, F.log_softmax(clean, axis=1).array
    # Above 1, by the logarithm: p may be too small to be told from zero, and e^d too large for a number.
    large = xp.exp(xp.minimum(log_p + change, _LARGEST_EXPONENT)) - p
    growth = xp.where(change > 1, large, p * xp.expm1(xp.minimum(change, 1))).sum(axis=1)
    by_outputs = log_p[rows, likeliest] - F.log_softmax(perturbed, axis=1).array[rows, likeliest]
    log_sum = xp.where(growth > 1, by_outputs, xp.log1p(xp.minimum(growth, 1)))
    return change - log_sum[:, None]
