"""A network with an embedding, and an optimiser of ours beside Chainer's on the same gradients."""

import chainer
import numpy as np

from iadv_foundation.arithmetic.links import Embedding

WORDS, SIZE = 12, 5


class Network(chainer.Chain):
    """An embedding matrix (WORDS, SIZE) and two other parameters."""

    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.embedding = Embedding(WORDS, SIZE)
            self.dense = chainer.Parameter(np.linspace(-1, 1, 33, dtype=np.float32).reshape(3, 11))
            self.other = chainer.Parameter(np.ones(4, np.float32))
        self.embedding.W.array[...] = np.random.default_rng(0).normal(size=(WORDS, SIZE))


class Pair:
    """Two networks, each with its optimiser.

    Args:
        ours, stock (chainer.Optimizer)
    """

    def __init__(self, ours, stock):
        self.ours, self.stock = Network(), Network()
        self.optimizers = ours.setup(self.ours), stock.setup(self.stock)

    def update_both(self, ids, rows, dense, other=None):
        """One update of both.

        Args:
            ids: int (N,), rows of the embedding matrix, which may come again.
            rows: (N, SIZE), their gradients, given in two parts.
            dense, other (numpy.ndarray): gradients; None for none.
        """
        for network, optimizer in zip((self.ours, self.stock), self.optimizers, strict=True):
            network.cleargrads()
            network.embedding.catch_up(ids)
            if len(ids):
                network.embedding.accumulate_gradient(ids[:1], rows[:1])
                network.embedding.accumulate_gradient(ids[1:], rows[1:])
            network.dense.grad = dense.copy()
            network.other.grad = None if other is None else other.copy()
            optimizer.update()
