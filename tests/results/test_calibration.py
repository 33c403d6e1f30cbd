"""How often intervals and verdicts are wrong, by simulated seeds and test sets: not more often than they say.

Bounds allow for chance in the simulation: a share that is truly 0.05 exceeds them in one of a thousand seeds.
"""

import itertools

import numpy as np
import pytest
from scipy import stats

from results.differences import Spread
from results.intervals import holm
from results.sampling import Sample
from results.seeds import SeedVariance
from results.verdicts import NOT_COMPATIBLE, judge

ROWS, LEVEL = 8, 0.05
PAIRS = list(itertools.combinations(range(ROWS), 2))


def most(trials, share=LEVEL):
    """The largest count that a true share gives but in one of a thousand cases, as a share."""
    return stats.binom.ppf(0.999, trials, share) / trials


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_perfect_reproductions_are_rarely_called_not_compatible(seeds):
    """Tables whose published numbers are runs like ours, of true means of their own."""
    rng, tables, inside, wrong = np.random.default_rng(seeds), 2500, 0, 0
    for _ in range(tables):
        true = rng.normal(40, 3, ROWS)
        ours, published = true + rng.normal(0, 1.03, (seeds, ROWS)), true + rng.normal(0, 1.03, ROWS)
        differences = ours.mean(axis=0) - published
        found = judge(differences, [seeds] * ROWS, [3.0] * ROWS, SeedVariance.pooled(ours.T))
        inside += (np.abs(differences) < found.alone).sum()
        wrong += NOT_COMPATIBLE in found.words
    assert 0.93 < inside / (tables * ROWS) < 0.97
    assert wrong / tables <= most(tables)


@pytest.mark.parametrize("seeds", [2, 5])
def test_a_published_number_on_another_test_sample_is_covered(seeds):
    """Error rates of the same methods on our 400 and on another 300 documents, all drawn anew."""
    rng, tables, inside, wrong = np.random.default_rng(10 + seeds), 600, 0, 0
    for _ in range(tables):
        methods = np.repeat(np.arange(4), seeds)
        shift = rng.normal(0, 0.06, 4 * seeds + 4)  # of each run, in standard deviations of a document
        ours = errors(rng, 400, 0.9 + shift[: 4 * seeds], methods)
        published = errors(rng, 300, 0.9 + shift[4 * seeds :], np.arange(4)).mean(axis=1) * 100
        sample = Sample.of_errors(methods, ours)
        values = [sample.values[methods == one] for one in range(4)]
        differences = [group.mean() - number for group, number in zip(values, published, strict=True)]
        sampling = [
            sample.variance({one: 1}) + sample.variance_of_single_runs({one: 1}) * 400 / 300 for one in range(4)
        ]
        found = judge(differences, [seeds] * 4, [1.0] * 4, SeedVariance.pooled(values), sampling)
        inside += (np.abs(differences) < found.alone).sum()
        wrong += NOT_COMPATIBLE in found.words
    assert 0.93 < inside / (tables * 4) < 0.985
    assert wrong / tables <= most(tables)


def errors(rng, documents, ease, methods):
    """Wrong or not, bool (runs, documents), of runs of equally good methods.

    A document is hard for all, harder for some methods, and another seed errs anew.
    """
    hard = rng.normal(0, 0.8, documents)
    by_method = rng.normal(0, 0.35, (methods.max() + 1, documents))
    noise = rng.normal(0, 0.5, (len(methods), documents))
    return hard + by_method[methods] + noise > np.asarray(ease)[:, None]


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_equally_good_methods_rarely_seem_to_differ_in_error_rate(seeds):
    """Pairs at 5 %, and any false ordering of a table after Holm's correction in at most 5 % of tables."""
    rng, tables, methods = np.random.default_rng(20 + seeds), 600, np.repeat(np.arange(ROWS), seeds)
    p = np.empty((tables, len(PAIRS)))
    for table in range(tables):
        sample = Sample.of_errors(methods, errors(rng, 400, rng.normal(0.9, 0.06, len(methods)), methods))
        variance = SeedVariance.pooled(sample.values.reshape(ROWS, seeds))
        for place, (one, other) in enumerate(PAIRS):
            weights = {one: 1, other: -1}
            p[table, place] = Spread.of(sample.variance(weights), 2 / seeds, variance).p(sample.value(weights))
    # Pairs of a table go together; 0.05 of independent tables is the stricter bound.
    assert (p[:, 0] < LEVEL).mean() <= most(tables) and (p < LEVEL).mean() <= LEVEL
    assert np.mean([holm(one).min() < LEVEL for one in p]) <= most(tables)


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_equal_rows_of_error_detection_rarely_seem_to_differ(seeds):
    """Runs with a standard deviation of 1.2, by which a test set shifts each row by 0.4, as F0.5 on FCE."""
    rng, tables = np.random.default_rng(30 + seeds), 2000
    p = np.empty((tables, len(PAIRS)))
    for table in range(tables):
        values = rng.normal(0, 1.2, (ROWS, seeds)) + rng.normal(0, 0.4, (ROWS, 1))
        means, spread = values.mean(axis=1), Spread.of(2 * 0.4**2, 2 / seeds, SeedVariance.pooled(values))
        p[table] = spread.p(np.array([means[one] - means[other] for one, other in PAIRS]))
    assert np.mean(p < LEVEL) == pytest.approx(LEVEL, abs=0.012)
    assert np.mean([holm(one).min() < LEVEL for one in p]) <= most(tables)
