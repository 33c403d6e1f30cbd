"""Batches hold the documents they name; an epoch is one permutation, also across a resume."""

import numpy as np
import pytest
from hypothesis import given, strategies

from data_prep.corpus import Split
from iadv_foundation.arithmetic.random import generator
from iadv_foundation.training import snapshot
from interpretable_adv.documents import Documents
from interpretable_adv.training.order import PermutationIterator


def split_of(lengths, per_token, first=0):
    ids = np.arange(first, first + sum(lengths), dtype=np.int32)
    labels = ids % 2 if per_token else np.arange(len(lengths), dtype=np.int32)
    return Split(ids, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), labels, per_token)


@given(strategies.lists(strategies.integers(1, 6), min_size=1, max_size=6), strategies.booleans(), strategies.randoms())
def test_a_batch_holds_its_documents_and_their_labels(lengths, per_token, random):
    documents = Documents([split_of(lengths, per_token)], per_token)
    indices = random.sample(range(len(lengths)), random.randint(1, len(lengths)))
    batch = documents.batch(indices)
    given_order = np.concatenate([documents.splits[0][index][0] for index in indices])
    np.testing.assert_array_equal(batch.layout.unpack(batch.ids), given_order)
    if per_token:
        np.testing.assert_array_equal(batch.labels, batch.ids % 2)
    else:
        np.testing.assert_array_equal(batch.labels, np.array(indices)[batch.layout.order])


def test_documents_of_several_splits_are_numbered_in_a_row():
    documents = Documents([split_of([2, 1], False), split_of([3], False, first=3)], False)
    assert len(documents) == 3
    np.testing.assert_array_equal(documents.batch([2]).ids, [3, 4, 5])
    np.testing.assert_array_equal(documents.batch([1]).ids, [2])


def test_documents_have_labels_only_where_all_splits_do():
    labelled, unlabelled = split_of([2, 1], False), split_of([3], False)
    unlabelled.labels = None
    assert Documents([labelled, unlabelled], False).batch([0]).labels is None


@given(strategies.lists(strategies.integers(1, 9), min_size=1, max_size=30), strategies.integers(1, 40))
def test_batches_by_length_hold_every_document_once(lengths, words):
    documents = Documents([split_of(lengths, False)], False)
    made = [indices for indices, _ in documents.batches_by_length(words)]
    seen = np.concatenate(made)
    assert sorted(seen) == list(range(len(lengths)))
    assert seen.tolist() == sorted(seen, key=lambda index: (-lengths[index], index))
    sizes = [documents.lengths[indices].sum() for indices in made]
    assert max(sizes) < words + max(lengths) and len(sizes) <= sum(lengths) // words + 1


@given(
    strategies.lists(strategies.integers(1, 9), min_size=1, max_size=20),
    strategies.integers(1, 8),
    strategies.integers(1, 4),
)
def test_an_epoch_is_a_permutation_and_epochs_differ(lengths, batch_size, length_window):
    count = len(lengths)
    iterator = PermutationIterator(np.array(lengths), batch_size, seed=3, purpose="test", length_window=length_window)
    epochs = []
    for _ in range(2):
        seen = []
        while True:
            before = iterator.epoch_detail
            seen.extend(next(iterator))
            assert abs(iterator.previous_epoch_detail - before) < 1e-9
            if iterator.is_new_epoch:
                break
        assert sorted(seen) == list(range(count))
        epochs.append(seen)
    assert iterator.epoch == 2 and (length_window > 1 or count < 8 or epochs[0] != epochs[1])


def test_a_length_window_makes_batches_of_like_lengths_and_no_two_epochs_alike():
    lengths = np.random.default_rng(0).integers(1, 1000, size=130)
    spread, batches = {}, {}
    for window in (1, 4, 100):
        iterator = PermutationIterator(lengths, 10, seed=0, purpose="test", length_window=window)
        batches[window] = [frozenset(next(iterator)) for _ in range(26)]
        spread[window] = np.mean([np.ptp(lengths[list(batch)]) for batch in batches[window]])
    assert spread[100] < spread[4] / 2 < spread[1] / 4
    assert len(set(batches[4])) == 26  # two epochs share no batch
    longest = [max(lengths[list(batch)]) for batch in batches[100][:13]]
    assert longest != sorted(longest) and longest != sorted(longest, reverse=True)  # nor do long ones come first


def test_in_a_length_window_equal_lengths_stay_as_drawn_and_the_shortest_are_left_over():
    lengths = np.random.default_rng(2).integers(1, 4, 1000)
    iterator = PermutationIterator(lengths, 500, seed=0, purpose="test", length_window=2)
    drawn = sorted(generator(0, "test", 0).permutation(1000).tolist(), key=lambda index: -lengths[index])
    assert sorted(next(iterator).tolist() for _ in range(2)) == sorted([drawn[:500], drawn[500:]])
    lengths = np.random.default_rng(1).permutation(23)
    iterator = PermutationIterator(lengths, 5, seed=0, purpose="test", length_window=9)
    *_, last = [next(iterator) for _ in range(5)]
    assert sorted(lengths[last]) == [0, 1, 2]


@pytest.mark.parametrize("updates", [0, 3, 4, 5])
def test_a_resumed_iterator_goes_on_where_it_was(updates):
    straight, stopped, resumed = (PermutationIterator(np.arange(10), 3, seed=0, purpose="test") for _ in range(3))
    for iterator in (straight, stopped):
        for _ in range(updates):
            next(iterator)
    snapshot.deserialize(snapshot.serialize(stopped), resumed)
    for _ in range(6):
        for iterator in (stopped, resumed):
            assert (iterator.epoch, iterator.position, iterator.is_new_epoch) == (
                straight.epoch,
                straight.position,
                straight.is_new_epoch,
            )
        expected = next(straight)
        np.testing.assert_array_equal(next(stopped), expected)
        np.testing.assert_array_equal(next(resumed), expected)


def test_without_a_length_window_an_epoch_is_the_permutation_as_drawn():
    iterator = PermutationIterator(np.arange(10), 4, seed=1, purpose="test")
    assert iterator.is_new_epoch is False
    for epoch in range(2):
        np.testing.assert_array_equal(
            np.concatenate([next(iterator) for _ in range(3)]), generator(1, "test", epoch).permutation(10)
        )


@pytest.mark.parametrize("max_words", [0, 4, 5, 6])
@pytest.mark.parametrize("per_token", [False, True])
def test_a_long_document_is_cut_to_its_first_words_and_its_last_one(max_words, per_token):
    documents = Documents([split_of([5, 7, 2], per_token)], per_token, max_words)
    words = [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9, 10, 11], [12, 13]]
    if max_words and not per_token:
        words = [each if len(each) <= max_words else [*each[: max_words - 1], each[-1]] for each in words]
    assert documents.lengths.tolist() == [len(each) for each in words]
    batch = documents.batch([0, 1, 2])
    np.testing.assert_array_equal(batch.layout.unpack(batch.ids), np.concatenate(words))
    expected = np.repeat(np.arange(3), [len(each) for each in words])
    np.testing.assert_array_equal(batch.layout.order[batch.layout.unpack(batch.sentence)], expected)
    assert batch.ids.dtype == batch.labels.dtype == np.int32


def test_which_words_occur():
    occurs = Documents([split_of([2, 1], False), split_of([3], False, first=5)], False).occurring(10)
    assert occurs.dtype == bool and np.flatnonzero(occurs).tolist() == [0, 1, 2, 5, 6, 7]
