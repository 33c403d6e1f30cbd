"""How numbers change with the test documents: by plain formulas for error rates, by a plain loop for F0.5."""

import math

import numpy as np
import pytest
from scipy import stats

from interpretable_adv.evaluation import precision_recall_f_beta
from results.sampling import Sample
from tests.results.test_intervals import sentences


def test_the_difference_of_two_error_rates_has_the_variance_of_its_mean_over_documents():
    rng = np.random.default_rng(0)
    wrong = rng.random((5, 300)) < np.array([[0.2]] * 3 + [[0.3]] * 2)
    sample = Sample.of_errors(["a"] * 3 + ["b"] * 2, wrong)
    difference = 100 * (wrong[:3].mean(axis=0) - wrong[3:].mean(axis=0))
    weights = {"a": 1, "b": -1}
    assert sample.value(weights) == pytest.approx(difference.mean())
    assert math.sqrt(sample.variance(weights)) == pytest.approx(stats.sem(difference))
    assert sample.documents == 300 and "a" in sample and "c" not in sample


def test_one_error_rate_has_the_binomial_variance():
    wrong = np.arange(200)[None] < 30
    sample = Sample.of_errors(["a"], wrong)
    assert sample.variance({"a": 1}) == pytest.approx(100**2 * 0.15 * 0.85 / 199)
    assert sample.variance_of_single_runs({"a": 1}) == sample.variance({"a": 1})  # one run is one run
    assert sample.interaction == 0 and sample.variance_of_pairs() == 0


def test_what_seeds_change_in_single_documents_is_told_apart_from_what_lasts():
    """Each document is wrong with a probability of its own (row by row), each seed draws anew."""
    rng = np.random.default_rng(1)
    documents, seeds = 40000, 4
    chance = np.clip(rng.normal(0.3, 0.1, documents) + rng.normal(0, 0.15, (2, documents)), 0.01, 0.99)
    wrong = rng.random((2, seeds, documents)) < chance[:, None]
    sample = Sample.of_errors(["a"] * seeds + ["b"] * seeds, wrong.reshape(-1, documents))
    noise = (chance * (1 - chance)).mean() * 100**2 / documents
    lasting = np.var(chance[0] - chance[1]) * 100**2 / documents
    assert sample.interaction == pytest.approx(noise, rel=0.03)
    assert sample.variance_of_pairs() == pytest.approx(lasting, rel=0.15)
    assert sample.variance_of_single_runs({"a": 1}) == pytest.approx(0.3 * 0.7 * 100**2 / documents, rel=0.05)


def test_f05_agrees_with_a_plain_loop_over_drawn_sentences():
    labels, first, offsets = sentences(6)
    rng = np.random.default_rng(7)
    runs = [np.where(rng.random(len(labels)) < share, labels, first) for share in (0.02, 0.06, 0.1)]
    runs += [np.where(rng.random(len(labels)) < 0.05, 1 - first, first) for _ in range(2)]

    def difference(rows):
        values = [precision_recall_f_beta(labels[rows], one[rows])[2] for one in runs]
        return np.mean(values[:3]) - np.mean(values[3:])

    drawn = []
    for _ in range(1500):
        picks = rng.integers(0, len(offsets) - 1, len(offsets) - 1)
        drawn.append(difference(np.concatenate([np.arange(offsets[index], offsets[index + 1]) for index in picks])))
    sample = Sample.of_labelling(["a"] * 3 + ["b"] * 2, labels, np.array(runs), offsets)
    weights = {"a": 1, "b": -1}
    assert sample.value(weights) == pytest.approx(difference(np.arange(len(labels))))
    assert math.sqrt(sample.variance(weights)) == pytest.approx(np.std(drawn), rel=0.1)
    assert sample.documents == 80


def test_two_sentences_by_hand():
    """A finds the error of sentence 1 and misses that of sentence 2, B finds none: a draw has sentence 1 twice (F0.5 of
    A 100), once (P = 1, R = 1/2: 1.25 / 2 / 0.75 = 83.33) or never (0), with probabilities 1/4, 1/2, 1/4.
    """
    sample = Sample.of_labelling("ab", [1, 0, 1], np.array([[1, 0, 0], [0, 0, 0]]), [0, 2, 3], resamples=20000)
    once = 100 * 1.25 / 2 / 0.75
    assert sample.value({"a": 1, "b": -1}) == pytest.approx(once)
    assert math.sqrt(sample.variance({"a": 1, "b": -1})) == pytest.approx(np.std([100, once, once, 0]), rel=0.02)


def test_one_document_says_nothing_and_draws_are_the_same_every_time():
    one = Sample.of_labelling("ab", [1, 0], np.array([[1, 0], [0, 0]]), [0, 2])
    assert one.variance({"a": 1, "b": -1}) == math.inf and one.value({"a": 1, "b": -1}) == 100
    assert Sample.of_errors("a", [[True]]).variance({"a": 1}) == math.inf
    labels, predictions, offsets = sentences(3)
    both = [Sample.of_labelling("a", labels, predictions[None], offsets).covariance for _ in range(2)]
    assert both[0].tolist() == both[1].tolist()
