"""Error- and grammaticality-specific embeddings: windows, substitutes, losses against a plain reference, learning."""

import hashlib

import chainer
import numpy as np
import pytest
from chainer import optimizers

from data_prep.corpus import Corpus, Split
from data_prep.description import Document
from data_prep.prose import as_given
from data_prep.tokenising import One
from data_prep.writer import CorpusWriter, VocabularyRule
from iadv_foundation.arithmetic.random import generator
from iadv_foundation.errors import UsageError, UserError
from iadv_foundation.storage import files
from tests.helpers import tiny_corpus
from word_vectors import gwe, store, substitution_hinge
from word_vectors.confusions import Substitutes, confusion_table
from word_vectors.vector_settings import GweSettings
from word_vectors.window_network import WindowNetwork
from word_vectors.windows import windows_of

WORDS, SIZE, HIDDEN, WINDOWS, SUBSTITUTES = 9, 4, 5, 6, 3
HINGE_WEIGHT = 0.3


def settings(**changed):
    values = {
        "size": 12,
        "window": 3,
        "hidden_size": 10,
        "hinge_weight": 0.01,
        "substitutes": 5,
        "epochs": 2,
        "batch_size": 32,
        "learning_rate": 0.01,
    }
    return GweSettings(**{**values, **changed})


def written_corpus(folder, documents):
    """A labelling corpus of Documents whose vocabulary is the training split's words that occur twice."""
    with files.replacing_folder(folder) as partial:
        rule = VocabularyRule(unknown="unk", splits=("train",), minimum_count=2)
        writer = CorpusWriter(partial, "labelling", ["c", "i"], rule)
        writer.fill(documents, One(as_given))
        writer.finish(
            {
                "name": "made-up",
                "title": "Made up",
                "description": "a made-up corpus",
                "expected": None,
                "sources": [],
                "options": {},
                "notes": {},
            }
        )
    return Corpus.open(folder)


class TestWindows:
    split = Split(np.array([5, 6, 7, 8, 9, 4], np.int32), np.array([0, 3, 4, 6]), None, True)

    def test_padding_stands_beyond_the_ends_of_a_sentence(self):
        expected = [[0, 5, 6], [5, 6, 7], [6, 7, 0], [0, 8, 0], [0, 9, 4], [9, 4, 0]]
        np.testing.assert_array_equal(windows_of(self.split, 3, 0), expected)

    def test_a_wider_window(self):
        expected = [
            [1, 1, 5, 6, 7],
            [1, 5, 6, 7, 1],
            [5, 6, 7, 1, 1],
            [1, 1, 8, 1, 1],
            [1, 1, 9, 4, 1],
            [1, 9, 4, 1, 1],
        ]
        np.testing.assert_array_equal(windows_of(self.split, 5, 1), expected)

    @pytest.mark.parametrize("width", [1, 2, 4])
    def test_a_window_without_middle_or_context_is_refused(self, width):
        with pytest.raises(UsageError, match=f"window of {width}"):
            windows_of(self.split, width, 0)


class TestSubstitutes:
    weights = np.array([0, 3, 10, 1, 6])

    def drawn(self, centres, number=40, table=None, labels=None):
        table = np.full((len(self.weights), number), -1, np.int32) if table is None else table
        labels = np.zeros(len(centres), int) if labels is None else labels
        return Substitutes(self.weights, table).draw(np.array(centres), labels, generator(0, "test"))

    def test_never_the_centre_word_and_never_one_without_weight(self):
        for centre in range(5):
            drawn = self.drawn([centre] * 50)
            assert set(np.unique(drawn)) == {1, 2, 3, 4} - {centre}

    def test_the_others_come_as_often_as_their_weights_say(self):
        for centre in (0, 2, 4):
            shares = np.bincount(self.drawn([centre] * 1000).reshape(-1), minlength=5) / 40_000
            expected = np.where(np.arange(5) == centre, 0, self.weights) / (20 - self.weights[centre])
            np.testing.assert_allclose(shares, expected, atol=0.01)

    def test_confusions_come_first_but_only_for_a_correct_word(self):
        table = np.full((5, 3), -1, np.int32)
        table[2, :2] = 4, 0
        drawn = self.drawn([2, 2, 1] * 30, table=table, labels=np.array([0, 1, 0] * 30))
        assert (drawn[::3, :2] == [4, 0]).all()
        assert set(np.unique(drawn[::3, 2])) <= {1, 3, 4}
        assert (drawn[1::3] != 0).all() and len(np.unique(drawn[1::3, 1])) > 1
        assert (drawn[2::3] != 0).all()

    def test_a_text_of_one_word_is_refused(self):
        with pytest.raises(UserError, match="fewer than two"):
            Substitutes(np.array([0, 7]), np.full((2, 3), -1))


