"""A packed LSTM without input and output gates (Johnson and Zhang 2016, section 2.2), with its own backward pass.

Of the four gates two are left, so that a step is half the work.  The part of the input comes from outside: words that
are one-hot vectors are rows of a matrix, and other inputs add to them.
"""

import chainer
from chainer import backend

from iadv_foundation.arithmetic.functions import kernels
from iadv_foundation.arithmetic.functions.packed_lstm import PackedLSTM
from iadv_foundation.arithmetic.functions.row_products import row_products


def gateless_lstm(x, w_h, batch_sizes, reverse=False):
    r"""Run it over a packed batch of B sequences with N words in all, from a zero state.

    .. math:: f = \sigma(x_f + h' W_f), \quad u = \tanh(x_u + h' W_u), \quad c = u + f c', \quad h = \tanh(c)

    Args:
        x (chainer.Variable): float (N, 2H), packed and time-major (see :mod:`iadv_foundation.arithmetic.packing`): what
            each word adds before the non-linearities, biases included, columns in the order f, u.
        w_h (chainer.Variable): (H, 2H).
        batch_sizes (numpy.ndarray): int (T,), falling; B first.
        reverse (bool): run from the last word to the first.

    Returns:
        chainer.Variable: (N, H), h at every word.
    """
    (h,) = GatelessLSTM(batch_sizes, reverse).apply((x, w_h))
    return h


class GatelessLSTM(PackedLSTM):
    """The function node of :func:`gateless_lstm`.  It cannot be differentiated twice."""

    def __init__(self, batch_sizes, reverse):
        super().__init__(batch_sizes, None, reverse)

    def forward(self, inputs):
        x, w_h = inputs
        xp, hidden = backend.get_array_module(x), len(w_h)
        self.gates = x.copy()
        self.h, self.kept = (xp.empty((len(x), hidden), x.dtype) for _ in range(2))
        c = xp.empty((self.sizes[0], hidden), x.dtype)
        recurrent = _products(w_h, self.sizes[0])
        for now, size, before, going_on in self._steps():
            gate, cell, keep = self.gates[now], c[:size], self.kept[now]
            if before is not None:
                gate[:going_on] += recurrent(self.h[before])
            forget = gate[:, :hidden]
            forget *= 0.5  # sigmoid(a) = (tanh(a / 2) + 1) / 2, so that one call makes both
            xp.tanh(gate, out=gate)
            forget *= 0.5
            forget += 0.5
            keep[:going_on] = cell[:going_on]
            keep[going_on:] = 0
            xp.multiply(forget, keep, out=cell)
            cell += gate[:, hidden:]
            xp.tanh(cell, out=self.h[now])
        self.retain_inputs((1,))
        return (self.h,)

    def backward(self, target_input_indexes, grad_outputs):
        if chainer.config.enable_backprop:
            raise RuntimeError("gateless_lstm cannot be differentiated twice")
        (w_h,) = (variable.array for variable in self.get_retained_inputs())
        gate_gradients = self._gate_gradients(w_h, grad_outputs[0].array)
        gradients = {0: lambda: gate_gradients, 1: lambda: self._recurrent_weight_gradient(gate_gradients)}
        return tuple(chainer.as_variable(gradients[index]()) for index in target_input_indexes)

    def _gate_gradients(self, w_h, grad_h):
        """Gradient (N, 2H) at f and u before their non-linearities."""
        xp, hidden = backend.get_array_module(grad_h), len(w_h)
        forget, new = self.gates[:, :hidden], self.gates[:, hidden:]
        gradients = xp.empty_like(self.gates)  # first the derivatives of c by both, for all words at once
        xp.multiply(forget * (1 - forget), self.kept, out=gradients[:, :hidden])
        xp.subtract(1, new * new, out=gradients[:, hidden:])
        h_by_cell = 1 - self.h * self.h
        grad_h_before = xp.zeros((self.sizes[0], hidden), grad_h.dtype)
        grad_c_before = xp.zeros_like(grad_h_before)
        recurrent = _products(w_h.T, self.sizes[0])
        for now, size, before, going_on in reversed(list(self._steps())):
            grad_hidden, grad_cell = grad_h_before[:size], grad_c_before[:size]
            grad_hidden += grad_h[now]
            grad_cell += grad_hidden * h_by_cell[now]
            gradients[now].reshape(size, 2, hidden)[...] *= grad_cell[:, None]
            if before is not None:
                grad_cell *= forget[now]
                grad_hidden[:going_on] = recurrent(gradients[now][:going_on])
        return gradients


def _products(matrix, most):
    """Rows (R, K), at most ``most``, to their product with a matrix (K, M): a function, quick on the array's device."""
    return (lambda rows: rows.dot(matrix)) if kernels.run_here(matrix) else row_products(matrix, most)
