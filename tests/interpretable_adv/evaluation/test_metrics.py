"""Proves error rate and F-beta on hand counts and against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import fbeta_score, precision_score, recall_score, zero_one_loss

from interpretable_adv.evaluation import error_rate, majority_class, majority_error_rate, precision_recall_f_beta

BINARY = hnp.arrays(np.int32, 12, elements=st.integers(0, 1))


def test_hand_count_of_f_half():
    # Found 2 of 4 errors (TP 2, FN 2) with 1 false alarm (FP 1): P = 2/3, R = 1/2, F0.5 = 1.25 P R / (0.25 P + R) =
    # 5/8.
    labels = np.array([1, 1, 1, 1, 0, 0, 0, 0])
    predictions = np.array([1, 1, 0, 0, 1, 0, 0, 0])
    assert precision_recall_f_beta(labels, predictions) == pytest.approx((200 / 3, 50.0, 62.5))


def test_hand_count_of_f_one_and_two():
    labels, predictions = np.array([1, 1, 1, 0]), np.array([1, 0, 0, 0])  # P = 1, R = 1/3
    assert precision_recall_f_beta(labels, predictions, beta=1)[2] == pytest.approx(50.0)
    assert precision_recall_f_beta(labels, predictions, beta=2)[2] == pytest.approx(100 * 5 / 13)


@pytest.mark.parametrize(
    "labels, predictions, expected",
    [
        ([0, 0], [0, 0], (0, 0, 0)),
        ([1, 0], [0, 0], (0, 0, 0)),
        ([0, 0], [1, 0], (0, 0, 0)),
        ([1, 0], [0, 1], (0, 0, 0)),
        ([1, 1], [1, 1], (100, 100, 100)),
    ],
)
def test_zero_by_zero_counts_as_zero(labels, predictions, expected):
    assert precision_recall_f_beta(np.array(labels), np.array(predictions)) == expected


def test_the_positive_label_can_be_another():
    labels, predictions = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    assert precision_recall_f_beta(labels, predictions, positive=0) == pytest.approx((50, 50, 50))
    assert precision_recall_f_beta(np.array([2, 2, 0]), np.array([2, 1, 1]), positive=2)[:2] == (100, 50)


@given(labels=BINARY, predictions=BINARY, beta=st.sampled_from([0.5, 1.0, 2.0]))
@settings(deadline=None)
def test_equal_to_scikit_learn(labels, predictions, beta):
    expected = [100 * score(labels, predictions, zero_division=0) for score in (precision_score, recall_score)]
    expected.append(100 * fbeta_score(labels, predictions, beta=beta, zero_division=0))
    assert precision_recall_f_beta(labels, predictions, beta=beta) == pytest.approx(expected)
    assert error_rate(labels, predictions) == pytest.approx(100 * zero_one_loss(labels, predictions))


def test_hand_counts_of_error_rates():
    labels = np.array([0, 2, 2, 1, 2], np.int32)
    assert error_rate(labels, np.array([0, 2, 1, 1, 0])) == 40.0
    assert error_rate(labels, labels) == 0.0


def test_the_majority_class_is_that_of_train():
    assert majority_class(np.array([0, 2, 2, 1, 2])) == 2 and majority_class(np.array([3, 1, 1, 3])) == 1
    test = np.array([0, 0, 0, 2, 1])  # where another class is the most frequent one
    assert majority_error_rate(test, 2) == 80.0 and majority_error_rate(test, 0) == 40.0
    assert majority_error_rate(np.zeros(7, int), 0) == 0.0


def test_results_are_plain_numbers():
    labels = np.array([0, 1])
    results = (error_rate(labels, labels), majority_error_rate(labels, 0), *precision_recall_f_beta(labels, labels))
    assert all(type(result) is float for result in results)
