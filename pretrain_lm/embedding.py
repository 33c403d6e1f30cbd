"""Looking words up in an embedding matrix, with a gradient that is summed once for each word."""
from core import compat  # noqa: F401  (before chainer)
import chainer

from core.links.embedding import sum_rows


def look_up(ids, matrix):
    """Rows of a matrix.

    ``chainer.functions.embed_id`` adds the gradients of equal ids one at a time, which on a CPU takes ten times as long.

    Args:
        ids (numpy.ndarray or cupy.ndarray): int (N,).
        matrix (chainer.Variable): float (V, E).

    Returns:
        chainer.Variable: (N, E).  It cannot be differentiated twice.
    """
    rows, = LookUp(ids).apply((matrix,))
    return rows


class LookUp(chainer.FunctionNode):
    """The function node of :func:`look_up`."""

    def __init__(self, ids):
        super().__init__()
        self.ids = ids

    def forward(self, inputs):
        self._count = len(inputs[0])
        return inputs[0].take(self.ids, axis=0),

    def backward(self, target_input_indexes, grad_outputs):
        if chainer.config.enable_backprop:
            raise RuntimeError("an embedding lookup cannot be differentiated twice")
        return chainer.as_variable(sum_rows(self.ids, grad_outputs[0].array, self._count)),