class TestConfusionTable:
    def test_most_frequent_first_of_single_words_of_train(self, tmp_path):
        words = ["a", "an", "the", "in", "on"]

        def sentence(split, *found):
            corrections = [
                {"position": 0, "written": written, "correct": correct, "kind": ""} for correct, written in found
            ]
            return Document(split, words, [0] * 5, split, corrections=corrections or None)

        documents = [
            sentence("train", ("a", "an"), ("a", "the"), ("in", "misspelt"), ("in on", "a")),
            sentence("train", ("a", "the"), ("in", "on"), ("", "a"), ("rare", "unheard")),
            sentence("dev", ("on", "in")),
            sentence("test"),
        ]
        corpus = written_corpus(tmp_path / "made-up", documents)
        ids = {word: corpus.vocabulary.id_of(word) for word in words}
        table = confusion_table(corpus, 2)
        expected = np.full((len(corpus.vocabulary), 2), -1)
        expected[ids["a"]] = ids["the"], ids["an"]
        expected[ids["in"]] = sorted([corpus.vocabulary.unk, ids["on"]])
        np.testing.assert_array_equal(table, expected)
        np.testing.assert_array_equal(confusion_table(corpus, 1), expected[:, :1])

    def test_a_corpus_without_corrections_has_none(self, tmp_path):
        assert (confusion_table(tiny_corpus(tmp_path / "tiny", "labelling"), 3) == -1).all()


