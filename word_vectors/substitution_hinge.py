"""The hinge loss of windows against themselves with another centre word, many substitutes at once (NumPy and CuPy)."""

import chainer
import numpy as np
from chainer import backend

from iadv_foundation.arithmetic.links.embedding import sum_rows

#: Numbers that are worked on together on a CPU, so that they stay in the cache.
_AT_ONCE = 1 << 17


def substitution_hinge(context, words, weights, scores, which):
    r"""Sum over N windows and their K substitutes of the hinge loss (Kaneko et al. 2017, after Collobert and Weston
    2008).

    .. math:: \sum_{n=1}^N \sum_{k=1}^K \max(0, 1 - s_n + v \cdot \tanh(c_n + p_{w(n, k)}))

    The hidden layer is applied to each pair, but the product of a substitute's embedding with the layer's weights is
    made only once for each distinct word.  The gradient is made along with the loss, block by block, and only for those
    pairs that have one, fewer and fewer as the training goes on.

    Args:
        context (chainer.Variable): c (N, H), what the context words and the bias give the hidden layer.
        words (chainer.Variable): p (U, H), what each of U words gives it as the word in the middle.
        weights (chainer.Variable): v (H,), of the score.
        scores (chainer.Variable): s (N,), of the windows as they were written.
        which: array int (N, K), the rows of ``words`` that are the substitutes.

    Returns:
        chainer.Variable: ().  It cannot be differentiated twice.
    """
    (loss,) = SubstitutionHinge(which).apply((context, words, weights, scores))
    return loss


class SubstitutionHinge(chainer.FunctionNode):
    """The function node of :func:`substitution_hinge`."""

    def __init__(self, which):
        super().__init__()
        self.which = which
        self.gradients = None

    def forward(self, inputs):
        context, words, weights, scores = inputs
        xp = backend.get_array_module(context)
        windows, substitutes = self.which.shape
        part = max(1, _AT_ONCE // (substitutes * context.shape[1])) if xp is np else windows
        loss, blocks = 0, []
        for start in range(0, windows, part):
            which, block = self.which[start : start + part], slice(start, start + part)
            hidden = words[which]
            hidden += context[block, None]
            xp.tanh(hidden, out=hidden)
            margins = hidden.reshape(-1, len(weights)).dot(weights).reshape(which.shape)
            margins += 1 - scores[block, None]
            xp.maximum(margins, 0, out=margins)
            loss = loss + margins.sum()
            if chainer.config.enable_backprop:
                blocks.append(_gradient_of_block(hidden, margins, which, weights))
        if blocks:
            self.gradients = _gradients_of_all(xp, blocks, len(words))
        return (xp.asarray(loss, context.dtype),)

    def backward(self, target_input_indexes, grad_outputs):
        if chainer.config.enable_backprop:
            raise RuntimeError("substitution_hinge cannot be differentiated twice")
        grad_loss = grad_outputs[0].array
        return tuple(chainer.as_variable(self.gradients[index] * grad_loss) for index in target_input_indexes)


def _gradient_of_block(hidden, margins, which, weights):
    """What one block of n windows adds to the gradient; ``hidden``, (n, K, H), may be overwritten.

    Returns:
        gradients at the context (n, H), at the weights (H,) and at the scores (n,); and for the A pairs with a loss the
        word, int (A,), and the gradient at it (A, H).
    """
    xp = backend.get_array_module(hidden)
    active = margins > 0
    pairs = xp.flatnonzero(active)
    hidden = hidden.reshape(-1, hidden.shape[2])
    if len(pairs) < len(hidden):
        hidden = hidden[pairs]
    grad_weights = hidden.sum(axis=0)
    hidden *= hidden
    xp.subtract(1, hidden, out=hidden)
    hidden *= weights
    grad_context = sum_rows(pairs // which.shape[1], hidden, len(which))
    return grad_context, grad_weights, -active.sum(axis=1), which.reshape(-1)[pairs], hidden


def _gradients_of_all(xp, blocks, words):
    """Gradients at the four inputs of :func:`substitution_hinge`, from those of its blocks."""
    context, weights, scores, which, rows = zip(*blocks, strict=True)
    rows = xp.concatenate(rows)
    at_words = sum_rows(xp.concatenate(which), rows, words)
    return xp.concatenate(context), at_words, sum(weights), xp.concatenate(scores).astype(rows.dtype)
