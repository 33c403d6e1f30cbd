"""Proves that a Chainer model of a user's own gets the perturbations of the equations, and those of training here.

The equations are written once more in plain NumPy, one text at a time, with derivatives by finite differences; training
is the product's own, of its own network, whose perturbations are taken from an update.
"""

import os
import subprocess
import sys
from pathlib import Path

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np
import pytest

import interpretable_adv
from iadv_foundation.arithmetic.packing import Layout
from iadv_foundation.arithmetic.random import generator
from iadv_foundation.errors import UsageError
from interpretable_adv import TextPerturber, perturb
from interpretable_adv.methods import METHODS
from interpretable_adv.training.objectives import PerturbedLoss
from tests.interpretable_adv.oracle.small import SEED, setting

ROOT = Path(__file__).resolve().parents[2]
WORDS, D, K, EPSILON = 12, 4, 3, 0.7
RNG = np.random.default_rng(3)
MATRIX = RNG.standard_normal((WORDS, D))
INNER, OUTER = RNG.standard_normal((D, 5)), RNG.standard_normal((5, 3))
TEXTS = [np.array([4, 7, 2]), np.array([9]), np.array([3, 3, 11, 8, 5])]
LABELS = np.array([2, 0, 1])
#: Where power iterations start and what is drawn of random directions, for all words one text after the other.
DRAWN = {"free": RNG.standard_normal((9, D)), "directions": RNG.standard_normal((9, K))}


def network(texts):
    """A small network, from a list of (length, D) to logits (texts, 3)."""
    return F.matmul(F.stack([F.average(F.tanh(F.matmul(text, INNER)), axis=0) for text in texts]), OUTER)


def probabilities(text):
    """The same for one text (length, D), in NumPy."""
    logits = np.tanh(text @ INNER).mean(axis=0) @ OUTER
    return np.exp(logits) / np.exp(logits).sum()


class Draws:
    """Stands for a random generator: gives what it was given."""

    def __init__(self, numbers):
        self.numbers = numbers

    def standard_normal(self, shape, dtype):
        assert self.numbers.shape == tuple(shape)
        return self.numbers.astype(dtype)

    def integers(self, low, high, size):
        assert self.numbers.shape == (size,)
        return self.numbers


def by_differences(function, at, step):
    """The gradient of a function at an array, by central differences."""
    gradient = np.empty_like(at)
    for place in np.ndindex(at.shape):
        move = np.zeros_like(at)
        move[place] = step
        gradient[place] = (function(at + move) - function(at - move)) / (2 * step)
    return gradient


def directions_of(ids):
    """Eq. 11: the directions (length, K, D) to the nearest words by cosine, and their numbers (length, K)."""
    unit = MATRIX / np.linalg.norm(MATRIX, axis=1, keepdims=True)
    nearest = np.array([[other for other in np.argsort(-(unit @ unit[word])) if other != word][:K] for word in ids])
    differences = MATRIX[nearest] - MATRIX[ids][:, None]
    return differences / np.linalg.norm(differences, axis=2, keepdims=True), nearest


def by_the_equations(method, ids, label, drawn):
    """(r, coordinates) of one text: Eq. 8, 9 (AdvT), 12-15 (iAdvT), 18-20 (VAT), 21, 22 (iVAT), 6.2 (random)."""
    words, clean, xi = MATRIX[ids], probabilities(MATRIX[ids]), 0.1
    in_directions = METHODS[method].space == "directions"

    def r_at(coordinates):
        return np.einsum("tk,tkd->td", coordinates, directions_of(ids)[0]) if in_directions else coordinates

    def grows(coordinates):
        output = probabilities(words + r_at(coordinates))
        if METHODS[method].divergence == "kl":
            return (clean * np.log(clean / output)).sum()
        return -np.log(output[label])

    def slope_at(coordinates):
        return by_differences(grows, coordinates, 1e-5)

    if method == "random":
        direction = drawn
    elif METHODS[method].divergence == "kl":
        direction = slope_at(xi * drawn / np.linalg.norm(drawn))
    else:
        direction = slope_at(np.zeros_like(drawn))
    coordinates = EPSILON * direction / np.linalg.norm(direction)
    return r_at(coordinates), coordinates


