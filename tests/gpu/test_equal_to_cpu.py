"""What a GPU computes equals the CPU's own results to a stated tolerance, and is the same bits from run to run.

Each test runs on the CPU as well, where what is compared are two runs; so the tests themselves are tested without a
GPU.  Tolerances are in parts of the largest element of each array: float32 sums of a few dozen terms in another order
differ by 1e-6, and what goes through a whole training step by more.
"""

import chainer
import numpy as np
import pytest

from iadv_foundation.arithmetic import self_test
from iadv_foundation.arithmetic.packing import Layout
from iadv_foundation.arithmetic.random import generator
from iadv_foundation.training import Adam
from interpretable_adv import self_test as training
from interpretable_adv.links.encoders import encoder_named
from interpretable_adv.methods import METHODS
from interpretable_adv.perturbation import NeighbourTable, nearest_neighbours
from interpretable_adv.settings import ModelConfig

ONE_LAYER, ONE_STEP, SOME_STEPS = 1e-5, 1e-3, 1e-2
CPU = chainer.get_device("@numpy")


def same_bits(one, another):
    assert one.keys() == another.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], another[name], err_msg=name)


class TestPackedLSTM:
    """Forward and backward pass."""

    @pytest.mark.parametrize("dtype, tolerance", [(np.float32, ONE_LAYER), (np.float64, 1e-12)])
    @pytest.mark.parametrize("with_state, reverse", [(False, False), (True, False), (False, True)])
    @pytest.mark.parametrize("lengths", [(1,), (1, 1, 1), (1, 5, 2, 5, 3), tuple(range(1, 70))], ids=len)
    def test_equals_the_cpu(self, device, lengths, with_state, reverse, dtype, tolerance):
        found = self_test.lstm_result(device, lengths, with_state, reverse, dtype)
        expected = self_test.lstm_result(CPU, lengths, with_state, reverse, dtype)
        self_test.require_close(found, expected, tolerance * max(1, len(lengths) / 10))
        same_bits(found, self_test.lstm_result(device, lengths, with_state, reverse, dtype))

    def test_equals_stock_chainer(self, device):
        self_test.require_close(self_test.lstm_result(device), self_test.stock_lstm_result(), ONE_LAYER)


def test_the_adaptive_softmax_equals_the_cpu(device):
    found = training.softmax_result(device)
    self_test.require_close(found, training.softmax_result(CPU), ONE_LAYER)
    same_bits(found, training.softmax_result(device))


def test_sums_of_rows_are_those_of_the_cpu_and_the_same_bits(device):
    found = self_test.sums_result(device)
    self_test.require_close(found, self_test.sums_result(CPU), ONE_LAYER)
    same_bits(found, self_test.sums_result(device))


@pytest.mark.parametrize("drop_self", ["vector", "id", "rank"])
@pytest.mark.parametrize("rows", [None, [3, 3, 700, 0]])
def test_the_nearest_neighbours_are_those_of_the_cpu(device, rows, drop_self):
    """Exactly: float64 cosines decide.  Some words point the same way, one is zero."""
    embedding = self_test.normal("embedding", 900, 20)
    embedding[5], embedding[6], embedding[7] = embedding[8], 2 * embedding[8], 0
    given = None if rows is None else np.array(rows)
    expected = nearest_neighbours(embedding, 10, 2, given, drop_self)
    found = nearest_neighbours(device.send(embedding), 10, 2, None if rows is None else device.send(given), drop_self)
    if drop_self != "rank":
        np.testing.assert_array_equal(CPU.send(found), expected)
    else:  # of two words that point the same way, rounding decides which comes first and is left out
        assert (CPU.send(found) == expected).mean() > 0.99


@pytest.mark.parametrize("refresh", ["epoch", "iteration"])
def test_the_neighbour_table_is_that_of_the_cpu(device, refresh):
    embedding, ids = self_test.normal("embedding", 300, 8), np.array([4, 250, 4, 17])
    known = generator(0, "known").random(300) < 0.8
    for arguments in (
        {},
        {"looked_up": np.isin(np.arange(300), ids)},
        {"first_word": 0, "drop_self": "rank", "known": known},
    ):
        expected = NeighbourTable(5, refresh, **arguments).lookup(ids, embedding)
        found = NeighbourTable(5, refresh, **arguments).lookup(device.send(ids), device.send(embedding))
        np.testing.assert_array_equal(CPU.send(found), expected)


def encoder_result(device, encoder, of_words):
    """Hidden states of an encoder and the gradients at its input and weights (dict of str to numpy.ndarray)."""
    link = encoder_named(encoder, of_words)(ModelConfig.model_construct(embedding_size=7, hidden_size=6))
    for name, parameter in link.namedparams():
        parameter.array = self_test.normal(f"{encoder} {name}", *parameter.shape)
    link.to_device(device)
    layout = Layout.of([3, 1, 5, 5, 2])
    x = chainer.Variable(device.send(self_test.normal("words", 16, 7)))
    h = link(x, layout)
    h.grad = device.send(self_test.normal("gradient of the states", *h.shape))
    link.cleargrads()
    h.backward()
    return {
        "h": CPU.send(h.array),
        "x": CPU.send(x.grad),
        **{name: CPU.send(parameter.grad) for name, parameter in link.namedparams()},
    }


@pytest.mark.parametrize("of_words", [False, True])
@pytest.mark.parametrize("encoder", ["gru", "cnn"])
def test_encoders_equal_the_cpu(device, encoder, of_words):
    found = encoder_result(device, encoder, of_words)
    self_test.require_close(found, encoder_result(CPU, encoder, of_words), ONE_LAYER)
    same_bits(found, encoder_result(device, encoder, of_words))


def adam_result(device):
    """Weights of a layer after updates by given gradients, some of them longer than the threshold of clipping."""
    layer = chainer.links.Linear(6, 4)
    for name, parameter in layer.namedparams():
        parameter.array[...] = self_test.normal(name, *parameter.shape)
    layer.to_device(device)
    optimizer = Adam(0.01, gradient_clipping=3.0).setup(layer)
    for update in range(20):
        for name, parameter in layer.namedparams():
            parameter.grad = device.send(
                self_test.normal(f"{name} {update}", *parameter.shape) * np.float32(update % 3)
            )
        optimizer.update()
    return {name: CPU.send(parameter.array) for name, parameter in layer.namedparams()}


def test_adam_with_clipping_equals_the_cpu(device):
    found = adam_result(device)
    self_test.require_close(found, adam_result(CPU), ONE_LAYER)
    same_bits(found, adam_result(device))


@pytest.mark.parametrize("method", METHODS)
def test_a_training_step_of_every_method_equals_the_cpu(device, method):
    found = training.train_a_little(method, device)
    self_test.require_close(found, training.train_a_little(method, CPU), ONE_STEP)
    same_bits(found, training.train_a_little(method, device))


@pytest.mark.parametrize("method", ["advt", "ivat"])
def test_losses_of_an_epoch_stay_close_to_the_cpu(device, method):
    """Small differences grow: Adam divides each gradient by its own size."""
    found, expected = (training.train_a_little(method, where, updates=6) for where in (device, CPU))
    self_test.require_close(found, {"loss": expected["loss"]}, SOME_STEPS)
    same_bits(found, training.train_a_little(method, device, updates=6))
