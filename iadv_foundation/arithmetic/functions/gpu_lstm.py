"""The time loop of the packed LSTM on a GPU: one matrix product (cuBLAS) and one kernel for each step,
forward and backward.

Nothing here reads a value back, so that the processor runs ahead of the GPU.
"""

import numpy as np
from chainer import backend

from iadv_foundation.arithmetic.functions.kernels import launch


def forward(gates, w_h, b, steps, state, sequences):
    """Run the LSTM; see :func:`iadv_foundation.arithmetic.functions.packed_lstm`.

    Args:
        gates: float (N, 4H), x W_x; the gates i, f, o, g afterwards.
        w_h, b: (H, 4H), (4H,).
        steps (list): (rows of the step, number of sequences, rows of the step before or None, number of sequences that
            go on from it), in running order.
        state: (h, c), each (B, H), to start from, or None for zeros.
        sequences (int): B.

    Returns:
        h (N, H); what was kept of the cell before, f c' (N, H); tanh(c) (N, H); and the final c (B, H).
    """
    xp = backend.get_array_module(gates)
    hidden, dtype = len(w_h), gates.dtype
    h, kept, tanh_c = (xp.empty((len(gates), hidden), dtype) for _ in range(3))
    c = xp.empty((sequences, hidden), dtype) if state is None else state[1].copy()
    b = xp.ascontiguousarray(b)
    for now, size, before, going_on in steps:
        continued = going_on
        if before is not None:
            recurrent = h[before].dot(w_h)
        elif state is not None:
            recurrent, continued = state[0].dot(w_h), size
        else:
            recurrent = b  # not read
        launch(
            "lstm_forward",
            dtype,
            size * hidden,
            gates[now],
            recurrent,
            b,
            c,
            kept[now],
            tanh_c[now],
            h[now],
            np.int32(size),
            np.int32(continued),
            np.int32(hidden),
        )
    return h, kept, tanh_c, c


def backward(gates, kept, tanh_c, w_h, grad_h, steps, sequences):
    """The gradient (N, 4H) at the gates before their non-linearities, from ``grad_h`` (N, H), the gradient at h.

    Args:
        gates, kept, tanh_c: what :func:`forward` left.
        w_h: (H, 4H).
        steps (list): the same.
        sequences (int): B.
    """
    xp = backend.get_array_module(gates)
    hidden, dtype = len(w_h), gates.dtype
    grad_h = xp.ascontiguousarray(grad_h)
    grad_gates = xp.empty_like(gates)
    grad_c = xp.empty((sequences, hidden), dtype)
    grad_next, carried = grad_c, 0  # not read
    for now, size, before, continued in reversed(steps):
        launch(
            "lstm_backward",
            dtype,
            size * hidden,
            gates[now],
            kept[now],
            tanh_c[now],
            grad_h[now],
            grad_next,
            grad_c,
            grad_gates[now],
            np.int32(size),
            np.int32(carried),
            np.int32(hidden),
        )
        if before is not None:
            grad_next, carried = grad_gates[now][:continued].dot(w_h.T), continued
    return grad_gates
