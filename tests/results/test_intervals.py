"""Intervals agree with hand computation, with textbook formulas and with a plain resampling loop."""
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from interpretable_adv.evaluation import precision_recall_f_beta
from results.intervals import (
    SeedVariance,
    bootstrap_f05,
    f05,
    holm,
    paired_bootstrap_f05,
    sentence_counts,
    student_t,
    student_t_difference,
    wilson,
)


def test_student_t_of_three_seeds_by_hand():
    # mean 6, deviation 1, t(0.975, 2 degrees of freedom) = 4.302653: 6 +- 4.302653 / sqrt(3)
    low, high = student_t([5.0, 6.0, 7.0])
    assert low == pytest.approx(6 - 4.302653 / math.sqrt(3), abs=1e-6)
    assert high == pytest.approx(6 + 4.302653 / math.sqrt(3), abs=1e-6)


def test_student_t_of_equal_numbers_is_a_point():
    assert student_t([7.05, 7.05]) == (7.05, 7.05)


def test_student_t_never_leaves_the_percentages():
    assert student_t([0.5, 2.0])[0] == 0
    assert student_t([98.0, 99.9])[1] == 100


@given(st.integers(1, 500).flatmap(lambda documents: st.tuples(st.integers(0, documents), st.just(documents))))
def test_wilson_is_the_textbook_formula(counts):
    errors, documents = counts
    z, rate = 1.959963984540054, errors / documents
    centre = (rate + z ** 2 / (2 * documents)) / (1 + z ** 2 / documents)
    half = z / (1 + z ** 2 / documents) * math.sqrt(rate * (1 - rate) / documents + z ** 2 / (4 * documents ** 2))
    low, high = wilson(errors, documents)
    assert low == pytest.approx(100 * (centre - half), abs=1e-9)
    assert high == pytest.approx(100 * (centre + half), abs=1e-9)


def sentences(seed, number=80):
    rng = np.random.default_rng(seed)
    offsets = np.concatenate([[0], np.cumsum(rng.integers(0, 15, number))])
    labels = (rng.random(offsets[-1]) < 0.2).astype(np.int32)
    predictions = np.where(rng.random(len(labels)) < 0.7, labels, 1 - labels).astype(np.int32)
    return labels, predictions, offsets


def test_bootstrap_agrees_with_a_plain_loop_over_drawn_sentences():
    labels, predictions, offsets = sentences(1)
    rng, scores = np.random.default_rng(5), []
    for _ in range(3000):
        drawn = rng.integers(0, len(offsets) - 1, len(offsets) - 1)
        rows = np.concatenate([np.arange(offsets[index], offsets[index + 1]) for index in drawn])
        scores.append(precision_recall_f_beta(labels[rows], predictions[rows])[2])
    low, high = bootstrap_f05(labels, predictions, offsets)
    width = high - low
    assert low == pytest.approx(np.percentile(scores, 2.5), abs=0.08 * width)
    assert high == pytest.approx(np.percentile(scores, 97.5), abs=0.08 * width)


def test_bootstrap_draws_the_same_every_time():
    assert bootstrap_f05(*sentences(2)) == bootstrap_f05(*sentences(2))


def test_bootstrap_of_perfect_predictions_is_a_point():
    labels, _, offsets = sentences(3)
    assert bootstrap_f05(labels, labels, offsets) == (100, 100)


def test_bootstrap_of_one_sentence_says_nothing():
    assert bootstrap_f05([1, 0], [1, 0], [0, 2]) == (0, 100)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=40))
def test_f05_from_counts_is_f05_from_labels(pairs):
    labels, predictions = np.array(pairs).T
    counted = f05(np.sum(labels * predictions), predictions.sum(), labels.sum())
    assert counted == pytest.approx(precision_recall_f_beta(labels, predictions)[2], abs=1e-9)


def test_sentence_counts_by_hand():
    labels, predictions, offsets = [1, 0, 1, 1, 0], [[1, 1, 0, 1, 0], [0, 0, 0, 0, 1]], [0, 2, 2, 5]
    hits, predicted, actual = sentence_counts(labels, predictions, offsets)
    assert hits.tolist() == [[1, 0, 1], [0, 0, 0]]
    assert predicted.tolist() == [[2, 0, 1], [0, 0, 1]] and actual.tolist() == [1, 0, 2]


