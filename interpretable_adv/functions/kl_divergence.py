"""The Kullback-Leibler divergence between two outputs of a network (Eq. 18)."""
from core import compat  # noqa: F401  (before chainer)
import chainer
import chainer.functions as F
from chainer.utils import type_check


def kl_divergence(clean_logits, perturbed_logits, normalizer=1, reduce="sum"):
    r"""KL divergence of the perturbed from the clean output (Eq. 18).

    .. math:: \mathrm{KL}(p \| q) = \sum_m p_m (\log p_m - \log q_m), \quad p = \mathrm{softmax}(\text{clean}), \quad
              q = \mathrm{softmax}(\text{perturbed})

    The clean output is a constant: no gradient flows into it.  Equal logits give exactly zero, value and gradient.

    Args:
        clean_logits: float (rows, classes), an array or a chainer.Variable.
        perturbed_logits (chainer.Variable): float (rows, classes).
        normalizer (float): divides the result; the number of sentences makes it Eq. 18's mean over sentences, whether the
            rows are sentences or words (Eq. 2).
        reduce (str): ``"sum"`` over the rows, or ``"no"``.

    Returns:
        chainer.Variable: scalar, or (rows,) for ``reduce="no"``.
    """
    if isinstance(clean_logits, chainer.Variable):
        clean_logits = clean_logits.array
    rows, = KLDivergence(clean_logits).apply((perturbed_logits,))
    result = rows if reduce == "no" else F.sum(rows)
    return result if normalizer == 1 else result / normalizer


class KLDivergence(chainer.FunctionNode):
    """The function node of :func:`kl_divergence`, (rows, classes) -> (rows,)."""

    def __init__(self, clean_logits):
        super().__init__()
        self.clean_logits = clean_logits

    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 1, in_types[0].dtype == self.clean_logits.dtype,
                          in_types[0].shape == self.clean_logits.shape)

    def forward(self, inputs):
        self.retain_inputs((0,))
        # The same softmax as in backward, so that equal logits have a gradient of exactly zero.
        self.p = F.softmax(self.clean_logits, axis=1).array
        log_ratio = F.log_softmax(self.clean_logits, axis=1).array - F.log_softmax(inputs[0], axis=1).array
        return (self.p * log_ratio).sum(axis=1),

    def backward(self, indexes, grad_outputs):
        perturbed, = self.get_retained_inputs()
        rows = F.broadcast_to(F.expand_dims(grad_outputs[0], axis=1), perturbed.shape)
        return rows * (F.softmax(perturbed, axis=1) - self.p),
