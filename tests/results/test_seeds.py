"""The variance between seeds is the textbook's, and so is what is known of it."""

import numpy as np
import pytest
from scipy import stats

from results.seeds import SeedVariance


def test_pooled_by_hand():
    """Sums of squares 2 + 0 + 8 around means 1, 5 and 4, with 2 + 0 + 1 degrees of freedom."""
    assert SeedVariance.pooled([[0, 1, 2], [5], [2, 6]]) == SeedVariance(10 / 3, 3)
    assert SeedVariance.pooled([[1], [2]]) is None and SeedVariance.pooled([]) is None


def test_pooled_is_the_error_mean_square_of_an_analysis_of_variance():
    """Oracle: scipy's F test, whose F is the mean square between groups over that within."""
    rng = np.random.default_rng(0)
    groups = [rng.normal(place, 2, 4) for place in (0, 1, 5)]
    between = 4 * np.var([group.mean() for group in groups], ddof=1)
    assert between / SeedVariance.pooled(groups).variance == pytest.approx(stats.f_oneway(*groups).statistic)


def test_interval_of_the_deviation_by_hand():
    """Chi-square with 16 degrees of freedom: 6.9077 and 28.8454; s = 1.03 lies between 0.77 and 1.57."""
    low, high = SeedVariance(1.03**2, 16).deviation_interval()
    assert low == pytest.approx(1.03 * (16 / 28.8454) ** 0.5, rel=1e-5)
    assert high == pytest.approx(1.03 * (16 / 6.9077) ** 0.5, rel=1e-5)


def test_interval_of_a_mean_is_students_and_stays_within_the_percentages():
    values = [5.0, 6.0, 7.0]
    oracle = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert SeedVariance.pooled([values]).interval_of_mean(6.0, 3) == pytest.approx((oracle.low, oracle.high))
    assert (
        SeedVariance(4.0, 1).interval_of_mean(99.0, 2)[1] == 100
        and SeedVariance(4.0, 1).interval_of_mean(1.0, 2)[0] == 0
    )
