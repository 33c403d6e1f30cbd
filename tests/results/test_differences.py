"""Student's t test of a difference: by scipy's tests, where those know the case."""

import numpy as np
import pytest
from scipy import stats

from results.differences import Spread
from results.seeds import SeedVariance


def test_without_documents_it_is_the_t_test_of_equal_variances():
    rng = np.random.default_rng(0)
    a, b = rng.normal(1, 2, 4), rng.normal(0, 2, 3)
    oracle = stats.ttest_ind(a, b)
    found = Spread.of(0.0, 1 / 4 + 1 / 3, SeedVariance.pooled([a, b])).around(a.mean() - b.mean())
    assert found.p == pytest.approx(oracle.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(oracle.confidence_interval(0.95)))


def test_without_seeds_it_is_the_paired_test_over_many_documents():
    rng = np.random.default_rng(1)
    a, b = rng.random((2, 4000)) < [[0.20], [0.22]]
    oracle = stats.ttest_rel(100.0 * a, 100.0 * b)
    found = Spread.of(stats.sem(100.0 * a - 100.0 * b) ** 2, 1.0, None).around(100 * (a.mean() - b.mean()))
    assert found.p == pytest.approx(oracle.pvalue, abs=1e-3)
    assert (found.low, found.high) == pytest.approx(tuple(oracle.confidence_interval(0.95)), rel=1e-3)


def test_both_parts_add_up_with_satterthwaites_degrees_of_freedom():
    """9 by documents, counted as exact, and 2 * 8 by seeds with 4 degrees of freedom: 25, with 4 * (25 / 16)^2."""
    spread = Spread.of(9.0, 2.0, SeedVariance(8.0, 4))
    assert (spread.variance, spread.degrees) == (25.0, pytest.approx(4 * (25 / 16) ** 2))
    assert spread.p(10.0) == pytest.approx(2 * stats.t.sf(2, spread.degrees))
    assert spread.half_width(0.99) == pytest.approx(5 * stats.t.ppf(0.995, spread.degrees))


def test_without_any_variance_only_equal_numbers_are_equal():
    spread = Spread.of(0.0, 2.0, None)
    assert spread.half_width() == 0 and spread.p(np.array([0.0, 1.0])).tolist() == [1, 0]


def test_an_interval_never_leaves_what_percentages_allow():
    found = Spread.of(float("inf"), 2.0, SeedVariance(8.0, 4)).around(50.0)
    assert (found.low, found.high, found.p) == (-100, 100, 1)
