"""An LSTM over a packed batch, with its own backward pass (NumPy and CuPy).

One matrix product makes the input part of the gates of all words of the batch, one product a step makes the recurrent part;
the gates are computed in place.  The backward pass makes the weight gradients in one product each, and leaves them out
where only the gradient at the input is wanted, as it is when a perturbation is being looked for.
"""
import numpy as np

from core import compat  # noqa: F401  (before chainer)
import chainer
from chainer import backend


def packed_lstm(x, w_x, w_h, b, batch_sizes, state=None, reverse=False):
    r"""Run an LSTM over a packed batch of B sequences with N words in all.

    .. math:: i, f, o = \sigma(x W_x + h W_h + b), \quad g = \tanh(x W_x + h W_h + b), \quad
              c = f c' + i g, \quad h = o \tanh(c)

    Args:
        x (chainer.Variable): float (N, D), packed and time-major (see :mod:`core.packing`).
        w_x (chainer.Variable): (D, 4H), columns of the gates in the order i, f, o, g.
        w_h (chainer.Variable): (H, 4H).
        b (chainer.Variable): (4H,).
        batch_sizes (numpy.ndarray): int (T,), falling; B first.
        state: (h, c), arrays (B, H) to start from (zeros by default).  No gradient flows into it: back-propagation through
            time is truncated here.
        reverse (bool): run from the last word to the first (zero state only).

    Returns:
        h, chainer.Variable (N, H): the hidden state at every word; and the final (h, c) of each sequence as arrays (B, H).

    Raises:
        ValueError: ``reverse`` with a ``state``.
    """
    if reverse and state is not None:
        raise ValueError("a reversed LSTM starts from zeros")
    function = PackedLSTM(batch_sizes, state, reverse)
    h, = function.apply((x, w_x, w_h, b))
    return h, function.final_state


