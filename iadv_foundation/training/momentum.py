r"""Stochastic gradient descent with momentum that does not walk a large embedding matrix at every update (CPU).

A row of an embedding matrix whose word is not in a batch has no gradient, but it moves all the same: with learning rate
a and momentum m

.. math:: v_{t+1} = m v_t - a g_t, \quad w_{t+1} = w_t + v_{t+1}

Such a row is left where it is until somebody reads it; then its k missed steps are made at once, which do not depend on
a:

.. math:: v_{t+k} = m^k v_t, \quad w_{t+k} = w_t + \frac{m - m^{k+1}}{1 - m} v_t
"""

import numpy as np
from chainer import optimizers
from chainer.optimizers import momentum_sgd

from iadv_foundation.arithmetic.links.embedding import Embedding, sum_distinct_rows


class Momentum(optimizers.MomentumSGD):
    """Momentum SGD, equal to ``chainer.optimizers.MomentumSGD`` but for rounding.

    Args:
        lr (float): learning rate; may be changed between updates.
        momentum (float): below 1.
    """

    def setup(self, link):
        """Take charge of the parameters of ``link`` (chainer.Link), which is on its device already."""
        super().setup(link)
        for embedding in self._embeddings():
            if embedding.xp is np:
                embedding.rows = embedding.W.update_rule = RowwiseMomentumRule(self.hyperparam, embedding.W)
        return self

    def catch_up(self):
        """Bring every row of every embedding up to date."""
        for embedding in self._embeddings():
            embedding.catch_up()

    def reallocate_cleared_grads(self):
        """As Chainer's, with zeros where no gradient came, but not for matrices that are updated by rows."""
        for parameter in self.target.params(include_uninit=False):
            if parameter.grad is None and not isinstance(parameter.update_rule, RowwiseMomentumRule):
                parameter.grad = parameter.xp.zeros_like(parameter.array)

    def _embeddings(self):
        return [link for link in self.target.links() if isinstance(link, Embedding)]


class RowwiseMomentumRule(momentum_sgd.MomentumSGDRule):
    """Momentum SGD for an embedding matrix, row by row (see the module's text).

    Its state, which snapshots hold, is ``v`` (V, D); ``last``, int64 (V,), the step each row has been brought to; and
    ``step``, int64 (1,), of the last update.

    Args:
        hyperparam (chainer.optimizer.Hyperparameter): of the optimiser.
        matrix (chainer.Parameter): (V, D).
    """

    def __init__(self, hyperparam, matrix):
        super().__init__(hyperparam)
        self._matrix, self._added = matrix, []

    def init_state(self, param):
        super().init_state(param)
        self.state.update(last=np.zeros(len(param.array), np.int64), step=np.zeros(1, np.int64))

    def add_gradient(self, ids, gradient):
        """Add a gradient (N, D) at the rows ``ids``, int (N,), to that of the next update."""
        self._added.append((ids, gradient))

    def catch_up(self, ids=None):
        """Make all the steps that the rows ``ids``, int of any shape (by default all), are behind."""
        if self.state is None:
            return
        state, matrix, momentum = self.state, self._matrix.array, self.hyperparam.momentum
        rows = np.arange(len(state["last"])) if ids is None else np.unique(ids)
        rows = rows[state["last"][rows] < state["step"]]
        left = momentum ** (state["step"] - state["last"][rows]).astype(np.float64)
        v = state["v"][rows]
        matrix[rows] += (momentum * (1 - left) / (1 - momentum)).astype(v.dtype)[:, None] * v
        state["v"][rows] = left.astype(v.dtype)[:, None] * v
        state["last"][rows] = state["step"]

    def update_core(self, param):
        if param.grad is not None:
            raise RuntimeError("a matrix that is updated by rows takes its gradient by rows")
        state = self.state
        rows, gradient = self._summed_gradient()
        self.catch_up(rows)
        state["step"] += 1
        v = self.hyperparam.momentum * state["v"][rows] - self.hyperparam.lr * gradient
        state["v"][rows] = v
        param.array[rows] += v
        state["last"][rows] = state["step"]

    def _summed_gradient(self):
        """The distinct rows with a gradient, int (R,), and their gradients (R, D); of no row where none was added."""
        if not self._added:
            return np.zeros(0, np.int64), np.zeros((0, self._matrix.shape[1]), self._matrix.dtype)
        ids, gradients = zip(*self._added, strict=True)
        self._added = []
        return sum_distinct_rows(np.concatenate(ids), np.concatenate(gradients))
