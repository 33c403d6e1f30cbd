"""The packed LSTM equals Chainer's own NStepLSTM and NStepBiLSTM, and its gradients equal numerical ones."""

import sys

import chainer
import chainer.links as L
import numpy as np
import pytest

from iadv_foundation import old_chainer
from iadv_foundation.arithmetic.functions import packed_lstm
from iadv_foundation.arithmetic.links import PackedBiLSTM, PackedLSTM
from iadv_foundation.arithmetic.packing import Layout

with old_chainer.stand_ins():
    from chainer import gradient_check

LENGTHS = [
    pytest.param(lengths, id="-".join(map(str, lengths)))
    for lengths in ([1], [4], [1, 1, 1], [3, 3], [1, 5, 2, 5, 3], [2, 7, 1])
]
D, H = 3, 4


def copy_to_stock(ours, stock):
    """Put our weights into one layer of an NStepLSTM, whose gates come in the order i, f, g, o, weights transposed."""
    size = ours.w_h.shape[0]
    for position, gate in enumerate((0, 1, 3, 2)):
        columns = slice(gate * size, (gate + 1) * size)
        getattr(stock, f"w{position}").array[...] = ours.w_x.array[:, columns].T
        getattr(stock, f"w{position + 4}").array[...] = ours.w_h.array[:, columns].T
        getattr(stock, f"b{position}").array[...] = ours.b.array[columns]
        getattr(stock, f"b{position + 4}").array[...] = 0


def gradients_of_stock(stock):
    """Weight gradients of one NStepLSTM layer in our order and orientation."""
    order = (0, 1, 3, 2)
    return (
        np.concatenate([getattr(stock, f"w{position}").grad.T for position in order], axis=1),
        np.concatenate([getattr(stock, f"w{position + 4}").grad.T for position in order], axis=1),
        np.concatenate([getattr(stock, f"b{position}").grad for position in order]),
    )


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 2e-6), (np.float64, 1e-13)])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_equals_stock_chainer_forward_and_backward(lengths, dtype, tolerance, bidirectional):
    random = np.random.default_rng(0)
    with chainer.using_config("dtype", dtype):
        ours = PackedBiLSTM(D, H) if bidirectional else PackedLSTM(D, H)
        stock = (L.NStepBiLSTM if bidirectional else L.NStepLSTM)(1, D, H, 0.0)
    layers = [ours.ahead, ours.back] if bidirectional else [ours]
    for layer, stock_layer in zip(layers, stock, strict=True):
        for parameter in layer.params():
            parameter.array[...] = random.normal(size=parameter.shape)
        copy_to_stock(layer, stock_layer)
    sequences = [random.normal(size=(length, D)).astype(dtype) for length in lengths]
    targets = [random.normal(size=(length, H * len(layers))).astype(dtype) for length in lengths]
    layout = Layout.of(lengths)

    stock_inputs = [chainer.Variable(sequence) for sequence in sequences]
    _, _, outputs = stock(None, None, stock_inputs)
    for output, target in zip(outputs, targets, strict=True):
        output.grad = target
    sum(chainer.functions.sum(output * target) for output, target in zip(outputs, targets, strict=True)).backward()

    x = chainer.Variable(np.concatenate(sequences)[layout.take])
    h = ours(x, layout.batch_sizes) if bidirectional else ours(x, layout.batch_sizes)[0]
    chainer.functions.sum(h * np.concatenate(targets)[layout.take]).backward()

    close = {"rtol": tolerance * 10, "atol": tolerance}
    assert h.dtype == dtype
    np.testing.assert_allclose(layout.unpack(h.array), np.concatenate([output.array for output in outputs]), **close)
    np.testing.assert_allclose(layout.unpack(x.grad), np.concatenate([given.grad for given in stock_inputs]), **close)
    for layer, stock_layer in zip(layers, stock, strict=True):
        expected = gradients_of_stock(stock_layer)
        for parameter, gradient in zip((layer.w_x, layer.w_h, layer.b), expected, strict=True):
            np.testing.assert_allclose(parameter.grad, gradient, rtol=tolerance * 100, atol=tolerance * 10)


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("with_state, reverse", [(False, False), (True, False), (False, True)])
def test_gradients_equal_numerical_ones(lengths, with_state, reverse):
    random = np.random.default_rng(1)
    layout = Layout.of(lengths)
    state = tuple(random.normal(size=(2, len(lengths), H))) if with_state else None
    arrays = [random.normal(size=shape) for shape in ((sum(lengths), D), (D, 4 * H), (H, 4 * H), (4 * H,))]
    gradient = random.normal(size=(sum(lengths), H))
    gradient_check.check_backward(
        lambda *inputs: packed_lstm(*inputs, layout.batch_sizes, state, reverse)[0],
        arrays,
        gradient,
        rtol=1e-6,
        atol=1e-6,
        dtype="d",
    )


