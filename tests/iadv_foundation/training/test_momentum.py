"""Momentum SGD: the same numbers as Chainer's, on whole parameters and on rows that wait until somebody reads them."""

import numpy as np
import pytest
from chainer import optimizers
from hypothesis import given, settings
from hypothesis import strategies as st

from iadv_foundation.training import Momentum
from iadv_foundation.training.snapshot import deserialize, serialize
from tests.iadv_foundation.training.pairs import SIZE, WORDS, Pair


class MomentumPair(Pair):
    """Our optimiser and Chainer's, given the same gradients."""

    def __init__(self, lr=0.1, momentum=0.9):
        super().__init__(Momentum(lr, momentum), optimizers.MomentumSGD(lr, momentum))

    def update(self, ids, seed, shrink=1.0):
        draws = np.random.default_rng(seed)
        ids, dense = np.array(ids, np.int64), draws.normal(size=(3, 11)).astype(np.float32)
        rows, other = (draws.normal(size=shape).astype(np.float32) for shape in ((len(ids), SIZE), 4))
        self.update_both(ids, rows, dense, other)
        for optimizer in self.optimizers:
            optimizer.lr *= shrink

    def check(self):
        self.optimizers[0].catch_up()
        for ours, stock in zip(self.ours.params(), self.stock.params(), strict=True):
            np.testing.assert_allclose(ours.array, stock.array, rtol=2e-5, atol=2e-5)
            np.testing.assert_allclose(ours.update_rule.state["v"], stock.update_rule.state["v"], rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("momentum", [0, 0.5, 0.99])
@pytest.mark.parametrize("shrink", [1, 0.9])
def test_equals_chainers(momentum, shrink):
    pair = MomentumPair(momentum=momentum)
    for step in range(60):
        pair.update(np.random.default_rng([1, step]).integers(0, WORDS, 3), step, shrink)
    pair.check()


@settings(max_examples=30)
@given(st.lists(st.lists(st.integers(0, WORDS - 1), max_size=4), min_size=1, max_size=12), st.data())
def test_any_order_of_updates_and_reads(batches, data):
    pair = MomentumPair()
    for step, ids in enumerate(batches):
        pair.update(ids, step, data.draw(st.sampled_from([1, 0.1])))
        if data.draw(st.booleans()):
            pair.ours.embedding.catch_up(np.array(data.draw(st.lists(st.integers(0, WORDS - 1), max_size=3)), np.int64))
    pair.check()


def test_a_row_rolls_on_and_is_moved_when_it_is_read():
    pair = MomentumPair()
    pair.update([7], 0)
    before = pair.ours.embedding.W.array[7].copy()
    for step in range(1, 6):
        pair.update([1], step)
    np.testing.assert_array_equal(pair.ours.embedding.W.array[7], before)
    pair.ours.embedding.catch_up(np.array([7]))
    assert (pair.ours.embedding.W.array[7] != before).all()
    np.testing.assert_allclose(pair.ours.embedding.W.array[7], pair.stock.embedding.W.array[7], rtol=1e-5)


def test_goes_on_from_what_it_saved():
    whole, halves = MomentumPair(), MomentumPair()
    for step in range(12):
        whole.update([step % WORDS, 3], step, 0.9)
    for step in range(6):
        halves.update([step % WORDS, 3], step, 0.9)
    resumed = MomentumPair()
    for old, new in ((halves.ours, resumed.ours), (halves.optimizers[0], resumed.optimizers[0])):
        deserialize(serialize(old), new)
    for old, new in zip(halves.optimizers, resumed.optimizers, strict=True):
        new.lr = old.lr  # as with all of Chainer's optimisers, whoever changes it keeps it
    for step in range(6, 12):
        resumed.update([step % WORDS, 3], step, 0.9)
    for pair in (whole, resumed):
        pair.optimizers[0].catch_up()
    for ours, expected in zip(resumed.ours.params(), whole.ours.params(), strict=True):
        np.testing.assert_array_equal(ours.array, expected.array)


def test_a_gradient_of_the_whole_matrix_is_refused_rather_than_lost():
    pair = MomentumPair()
    pair.ours.cleargrads()
    pair.ours.embedding.W.grad = np.ones((WORDS, SIZE), np.float32)
    with pytest.raises(RuntimeError, match="by rows"):
        pair.optimizers[0].update()