@pytest.mark.parametrize("method", ["advt", "iadvt", "vat", "ivat", "random"])
def test_perturbations_are_those_of_the_equations(method, monkeypatch):
    space = METHODS[method].space
    monkeypatch.setattr(TextPerturber, "_generator", lambda self, number, purpose: Draws(DRAWN[space]))
    found = perturb(
        network, MATRIX, TEXTS, LABELS, method=method, epsilon=EPSILON, neighbours=K, xi=0.1, power_iterations=1, seed=0
    )
    ends = np.cumsum([len(text) for text in TEXTS])[:-1]
    for index, (ids, label, drawn) in enumerate(zip(TEXTS, LABELS, np.split(DRAWN[space], ends), strict=True)):
        r, coordinates = by_the_equations(method, ids, label, drawn)
        np.testing.assert_allclose(found.r[index], r, rtol=1e-4, atol=1e-6)
        if space == "directions":
            np.testing.assert_allclose(found.alpha[index], coordinates, rtol=1e-4, atol=1e-6)
            np.testing.assert_array_equal(found.neighbours[index], directions_of(ids)[1])
            np.testing.assert_array_equal(
                found.targets[index], directions_of(ids)[1][np.arange(len(ids)), coordinates.argmax(axis=1)]
            )
        else:
            assert found.alpha is None and found.neighbours is None
            np.testing.assert_array_equal(found.targets[index], [pointing(*one) for one in zip(ids, r, strict=True)])


def pointing(word, r):
    """The word that a perturbation r (D,) of a word points to: the highest cosine to a direction (section 6.4)."""
    others = [other for other in range(WORDS) if other != word]
    differences = MATRIX[others] - MATRIX[word]
    return others[int(np.argmax(differences @ r / np.linalg.norm(differences, axis=1)))]


class AsOwn:
    """The product's network as a user's own: a function of a list of embedded texts, which it sorts and packs."""

    def __init__(self, ours, lengths):
        self.ours, self.layout = ours, Layout.of(lengths)

    def __call__(self, texts):
        packed = F.permutate(F.concat(texts, axis=0), self.layout.take.astype(np.int32))
        rows = self.ours.logits(packed, self.layout, None)
        as_given = self.layout.take if len(rows) == len(packed) else self.layout.order
        return F.permutate(rows, as_given.astype(np.int32), inv=True)


@pytest.mark.parametrize("task", ["classification", "labelling"])
@pytest.mark.parametrize("method", [name for name, method in METHODS.items() if method.perturbs])
def test_perturbations_are_those_of_the_product_s_training(method, task, monkeypatch):
    product, _ = setting(method, task, "paper", False, more=["model.dropout=0"])
    settings, seen = product.updater.perturbed.config.perturbation.model_dump(), []
    as_trained = PerturbedLoss.perturbation

    def recorded(loss, at, *arguments, **more):
        seen.append((at.batch, as_trained(loss, at, *arguments, **more)))
        return seen[-1][1]

    ours, vocabulary = product.network, product.updater.perturbed.vocabulary
    weights = {name: parameter.array.copy() for name, parameter in ours.namedparams()}
    monkeypatch.setattr(PerturbedLoss, "perturbation", recorded)
    product.update(monkeypatch)
    for name, parameter in ours.namedparams():
        parameter.array[...] = weights[name]
    ((batch, expected),) = seen
    layout = batch.layout
    lengths = layout.lengths[np.argsort(layout.order)]
    ends = np.cumsum(lengths)[:-1]

    monkeypatch.setattr(
        TextPerturber,
        "_generator",
        lambda self, number, purpose: Rearranged(generator(SEED, f"perturbation {purpose}", number), layout),
    )
    settings.pop("neighbour_refresh")
    own = TextPerturber(
        method,
        specials=vocabulary.specials,
        fixed=() if settings["perturb_eos"] else (vocabulary.eos,),
        seed=0,
        **settings,
    )
    texts = np.split(layout.unpack(batch.ids), ends)
    by_text = np.argsort(layout.order)
    labels = np.split(layout.unpack(batch.labels), ends) if task == "labelling" else batch.labels[by_text]
    with chainer.using_config("train", False):
        found = own(AsOwn(ours, lengths), ours.embedding.matrix(), texts, labels)
    np.testing.assert_allclose(np.concatenate(found.r), layout.unpack(expected), rtol=1e-7, atol=1e-10)
    assert np.abs(expected).max() > 0.1