def reference_losses(parameters, windows, labels, substitutes):
    """Hinge loss and cross-entropy, each a mean over windows, one window at a time as the formulas have it."""
    matrix, context, bias, centre, score, out, out_bias = parameters

    def hidden(window):
        around = np.concatenate([matrix[word] for position, word in enumerate(window) if position != len(window) // 2])
        return np.tanh(context @ around + bias + centre @ matrix[window[len(window) // 2]])

    hinge = entropy = 0.0
    margins = []
    for window, label, others in zip(windows, labels, substitutes, strict=True):
        h = hidden(window)
        for other in others:
            changed = list(window)
            changed[len(window) // 2] = other
            margins.append(1 - score @ h + score @ hidden(changed))
            hinge += max(0.0, margins[-1])
        logits = out @ h + out_bias
        entropy -= logits[label] - np.log(np.exp(logits).sum())
    return hinge / len(windows), entropy / len(windows), margins


class TestLoss:
    @pytest.fixture(params=[3, 5])
    def case(self, request):
        """A float64 network, a batch with repeated words, and its parameters in the order of the reference."""
        with chainer.using_config("dtype", np.float64):
            network = WindowNetwork(WORDS, SIZE, request.param, HIDDEN)
        draws = np.random.default_rng(request.param)
        parameters = [
            network.embedding.W,
            network.context.W,
            network.context.b,
            network.centre.W,
            network.score,
            network.grammaticality.W,
            network.grammaticality.b,
        ]
        for parameter in parameters:
            parameter.array[...] = draws.normal(size=parameter.shape)
        windows = draws.integers(0, WORDS, (WINDOWS, request.param))
        batch = (
            windows,
            draws.integers(0, 2, WINDOWS).astype(np.int32),
            draws.integers(0, WORDS, (WINDOWS, SUBSTITUTES)),
        )
        return network, parameters, batch

    def loss(self, network, batch):
        hinge, entropy = network(*batch)
        return HINGE_WEIGHT * hinge + (1 - HINGE_WEIGHT) * entropy

    def test_against_one_window_at_a_time(self, case):
        network, parameters, batch = case
        hinge, entropy = network(*batch)
        *expected, margins = reference_losses([parameter.array for parameter in parameters], *batch)
        np.testing.assert_allclose([hinge.array, entropy.array], expected, rtol=1e-12)
        assert 0 < sum(margin > 0 for margin in margins) < len(margins)

    @pytest.mark.parametrize("at_once", [1, 2 * SUBSTITUTES * HIDDEN, 4 * SUBSTITUTES * HIDDEN + 1, 1 << 17])
    def test_gradients_against_differences_of_the_reference(self, case, at_once, monkeypatch):
        monkeypatch.setattr(substitution_hinge, "_AT_ONCE", at_once)
        network, parameters, batch = case
        arrays = [parameter.array.copy() for parameter in parameters]
        assert min(abs(margin) for margin in reference_losses(arrays, *batch)[2]) > 1e-3  # no kink within a difference
        network.cleargrads()
        self.loss(network, batch).backward()
        for parameter, array in zip(parameters, arrays, strict=True):
            np.testing.assert_allclose(parameter.grad, self.differences(arrays, array, batch), rtol=1e-6, atol=1e-8)

    def differences(self, arrays, array, batch, step=1e-5):
        """Central differences of the reference by each entry of ``array``, one of ``arrays``."""

        def value(index, change):
            kept = array[index]
            array[index] = kept + change
            hinge, entropy, _ = reference_losses(arrays, *batch)
            array[index] = kept
            return HINGE_WEIGHT * hinge + (1 - HINGE_WEIGHT) * entropy

        return np.array(
            [(value(index, step) - value(index, -step)) / (2 * step) for index in np.ndindex(array.shape)]
        ).reshape(array.shape)

    def test_without_a_graph_the_loss_is_the_same(self, case):
        network, _, batch = case
        with chainer.no_backprop_mode():
            assert self.loss(network, batch).array == self.loss(network, batch).array
            without = self.loss(network, batch).array
        assert without == self.loss(network, batch).array

    def test_the_centre_word_as_its_own_substitute_costs_one_and_has_no_gradient(self, case):
        network, parameters, (windows, labels, substitutes) = case
        substitutes[...] = windows[:, [windows.shape[1] // 2]]
        network.cleargrads()
        hinge, _ = network(windows, labels, substitutes)
        hinge.backward()
        np.testing.assert_allclose(hinge.array, SUBSTITUTES, rtol=1e-12)
        assert parameters[-1].grad is None
        for parameter in parameters[:-2]:
            np.testing.assert_allclose(parameter.grad, 0, atol=1e-12)

    def test_pairs_beyond_the_margin_have_no_gradient(self):
        arrays = np.full((2, 3), 0.5), np.full((2, 3), 0.5), np.ones(3), np.full(2, 9.0)
        inputs = [chainer.Variable(array) for array in arrays]
        loss = substitution_hinge.substitution_hinge(*inputs, np.array([[0, 1], [1, 1]]))
        loss.backward()
        assert loss.array == 0 and not any(variable.grad.any() for variable in inputs)


def xor_corpus(folder, sentences=240):
    """``x`` is wrong after ``after-a``, ``y`` after ``after-b``: neither the word nor its context alone tells."""

    def documents():
        for split, number in (("train", sentences), ("dev", sentences // 4), ("test", 4)):
            for index in range(number):
                rng = generator(0, f"xor {split}", index)
                tokens, labels = [], []
                for _ in range(int(rng.integers(1, 5))):
                    before, word = int(rng.integers(2)), int(rng.integers(2))
                    tokens += [("after-a", "after-b")[before], ("x", "y")[word], f"filler{int(rng.integers(6))}"]
                    labels += [0, int(before == word), 0]
                yield Document(split, tokens, labels, f"{split} {index}")

    return written_corpus(folder, documents())


class TestTraining:
    def test_learns_which_context_makes_a_word_wrong(self, tmp_path):
        corpus = xor_corpus(tmp_path / "xor")
        record = gwe.train(corpus, settings(epochs=14), None, tmp_path / "vectors", 0, quiet=True)
        assert 0.8 < record["dev_majority"] < 0.87
        assert record["dev_accuracy"] > 0.99 and record["dev_cross_entropy"] < 0.05

    def test_learns_to_tell_the_word_from_substitutes(self, tmp_path):
        corpus = xor_corpus(tmp_path / "xor")
        short, long = (
            gwe.train(corpus, settings(epochs=epochs, hinge_weight=1), None, tmp_path / "vectors", 0, quiet=True)
            for epochs in (1, 12)
        )
        assert short["hinge"] > 0.6 * 5 and long["hinge"] < 0.45 * 5
        assert long["dev_accuracy"] < 0.99  # a hinge loss alone learns nothing of labels

    def test_equal_seeds_give_equal_bytes(self, tmp_path):
        corpus = tiny_corpus(tmp_path / "tiny", "labelling")
        digests = []
        for number, seed in enumerate((3, 3, 4)):
            gwe.train(corpus, settings(), None, tmp_path / str(number), seed, quiet=True)
            digests.append(
                [
                    hashlib.sha256((tmp_path / str(number) / name).read_bytes()).hexdigest()
                    for name in ("vectors.npz", "metrics.json")
                ]
            )
        assert digests[0] == digests[1]
        assert all(one != other for one, other in zip(digests[0], digests[2], strict=True))

    def test_learns_what_chainers_adam_learns(self, tmp_path, monkeypatch):
        """No row of the matrix is left behind, whoever reads it when."""

        class StockAdam(optimizers.Adam):
            def __init__(self, alpha, gradient_clipping):
                super().__init__(alpha)

            def catch_up(self):
                pass

        corpus = tiny_corpus(tmp_path / "tiny", "labelling")
        ours, stock = tmp_path / "ours", tmp_path / "stock"
        gwe.train(corpus, settings(batch_size=4), None, ours, 0, quiet=True)
        monkeypatch.setattr(gwe, "Adam", StockAdam)
        gwe.train(corpus, settings(batch_size=4), None, stock, 0, quiet=True)
        ours, stock = (store.load(folder, corpus.vocabulary)[0] for folder in (ours, stock))
        np.testing.assert_allclose(ours, stock, atol=2e-5)

    def test_starts_from_given_vectors_and_says_which_it_learnt(self, tmp_path):
        corpus = tiny_corpus(tmp_path / "tiny", "labelling")
        start = np.random.default_rng(0).normal(size=(len(corpus.vocabulary), 12)).astype(np.float32)
        record = gwe.train(corpus, settings(learning_rate=1e-5), start, tmp_path / "vectors", 0, quiet=True)
        vectors, found, read = store.load(tmp_path / "vectors", corpus.vocabulary)
        assert read == record and record["start_sha256"]
        occurs = np.bincount(corpus.splits["train"].ids, minlength=len(found)) > 0
        occurs[corpus.vocabulary.eos] = True  # the padding
        np.testing.assert_array_equal(found, occurs)
        assert not occurs.all()
        np.testing.assert_array_equal(vectors[~found], start[~found])
        assert (vectors[found] != start[found]).any(axis=1).all()
        np.testing.assert_allclose(vectors, start, atol=1e-3)

    def test_says_how_far_it_is(self, tmp_path, capsys):
        gwe.train(tiny_corpus(tmp_path / "tiny", "labelling"), settings(), None, tmp_path / "vectors", 0)
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 2 and "epoch 2/2" in lines[1] and "words/s" in lines[1]

    def test_what_does_not_fit_is_refused(self, tmp_path):
        with pytest.raises(UserError, match="does not label words"):
            gwe.train(tiny_corpus(tmp_path / "text"), settings(), None, tmp_path / "vectors", 0, quiet=True)
        corpus = tiny_corpus(tmp_path / "tiny", "labelling")
        with pytest.raises(ValueError, match="start vectors"):
            gwe.train(corpus, settings(), np.zeros((3, 12), np.float32), tmp_path / "vectors", 0, quiet=True)
        with pytest.raises(UserError, match="diverged"), np.errstate(all="ignore"):
            beyond_all_bounds = settings().model_copy(update={"learning_rate": 1e38})  # which is not checked again
            gwe.train(corpus, beyond_all_bounds, None, tmp_path / "vectors", 0, quiet=True)
        assert not (tmp_path / "vectors").exists()
