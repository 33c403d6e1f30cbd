"""Predictions are those of one document at a time, in the documents' own order; what is made of them is by hand."""

import itertools

import chainer
import chainer.functions as F
import numpy as np
import pytest

from interpretable_adv.documents import Documents
from interpretable_adv.evaluation import prediction
from interpretable_adv.evaluation.prediction import describe, labels_of, measure, predict
from tests.interpretable_adv.oracle.network import Network
from tests.interpretable_adv.oracle.small import documents, setting, split_of

TASKS = ["classification", "labelling"]


@pytest.mark.parametrize("words_at_once", [1, 7, 1000])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_they_are_those_of_one_document_at_a_time(task, words_at_once, dtype, tolerance, monkeypatch):
    monkeypatch.setattr(prediction, "WORDS_PER_BATCH", words_at_once)
    per_word = task == "labelling"
    product, oracle = setting("baseline", task, "paper", False, dtype)
    made = documents("train", per_word)
    plain = Network(product.network, oracle.config.model)
    expected = [F.log_softmax(plain.logits(F.embed_id(ids, plain.matrix()), None)).array for ids, _ in made]
    found = predict(product.network, Documents([split_of(made, per_word)], per_word))
    np.testing.assert_allclose(found, np.concatenate(expected), rtol=tolerance)
    assert found.dtype == dtype
    assert chainer.config.train and chainer.config.enable_backprop


def split(lengths, labels, per_word):
    ends = np.cumsum([0, *lengths])
    each = [labels[start:end] for start, end in itertools.pairwise(ends)] if per_word else labels
    return split_of(
        [(np.full(length, 2, np.int32), label) for length, label in zip(lengths, each, strict=True)], per_word
    )


def test_an_error_rate_is_of_documents():
    texts = Documents([split([3, 1], [0, 1], False), split([2], [1], False)], False)
    np.testing.assert_array_equal(labels_of(texts), [0, 1, 1])
    probabilities = np.array([[0.8, 0.2], [0.6, 0.4], [0.1, 0.9]])
    found = measure(texts, np.log(probabilities), majority=0)
    assert found["errors"] == 1 and found["error_rate"] == pytest.approx(100 / 3)
    assert found["majority_error_rate"] == pytest.approx(200 / 3)  # that of train, here the rarer one
    assert measure(texts, np.log(probabilities), majority=1)["majority_error_rate"] == pytest.approx(100 / 3)
    assert found["loss"] == pytest.approx(-np.log([0.8, 0.4, 0.9]).sum() / 3)
    assert describe(found) == "error rate 33.33 % (majority class of train 66.67 %)"


def test_f05_is_of_words_and_the_loss_of_documents():
    labels = np.array([1, 1, 0, 0, 1], np.int32)
    texts = Documents([split([3, 2], labels, True)], True)
    probabilities = np.array([[0.2, 0.8], [0.7, 0.3], [0.4, 0.6], [0.9, 0.1], [0.3, 0.7]])
    found = measure(texts, np.log(probabilities), majority=0)
    assert found["precision"] == pytest.approx(200 / 3) and found["recall"] == pytest.approx(200 / 3)
    assert found["f05"] == pytest.approx(200 / 3)
    assert found["loss"] == pytest.approx(-np.log([0.8, 0.3, 0.4, 0.9, 0.7]).sum() / 2)
    found = measure(texts, np.log([[0.2, 0.8], [0.7, 0.3], [0.6, 0.4], [0.9, 0.1], [0.6, 0.4]]), majority=0)
    assert (found["precision"], found["recall"]) == (pytest.approx(100), pytest.approx(100 / 3))
    assert describe(found) == "F0.5 71.43 (precision 100.00, recall 33.33)"
