"""LSTM layers over packed batches."""

import chainer
import chainer.functions as F
import numpy as np
from chainer import initializers

from iadv_foundation.arithmetic.functions import packed_lstm


class PackedLSTM(chainer.Link):
    """A one-directional LSTM layer (section 3.2 of the paper).

    Args:
        in_size (int): D, size of the input vectors.
        out_size (int): H, size of the hidden state.
        forget_bias (float): start value of the bias of the forget gate; the other biases start at 0.
        initial_weights (chainer.Initializer or None): of each gate's weights (H, inputs); None for a normal
            distribution with variance 1 / (number of inputs), as in Chainer's NStepLSTM.

    Attributes:
        w_x, w_h, b (chainer.Parameter): (D, 4H), (H, 4H), (4H,); gates in the order i, f, o, g.
    """

    def __init__(self, in_size, out_size, forget_bias=1.0, initial_weights=None):
        super().__init__()
        with self.init_scope():
            self.w_x = chainer.Parameter(initializers.Normal(in_size**-0.5), (in_size, 4 * out_size))
            self.w_h = chainer.Parameter(initializers.Normal(out_size**-0.5), (out_size, 4 * out_size))
            self.b = chainer.Parameter(0, (4 * out_size,))
        self.b.array[out_size : 2 * out_size] = forget_bias
        if initial_weights is not None:
            for weights in (self.w_x.array, self.w_h.array):
                weights[...] = np.concatenate(
                    [_gate(initial_weights, weights.shape[0], out_size) for _ in range(4)], axis=1
                )

    def forward(self, x, batch_sizes, state=None, reverse=False):
        """See :func:`iadv_foundation.arithmetic.functions.packed_lstm`.

        Returns:
            h, chainer.Variable (N, H), and the final (h, c) as arrays (B, H).
        """
        return packed_lstm(x, self.w_x, self.w_h, self.b, batch_sizes, state, reverse)


def _gate(initial_weights, in_size, out_size):
    """The start weights of one gate, (inputs, H)."""
    gate = np.empty((out_size, in_size), np.float32)
    initial_weights(gate)
    return gate.T


class PackedBiLSTM(chainer.Chain):
    """A forward and a backward LSTM side by side (section 3.3 of the paper).

    Args:
        in_size (int): D, size of the input vectors.
        out_size (int): H, size of the hidden state of each direction.
        forget_bias (float), initial_weights (chainer.Initializer or None): see :class:`PackedLSTM`.
    """

    def __init__(self, in_size, out_size, forget_bias=1.0, initial_weights=None):
        super().__init__()
        with self.init_scope():
            self.ahead = PackedLSTM(in_size, out_size, forget_bias, initial_weights)
            self.back = PackedLSTM(in_size, out_size, forget_bias, initial_weights)

    def forward(self, x, batch_sizes):
        """Hidden states of both directions at every word.

        Args:
            x (chainer.Variable): (N, D), packed.
            batch_sizes (numpy.ndarray): int (T,).

        Returns:
            chainer.Variable (N, 2H): forward states, then backward states.
        """
        ahead, _ = self.ahead(x, batch_sizes)
        back, _ = self.back(x, batch_sizes, reverse=True)
        return F.concat([ahead, back], axis=1)
