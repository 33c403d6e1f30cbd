r"""Adam with gradient clipping that does not walk a large embedding matrix at every update (CPU).

A row of an embedding matrix whose word is not in a batch has a gradient of zero, but Adam moves it all the same: with
m and v of its last gradient, alpha_t the learning rate of step t with its bias correction, and k steps since then

.. math:: m_k = \beta_1^k m, \quad v_k = \beta_2^k v, \quad
          w_k = w_{k-1} - \frac{\alpha_{t+k} \, m_k}{\sqrt{v_k} + \epsilon}

Such a row is left where it is until somebody reads it; then all its steps are made at once.  With
:math:`u = \sqrt v / (\sqrt v + \epsilon)` and :math:`d_k = 1 - \beta_2^{k/2}` they add up to

.. math:: w_n = w_0 - \frac{m}{\sqrt v + \epsilon} \sum_{k=1}^n \alpha_{t+k} \beta_1^k \frac{1}{1 - d_k u}
              = w_0 - \frac{m}{\sqrt v + \epsilon} \sum_{j \ge 0} u^j \sum_{k=1}^n \alpha_{t+k} \beta_1^k d_k^j

:math:`\beta_1^k` falls so much faster than :math:`d_k` rises that four terms in j and 256 in k leave out less than 1e-7
of the sum: the result is Adam's to float32 accuracy.
"""

import numpy as np
from chainer import optimizer_hooks, optimizers
from chainer.optimizers import adam

from iadv_foundation.training.rowwise import RowwiseOptimizer, RowwiseRule

#: Elements of a parameter in hand at once, so that they and what is made of them stay in a processor's cache.
CHUNK = 1 << 14
TERMS, STEPS = 4, 256


class Adam(RowwiseOptimizer, optimizers.Adam):
    """Adam (Kingma and Ba 2015) with clipping of the gradient's norm over all parameters.

    Equal to ``chainer.optimizers.Adam`` with ``chainer.optimizer_hooks.GradientClipping``; for parameters other than
    embeddings bit by bit, but for the sum of squares of the norm.

    Args:
        alpha (float): learning rate.
        gradient_clipping (float): largest norm of the gradient over all parameters.
    """

    def __init__(self, alpha, gradient_clipping):
        super().__init__(alpha=alpha)
        self._gradient_clipping = gradient_clipping

    def create_update_rule(self):
        return InPlaceAdamRule(self.hyperparam)

    @property
    def rowwise_rule(self):
        return RowwiseAdamRule

    def setup(self, link):
        """Take charge of the parameters of ``link`` (chainer.Link), which is on its device already."""
        super().setup(link)
        self.add_hook(GradientClipping(self._gradient_clipping))
        return self


class GradientClipping(optimizer_hooks.GradientClipping):
    """Chainer's hook, for gradients of rows as well."""

    def __call__(self, optimizer):
        if optimizer.target.xp is not np:
            super().__call__(optimizer)
            return
        gradients = [
            gradient
            for parameter in optimizer.target.params(include_uninit=False)
            for gradient in _gradients_of(parameter)
        ]
        norm = np.sqrt(sum(float(np.vdot(gradient, gradient)) for gradient in gradients))
        if norm > self.threshold:
            for gradient in gradients:
                np.multiply(gradient, self.threshold / norm, out=gradient)


def _gradients_of(parameter):
    gradients = [] if parameter.grad is None else [parameter.grad]
    if isinstance(parameter.update_rule, RowwiseAdamRule):
        gradients.extend(parameter.update_rule.gradient()[1:])
    return gradients


class InPlaceAdamRule(adam.AdamRule):
    """Chainer's rule without temporaries as large as the parameter; the same numbers."""

    def update_core_cpu(self, param):
        m, v = self.state["m"], self.state["v"]
        flat = [array.reshape(-1) for array in (param.array, m, v, param.grad)]
        for start in range(0, param.array.size, CHUNK):
            self._step(*(array[start : start + CHUNK] for array in flat))

    def _step(self, parameter, m, v, gradient):
        """One step on a few elements, in place; the gradient is not changed."""
        hyperparam = self.hyperparam
        scratch = np.subtract(gradient, m)
        scratch *= 1 - hyperparam.beta1
        m += scratch
        np.multiply(gradient, gradient, out=scratch)
        scratch -= v
        scratch *= 1 - hyperparam.beta2
        v += scratch
        np.sqrt(v, out=scratch)
        scratch += hyperparam.eps
        np.divide(self.alpha_t, scratch, out=scratch)
        scratch *= m
        parameter -= scratch


