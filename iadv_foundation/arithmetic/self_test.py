"""What ``doctor`` and the GPU tests check of the arithmetic: small problems with an oracle, on any device."""

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np

from iadv_foundation import old_chainer
from iadv_foundation.arithmetic.functions import packed_lstm
from iadv_foundation.arithmetic.links import PackedLSTM
from iadv_foundation.arithmetic.links.embedding import sum_rows
from iadv_foundation.arithmetic.packing import Layout
from iadv_foundation.arithmetic.random import generator

with old_chainer.stand_ins():
    from chainer import gradient_check

LENGTHS = (1, 5, 2, 5, 3)
SIZE, HIDDEN = 3, 4
_KERNELS = "the arithmetic of this machine is not to be trusted: update NumPy, on a GPU CuPy and the driver"


def normal(name, *shape, dtype=np.float32):
    """Normally distributed numbers that depend on ``name`` (str) and the shape alone: float (shape)."""
    return generator(0, f"self-test {name}", *shape).normal(size=shape).astype(dtype)


def lstm_result(device, lengths=LENGTHS, with_state=False, reverse=False, dtype=np.float32):
    """A small packed LSTM on a device.

    Returns:
        dict of str to numpy.ndarray: ``h``, the final ``state_h`` and ``state_c``, and the gradients of ``x``, ``w_x``,
        ``w_h`` and ``b`` for a given gradient at h.
    """
    shapes = {"x": (sum(lengths), SIZE), "w_x": (SIZE, 4 * HIDDEN), "w_h": (HIDDEN, 4 * HIDDEN), "b": (4 * HIDDEN,)}
    inputs = {name: chainer.Variable(device.send(normal(name, *shape, dtype=dtype))) for name, shape in shapes.items()}
    state = None
    if with_state:
        state = tuple(device.send(normal(name, len(lengths), HIDDEN, dtype=dtype)) for name in ("h", "c"))
    h, final = packed_lstm(*inputs.values(), Layout.of(lengths).batch_sizes, state, reverse)
    h.grad = device.send(normal("gradient", sum(lengths), HIDDEN, dtype=dtype))
    h.backward()
    found = {
        "h": h.array,
        "state_h": final[0],
        "state_c": final[1],
        **{name: variable.grad for name, variable in inputs.items()},
    }
    return {name: chainer.get_device("@numpy").send(array) for name, array in found.items()}


def stock_lstm_result(lengths=LENGTHS):
    """The same by ``chainer.links.NStepLSTM`` on the CPU, as far as it does not depend on the order of the gates: ``h``
    and the gradient of ``x``, packed (dict of str to numpy.ndarray).
    """
    stock = L.NStepLSTM(1, SIZE, HIDDEN, 0.0)
    w_x, w_h, b = normal("w_x", SIZE, 4 * HIDDEN), normal("w_h", HIDDEN, 4 * HIDDEN), normal("b", 4 * HIDDEN)
    for position, gate in enumerate((0, 1, 3, 2)):  # i, f, g, o
        columns = slice(gate * HIDDEN, (gate + 1) * HIDDEN)
        getattr(stock[0], f"w{position}").array[...] = w_x[:, columns].T
        getattr(stock[0], f"w{position + 4}").array[...] = w_h[:, columns].T
        getattr(stock[0], f"b{position}").array[...] = b[columns]
        getattr(stock[0], f"b{position + 4}").array[...] = 0
    layout = Layout.of(lengths)
    bounds = np.cumsum(lengths)[:-1]
    sequences = [chainer.Variable(part) for part in np.split(layout.unpack(normal("x", sum(lengths), SIZE)), bounds)]
    _, _, outputs = stock(None, None, sequences)
    gradients = np.split(layout.unpack(normal("gradient", sum(lengths), HIDDEN)), bounds)
    sum(F.sum(output * gradient) for output, gradient in zip(outputs, gradients, strict=True)).backward()
    return {
        "h": np.concatenate([output.array for output in outputs])[layout.take],
        "x": np.concatenate([sequence.grad for sequence in sequences])[layout.take],
    }


def require(condition, otherwise):
    """Raise an AssertionError where a condition does not hold: ``assert`` does nothing under ``python -O``."""
    if not condition:
        raise AssertionError(otherwise)


def largest_difference(found, expected):
    """Largest difference between arrays of the same names, in parts of each one's largest element (float).

    Raises:
        AssertionError: a number of ``found`` is not finite.
    """
    differences = []
    for name, array in expected.items():
        require(np.isfinite(found[name]).all(), f"{name} is not finite")
        differences.append(np.abs(found[name] - array).max(initial=0) / max(np.abs(array).max(initial=0), 1e-30))
    return float(max(differences))


def require_close(found, expected, tolerance):
    """A few words on the largest difference (str).

    Raises:
        AssertionError: it is above ``tolerance``.
    """
    difference = largest_difference(found, expected)
    require(
        difference <= tolerance, f"differs by {difference:.1e} of the largest element, at most {tolerance:.0e} is right"
    )
    return f"right to {difference:.0e}"


def _lstm_equals_stock(device):
    found = lstm_result(device)
    return require_close(found, stock_lstm_result(), 1e-5)


def _lstm_equals_itself(device):
    found, expected = (lstm_result(where, dtype=np.float64) for where in (device, chainer.get_device("@numpy")))
    return require_close(found, expected, 1e-12)


def _gradients(device):
    layer = PackedLSTM(SIZE, HIDDEN)
    layer.to_device(device)
    arrays = [
        device.send(normal(name, *shape, dtype=np.float64))
        for name, shape in (
            ("x", (sum(LENGTHS), SIZE)),
            ("w_x", (SIZE, 4 * HIDDEN)),
            ("w_h", (HIDDEN, 4 * HIDDEN)),
            ("b", (4 * HIDDEN,)),
        )
    ]
    gradient = device.send(normal("gradient", sum(LENGTHS), HIDDEN, dtype=np.float64))
    sizes = Layout.of(LENGTHS).batch_sizes
    # Random directions drawn inside: keep the caller's generator as it was.
    before = np.random.get_state()
    try:
        np.random.seed(0)
        gradient_check.check_backward(
            lambda *inputs: packed_lstm(*inputs, sizes)[0], arrays, gradient, rtol=1e-5, atol=1e-5, dtype="d"
        )
    finally:
        np.random.set_state(before)
    return "right"


def sums_result(device):
    """Rows of equal ids summed on a device: ``sums`` (dict of str to numpy.ndarray)."""
    ids, rows = generator(0, "self-test ids").integers(0, 7, 500).astype(np.int32), normal("rows", 500, 9)
    return {"sums": chainer.get_device("@numpy").send(sum_rows(device.send(ids), device.send(rows), 8))}


def _sums(device):
    ids, rows = generator(0, "self-test ids").integers(0, 7, 500).astype(np.int32), normal("rows", 500, 9)
    expected = np.stack([rows[ids == number].sum(axis=0, dtype=np.float64) for number in range(8)])
    found = sums_result(device)
    require((found["sums"] == sums_result(device)["sums"]).all(), "two runs differ")
    return require_close(found, {"sums": expected}, 1e-5)


CHECKS = [
    ("packed LSTM against Chainer's NStepLSTM", _lstm_equals_stock, _KERNELS),
    ("packed LSTM against its numerical gradients", _gradients, _KERNELS),
    ("packed LSTM against the CPU's, float64", _lstm_equals_itself, _KERNELS),
    ("sums of rows", _sums, _KERNELS),
]
