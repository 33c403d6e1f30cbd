"""Adam: the same numbers as Chainer's, on whole parameters and on rows that wait until somebody reads them."""

import numpy as np
import pytest
from chainer import optimizer_hooks, optimizers
from hypothesis import given, settings
from hypothesis import strategies as st

from iadv_foundation.training import Adam
from iadv_foundation.training.snapshot import deserialize, serialize
from tests.iadv_foundation.training.pairs import SIZE, WORDS, Pair


class AdamPair(Pair):
    """Our optimiser and Chainer's, given the same gradients."""

    def __init__(self, alpha=0.01, clipping=1.0):
        super().__init__(Adam(alpha, clipping), optimizers.Adam(alpha))
        self.optimizers[1].add_hook(optimizer_hooks.GradientClipping(clipping))

    def update(self, ids, scale, seed, decay=1.0):
        draws = np.random.default_rng(seed)
        ids, dense = np.array(ids, np.int64), scale * draws.normal(size=(3, 11)).astype(np.float32)
        self.update_both(ids, scale * draws.normal(size=(len(ids), SIZE)).astype(np.float32), dense)
        for optimizer in self.optimizers:
            optimizer.alpha *= decay

    def difference_at(self, ids):
        self.ours.embedding.catch_up(ids)
        return np.abs(self.ours.embedding.W.array[ids] - self.stock.embedding.W.array[ids]).max(initial=0)


def some_updates(pair, count, first=0, **more):
    for step in range(first, first + count):
        words = np.random.default_rng([1, step]).integers(0, WORDS, 3)
        pair.update(words, 10.0 ** (step % 5 - 3), step, **more)


def test_rows_are_adams_whenever_they_are_read():
    pair = AdamPair()
    for step in range(60):
        some_updates(pair, 1, step, decay=0.99)
        assert pair.difference_at(np.random.default_rng(step).integers(0, WORDS, 2)) < 1e-6
    pair.optimizers[0].catch_up()
    np.testing.assert_allclose(pair.ours.embedding.W.array, pair.stock.embedding.W.array, atol=1e-6)
    for name in ("m", "v"):
        ours, stock = (network.embedding.W.update_rule.state[name] for network in (pair.ours, pair.stock))
        np.testing.assert_allclose(ours, stock, rtol=2e-5, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-9, 1e-6, 1e-3, 1e3])
def test_a_row_that_waits_for_long_moves_as_far_as_adam_would(scale):
    pair = AdamPair(clipping=1e9)
    start = pair.ours.embedding.W.array.copy()
    pair.update([3, 5], scale, 0)
    for step in range(1, 700):
        pair.update([1], scale, step, decay=0.999)
    pair.optimizers[0].catch_up()
    moved, expected = (network.embedding.W.array - start for network in (pair.ours, pair.stock))
    assert np.abs(expected[[3, 5]]).max() > (1e-3 if scale > 1e-8 else 1e-5)
    np.testing.assert_allclose(moved, expected, rtol=2e-5, atol=5e-7)


@settings(max_examples=30)
@given(st.lists(st.lists(st.integers(0, WORDS - 1), max_size=4), min_size=1, max_size=12), st.data())
def test_any_order_of_updates_and_reads(batches, data):
    pair = AdamPair()
    for step, ids in enumerate(batches):
        pair.update(ids, 0.1, step)
        if data.draw(st.booleans()):
            assert pair.difference_at(np.array(data.draw(st.lists(st.integers(0, WORDS - 1))), np.int64)) < 1e-6
        if data.draw(st.booleans()):
            pair.optimizers[0].catch_up()
    assert pair.difference_at(np.arange(WORDS)) < 1e-6


def test_other_parameters_are_adams_bit_by_bit_and_unused_ones_stay():
    pair = AdamPair(clipping=1e9)
    some_updates(pair, 20)
    np.testing.assert_array_equal(pair.ours.dense.array, pair.stock.dense.array)
    np.testing.assert_array_equal(pair.ours.other.array, 1)


def test_a_gradient_at_the_whole_matrix_updates_all_of_it():
    pair = AdamPair(clipping=1e9)
    some_updates(pair, 7)
    for seed in range(3):
        for network, optimizer in zip((pair.ours, pair.stock), pair.optimizers, strict=True):
            network.cleargrads()
            network.embedding.W.grad = np.random.default_rng(seed).normal(size=(WORDS, SIZE)).astype(np.float32)
            optimizer.update()
    some_updates(pair, 5, 7)
    assert pair.difference_at(np.arange(WORDS)) < 1e-6


def test_a_snapshot_between_two_reads_changes_nothing():
    straight, stopped, resumed = AdamPair(), AdamPair(), AdamPair()
    some_updates(straight, 30)
    some_updates(stopped, 17)
    state = stopped.ours.embedding.W.update_rule.state
    assert {name: (state[name].shape, state[name].dtype) for name in ("last", "alphas", "since")} == {
        "last": ((WORDS,), np.int64),
        "alphas": ((17,), np.float64),
        "since": ((1,), np.int64),
    }
    for part in ("ours", "stock"):
        deserialize(serialize(getattr(stopped, part)), getattr(resumed, part))
    for ours, theirs in zip(stopped.optimizers, resumed.optimizers, strict=True):
        deserialize(serialize(ours), theirs)
    some_updates(resumed, 13, 17)
    for pair in (straight, resumed):
        pair.optimizers[0].catch_up()
    np.testing.assert_array_equal(straight.ours.embedding.W.array, resumed.ours.embedding.W.array)


def test_only_rows_that_are_read_are_walked():
    pair = AdamPair()
    pair.update([2], 0.1, 0)
    pair.update([4], 0.1, 1)
    before = pair.ours.embedding.W.array.copy()
    pair.update([4], 0.1, 2)
    changed = (pair.ours.embedding.W.array != before).any(axis=1)
    np.testing.assert_array_equal(np.flatnonzero(changed), [4])
    pair.ours.embedding.catch_up()
    np.testing.assert_array_equal(np.flatnonzero((pair.ours.embedding.W.array != before).any(axis=1)), [2, 4])