class Rearranged:
    """Draws packed words' numbers and gives them in the order of the texts."""

    def __init__(self, drawn, layout):
        self.drawn, self.layout = drawn, layout

    def standard_normal(self, shape, dtype):
        return self.layout.unpack(self.drawn.standard_normal(shape, dtype=dtype))

    def integers(self, low, high, size):
        return self.layout.unpack(self.drawn.integers(low, high, size))


PADDED = np.array([[4, 7, 2, -1, -1], [9, -1, -1, -1, -1], [3, 3, 11, 8, 5]])


def padded_network(words):
    """The same network for (B, length, D), where -1 is no word."""
    return network([words[index, : len(text)] for index, text in enumerate(TEXTS)])


@pytest.mark.parametrize("method", ["advt", "iadvt", "ivat"])
def test_texts_filled_up_to_one_length(method):
    options = {"method": method, "epsilon": EPSILON, "seed": 5}
    listed, padded = (
        perturb(own, MATRIX, words, LABELS, **options) for own, words in ((network, TEXTS), (padded_network, PADDED))
    )
    for name in ("r", "targets", *(("alpha", "neighbours") if METHODS[method].space == "directions" else ())):
        filled = getattr(padded, name)
        assert filled.shape[:2] == PADDED.shape
        assert (filled[PADDED == -1] == (-1 if name in ("targets", "neighbours") else 0)).all()
        for index, one in enumerate(getattr(listed, name)):
            np.testing.assert_allclose(filled[index, : len(one)], one, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("words", [[[-1, -1, 4, 7], [-1, 9, 3, 2]], [[4, 7], [9, 3]], [[-1, 4, -1, 7], [9, -1, 3, -1]]])
def test_padding_may_be_anywhere_or_nowhere(words):
    words = np.array(words)

    def own(embedded):
        return network([embedded[index, np.flatnonzero(row >= 0)] for index, row in enumerate(words)])

    padded = perturb(own, MATRIX, words, LABELS[:2], method="iadvt", epsilon=EPSILON)
    listed = perturb(network, MATRIX, [row[row >= 0] for row in words], LABELS[:2], method="iadvt", epsilon=EPSILON)
    np.testing.assert_allclose(padded.r[words >= 0], np.concatenate(listed.r), rtol=1e-6, atol=1e-12)
    np.testing.assert_array_equal(padded.targets[words >= 0], np.concatenate(listed.targets))


def test_a_row_of_the_matrix_may_stand_for_padding():
    """Its vector is what the network sees there, and it is nobody's neighbour."""
    words, seen = np.where(PADDED == -1, 0, PADDED), []

    def own(texts):
        seen.append(texts.array[PADDED == -1])
        return padded_network(texts)

    found = perturb(own, MATRIX, words, LABELS, method="iadvt", padding=0, neighbours=WORDS - 2)
    assert all((each == MATRIX[0]).all() for each in seen) and (found.neighbours[words != 0] != 0).all()


@pytest.mark.parametrize("form", ["packed", "list", "padded"])
def test_every_word_may_have_a_label(form):
    def rows(texts):
        return [F.matmul(F.tanh(F.matmul(text, INNER)), OUTER) for text in texts]

    def padded(texts):
        return F.reshape(F.matmul(F.tanh(F.matmul(F.reshape(texts, (-1, D)), INNER)), OUTER), (*PADDED.shape, 3))

    labels = [np.arange(len(text)) % 3 for text in TEXTS]
    in_one = np.full(PADDED.shape, -1)
    in_one[PADDED != -1] = np.concatenate(labels)
    own, words, given = {
        "packed": (lambda texts: F.concat(rows(texts), axis=0), TEXTS, np.concatenate(labels)),
        "list": (rows, TEXTS, labels),
        "padded": (padded, PADDED, in_one),
    }[form]
    found = perturb(own, MATRIX, words, given, method="advt", epsilon=EPSILON)
    for index, text in enumerate(TEXTS):
        gradient = by_differences(
            lambda words, index=index: sum(
                -np.log(probabilities(word[None])[label]) for word, label in zip(words, labels[index], strict=True)
            ),
            MATRIX[text],
            1e-5,
        )
        expected = EPSILON * gradient / np.linalg.norm(gradient)
        np.testing.assert_allclose(found.r[index][: len(text)], expected, rtol=1e-4, atol=1e-6)
    words = found.explain([f"w{number}" for number in range(WORDS)], "abc")[0].words
    assert [word["gold"] for word in words] == ["a", "b", "c"] and sum(words[0]["probabilities"]) == pytest.approx(1)


def test_without_labels_the_network_s_own_predictions_count():
    predicted = np.array([probabilities(MATRIX[text]).argmax() for text in TEXTS])
    alone, given = (perturb(network, MATRIX, TEXTS, labels, method="advt") for labels in (None, predicted))
    np.testing.assert_array_equal(np.concatenate(alone.r), np.concatenate(given.r))
    vocabulary = [f"w{number}" for number in range(WORDS)]
    assert alone.explain(vocabulary)[0].about["against"] == "prediction"
    assert given.explain(vocabulary)[0].about["against"] == "gold"


def test_an_explanation_says_what_the_arrays_hold():
    found = perturb(network, MATRIX, TEXTS, LABELS, method="iadvt", neighbours=K)
    vocabulary = [f"w{number}" for number in range(WORDS)]
    explanations = found.explain(vocabulary, ["x", "y", "z"], name="mine")
    assert [one.about["gold"] for one in explanations] == ["z", "x", "y"] and explanations[0].about["run"] == "mine"
    for index, (one, text) in enumerate(zip(explanations, TEXTS, strict=True)):
        assert [word["word"] for word in one.words] == [vocabulary[number] for number in text]
        assert [word["target"] for word in one.words] == [vocabulary[number] for number in found.targets[index]]
        np.testing.assert_allclose([word["score"] for word in one.words], found.alpha[index].max(axis=1))
        np.testing.assert_allclose(
            [word["strength"] for word in one.words], np.linalg.norm(found.r[index], axis=1), rtol=1e-6
        )
        np.testing.assert_allclose(one.about["probabilities"], probabilities(MATRIX[text]), rtol=1e-6)
    assert explanations[0]._repr_png_().startswith(b"\x89PNG")


def test_words_that_are_not_to_be_perturbed():
    found = perturb(network, MATRIX, TEXTS, LABELS, method="iadvt", fixed=[3, 9])
    still = [~one.any(axis=1) for one in found.r]
    assert [one.tolist() for one in still] == [[False] * 3, [True], [True, True, False, False, False]]
    assert found.targets[1].tolist() == [-1]


def test_draws_are_named_by_seed_and_call():
    made = [TextPerturber("random", seed=seed) for seed in (1, 1, 2)]
    first, second = ([np.concatenate(one(network, MATRIX, TEXTS).r) for one in made] for _ in range(2))
    assert (first[0] == first[1]).all() and (first[0] != first[2]).all()
    assert (second[0] == second[1]).all() and (first[0] != second[0]).all()


def test_neighbours_stay_for_an_epoch_where_it_is_begun():
    matrix, perturber = MATRIX.copy(), TextPerturber("iadvt", neighbours=K)
    perturber.begin_epoch(matrix)
    before = perturber(network, matrix, TEXTS).neighbours
    matrix[:] = np.random.default_rng(0).standard_normal(matrix.shape)
    same = perturber(network, matrix, TEXTS).neighbours
    perturber.begin_epoch(matrix)
    after = perturber(network, matrix, TEXTS).neighbours
    assert all((one == other).all() for one, other in zip(before, same, strict=True))
    assert any((one != other).any() for one, other in zip(same, after, strict=True))


def test_no_gradient_reaches_the_model():
    class Model(chainer.Chain):
        def __init__(self):
            super().__init__()
            with self.init_scope():
                self.embed, self.gru, self.output = L.EmbedID(WORDS, D), L.NStepGRU(1, D, 6, 0), L.Linear(6, 3)

        def logits(self, texts):
            return self.output(self.gru(None, texts)[0][0])

    model = Model()
    model.cleargrads()
    for method in ("advt", "iadvt", "ivat"):
        perturb(model.logits, model.embed, TEXTS, LABELS, method=method)
    assert all(parameter.grad is None for parameter in model.params())


@pytest.mark.parametrize(
    "arguments, options, message",
    [
        ((network, MATRIX, []), {}, "there is no text"),
        ((network, MATRIX, [np.array([1]), np.array([], int)]), {}, "text 2 has no word"),
        ((network, MATRIX, [np.array([1, WORDS])]), {}, "numbers from 0 to 11"),
        ((network, MATRIX, [np.array([1, -1])]), {}, "numbers from 0 to 11"),
        ((network, MATRIX, np.array([1, 2])), {}, "a list of arrays"),
        ((network, MATRIX, [np.array([0.5])]), {}, "a list of arrays"),
        ((network, MATRIX[0], TEXTS), {}, "embedding: a matrix"),
        ((lambda texts: network(texts)[:2], MATRIX, TEXTS), {}, r"logits of shape \(3, classes\)"),
        ((network, MATRIX, TEXTS, [0, 1]), {}, "labels: 3 of them"),
        ((network, MATRIX, TEXTS), {"method": "baseline"}, "no perturbation"),
        ((network, MATRIX, TEXTS), {"method": "iadvtt"}, "did you mean 'iadvt'"),
        ((network, MATRIX, TEXTS), {"neighbour": 3}, "did you mean 'neighbours'"),
        ((network, MATRIX, TEXTS), {"padding": 3, "specials": 2}, "give specials=4"),
    ],
)
def test_mistakes_are_named(arguments, options, message):
    with pytest.raises(UsageError, match=message):
        perturb(*arguments, **options)
    found = perturb(network, MATRIX, TEXTS)
    with pytest.raises(UsageError, match="2 names of classes"):
        found.explain(["w"] * WORDS, ["x", "y"])
    with pytest.raises(UsageError, match="11 words"):
        found.explain(["w"] * (WORDS - 1))


TEN_LINES = """\
import interpretable_adv
import chainer.functions as F, chainer.links as L, numpy as np
embed, gru, output = L.EmbedID(50, 8), L.NStepGRU(1, 8, 6, 0), L.Linear(6, 2)
network = lambda texts: output(gru(None, texts)[0][0])
words, labels = [np.array([3, 5, 7]), np.array([2, 9])], np.array([0, 1])
advt = interpretable_adv.perturb(network, embed, words, labels, method="advt")
iadvt = interpretable_adv.perturb(network, embed, words, labels, method="iadvt")
loss = F.softmax_cross_entropy(network([embed(w) + r for w, r in zip(words, iadvt.r)]), labels)
explanation = iadvt.explain([f"word{number}" for number in range(50)], ["negative", "positive"])[0]
print([len(r) for r in advt.r], explanation.words[0]["word"], float(loss.array) > 0)
"""


def test_ten_lines_in_any_folder(tmp_path):
    assert len(TEN_LINES.splitlines()) == 10
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", TEN_LINES], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "[3, 2] word3 True\n"), done.stderr
    assert interpretable_adv.__version__
