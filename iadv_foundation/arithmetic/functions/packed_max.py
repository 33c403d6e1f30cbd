"""The largest value over time, for each sequence of a packed batch."""

import chainer
import numpy as np
from chainer import backend


def packed_max(x, batch_sizes):
    """Max-pooling over the words of each sequence.

    Args:
        x (chainer.Variable): float (N, H), packed and time-major (see :mod:`iadv_foundation.arithmetic.packing`).
        batch_sizes (numpy.ndarray): int (T,), falling; B first.

    Returns:
        chainer.Variable: (B, H).  The gradient goes to the first word with the largest value.
    """
    (pooled,) = PackedMax(batch_sizes).apply((x,))
    return pooled


class PackedMax(chainer.FunctionNode):
    """The function node of :func:`packed_max`.  It cannot be differentiated twice."""

    def __init__(self, batch_sizes):
        super().__init__()
        self.sizes = [int(size) for size in batch_sizes]

    def forward(self, inputs):
        (x,) = inputs
        xp = backend.get_array_module(x)
        self.shape = x.shape
        largest = x[: self.sizes[0]].copy()
        self.places = xp.repeat(xp.arange(self.sizes[0], dtype=np.int64)[:, None], x.shape[1], axis=1)
        start = self.sizes[0]
        for size in self.sizes[1:]:
            now = x[start : start + size]
            larger = now > largest[:size]
            rows = xp.arange(start, start + size, dtype=np.int64)[:, None]
            self.places[:size] = xp.where(larger, rows, self.places[:size])
            xp.maximum(largest[:size], now, out=largest[:size])
            start += size
        return (largest,)

    def backward(self, target_input_indexes, grad_outputs):
        if chainer.config.enable_backprop:
            raise RuntimeError("packed_max cannot be differentiated twice")
        grad_output = grad_outputs[0].array
        xp = backend.get_array_module(grad_output)
        gradient = xp.zeros(self.shape, grad_output.dtype)
        gradient[self.places, xp.arange(self.shape[1])] = grad_output  # no place is named twice in a column
        return (chainer.as_variable(gradient),)
