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

from iadv_foundation.training.rowwise import RowwiseOptimizer, RowwiseRule


class Momentum(RowwiseOptimizer, optimizers.MomentumSGD):
    """Momentum SGD, equal to ``chainer.optimizers.MomentumSGD`` but for rounding.

    Args:
        lr (float): learning rate; may be changed between updates.
        momentum (float): below 1.
    """

    @property
    def rowwise_rule(self):
        return RowwiseMomentumRule


class RowwiseMomentumRule(RowwiseRule, momentum_sgd.MomentumSGDRule):
    """Momentum SGD for an embedding matrix, row by row (see the module's text).

    Its state, which snapshots hold, is ``v`` (V, D); ``last``, int64 (V,), the step each row has been brought to; and
    ``step``, int64 (1,), of the last update.

    Args:
        hyperparam (chainer.optimizer.Hyperparameter): of the optimiser.
        matrix (chainer.Parameter): (V, D).
    """

    def init_state(self, param):
        super().init_state(param)
        self.state.update(last=np.zeros(len(param.array), np.int64), step=np.zeros(1, np.int64))

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
        rows, gradient = self.take_added() or (
            np.zeros(0, np.int64),
            np.zeros((0, self._matrix.shape[1]), self._matrix.dtype),
        )
        self.catch_up(rows)
        state["step"] += 1
        v = self.hyperparam.momentum * state["v"][rows] - self.hyperparam.lr * gradient
        state["v"][rows] = v
        param.array[rows] += v
        state["last"][rows] = state["step"]