def test_gradient_at_the_input_alone_equals_the_full_backward_pass():
    random = np.random.default_rng(2)
    layout = Layout.of([3, 1, 5])
    layer = PackedLSTM(D, H)
    x = chainer.Variable(random.normal(size=(9, D)).astype(np.float32))
    loss = chainer.functions.sum(layer(x, layout.batch_sizes)[0] ** 2)
    layer.cleargrads()
    (alone,) = chainer.grad([loss], [x])
    assert all(parameter.grad is None for parameter in layer.params())
    loss.backward()
    np.testing.assert_array_equal(alone.array, x.grad)


def test_running_on_from_the_final_state_equals_one_long_run():
    random = np.random.default_rng(3)
    layer = PackedLSTM(D, H)
    x = random.normal(size=(6, 2, D)).astype(np.float32)
    whole, final = layer(chainer.Variable(x.reshape(12, D)), np.full(6, 2))
    first, state = layer(chainer.Variable(x[:2].reshape(4, D)), np.full(2, 2))
    second, state = layer(chainer.Variable(x[2:].reshape(8, D)), np.full(4, 2), state)
    np.testing.assert_allclose(np.concatenate([first.array, second.array]), whole.array, atol=1e-6)
    for continued, at_once in zip(state, final, strict=True):
        np.testing.assert_allclose(continued, at_once, atol=1e-6)


def test_final_state_is_the_state_at_each_last_word():
    layout = Layout.of([2, 4, 1])
    layer = PackedLSTM(D, H)
    x = chainer.Variable(np.random.default_rng(4).normal(size=(7, D)).astype(np.float32))
    h, (final_h, final_c) = layer(x, layout.batch_sizes)
    np.testing.assert_array_equal(final_h, h.array[layout.last])
    assert final_c.shape == (3, H)


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-6), (np.float64, 1e-14)])
@pytest.mark.parametrize("reverse", [False, True])
def test_final_states_are_those_of_each_sequence_alone(dtype, tolerance, reverse):
    lengths, random = [2, 4, 1, 4], np.random.default_rng(5)
    layout = Layout.of(lengths)
    x, *weights = [random.normal(size=shape).astype(dtype) for shape in ((11, D), (D, 4 * H), (H, 4 * H), (4 * H,))]
    _, together = packed_lstm(x[layout.take], *weights, layout.batch_sizes, reverse=reverse)
    for place, index in enumerate(layout.order):
        sequence = np.split(x, np.cumsum(lengths)[:-1])[index]
        _, alone = packed_lstm(sequence[::-1] if reverse else sequence, *weights, np.ones(len(sequence), int))
        for found, expected in zip(together, alone, strict=True):
            assert found.dtype == dtype
            np.testing.assert_allclose(found[place], expected[0], atol=tolerance)


def test_the_size_of_a_part_changes_nothing(monkeypatch):
    layout, gradients = Layout.of([3, 1, 5]), []
    for part in (1, 2, 1000):
        monkeypatch.setattr(sys.modules[packed_lstm.__module__], "_AT_ONCE", part * 4 * H)
        random = np.random.default_rng(6)
        inputs = [chainer.Variable(random.normal(size=shape)) for shape in ((9, D), (D, 4 * H), (H, 4 * H), (4 * H,))]
        chainer.functions.sum(packed_lstm(*inputs, layout.batch_sizes)[0] ** 2).backward()
        gradients.append(np.concatenate([variable.grad.ravel() for variable in inputs]))
    np.testing.assert_array_equal(gradients[0], gradients[2])
    np.testing.assert_array_equal(gradients[1], gradients[2])


def test_second_derivatives_are_refused_rather_than_wrong():
    layer = PackedLSTM(D, H)
    x = chainer.Variable(np.ones((2, D), np.float32))
    loss = chainer.functions.sum(layer(x, np.array([1, 1]))[0])
    with pytest.raises(RuntimeError, match="twice"):
        chainer.grad([loss], [x], enable_double_backprop=True)


def test_a_reversed_run_takes_no_state():
    layer = PackedLSTM(D, H)
    zeros = np.zeros((1, H), np.float32)
    with pytest.raises(ValueError, match="zeros"):
        layer(chainer.Variable(np.ones((1, D), np.float32)), np.array([1]), (zeros, zeros), reverse=True)
