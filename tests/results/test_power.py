"""How many seeds a gap needs: against scipy's noncentral t and against simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from results.power import Design
from results.seeds import SeedVariance

SEEDS = SeedVariance(1.0, 16)


def test_power_is_that_of_the_noncentral_t():
    """Oracle: scipy's noncentral t, within the range where that is exact."""
    design = Design(8, SEEDS, 0.0, 0.0)
    for gap, number, level in ((1.0, 2, 0.05), (2.0, 3, 0.05), (2.0, 5, 0.05 / 28)):
        degrees, shift = 8 * (number - 1), gap / math.sqrt(2 / number)
        bound = stats.t.ppf(1 - level / 2, degrees)
        oracle = stats.nct.sf(bound, degrees, shift) + stats.nct.cdf(-bound, degrees, shift)
        assert design.power(gap, number, level) == pytest.approx(oracle, abs=2e-3)
    # Documents add 1 + 2 * 0.5 / 2 to the 2 / 2 of seeds, and Satterthwaite's degrees of freedom.
    degrees, shift = 8 * 2.5**2, 3 / math.sqrt(2.5)
    bound = stats.t.ppf(0.975, degrees)
    assert Design(8, SEEDS, 1.0, 0.5).power(3.0, 2, 0.05) == pytest.approx(
        stats.nct.sf(bound, degrees, shift), abs=2e-3
    )
    assert design.power(0.0, 4, 0.05) == pytest.approx(0.05, abs=2e-3)
    assert design.power(60.0, 2, 0.05) == pytest.approx(1)


def test_the_number_of_seeds_is_the_least_that_a_simulation_finds_enough():
    rng, design, gap = np.random.default_rng(0), Design(4, SEEDS, 0.0, 0.0), 1.5
    number = design.seeds_needed(gap)
    found = {}
    for seeds in (number - 1, number):
        values = rng.normal(0, 1, (4000, 4, seeds))
        pooled = values.var(axis=2, ddof=1).mean(axis=1)
        difference = values[:, 0].mean(axis=1) + gap - values[:, 1].mean(axis=1)
        t = difference / np.sqrt(2 * pooled / seeds)
        found[seeds] = np.mean(np.abs(t) > stats.t.ppf(0.975, 4 * (seeds - 1)))
    assert found[number - 1] < 0.8 + 0.02 and found[number] > 0.8 - 0.02


def test_a_test_set_that_is_too_small_is_never_enough():
    """With a lasting deviation of 0.5 the gap must be 0.5 * (1.95996 + 0.84162) = 1.4008."""
    design = Design(8, SEEDS, 0.25, 0.1)
    assert design.seeds_needed(1.39) is None and design.seeds_needed(1.45) > 20
    assert design.seeds_needed(1.45, 0.05 / 28) is None
    assert design.seeds_needed(3.0) <= design.seeds_needed(3.0, 0.05 / 28)
    assert Design(8, SEEDS, 0.0, 0.0).seeds_needed(0.0) is None


def test_the_smallest_gap_has_a_power_of_80_percent():
    design = Design(8, SEEDS, 0.1, 0.2)
    for number, level in ((2, 0.05), (3, 0.05 / 28)):
        gap = design.smallest_gap(number, level)
        assert design.power(gap, number, level) == pytest.approx(0.8, abs=0.01)
        assert design.seeds_needed(gap + 0.01, level) == number
