r"""Stochastic gradient descent with momentum and weight decay that does not walk a large embedding matrix at every update (CPU).

A row of an embedding matrix whose word is not in a batch has no gradient, but it moves all the same: with learning rate a,
momentum m and weight decay l

.. math:: v_{t+1} = m v_t - a (g_t + l w_t), \quad w_{t+1} = w_t + v_{t+1}

Without a gradient that is one linear map of (w, v), so that k missed steps are its k-th power.  Such a row is left where it is
until somebody reads it; then all its steps are made at once.
"""
import numpy as np

from chainer import optimizers
from chainer.optimizers import momentum_sgd

from foundation.arithmetic.links.embedding import Embedding, sum_distinct_rows

_ROWS_AT_ONCE = 1 << 8


class Momentum(optimizers.MomentumSGD):
    """Momentum SGD with weight decay.

    Equal to ``chainer.optimizers.MomentumSGD`` with ``chainer.optimizer_hooks.WeightDecay``, but for rounding.

    Args:
        lr (float): learning rate; may be changed between updates.
        momentum (float)
        weight_decay (float): its rate, for parameters with two axes or more; biases do not decay.
    """

    def __init__(self, lr, momentum, weight_decay=0.0):
        super().__init__(lr=lr, momentum=momentum)
        self._weight_decay = weight_decay

    def create_update_rule(self):
        return DecayingMomentumRule(self.hyperparam, self._weight_decay)

    def setup(self, link):
        """Take charge of the parameters of ``link`` (chainer.Link), which is on its device already."""
        super().setup(link)
        for embedding in self._embeddings():
            if embedding.xp is np:
                embedding.rows = embedding.W.update_rule = RowwiseMomentumRule(self.hyperparam, self._weight_decay, embedding.W)
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


class DecayingMomentumRule(momentum_sgd.MomentumSGDRule):
    """Chainer's rule with weight decay.

    Args:
        hyperparam (chainer.optimizer.Hyperparameter): of the optimiser.
        weight_decay (float)
    """

    def __init__(self, hyperparam, weight_decay):
        super().__init__(hyperparam)
        self.weight_decay = weight_decay

    def update_core(self, param):
        if param.grad is None:
            return
        v = self.state["v"]
        v *= self.hyperparam.momentum
        v -= self.hyperparam.lr * param.grad
        if self.weight_decay and param.ndim > 1:
            v -= self.hyperparam.lr * self.weight_decay * param.array
        param.array += v


class RowwiseMomentumRule(DecayingMomentumRule):
    """Momentum SGD for an embedding matrix, row by row (see the module's text).

    Its state, which snapshots hold, is ``v`` (V, D); ``last``, int64 (V,), the step each row has been brought to; ``step``,
    int64 (1,), of the last update; and ``lr``, float64 (1,), the learning rate of the steps that rows are behind.

    Args:
        hyperparam, weight_decay: see :class:`DecayingMomentumRule`.
        matrix (chainer.Parameter): (V, D).
    """

    def __init__(self, hyperparam, weight_decay, matrix):
        super().__init__(hyperparam, weight_decay)
        self._matrix, self._added = matrix, []

    def init_state(self, param):
        super().init_state(param)
        self.state.update(last=np.zeros(len(param.array), np.int64), step=np.zeros(1, np.int64),
                          lr=np.full(1, self.hyperparam.lr))

    def add_gradient(self, ids, gradient):
        """Add a gradient (N, D) at the rows ``ids``, int (N,), to that of the next update."""
        self._added.append((ids, gradient))

    def catch_up(self, ids=None):
        """Make all the steps that the rows ``ids``, int of any shape (by default all), are behind."""
        if self.state is None:
            return
        rows = np.arange(len(self.state["last"])) if ids is None else np.unique(ids)
        rows = rows[self.state["last"][rows] < self.state["step"]]
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            self._make_steps(rows[start:start + _ROWS_AT_ONCE])

    def _make_steps(self, rows):
        state, matrix = self.state, self._matrix.array
        behind, which = np.unique(state["step"] - state["last"][rows], return_inverse=True)
        powers = self._powers(behind).astype(matrix.dtype)[which]
        w, v = matrix[rows], state["v"][rows]
        matrix[rows] = powers[:, 0, 0, None] * w + powers[:, 0, 1, None] * v
        state["v"][rows] = powers[:, 1, 0, None] * w + powers[:, 1, 1, None] * v
        state["last"][rows] = state["step"]

    def _powers(self, exponents):
        """The map of (w, v) of each number of steps without a gradient: float64 (numbers, 2, 2)."""
        momentum, decay = self.hyperparam.momentum, float(self.state["lr"][0]) * self.weight_decay
        step = np.array([[1 - decay, momentum], [-decay, momentum]])
        return np.stack([np.linalg.matrix_power(step, exponent) for exponent in exponents])

    def update_core(self, param):
        if param.grad is not None:
            raise RuntimeError("a matrix that is updated by rows takes its gradient by rows")
        state = self.state
        if state["lr"][0] != self.hyperparam.lr:
            self.catch_up()
            state["lr"][0] = self.hyperparam.lr
        rows, gradient = self._summed_gradient()
        self.catch_up(rows)
        state["step"] += 1
        v = self.hyperparam.momentum * state["v"][rows] - self.hyperparam.lr * gradient
        if self.weight_decay:
            v -= self.hyperparam.lr * self.weight_decay * param.array[rows]
        state["v"][rows] = v
        param.array[rows] += v
        state["last"][rows] = state["step"]

    def _summed_gradient(self):
        """The distinct rows with a gradient, int (R,), and their gradients (R, D); of no row where none was added."""
        if not self._added:
            return np.zeros(0, np.int64), np.zeros((0, self._matrix.shape[1]), self._matrix.dtype)
        ids, gradients = zip(*self._added)
        self._added = []
        return sum_distinct_rows(np.concatenate(ids), np.concatenate(gradients))
