"""The language model: embeddings, one LSTM layer, adaptive softmax."""

import chainer
import chainer.functions as F
import numpy as np

from iadv_foundation.arithmetic.links import Embedding, PackedLSTM
from iadv_foundation.arithmetic.random import dropout_mask, generator
from pretrain_lm.adaptive_softmax import AdaptiveSoftmax


class LanguageModel(chainer.Chain):
    """Predicts each word of a stream from the words before it.

    Args:
        vocabulary_size (int): V.
        embedding_size (int): E.
        hidden_size (int): H.
        cutoffs (tuple of int): see :class:`pretrain_lm.adaptive_softmax.AdaptiveSoftmax`.
        tail_factor (int): the same.
        rank (numpy.ndarray or None): the same.
        dropout (float): share of the entries of embeddings and of LSTM outputs that training drops.
        forget_bias (float): start value of the bias of the forget gate.

    Attributes:
        embedding (iadv_foundation.arithmetic.links.Embedding): W (V, E).
        lstm (iadv_foundation.arithmetic.links.PackedLSTM)
        output (pretrain_lm.adaptive_softmax.AdaptiveSoftmax)
    """

    def __init__(
        self,
        vocabulary_size,
        embedding_size,
        hidden_size,
        cutoffs,
        tail_factor=4,
        rank=None,
        dropout=0.5,
        forget_bias=1.0,
    ):
        super().__init__()
        self.dropout = dropout
        with self.init_scope():
            self.embedding = Embedding(vocabulary_size, embedding_size)
            self.lstm = PackedLSTM(embedding_size, hidden_size, forget_bias)
            self.output = AdaptiveSoftmax(hidden_size, vocabulary_size, cutoffs, tail_factor, rank)

    def initialize(self, seed, scale):
        """Draw every weight matrix from the uniform distribution on (-scale, scale); biases stay as they are."""
        for name, parameter in sorted(self.namedparams()):
            if parameter.ndim > 1:
                drawn = generator(seed, f"initial weights {name}").random(parameter.shape, dtype=np.float32)
                parameter.array[...] = self.xp.asarray((2 * drawn - 1) * np.float32(scale))

    def start_state(self, streams):
        """The state (h, c) at the beginning of a text: zeros (streams, H)."""
        shape = streams, self.lstm.w_h.shape[0]
        return self.xp.zeros(shape, np.float32), self.xp.zeros(shape, np.float32)

    def forward(self, window, state, seed=0, update=0):
        """Negative log-likelihood of the targets of a window.

        Dropout masks are drawn from the seed and the number of the update alone; none where ``chainer.config.train`` is
        off.

        Args:
            window (pretrain_lm.batches.Window): N tokens.
            state: (h, c), arrays (streams, H) from the end of the window before.
            seed, update (int): name the dropout masks.

        Returns:
            loss, chainer.Variable (N,), and the state (h, c) at the end of the window.
        """
        inputs, targets = (self.device.send(ids) for ids in (window.inputs, window.targets))
        alive = window.batch_sizes[0]
        x = self._drop(self.embedding(inputs), seed, "dropout of embeddings", update)
        h, state = self.lstm(x, window.batch_sizes, tuple(array[:alive] for array in state))
        h = self._drop(h, seed, "dropout of hidden states", update)
        return self.output(h, targets), state

    def _drop(self, x, seed, purpose, update):
        if not chainer.config.train or self.dropout == 0:
            return x
        mask = dropout_mask(generator(seed, purpose, update), x.shape, self.dropout)
        return F.dropout(x, self.dropout, mask=self.device.send(mask))