class TestPairedBootstrap:
    """Two systems on the same sentences."""

    def test_equal_predictions_are_not_different(self):
        labels, predictions, offsets = sentences(4)
        found = paired_bootstrap_f05(labels, predictions, predictions, offsets)
        assert (found.difference, found.low, found.high, found.p) == (0, 0, 0, 1)

    def test_equal_seeds_of_equal_systems_are_not_different(self):
        labels, predictions, offsets = sentences(4)
        assert paired_bootstrap_f05(labels, [predictions] * 3, [predictions] * 2, offsets).p == 1

    def test_two_sentences_by_hand(self):
        """A finds the error of sentence 1 and misses that of sentence 2, B finds none: a draw has sentence 1 twice (F0.5 of A
        100), once (P = 1, R = 1/2: 1.25 / 2 / 0.75 = 83.33) or never (0), with probabilities 1/4, 1/2, 1/4: mean 66.67 and
        standard deviation 39.09, so that 83.33 is 2.13 of them from 0, and with 1.96 of them to either side cut at 100.
        """
        found = paired_bootstrap_f05([1, 0, 1], [1, 0, 0], [0, 0, 0], [0, 2, 3], resamples=20000)
        once = 100 * 1.25 / 2 / 0.75
        deviation = np.std([100, once, once, 0])
        assert found.difference == pytest.approx(once)
        assert found.low == pytest.approx(once - 1.96 * deviation, abs=1) and found.high == 100
        assert found.p == pytest.approx(2 * stats.norm.sf(once / deviation), abs=0.003)

    def test_the_sign_follows_the_order_and_p_does_not(self):
        labels, a, offsets = sentences(5)
        b = np.where(np.random.default_rng(0).random(len(a)) < 0.1, labels, a)
        one, other = paired_bootstrap_f05(labels, a, b, offsets), paired_bootstrap_f05(labels, b, a, offsets)
        assert one.difference == -other.difference < 0 and one.p == other.p
        assert (one.low, one.high) == pytest.approx((-other.high, -other.low))

    def test_it_agrees_with_a_plain_loop_over_drawn_sentences(self):
        labels, first, offsets = sentences(6)
        rng = np.random.default_rng(7)
        a = [np.where(rng.random(len(labels)) < share, labels, first) for share in (0.02, 0.06, 0.1)]
        b = [np.where(rng.random(len(labels)) < 0.05, 1 - first, first) for _ in range(2)]

        def difference(rows):
            means = [np.mean([precision_recall_f_beta(labels[rows], one[rows])[2] for one in both]) for both in (a, b)]
            return means[0] - means[1]

        measured, drawn = difference(np.arange(len(labels))), []
        for _ in range(1500):
            picks = rng.integers(0, len(offsets) - 1, len(offsets) - 1)
            drawn.append(difference(np.concatenate([np.arange(offsets[index], offsets[index + 1]) for index in picks])))
        alone = paired_bootstrap_f05(labels, a, b, offsets, SeedVariance(0.0, 1))
        assert alone.difference == pytest.approx(measured)
        assert (alone.high - alone.low) / 2 == pytest.approx(1.96 * np.std(drawn), rel=0.1)
        assert (alone.high + alone.low) / 2 == pytest.approx(measured)
        assert alone.p == pytest.approx(2 * stats.norm.sf(measured / np.std(drawn)), abs=0.03)

    def test_on_many_sentences_it_is_the_t_test_of_the_seeds(self):
        """On thousands of sentences, where drawing them does almost nothing: that of equal variances, from these seeds."""
        rng = np.random.default_rng(10)
        labels, offsets = np.ones(20000, int), np.arange(20001)
        a, b = ([(rng.random(20000) < share).astype(int) for share in shares] for shares in ((0.2, 0.4, 0.6, 0.8), (0.3, 0.9)))
        values = [[precision_recall_f_beta(labels, one)[2] for one in both] for both in (a, b)]
        oracle = stats.ttest_ind(*values)
        found = paired_bootstrap_f05(labels, a, b, offsets, resamples=200)
        assert found.p == pytest.approx(oracle.pvalue, abs=0.001)
        assert (found.low, found.high) == pytest.approx(tuple(oracle.confidence_interval(0.95)), rel=0.01)

    def test_a_known_variance_of_seeds_counts_for_single_runs_too(self):
        labels, a, offsets = sentences(3)
        narrow = paired_bootstrap_f05(labels, a, labels, offsets)
        wide = paired_bootstrap_f05(labels, a, labels, offsets, SeedVariance(9.0, 10 ** 6))
        expected = (2 * (1.96 * 3) ** 2 + (narrow.high - narrow.difference) ** 2) ** 0.5
        assert wide.high - wide.difference == pytest.approx(expected, rel=0.001)

    def test_a_system_that_is_better_everywhere_is_significant_and_chance_is_not(self):
        labels, poor, offsets = sentences(8, number=400)
        better = paired_bootstrap_f05(labels, labels, poor, offsets)
        assert better.p < 1e-6 and better.low > 0
        rng, shares = np.random.default_rng(9), []
        for _ in range(40):  # two systems that err with the same probability
            pair = [np.where(rng.random(len(labels)) < 0.7, labels, 1 - labels) for _ in range(2)]
            shares.append(paired_bootstrap_f05(labels, *pair, offsets, resamples=200).p < 0.05)
        assert np.mean(shares) <= 0.15

    def test_one_sentence_says_nothing_and_draws_are_the_same_every_time(self):
        found = paired_bootstrap_f05([1, 0], [1, 0], [0, 0], [0, 2])
        assert (found.difference, found.low, found.high, found.p) == (100, -100, 100, 1)
        labels, a, offsets = sentences(3)
        assert paired_bootstrap_f05(labels, a, labels, offsets) == paired_bootstrap_f05(labels, a, labels, offsets)


