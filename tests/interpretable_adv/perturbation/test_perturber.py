"""Proves that a Chainer model that knows nothing of this project gets every method's perturbation in a few lines."""

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np
import pytest

from iadv_foundation.errors import UsageError
from interpretable_adv.methods import METHODS
from interpretable_adv.perturbation import CrossEntropy, Perturber, VirtualDivergence
from interpretable_adv.perturbation.divergences import divergence_of

WORDS, D = 30, 8
SENTENCE = np.repeat(np.arange(4), [3, 5, 2, 6])
RNG = np.random.default_rng(0)
IDS = RNG.integers(2, WORDS, len(SENTENCE)).astype(np.int32)
LABELS = np.array([0, 1, 1, 0], np.int32)
PERTURBING = [name for name, method in METHODS.items() if method.perturbs]


class Model(chainer.Chain):
    """Somebody's classifier: a GRU over embedded words."""

    def __init__(self):
        super().__init__()
        np.random.seed(0)
        with self.init_scope():
            self.embed, self.gru, self.output = L.EmbedID(WORDS, D), L.NStepGRU(1, D, 7, 0), L.Linear(7, 2)

    def logits(self, words):
        h, _ = self.gru(None, F.split_axis(words, np.flatnonzero(np.diff(SENTENCE)) + 1, axis=0))
        return self.output(h[0])


def sentence_norms(r):
    return np.array([np.linalg.norm(r[sentence == SENTENCE]) for sentence in range(4)])


def find(method, **settings):
    """The model, the divergence that it is to increase and the perturbation."""
    model = Model()
    matrix = model.embed.W.array
    clean = model.logits(chainer.Variable(matrix[IDS])).array
    divergence = VirtualDivergence(clean) if METHODS[method].semi_supervised else CrossEntropy(LABELS)
    found = Perturber(method, **settings)(
        model.logits, divergence, IDS, matrix, SENTENCE, draw=lambda purpose: np.random.default_rng(5)
    )
    return model, divergence, found


@pytest.mark.parametrize("method", PERTURBING)
def test_every_method_perturbs_a_stock_model(method):
    model, divergence, found = find(method, epsilon_free=0.5, epsilon_directions=0.5, neighbours=4)
    np.testing.assert_allclose(sentence_norms(found.coordinates), 0.5, rtol=1e-5)
    assert found.r.shape == (len(IDS), D) and all(
        parameter.grad is None or not parameter.grad.any() or np.isnan(parameter.grad).all()
        for parameter in model.params()
    )
    if METHODS[method].needs_gradient:
        at = {
            name: float(divergence(model.logits(chainer.Variable(model.embed.W.array[IDS] + r))).array)
            for name, r in (("clean", 0), ("perturbed", found.r), ("opposite", -found.r))
        }
        assert at["perturbed"] > at["clean"]
        assert METHODS[method].semi_supervised or at["perturbed"] > at["opposite"]


def test_it_is_the_derivative_that_chainer_gives():
    model, divergence, found = find("advt", epsilon_free=2.0)
    words = chainer.Variable(model.embed.W.array[IDS])
    (gradient,) = chainer.grad([divergence(model.logits(words))], [words])
    expected = 2.0 * gradient.array / sentence_norms(gradient.array)[SENTENCE][:, None]
    np.testing.assert_allclose(found.r, expected, rtol=1e-4, atol=1e-7)


def test_any_function_of_the_logits_will_do():
    """Its gradient is taken at the words themselves: it need not say that it does not vanish there."""
    model, _, found = find("iadvt", neighbours=4)
    matrix = model.embed.W.array

    def twice(logits):
        return 2 * F.sum(F.softmax_cross_entropy(logits, LABELS, reduce="no"))

    again = Perturber("iadvt", neighbours=4)(model.logits, twice, IDS, matrix, SENTENCE)
    np.testing.assert_allclose(again.gradient, 2 * found.gradient, rtol=1e-5)
    np.testing.assert_allclose(again.r, found.r, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("divisor", [None, 1, 4])
def test_divergences_are_sums_over_the_rows_unless_divided(divisor):
    clean, logits = (np.random.default_rng(seed).standard_normal((4, 2)) for seed in (1, 2))
    p, q = (np.exp(each) / np.exp(each).sum(axis=1, keepdims=True) for each in (clean, logits))
    expected = {"iadvt": -np.log(q[np.arange(4), LABELS]).sum(), "ivat": (p * np.log(p / q)).sum()}
    for method, value in expected.items():
        more = {} if divisor is None else {"divisor": divisor}
        for divergence in (
            divergence_of(METHODS[method], clean, LABELS, **more),
            CrossEntropy(LABELS, **more) if method == "iadvt" else VirtualDivergence(clean, **more),
        ):
            np.testing.assert_allclose(divergence(chainer.Variable(logits)).array, value / (divisor or 1), rtol=1e-10)


def test_directions_lead_to_the_nearest_words():
    model, _, found = find("iadvt", neighbours=4, epsilon_directions=3.0)
    matrix = model.embed.W.array.astype(np.float64)
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    for place, word in enumerate(IDS):
        cosines = unit @ unit[word]
        cosines[word] = -2
        assert set(found.space.neighbours[place]) == set(np.argsort(-cosines)[:4])
        differences = matrix[found.space.neighbours[place]] - matrix[word]
        directions = differences / np.linalg.norm(differences, axis=1, keepdims=True)
        np.testing.assert_allclose(found.r[place], found.coordinates[place] @ directions, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    "method, settings, message",
    [
        ("baseline", {}, "method baseline: it has no perturbation; choose from random, "),
        ("iadvtt", {}, "did you mean 'iadvt'"),
        ("iadvt", {"epsilon_direction": 3}, "did you mean 'epsilon_directions'"),
        ("iadvt", {"neighbours": 0}, "neighbours"),
    ],
)
def test_mistakes_are_named(method, settings, message):
    with pytest.raises(UsageError, match=message):
        Perturber(method, **settings)


def test_sentences_may_be_a_plain_list():
    model = Model()
    made = [
        Perturber("advt", epsilon_free=2.0)(model.logits, CrossEntropy(LABELS), IDS, model.embed.W.array, sentences).r
        for sentences in (SENTENCE, SENTENCE.tolist())
    ]
    np.testing.assert_array_equal(*made)
