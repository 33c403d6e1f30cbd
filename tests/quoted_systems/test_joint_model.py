"""Maas et al.'s objective: its gradient by Chainer's autodiff, its optima by scipy,
and what it learns from a made-up text.
"""

import itertools

import chainer
import chainer.functions as F
import numpy as np
import pytest
from scipy import optimize, sparse

from quoted_systems.bow_unlabeled import joint_model
from quoted_systems.bow_unlabeled.features import features, inverse_document_frequencies
from quoted_systems.bow_unlabeled.joint_model import JointModel, Weights, balanced_class_counts

DOCUMENTS, WORDS, SIZE, CLASSES = 7, 6, 3, 3
LAMBDA, NU, SIGMA = 0.3, 0.2, 0.7


def problem(seed=0, dtype=np.float64):
    """A model with random counts, one document empty and the last ones unlabelled;
    random weights and documents' vectors.
    """
    random = np.random.default_rng(seed)
    counts = random.poisson(1.0, (DOCUMENTS, WORDS))
    counts[2] = 0
    labels = np.array([0, 1, 2, 0, 0])
    classes = balanced_class_counts(sparse.csr_matrix(counts[:5].astype(dtype)), labels, CLASSES)
    model = JointModel(sparse.csr_matrix(counts.astype(dtype)), classes, LAMBDA, NU, SIGMA)
    shapes = (WORDS, SIZE), (WORDS,), (CLASSES, SIZE), (CLASSES,)
    weights = Weights(*(random.normal(size=shape).astype(dtype) for shape in shapes))
    return model, weights, random.normal(size=(DOCUMENTS, SIZE)).astype(dtype), counts, labels


def plain(counts, labels, vectors, biases, class_vectors, class_biases, thetas):
    """The formula of the module's text, sum by sum, of Chainer's Variables."""
    total = LAMBDA * F.sum(thetas**2) + NU * F.sum(vectors**2)
    semantic = F.log_softmax(F.matmul(thetas, vectors, transb=True) + F.broadcast_to(biases, (DOCUMENTS, WORDS)))
    total -= F.sum(semantic * counts.astype(float))
    sentiment = F.log_softmax(
        F.matmul(vectors, class_vectors, transb=True) + F.broadcast_to(class_biases, (WORDS, CLASSES))
    )
    for label in range(CLASSES):
        documents = [number for number in range(len(labels)) if labels[number] == label]
        for number in documents:
            weight = len(labels) / (CLASSES * len(documents))
            total -= SIGMA * weight * F.sum(sentiment[:, label] * counts[number].astype(float))
    return total


def test_objective_and_gradient_equal_plain_autodiff():
    model, weights, thetas, counts, labels = problem()
    variables = [
        chainer.Variable(array)
        for array in (weights.vectors, weights.biases, weights.class_vectors, weights.class_biases, thetas)
    ]
    expected = plain(counts, labels, *variables)
    expected.backward()
    assert model.objective(weights, thetas) == pytest.approx(float(expected.array), rel=1e-12)
    _, gradient = model.of_words(weights, thetas, model.counts.T @ thetas)
    np.testing.assert_allclose(gradient.flat(), np.concatenate([one.grad.ravel() for one in variables[:4]]), rtol=1e-10)


def test_newton_finds_the_vectors_of_documents_that_scipy_finds():
    model, weights, thetas, *_ = problem(1)
    found = np.zeros_like(thetas)
    model.improve_documents(weights, found, 12)
    expected = optimize.minimize(
        lambda flat: model.objective(weights, flat.reshape(thetas.shape)),
        np.zeros(thetas.size),
        method="BFGS",
        options={"gtol": 1e-8},
    ).x.reshape(thetas.shape)
    np.testing.assert_allclose(found, expected, atol=2e-4)
    np.testing.assert_array_equal(found[2], 0)  # a document without known words stays at the prior's mode


def test_a_newton_step_never_makes_a_document_worse():
    model, weights, thetas, *_ = problem(2)
    far = 40 * thetas  # far from the mode a full Newton step goes wrong
    values = [model.objective(weights, far)]
    for _ in range(8):
        model.improve_documents(weights, far, 1)
        values.append(model.objective(weights, far))
    assert all(later <= earlier for earlier, later in itertools.pairwise(values)) and values[-1] < values[0]


def test_turns_come_to_a_point_where_nothing_can_be_improved():
    model, weights, _, *_ = problem(3)
    thetas = np.zeros((DOCUMENTS, SIZE))
    values = []
    for _ in range(300):
        model.improve_documents(weights, thetas, 3)
        weights, value = model.improve_words(weights, thetas, 20)
        values.append(value)
    assert all(later <= earlier + 1e-9 for earlier, later in itertools.pairwise(values))
    assert values[-1] == pytest.approx(model.objective(weights, thetas), rel=1e-12)
    model.improve_documents(weights, thetas, 3)
    _, gradient = model.of_words(weights, thetas, model.counts.T @ thetas)
    assert np.abs(gradient.flat()).max() < 1e-2


