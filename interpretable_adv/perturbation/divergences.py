"""What a perturbation is to increase: functions from the logits of the perturbed words to a number.

Attributes of each: ``flat``, whether its gradient vanishes where there is no perturbation, so that it is taken a step
away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import chainer.functions as F

from interpretable_adv.functions import kl_divergence

if TYPE_CHECKING:
    from collections.abc import Callable

    import chainer

    from iadv_foundation.arithmetic.arrays import FloatArray, IntArray
    from interpretable_adv.methods import Method

    Divergence = Callable[[chainer.Variable], chainer.Variable]


class CrossEntropy:
    """Minus the log-probability of the labels (Eq. 5, 6 and 8), summed over the rows.

    Args:
        labels: int32 (rows,).
        divisor (float): divides the sum; the number of sentences makes it a mean over them.

    Examples:
        >>> import chainer, numpy as np
        >>> from interpretable_adv import CrossEntropy
        >>> logits = chainer.Variable(np.array([[0, 0], [0, 50]], "f"))
        >>> round(float(CrossEntropy(np.array([0, 1]))(logits).array), 4)  # log 2 and 0
        0.6931
    """

    flat = False

    def __init__(self, labels: IntArray, divisor: float = 1) -> None:
        self.labels, self.divisor = labels, divisor

    def __call__(self, logits: chainer.Variable) -> chainer.Variable:
        """From logits (rows, classes), chainer.Variable, to a scalar one."""
        return F.sum(F.softmax_cross_entropy(logits, self.labels, reduce="no")) / self.divisor


class VirtualDivergence:
    """The KL divergence from the clean output, which needs no labels (Eq. 18), summed over the rows.

    Args:
        clean_logits: float (rows, classes), an array or a chainer.Variable; a constant.
        divisor (float): divides the sum; the number of sentences makes it a mean over them.

    Examples:
        >>> import chainer, numpy as np
        >>> from interpretable_adv import VirtualDivergence
        >>> clean, other = chainer.Variable(np.array([[0, 0]], "f")), chainer.Variable(np.array([[1, 0]], "f"))
        >>> changed = VirtualDivergence(clean)
        >>> float(changed(clean).array), float(changed(other).array) > 0
        (0.0, True)
    """

    flat = True

    def __init__(self, clean_logits: FloatArray | chainer.Variable, divisor: float = 1) -> None:
        self.clean_logits, self.divisor = clean_logits, divisor

    def __call__(self, logits: chainer.Variable) -> chainer.Variable:
        """From logits (rows, classes), chainer.Variable, to a scalar one."""
        return kl_divergence(self.clean_logits, logits, self.divisor)


def divergence_of(method: Method, clean_logits: FloatArray, labels: IntArray, divisor: float = 1) -> Divergence:
    """The divergence that a method's perturbation is to increase.

    Args:
        method (interpretable_adv.methods.Method): one with a perturbation.
        clean_logits: float (rows, classes), an array.
        labels: int32 (rows,); not needed by the VAT family.
        divisor (float): divides the sum over the rows.
    """
    if method.divergence == "kl":
        return VirtualDivergence(clean_logits, divisor)
    return CrossEntropy(labels, divisor)