class PackedLSTM(chainer.FunctionNode):
    """The function node of :func:`packed_lstm`.  It cannot be differentiated twice."""

    def __init__(self, batch_sizes, state, reverse):
        super().__init__()
        self.sizes = [int(size) for size in batch_sizes]
        self.starts = [int(start) for start in np.cumsum(batch_sizes) - batch_sizes]
        self.state = state
        self.reverse = reverse

    def _steps(self):
        """Yield (rows of the step, number of sequences, rows before them, number of those that go on) in running order."""
        steps = list(zip(self.starts, self.sizes))
        if self.reverse:
            steps.reverse()
        before = None
        for start, size in steps:
            if before is None:
                yield slice(start, start + size), size, None, 0
            else:
                going_on = min(size, before[1])
                yield slice(start, start + size), size, slice(before[0], before[0] + going_on), going_on
            before = start, size

    def forward(self, inputs):
        x, w_x, w_h, b = inputs
        xp = backend.get_array_module(x)
        hidden = w_h.shape[0]
        gates = x.dot(w_x)
        gates += b
        h, c, tanh_c = (xp.empty((len(x), hidden), x.dtype) for _ in range(3))
        recurrent = xp.empty((self.sizes[0], 4 * hidden), x.dtype)
        product = xp.empty((self.sizes[0], hidden), x.dtype)
        for now, size, before, going_on in self._steps():
            gate = gates[now]
            h_before, c_before = (h[before], c[before]) if before is not None else self.state or (None, None)
            if h_before is not None:
                going_on = len(h_before)
                gate[:going_on] += xp.dot(h_before, w_h, out=recurrent[:going_on])
            # sigmoid(a) = (tanh(a / 2) + 1) / 2, so that one call makes all four gates
            sigmoids = gate[:, :3 * hidden]
            sigmoids *= 0.5
            xp.tanh(gate, out=gate)
            sigmoids *= 0.5
            sigmoids += 0.5
            i, f, o, g = (gate[:, k * hidden:(k + 1) * hidden] for k in range(4))
            cell = xp.multiply(i, g, out=c[now])
            if c_before is not None:
                cell[:going_on] += xp.multiply(f[:going_on], c_before, out=product[:going_on])
            xp.multiply(o, xp.tanh(cell, out=tanh_c[now]), out=h[now])
        self.gates, self.c, self.tanh_c, self.h = gates, c, tanh_c, h
        self.final_state = self._final(xp, h), self._final(xp, c)
        self.retain_inputs((0, 1, 2))
        return h,

    def _final(self, xp, rows):
        """Rows (B, H) of the last word of each sequence (of its first word in a reversed run)."""
        if self.reverse:
            return rows[:self.sizes[0]].copy()
        final = xp.empty((self.sizes[0], rows.shape[1]), rows.dtype)
        done = 0
        for start, size in zip(reversed(self.starts), reversed(self.sizes)):
            final[done:size] = rows[start + done:start + size]
            done = max(done, size)
        return final

    def backward(self, target_input_indexes, grad_outputs):
        if chainer.config.enable_backprop:
            raise RuntimeError("packed_lstm cannot be differentiated twice")
        x, w_x, w_h = (variable.array for variable in self.get_retained_inputs())
        gate_gradients = self._gate_gradients(w_h, grad_outputs[0].array)
        gradients = {
            0: lambda: gate_gradients.dot(w_x.T),
            1: lambda: x.T.dot(gate_gradients),
            2: lambda: self._recurrent_weight_gradient(gate_gradients),
            3: lambda: gate_gradients.sum(axis=0),
        }
        return tuple(chainer.as_variable(gradients[index]()) for index in target_input_indexes)

    def _gate_gradients(self, w_h, grad_h):
        """Gradient (N, 4H) at the gates before their non-linearities."""
        xp = backend.get_array_module(grad_h)
        hidden = w_h.shape[0]
        gradients = xp.empty_like(self.gates)
        grad_h_before = xp.zeros((self.sizes[0], hidden), grad_h.dtype)
        grad_c_before = xp.zeros_like(grad_h_before)
        scratch = xp.empty_like(grad_h_before)
        w_h_transposed = w_h.T
        for now, size, before, going_on in reversed(list(self._steps())):
            i, f, o, g = (self.gates[now, k * hidden:(k + 1) * hidden] for k in range(4))
            grad_i, grad_f, grad_o, grad_g = (gradients[now, k * hidden:(k + 1) * hidden] for k in range(4))
            tanh_c, temporary = self.tanh_c[now], scratch[:size]
            grad_hidden, grad_cell = grad_h_before[:size], grad_c_before[:size]
            grad_hidden += grad_h[now]

            xp.multiply(grad_hidden, tanh_c, out=grad_o)  # d loss / d o, for now
            xp.multiply(tanh_c, tanh_c, out=temporary)
            xp.subtract(1, temporary, out=temporary)
            temporary *= o
            temporary *= grad_hidden
            grad_cell += temporary

            xp.multiply(grad_cell, g, out=grad_i)
            xp.multiply(grad_cell, i, out=grad_g)
            c_before = self.c[before] if before is not None else self.state[1] if self.state is not None else None
            grad_f[...] = 0
            if c_before is not None:
                xp.multiply(grad_cell[:len(c_before)], c_before, out=grad_f[:len(c_before)])

            for gradient, gate in ((grad_i, i), (grad_f, f), (grad_o, o)):
                gradient *= gate
                xp.subtract(1, gate, out=temporary)
                gradient *= temporary
            xp.multiply(g, g, out=temporary)
            xp.subtract(1, temporary, out=temporary)
            grad_g *= temporary

            if before is not None:
                grad_cell *= f
                grad_c_before[going_on:size] = 0
                xp.dot(gradients[now][:going_on], w_h_transposed, out=grad_hidden[:going_on])
                grad_h_before[going_on:size] = 0
        return gradients

    def _recurrent_weight_gradient(self, gate_gradients):
        """Sum over all words of (hidden state before the word)^T (gradient at its gates), (H, 4H)."""
        xp = backend.get_array_module(gate_gradients)
        first = self.sizes[0]
        later = slice(first, None)  # every word but the first of each sequence
        earlier = xp.asarray(self._earlier()) if self.sizes[-1] < first else slice(0, len(self.h) - first)
        if self.reverse:
            return self.h[later].T.dot(gate_gradients[earlier])
        gradient = self.h[earlier].T.dot(gate_gradients[later])
        if self.state is not None:
            gradient += self.state[0].T.dot(gate_gradients[:first])
        return gradient

    def _earlier(self):
        """int64 (N - B,): for every word but the first of each sequence, the position of the word before it."""
        return np.concatenate([np.arange(start, start + size)
                               for start, size in zip(self.starts[:-1], self.sizes[1:])] or [np.empty(0, np.int64)])
