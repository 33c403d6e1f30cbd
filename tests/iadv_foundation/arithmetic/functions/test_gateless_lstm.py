"""The recurrence without input and output gates: against a plain loop and numerical gradients."""

import chainer
import chainer.functions as F
import numpy as np
import pytest

from iadv_foundation import old_chainer
from iadv_foundation.arithmetic.functions import gateless_lstm
from iadv_foundation.arithmetic.packing import Layout

with old_chainer.stand_ins():
    from chainer import gradient_check

LENGTHS = [
    pytest.param(lengths, id="-".join(map(str, lengths)))
    for lengths in ([1], [4], [1, 1, 1], [3, 3], [1, 5, 2, 5, 3], [2, 7, 1])
]
H = 4


def plain(sequence, w_h):
    """The four equations, word by word, with Chainer's functions: sequence (T, 2H), a Variable -> list of (1, H)."""
    h = c = chainer.Variable(np.zeros((1, H), sequence.dtype))
    states = []
    for word in range(len(sequence)):
        gates = sequence[word : word + 1] + F.matmul(h, w_h)
        c = F.tanh(gates[:, H:]) + F.sigmoid(gates[:, :H]) * c
        h = F.tanh(c)
        states.append(h)
    return states


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-5), (np.float64, 1e-12)])
def test_equals_the_equations_forward_and_backward(lengths, reverse, dtype, tolerance):
    random, layout = np.random.default_rng(0), Layout.of(lengths)
    sequences = [random.normal(size=(length, 2 * H)).astype(dtype) for length in lengths]
    weights, target = random.normal(size=(H, 2 * H)).astype(dtype), random.normal(size=(sum(lengths), H)).astype(dtype)

    inputs, w_h = [chainer.Variable(sequence) for sequence in sequences], chainer.Variable(weights)
    every = [plain(one[::-1] if reverse else one, w_h) for one in inputs]
    expected = F.concat([F.concat(states[::-1] if reverse else states, axis=0) for states in every], axis=0)
    F.sum(expected * target).backward()

    x, own_w_h = chainer.Variable(np.concatenate(sequences)[layout.take]), chainer.Variable(weights)
    h = gateless_lstm(x, own_w_h, layout.batch_sizes, reverse)
    F.sum(h * target[layout.take]).backward()
    assert h.dtype == dtype
    close = {"rtol": tolerance, "atol": tolerance}
    np.testing.assert_allclose(layout.unpack(h.array), expected.array, **close)
    np.testing.assert_allclose(layout.unpack(x.grad), np.concatenate([one.grad for one in inputs]), **close)
    # One word long, a sequence never comes to its recurrent weights.
    np.testing.assert_allclose(own_w_h.grad, np.zeros_like(weights) if max(lengths) == 1 else w_h.grad, **close)


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("reverse", [False, True])
def test_gradients_equal_numerical_ones(lengths, reverse):
    random, layout = np.random.default_rng(1), Layout.of(lengths)
    arrays = [random.normal(size=shape) for shape in ((sum(lengths), 2 * H), (H, 2 * H))]
    gradient_check.check_backward(
        lambda x, w_h: gateless_lstm(x, w_h, layout.batch_sizes, reverse),
        arrays,
        random.normal(size=(sum(lengths), H)),
        rtol=1e-6,
        atol=1e-6,
        dtype="d",
    )


def test_gradient_at_the_input_alone_equals_the_full_backward_pass():
    random, layout = np.random.default_rng(2), Layout.of([3, 1, 5])
    x, w_h = (chainer.Variable(random.normal(size=shape).astype(np.float32)) for shape in ((9, 2 * H), (H, 2 * H)))
    loss = F.sum(gateless_lstm(x, w_h, layout.batch_sizes) ** 2)
    (alone,) = chainer.grad([loss], [x])
    assert w_h.grad is None
    loss.backward()
    np.testing.assert_array_equal(alone.array, x.grad)


def test_the_input_is_left_as_it_is():
    x = np.random.default_rng(3).normal(size=(4, 2 * H)).astype(np.float32)
    before = x.copy()
    gateless_lstm(chainer.Variable(x), chainer.Variable(np.ones((H, 2 * H), np.float32)), np.array([2, 2]))
    np.testing.assert_array_equal(x, before)


def test_second_derivatives_are_refused_rather_than_wrong():
    x, w_h = chainer.Variable(np.ones((2, 2 * H), np.float32)), chainer.Variable(np.ones((H, 2 * H), np.float32))
    loss = F.sum(gateless_lstm(x, w_h, np.array([1, 1])))
    with pytest.raises(RuntimeError, match="twice"):
        chainer.grad([loss], [x], enable_double_backprop=True)
