"""What a perturbation is to increase: functions from the logits of the perturbed words to a number.

Attributes of each: ``flat``, whether its gradient vanishes where there is no perturbation, so that it is taken a step
away.
"""

import chainer.functions as F

from interpretable_adv.functions import kl_divergence


class CrossEntropy:
    """Minus the log-probability of the labels (Eq. 5, 6 and 8), summed over the rows.

    Args:
        labels: int32 (rows,).
        divisor (float): divides the sum; the number of sentences makes it a mean over them.
    """

    flat = False

    def __init__(self, labels, divisor=1):
        self.labels, self.divisor = labels, divisor

    def __call__(self, logits):
        """From logits (rows, classes), chainer.Variable, to a scalar one."""
        return F.sum(F.softmax_cross_entropy(logits, self.labels, reduce="no")) / self.divisor


class VirtualDivergence:
    """The KL divergence from the clean output, which needs no labels (Eq. 18), summed over the rows.

    Args:
        clean_logits: float (rows, classes), an array or a chainer.Variable; a constant.
        divisor (float): divides the sum; the number of sentences makes it a mean over them.
    """

    flat = True

    def __init__(self, clean_logits, divisor=1):
        self.clean_logits, self.divisor = clean_logits, divisor

    def __call__(self, logits):
        """From logits (rows, classes), chainer.Variable, to a scalar one."""
        return kl_divergence(self.clean_logits, logits, self.divisor)


def divergence_of(method, clean_logits, labels, divisor=1):
    """The divergence that a method's perturbation is to increase.

    Args:
        method (interpretable_adv.methods.Method): one with a perturbation.
        clean_logits: float (rows, classes), an array.
        labels: int32 (rows,); not needed by the VAT family.
        divisor (float): divides the sum over the rows.
    """
    return {
        "cross_entropy": lambda: CrossEntropy(labels, divisor),
        "kl": lambda: VirtualDivergence(clean_logits, divisor),
    }[method.divergence]()
