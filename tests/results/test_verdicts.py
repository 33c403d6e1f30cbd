"""A verdict is the prediction interval's of one run, corrected for the number of rows."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from results.seeds import SeedVariance
from results.verdicts import CANNOT_TELL, COMPATIBLE, NOT_COMPATIBLE, judge, published_gains


def test_one_row_is_the_t_test_of_a_sample_against_a_single_number():
    """Oracle: scipy's t test of equal variances, one side of which has a single number."""
    ours, published = [41.0, 39.5, 40.1], 42.3
    oracle = stats.ttest_ind(ours, [published], equal_var=True)
    found = judge([np.mean(ours) - published], [3], [10.0], SeedVariance.pooled([ours]))
    low, high = oracle.confidence_interval(0.95)
    assert found.p[0] == found.p_holm[0] == pytest.approx(oracle.pvalue)
    assert found.alone[0] == found.together[0] == pytest.approx((high - low) / 2)


def test_several_rows_are_a_regression_with_one_published_run_each():
    """Oracle: least squares with a mean for each row's runs, another for its published number, one variance."""
    rng = np.random.default_rng(2)
    ours = [rng.normal(40, 1, number) for number in (3, 2, 4)]
    published = rng.normal(40, 1, 3)
    response = np.concatenate([*ours, published])
    row = np.concatenate([np.repeat(np.arange(3), [3, 2, 4]), np.arange(3)])
    theirs = np.arange(len(response)) >= 9
    design = np.column_stack([*(row == one for one in range(3)), *((row == one) & theirs for one in range(3))]).astype(
        float
    )
    effects, (residual,), *_ = *np.linalg.lstsq(design[:9, :3], response[:9], rcond=None)[:2], None
    inverse = np.linalg.inv(design.T @ design)
    deviations = np.sqrt(residual / 6 * np.diag(inverse)[3:])
    differences = effects - published
    found = judge(differences, [3, 2, 4], [10.0] * 3, SeedVariance.pooled(ours))
    assert found.p == pytest.approx(2 * stats.t.sf(np.abs(differences) / deviations, 6))
    assert found.alone == pytest.approx(stats.t.ppf(0.975, 6) * deviations)


def test_the_numbers_of_three_seeds_by_hand():
    """s = 1 with 16 degrees of freedom, three seeds: t(0.975) = 2.1199 times sqrt(4/3) alone; of eight rows, none of
    which is outside, t(1 - 0.025 / 8) = 3.1429.
    """
    found = judge([-2.55] + [0.0] * 7, [3] * 8, [3.0] * 8, SeedVariance(1.0, 16))
    assert found.alone == pytest.approx([2.4479] * 8, abs=1e-3)
    assert found.together == pytest.approx([stats.t.ppf(1 - 0.025 / 8, 16) * (4 / 3) ** 0.5] * 8)
    assert found.p[0] < 0.05 < found.p_holm[0] and set(found.words) == {CANNOT_TELL}


def test_words():
    seeds = SeedVariance(0.01, 20)
    found = judge([0.0, 0.1, 5.0, 0.1], [3] * 4, [1.0, 0.2, 1.0, 0.9], seeds)
    assert found.words == (COMPATIBLE, CANNOT_TELL, NOT_COMPATIBLE, COMPATIBLE)
    assert judge([5.0], [1], [1.0], None).words == (CANNOT_TELL,)
    assert np.isnan(judge([5.0], [1], [1.0], None).together).all() and judge([], [], [], None).words == ()


@given(st.lists(st.floats(-8, 8), min_size=1, max_size=12), st.integers(1, 5))
def test_the_interval_and_the_corrected_p_always_agree(differences, number):
    found = judge(differences, [number] * len(differences), [0.0] * len(differences), SeedVariance(1.0, 10))
    for difference, half, p, word in zip(differences, found.together, found.p_holm, found.words, strict=True):
        assert (word == NOT_COMPATIBLE) == (p < 0.05)
        if abs(abs(difference) - half) > 1e-6:
            assert (word == NOT_COMPATIBLE) == (abs(difference) > half)


def test_another_test_set_makes_the_interval_wider():
    seeds = SeedVariance(1.0, 10**9)
    found = judge([0.0, 0.0], [4, 4], [9.0] * 2, seeds, [0.0, 3.75])
    assert found.alone == pytest.approx(1.959964 * np.sqrt([1.25, 5.0]), rel=1e-5)


def test_gains():
    published = {name: Decimal(number) for name, number in (("baseline", "7.05"), ("advt", "6.12"), ("worse", "7.10"))}
    assert published_gains(published, "baseline") == pytest.approx({"baseline": 0.93, "advt": 0.93, "worse": 0.05})
    assert published_gains({"advt": Decimal(1)}, "baseline") == {}
