"""Intervals agree with hand computation, with textbook formulas and with a plain resampling loop."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpretable_adv.evaluation import precision_recall_f_beta
from results.intervals import bootstrap_f05, f05, holm, sentence_counts, student_t, wilson


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
    centre = (rate + z**2 / (2 * documents)) / (1 + z**2 / documents)
    half = z / (1 + z**2 / documents) * math.sqrt(rate * (1 - rate) / documents + z**2 / (4 * documents**2))
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


def test_holm_by_hand():
    """Sorted 0.01, 0.02, 0.03, 0.6 times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.6; the third may not go below the second."""
    assert holm([0.03, 0.01, 0.6, 0.02]) == pytest.approx([0.06, 0.04, 0.6, 0.06])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(p_values):
    adjusted = holm(p_values)
    bonferroni = np.minimum(np.array(p_values) * len(p_values), 1)
    assert (adjusted >= np.array(p_values)).all() and (adjusted <= bonferroni + 1e-12).all()
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()