class RowwiseAdamRule(RowwiseRule, InPlaceAdamRule):
    """Adam for an embedding matrix, row by row (see the module's text).

    Its state, which snapshots hold, is ``m`` and ``v`` (V, D); ``last``, int64 (V,), the step each row has been brought
    to, 0 for rows that never had a gradient; ``alphas``, float64, the learning rates of the steps since ``since``,
    int64 (1,).

    Args:
        hyperparam (chainer.optimizer.Hyperparameter): of the optimiser.
        matrix (chainer.Parameter): (V, D).
    """

    def __init__(self, hyperparam, matrix):
        super().__init__(hyperparam, matrix)
        self._summed = ()
        steps = np.arange(1, STEPS + 1)
        lag = 1 - hyperparam.beta2 ** (steps / 2)
        self._terms = hyperparam.beta1 ** steps[:, None] * lag[:, None] ** np.arange(TERMS)

    def init_state(self, param):
        super().init_state(param)
        self.state.update(last=np.zeros(len(param.array), np.int64), alphas=np.zeros(0), since=np.zeros(1, np.int64))

    def gradient(self):
        """The gradient of the next update: (), or the distinct ids, int (R,), and their rows (R, D)."""
        self._summed = self.take_added() or self._summed
        return self._summed

    def catch_up(self, ids=None):
        """Make all the steps that the rows ``ids``, int of any shape (by default all), are behind."""
        if self.state is None or not len(self.state["alphas"]):
            return
        wanted = self.state["last"] > 0
        if ids is not None:
            named = np.zeros(len(wanted), bool)
            named[ids] = True
            wanted &= named
        wanted &= self.state["last"] < self._now
        self._make_steps(np.flatnonzero(wanted))
        if ids is None:
            self.state["since"][0] = self._now
            self.state["alphas"] = np.zeros(0)

    @property
    def _now(self):
        """The last step that was made (int)."""
        return int(self.state["since"][0]) + len(self.state["alphas"])

    def _make_steps(self, rows):
        state, matrix = self.state, self._matrix.array
        behind = self._now - state["last"][rows]
        distinct, which = np.unique(behind, return_inverse=True)
        alphas = np.concatenate([state["alphas"], np.zeros(STEPS)])
        windows = np.lib.stride_tricks.sliding_window_view(alphas, STEPS)
        terms = (windows[len(state["alphas"]) - distinct] @ self._terms).astype(matrix.dtype)
        decays = [(beta**distinct).astype(matrix.dtype) for beta in (self.hyperparam.beta1, self.hyperparam.beta2)]
        for start in range(0, len(rows), self._rows_at_once):
            some = rows[start : start + self._rows_at_once]
            kind = which[start : start + self._rows_at_once]
            m, v = state["m"][some], state["v"][some]
            root = np.sqrt(v)
            safe_root = root + self.hyperparam.eps
            root /= safe_root
            moved = terms[kind, -1, None] * root
            for term in range(TERMS - 2, 0, -1):
                moved += terms[kind, term, None]
                moved *= root
            moved += terms[kind, 0, None]
            moved *= m
            moved /= safe_root
            matrix[some] -= moved
            m *= decays[0][kind, None]
            v *= decays[1][kind, None]
            state["m"][some], state["v"][some] = m, v
        state["last"][rows] = self._now

    @property
    def _rows_at_once(self):
        return max(1, CHUNK // self._matrix.shape[1])

    def update_core_cpu(self, param):
        if param.grad is not None:
            self._update_all(param)
        elif self.gradient():
            self._update_rows(param.array, *self.gradient())
        else:
            self._count_step()
        self._summed = ()

    def _update_all(self, param):
        self.catch_up()
        super().update_core_cpu(param)
        self._count_step()
        self.state["last"][...] = self._now

    def _update_rows(self, matrix, ids, gradient):
        state = self.state
        self.catch_up(ids)
        for start in range(0, len(ids), self._rows_at_once):
            some = ids[start : start + self._rows_at_once]
            rows = matrix[some], state["m"][some], state["v"][some]
            self._step(*rows, gradient[start : start + self._rows_at_once])
            matrix[some], state["m"][some], state["v"][some] = rows
        self._count_step()
        state["last"][ids] = self._now

    def _count_step(self):
        self.state["alphas"] = np.append(self.state["alphas"], self.alpha_t)
