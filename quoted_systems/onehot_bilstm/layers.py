"""A recurrent layer that reads words as one-hot vectors."""

import chainer
import chainer.functions as F
import numpy as np
from chainer import initializers

from iadv_foundation.arithmetic.functions import gateless_lstm
from iadv_foundation.arithmetic.links import Embedding


class OneHotLSTM(chainer.Chain):
    """One direction of an LSTM without input and output gates.

    Its weights for a one-hot vector are a row of a matrix; a word that has none (number -1) is a zero vector.

    Args:
        words (int): V.
        size (int): H.
        initial_scale (float): standard deviation of the words' rows.
        side_size (int): S, of a further input; 0 for none.
        reverse (bool): read from the last word to the first.
    """

    def __init__(self, words, size, initial_scale, side_size=0, reverse=False):
        super().__init__()
        self.reverse, self.side_size = reverse, side_size
        with self.init_scope():
            self.words = Embedding(words, 2 * size, initializers.Normal(initial_scale))
            self.w_h = chainer.Parameter(initializers.Normal(initial_scale), (size, 2 * size))
            self.b = chainer.Parameter(0, (2 * size,))
            if side_size:
                self.side = chainer.Parameter(initializers.Normal(initial_scale), (side_size, 2 * size))

    def forward(self, numbers, batch_sizes, side=None):
        """Hidden states, chainer.Variable (N, H).

        Args:
            numbers: int (N,), words of a packed batch, -1 for one without a vector.
            batch_sizes (numpy.ndarray): int (T,).
            side: (N, S), the further input, where the layer has one.
        """
        known = (numbers >= 0).astype(np.float32)[:, None]
        x = self.words(self.xp.maximum(numbers, 0)) * known
        x = x + F.broadcast_to(self.b, x.shape)
        if self.side_size:
            x = x + F.matmul(side, self.side)
        return gateless_lstm(x, self.w_h, batch_sizes, self.reverse)
