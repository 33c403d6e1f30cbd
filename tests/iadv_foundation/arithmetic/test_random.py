"""Proves that draws depend on (seed, purpose, counters) alone, differ where those differ,
and that dropout keeps the mean.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iadv_foundation.arithmetic.random import dropout_mask, generator

ROOT = Path(__file__).resolve().parents[3]
COUNTERS = st.lists(st.integers(0, 99), max_size=3)
NAMES = st.tuples(st.integers(0, 10**6), st.sampled_from(["dropout", "shuffle", "dropout 1"]), COUNTERS)


def numbers(seed, purpose, *counters):
    return generator(seed, purpose, *counters).integers(0, 1 << 62, 4).tolist()


@given(NAMES, NAMES)
def test_equal_names_draw_equal_numbers_and_others_do_not(first, second):
    def draw(name):
        seed, purpose, counters = name
        return numbers(seed, purpose, *counters)

    assert (draw(first) == draw(second)) == (first == second)


def test_names_that_look_alike_are_told_apart():
    names = [(1, "a", 1, 2), (1, "a", 12), (11, "a", 2), (1, "a 1", 2), (1, "a", 1), (1, "a"), (1, "a1")]
    assert len({tuple(numbers(*name)) for name in names}) == len(names)


def test_numpy_integers_name_the_same_as_plain_ones():
    assert numbers(np.int64(3), "x", np.int32(7)) == numbers(3, "x", 7)


def test_order_and_number_of_other_draws_do_not_matter():
    alone = numbers(5, "shuffle", 3)
    for counter in range(3):
        numbers(5, "shuffle", counter)
    generator(5, "shuffle", 3).random(1000)
    assert numbers(5, "shuffle", 3) == alone


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_another_process_draws_the_same(hash_seed):
    code = (
        "from iadv_foundation.arithmetic.random import generator; "
        "print(generator(7, 'dropout embedding', 2, 3).integers(0, 1 << 62, 4).tolist())"
    )
    environment = {"PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=environment, check=False
    )
    assert done.stdout.strip() == str(numbers(7, "dropout embedding", 2, 3)), done.stderr


def test_streams_of_neighbouring_counters_are_uncorrelated():
    draws = np.stack([generator(0, "noise", update).standard_normal(4000) for update in range(40)])
    correlation = np.corrcoef(draws) - np.eye(40)
    assert np.abs(correlation).max() < 5 / np.sqrt(4000)
    assert abs(draws.mean()) < 5 / np.sqrt(draws.size)
    assert abs(draws.std() - 1) < 5 / np.sqrt(2 * draws.size)


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dropout_mask_drops_the_ratio_and_keeps_the_mean(ratio, dtype):
    mask = dropout_mask(generator(0, "dropout"), (200, 500), ratio, dtype)
    assert mask.dtype == dtype and mask.shape == (200, 500)
    assert set(np.unique(mask)) == {dtype(0), dtype(1 / (1 - ratio))}
    deviation = 5 * np.sqrt(ratio * (1 - ratio) / mask.size)
    assert abs((mask == 0).mean() - ratio) < deviation
    assert abs(mask.mean() - 1) < deviation / (1 - ratio)


def test_without_dropout_there_is_no_mask():
    assert dropout_mask(generator(0, "dropout"), (2, 3), 0.0) is None
