"""Proves that look-ups see the embeddings of the right moment, also after a resume."""

import io

import numpy as np
import pytest
from chainer import serializers

from iadv_foundation.errors import UsageError
from interpretable_adv.perturbation import NeighbourTable, nearest_neighbours

OLD, NEW = np.random.default_rng(0).standard_normal((2, 60, 8)).astype(np.float32)
IDS = np.array([5, 0, 59, 5, 1, 30], np.int32)


def saved(table):
    stream = io.BytesIO()
    serializers.save_npz(stream, table)
    stream.seek(0)
    return stream


def loaded(stream, **options):
    table = NeighbourTable(**options)
    serializers.load_npz(stream, table)
    return table


def test_every_id_has_a_row():
    assert NeighbourTable().lookup(np.arange(60), OLD).shape == (60, 10)


def test_each_epoch_keeps_its_table():
    table = NeighbourTable()
    table.refresh(OLD)
    np.testing.assert_array_equal(table.lookup(IDS, NEW), nearest_neighbours(OLD)[IDS])
    table.refresh(NEW)
    np.testing.assert_array_equal(table.lookup(IDS, NEW), nearest_neighbours(NEW)[IDS])


def test_each_iteration_looks_anew():
    table = NeighbourTable(refresh="iteration")
    table.refresh(OLD)
    np.testing.assert_array_equal(table.lookup(IDS, OLD), nearest_neighbours(OLD)[IDS])
    np.testing.assert_array_equal(table.lookup(IDS, NEW), nearest_neighbours(NEW)[IDS])


def test_a_first_look_up_makes_the_table_and_keeps_it():
    table = NeighbourTable()
    np.testing.assert_array_equal(table.lookup(IDS, OLD), nearest_neighbours(OLD)[IDS])
    np.testing.assert_array_equal(table.lookup(IDS, NEW), nearest_neighbours(OLD)[IDS])


@pytest.mark.parametrize("drop_self", ["id", "rank"])
@pytest.mark.parametrize("refresh", ["epoch", "iteration"])
@pytest.mark.parametrize("known", [None, np.ones(60, bool)], ids=["all", "known"])
def test_how_a_word_is_left_out_of_its_own_list(drop_self, refresh, known):
    twice = np.concatenate([OLD[:30], OLD[:30]])  # by rank, a word may be its own neighbour and its double is not
    expected = nearest_neighbours(twice, 4, 0, drop_self=drop_self)[IDS]
    table = NeighbourTable(k=4, refresh=refresh, first_word=0, drop_self=drop_self, known=known)
    np.testing.assert_array_equal(table.lookup(IDS, twice), expected)
    assert (expected == IDS[:, None]).any() == (drop_self == "rank")


def test_words_that_are_never_looked_up_have_no_row():
    looked_up = np.isin(np.arange(60), IDS)
    table = NeighbourTable(k=4, looked_up=looked_up)
    table.refresh(OLD)
    stored = np.load(saved(table))["table"]
    assert stored.dtype == np.int32 and (stored[~looked_up] == -1).all()
    np.testing.assert_array_equal(stored[looked_up], nearest_neighbours(OLD, 4)[looked_up])


def test_a_resumed_epoch_sees_the_neighbours_of_its_start():
    table = NeighbourTable(k=4)
    table.refresh(OLD)
    stream = saved(table)
    assert np.load(stream, allow_pickle=False)["table"].dtype == np.int32
    stream.seek(0)
    np.testing.assert_array_equal(loaded(stream, k=4).lookup(IDS, NEW), nearest_neighbours(OLD, 4)[IDS])


@pytest.mark.parametrize("policy", ["epoch", "iteration"])
def test_a_table_that_was_not_made_yet_can_be_stored(policy):
    stream = saved(NeighbourTable(refresh=policy))
    assert np.load(stream, allow_pickle=False)["table"].shape == (0, 10)
    stream.seek(0)
    np.testing.assert_array_equal(loaded(stream, refresh=policy).lookup(IDS, NEW), nearest_neighbours(NEW)[IDS])


@pytest.mark.parametrize("policy", ["epoch", "iteration"])
def test_a_table_of_some_words_gives_the_others_the_last_ones_list(policy):
    known = np.arange(len(OLD)) % 3 != 0
    words = np.flatnonzero(known)
    table = NeighbourTable(refresh=policy, first_word=0, drop_self="rank", known=known)
    found = table.lookup(IDS, OLD)
    assert known[found].all() and found.dtype == np.int32
    clipped = np.where(known[IDS], np.searchsorted(words, IDS), len(words) - 1)
    np.testing.assert_array_equal(found, words[nearest_neighbours(OLD[words], 10, 0, drop_self="rank")[clipped]])


def test_words_that_are_never_looked_up_are_neighbours_all_the_same():
    looked_up = np.isin(np.arange(len(OLD)), IDS)
    table = NeighbourTable(looked_up=looked_up)
    found = table.lookup(IDS, OLD)
    np.testing.assert_array_equal(found, nearest_neighbours(OLD)[IDS])
    assert not looked_up[found].all()
    np.testing.assert_array_equal(loaded(saved(table), looked_up=looked_up).lookup(IDS, NEW), found)


def test_too_few_words():
    with pytest.raises(UsageError, match="neighbours is 58"):
        NeighbourTable(k=58).lookup(IDS, OLD)
