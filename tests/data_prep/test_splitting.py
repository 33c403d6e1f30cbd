"""Splits have the sizes that were asked for, keep groups whole, and depend on the seed alone."""

import collections

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_prep.splitting import split_exactly, split_groups, split_off_a_tenth


@given(st.lists(st.integers(0, 20), min_size=1, max_size=4), st.integers(0, 5))
def test_exact_sizes(sizes, seed):
    sizes = {f"split {index}": size for index, size in enumerate(sizes)}
    splits = split_exactly(sum(sizes.values()), sizes, seed, "test")
    assert collections.Counter(splits) == collections.Counter(sizes)
    assert splits == split_exactly(sum(sizes.values()), sizes, seed, "test")


def test_seeds_differ():
    sizes = {"train": 80, "test": 20}
    assert split_exactly(100, sizes, 0, "test") != split_exactly(100, sizes, 1, "test")


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 9), min_size=1), st.integers(0, 40), st.integers(0, 40))
def test_groups_fill_the_splits_in_turn(weights, test_size, dev_size):
    assigned = split_groups(weights, {"test": test_size, "dev": dev_size}, "train", 0, "test")
    assert assigned.keys() == weights.keys()
    found = collections.Counter()
    for group, split in assigned.items():
        found[split] += weights[group]
    heaviest = max(weights.values())
    assert found["test"] < test_size + heaviest and found["dev"] < dev_size + heaviest
    if found["train"]:
        assert found["test"] >= test_size and found["dev"] >= dev_size
    assert assigned == split_groups(
        dict(reversed(weights.items())), {"test": test_size, "dev": dev_size}, "train", 0, "test"
    )


@pytest.mark.parametrize("number, dev", [(25000, 2500), (560000, 56000), (2000, 200), (14, 1), (15, 2), (3, 0)])
def test_a_tenth_is_for_development(number, dev):
    splits = split_off_a_tenth(number, 0, "test")
    assert (len(splits), splits.count("dev"), splits.count("train")) == (number, dev, number - dev)