def test_without_documents_vectors_the_biases_are_the_words_frequencies():
    """One class, no sentiment and thetas of zero: the optimum is known."""
    model, weights, thetas, counts, _ = problem(4)
    model.sentiment_weight = 0.0
    counts[:, 0] += 1
    model = JointModel(sparse.csr_matrix(counts.astype(float)), model.class_counts, LAMBDA, NU, 0.0)
    found, _ = model.improve_words(weights, np.zeros_like(thetas), 500)
    shares = np.exp(found.biases) / np.exp(found.biases).sum()
    np.testing.assert_allclose(shares, counts.sum(axis=0) / counts.sum(), atol=1e-4)
    np.testing.assert_allclose(found.vectors, 0, atol=1e-4)


def test_the_size_of_a_part_changes_nothing(monkeypatch):
    model, weights, thetas, *_ = problem(5)
    values = []
    for at_once in (1, 2 * WORDS, 1 << 20):
        monkeypatch.setattr(joint_model, "_AT_ONCE", at_once)
        moved = thetas.copy()
        model.improve_documents(weights, moved, 2)
        values.append((model.objective(weights, thetas), moved))
    for value, moved in values[1:]:
        assert value == pytest.approx(values[0][0], rel=1e-12)
        np.testing.assert_allclose(moved, values[0][1], rtol=1e-10)


def test_single_precision_comes_to_the_same():
    results = []
    for dtype in (np.float64, np.float32):
        model, weights, thetas, *_ = problem(6, dtype)
        model.improve_documents(weights, thetas, 3)
        weights, value = model.improve_words(weights, thetas, 5)
        assert weights.vectors.dtype == thetas.dtype == dtype
        results.append(value)
    assert results[0] == pytest.approx(results[1], rel=1e-4)


def test_sentiment_parts_words_that_stand_in_equal_company():
    """Two words with the same neighbours: only the labels tell them apart."""
    documents = [("good", 1), ("bad", 0)] * 20
    counts = np.zeros((len(documents), 4))
    for row, (word, _) in enumerate(documents):
        counts[row, {"good": 0, "bad": 1}[word]] = 1
        counts[row, 2:] = 1
    labels = np.array([label for _, label in documents])
    found = {}
    for weight in (0.0, 1.0):
        model = JointModel(
            sparse.csr_matrix(counts), balanced_class_counts(sparse.csr_matrix(counts), labels, 2), 1.0, 0.1, weight
        )
        weights, thetas = Weights.start(counts.sum(axis=0), 2, 2, 0, np.float64), np.zeros((len(documents), 2))
        for _ in range(5):
            model.improve_documents(weights, thetas, 2)
            weights, _ = model.improve_words(weights, thetas, 20)
        logits = weights.vectors @ weights.class_vectors.T + weights.class_biases
        found[weight] = logits[:, 1] - logits[:, 0]
    assert found[1.0][0] > 1 and found[1.0][1] < -1 and abs(found[1.0][2]) < 0.2
    np.testing.assert_allclose(found[0.0], 0, atol=1e-9)


def test_each_class_weighs_the_same():
    counts = sparse.csr_matrix(np.array([[1.0, 0], [1, 0], [1, 0], [0, 2]]))
    np.testing.assert_allclose(balanced_class_counts(counts, np.array([0, 0, 0, 1]), 2), [[2, 0], [0, 4]])


class TestFeatures:
    """Hand-sized: three documents, the last without a known word."""

    counts = sparse.csr_matrix(np.array([[2.0, 1, 0], [0, 3, 0], [0, 0, 0]]))
    vectors = np.array([[3.0, 4.0], [1.0, 0.0], [9.0, 9.0]])

    def test_inverse_document_frequencies(self):
        np.testing.assert_allclose(inverse_document_frequencies(self.counts), [np.log(3), np.log(1.5), 0])

    def test_mean_vector_and_bag_have_length_one(self):
        found = features(self.counts, self.vectors, np.array([1.0, 2.0, 5.0])).toarray()
        first = np.array([2 * 3 + 2 * 1, 2 * 4])  # 2 x idf 1 x (3, 4) + 1 x idf 2 x (1, 0)
        np.testing.assert_allclose(found[0], [*first / np.hypot(*first), 0.5**0.5, 0.5**0.5, 0])
        np.testing.assert_allclose(found[1], [1, 0, 0, 1, 0])

    def test_a_document_without_known_words_is_nothing(self):
        np.testing.assert_array_equal(features(self.counts, self.vectors, np.ones(3)).toarray()[2], 0)
