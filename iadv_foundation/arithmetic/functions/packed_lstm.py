"""An LSTM over a packed batch, with its own backward pass (NumPy and CuPy).

One matrix product makes the input part of the gates of all words of the batch, one product a step makes the recurrent
part; the gates are computed in place.  The backward pass makes the weight gradients in one product each, and leaves
them out where only the gradient at the input is wanted, as it is when a perturbation is being looked for.  On a GPU the
time loop is that of :mod:`iadv_foundation.arithmetic.functions.gpu_lstm`; the rest is the same.
"""

import chainer
import numpy as np
from chainer import backend

from iadv_foundation.arithmetic.functions import gpu_lstm, kernels
from iadv_foundation.arithmetic.functions.row_products import row_products

#: Numbers that are worked on together on a CPU, so that they stay in the cache.
_AT_ONCE = 1 << 17


def packed_lstm(x, w_x, w_h, b, batch_sizes, state=None, reverse=False):
    r"""Run an LSTM over a packed batch of B sequences with N words in all.

    .. math:: i, f, o = \sigma(x W_x + h W_h + b), \quad g = \tanh(x W_x + h W_h + b), \quad
              c = f c' + i g, \quad h = o \tanh(c)

    Args:
        x (chainer.Variable): float (N, D), packed and time-major (see :mod:`iadv_foundation.arithmetic.packing`).
        w_x (chainer.Variable): (D, 4H), columns of the gates in the order i, f, o, g.
        w_h (chainer.Variable): (H, 4H).
        b (chainer.Variable): (4H,).
        batch_sizes (numpy.ndarray): int (T,), falling; B first.
        state: (h, c), arrays (B, H) to start from (zeros by default).  No gradient flows into it: back-propagation
            through time is truncated here.
        reverse (bool): run from the last word to the first (zero state only).

    Returns:
        h, chainer.Variable (N, H): the hidden state at every word; and the final (h, c) of each sequence as arrays (B,
        H).

    Raises:
        ValueError: ``reverse`` with a ``state``.
    """
    if reverse and state is not None:
        raise ValueError("a reversed LSTM starts from zeros")
    function = PackedLSTM(batch_sizes, state, reverse)
    (h,) = function.apply((x, w_x, w_h, b))
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
        """Yield (rows of the step, number of sequences, rows before them, number that goes on) in running order."""
        steps = list(zip(self.starts, self.sizes, strict=True))
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
        run = self._run_on_gpu if kernels.run_here(x) else self._run
        self.gates = x.dot(w_x)
        self.h, self.kept, self.tanh_c, c = run(self.gates, w_h, b)
        self.final_state = self._final(self.h), c  # the cells of a sequence that has ended stay where they are
        self.retain_inputs((0, 1, 2))
        return (self.h,)

    def _run_on_gpu(self, gates, w_h, b):
        return gpu_lstm.forward(gates, w_h, b, list(self._steps()), self.state, self.sizes[0])

    def _run(self, gates, w_h, b):
        """Make the gates of ``gates`` (N, 4H), x W_x; give h, f c' and tanh(c), each (N, H), and the final c (B, H)."""
        hidden = len(w_h)
        h, kept, tanh_c = (np.empty((len(gates), hidden), gates.dtype) for _ in range(3))
        c = np.empty((self.sizes[0], hidden), gates.dtype) if self.state is None else self.state[1].copy()
        recurrent = row_products(w_h, self.sizes[0])
        for now, size, before, continued in self._steps():
            gate, cell, keep = gates[now], c[:size], kept[now]
            going_on = size if before is None and self.state is not None else continued
            gate += b
            if before is not None:
                gate[:going_on] += recurrent(h[before])
            elif self.state is not None:
                gate += recurrent(self.state[0])
            # sigmoid(a) = (tanh(a / 2) + 1) / 2, so that one call makes all four gates
            sigmoids = gate[:, : 3 * hidden]
            sigmoids *= 0.5
            np.tanh(gate, out=gate)
            sigmoids *= 0.5
            sigmoids += 0.5
            i, f, o, g = (gate[:, k * hidden : (k + 1) * hidden] for k in range(4))
            np.multiply(f[:going_on], cell[:going_on], out=keep[:going_on])
            keep[going_on:] = 0
            np.multiply(i, g, out=cell)
            cell += keep
            np.multiply(o, np.tanh(cell, out=tanh_c[now]), out=h[now])
        return h, kept, tanh_c, c

    def _final(self, rows):
        """Rows (B, H) of the last word of each sequence (of its first word in a reversed run)."""
        if self.reverse:
            return rows[: self.sizes[0]].copy()
        final = backend.get_array_module(rows).empty((self.sizes[0], rows.shape[1]), rows.dtype)
        done = 0
        for start, size in zip(reversed(self.starts), reversed(self.sizes), strict=True):
            if size > done:
                final[done:size] = rows[start + done : start + size]
                done = size
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
        if kernels.run_here(grad_h):
            return gpu_lstm.backward(
                self.gates, self.kept, self.tanh_c, w_h, grad_h, list(self._steps()), self.sizes[0]
            )
        hidden = w_h.shape[0]
        gradients, cell_by_h = self._derivatives()
        grad_h_before = np.zeros((self.sizes[0], hidden), grad_h.dtype)
        grad_c_before = np.zeros_like(grad_h_before)
        scratch = np.empty_like(grad_h_before)
        recurrent = row_products(w_h.T, self.sizes[0])
        for now, size, before, going_on in reversed(list(self._steps())):
            grad_hidden, grad_cell = grad_h_before[:size], grad_c_before[:size]
            grad_hidden += grad_h[now]
            grad_cell += np.multiply(grad_hidden, cell_by_h[now], out=scratch[:size])
            gates = gradients[now].reshape(size, 4, hidden)
            gates[:, :2] *= grad_cell[:, None]
            gates[:, 2] *= grad_hidden
            gates[:, 3] *= grad_cell
            if before is not None:
                grad_cell *= self.gates[now, hidden : 2 * hidden]
                # Sequences that begin at this step are done with: no step before it has so many rows.
                grad_hidden[:going_on] = recurrent(gradients[now][:going_on])
        return gradients

    def _derivatives(self):
        """What does not depend on the gradients, for all words at once.

        Returns:
            (N, 4H), the derivatives of the cell by the gates i, f and g and of h by the gate o, each before its
            non-linearity; and (N, H), the derivative of h by the cell.
        """
        words, hidden = self.h.shape
        derivatives = np.empty_like(self.gates)
        cell_by_h = np.empty_like(self.h)
        part = max(1, _AT_ONCE // (4 * hidden))
        for start in range(0, words, part):
            rows = slice(start, start + part)
            i, g = self.gates[rows, :hidden], self.gates[rows, 3 * hidden :]
            o, h = self.gates[rows, 2 * hidden : 3 * hidden], self.h[rows]
            by_i, by_f, by_o, by_g = (derivatives[rows, k * hidden : (k + 1) * hidden] for k in range(4))
            new = np.multiply(i, g, out=cell_by_h[rows])  # what the cell takes in; only until its place is needed
            np.multiply(new, g, out=by_g)
            np.subtract(i, by_g, out=by_g)  # i (1 - g^2)
            np.subtract(1, self.gates[rows, : 3 * hidden], out=derivatives[rows, : 3 * hidden])
            by_i *= new  # i g (1 - i)
            by_f *= self.kept[rows]  # f c' (1 - f)
            by_o *= h  # o tanh(c) (1 - o)
            np.multiply(h, self.tanh_c[rows], out=new)
            np.subtract(o, new, out=new)  # o (1 - tanh(c)^2)
        return derivatives, cell_by_h

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
        return np.concatenate(
            [np.arange(start, start + size) for start, size in zip(self.starts[:-1], self.sizes[1:], strict=True)]
        )