class TestSeeds:
    """The part of a difference that comes from seeds."""

    def test_pooled_by_hand(self):
        """Sums of squares 2 + 0 + 8 around means 1, 5 and 4, with 2 + 0 + 1 degrees of freedom."""
        assert SeedVariance.pooled([[0, 1, 2], [5], [2, 6]]) == SeedVariance(10 / 3, 3)
        assert SeedVariance.pooled([[1], [2]]) is None

    @pytest.mark.parametrize("number", [2, 3, 5])
    def test_eight_rows_that_are_equal_rarely_seem_to_differ_by_so_few_seeds(self, number):
        """Runs with a standard deviation of 1.2, by which a test set shifts each row by 0.4: p < 0.05 for 5 % of all pairs,
        and after Holm's correction for any pair of at most 5 % of tables.
        """
        rng, pairs, tables = np.random.default_rng(number), list(itertools.combinations(range(8), 2)), 2000
        p = np.empty((tables, len(pairs)))
        for table in range(tables):
            values = rng.normal(0, 1.2, (8, number)) + rng.normal(0, 0.4, (8, 1))
            seeds, means = SeedVariance.pooled(values), values.mean(axis=1)
            differences = np.array([means[one] - means[other] for one, other in pairs])
            p[table] = student_t_difference(differences, 0.4 * 2 ** 0.5, (number, number), seeds)[1]
        assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.012)
        assert np.mean([holm(one).min() < 0.05 for one in p]) < 0.05 + 3 * (0.05 * 0.95 / tables) ** 0.5

    def test_without_any_variance_only_equal_means_are_equal(self):
        margin, p = student_t_difference(np.array([0.0, 1.0]), 0.0, (1, 1), None)
        assert margin == 0 and p.tolist() == [1, 0]


def test_holm_by_hand():
    """Sorted 0.01, 0.02, 0.03, 0.6 times 4, 3, 2, 1: 0.04, 0.06, 0.06 and 0.6; the third may not be below the second."""
    assert holm([0.03, 0.01, 0.6, 0.02]) == pytest.approx([0.06, 0.04, 0.6, 0.06])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(p_values):
    adjusted = holm(p_values)
    bonferroni = np.minimum(np.array(p_values) * len(p_values), 1)
    assert (adjusted >= np.array(p_values)).all() and (adjusted <= bonferroni + 1e-12).all()
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()
