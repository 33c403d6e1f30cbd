"""The sequence autoencoder and its classifier against plain loops,
numerical gradients and texts whose optimum is known.
"""

import chainer
import chainer.functions as F
import numpy as np
import pytest

from data_prep.corpus import Split
from iadv_foundation.arithmetic.packing import Layout
from iadv_foundation.training import Adam
from interpretable_adv.documents import Documents
from interpretable_adv.training.order import PermutationIterator
from pretrain_lm.running_text import Text
from quoted_systems.sa_lstm import autoencoder, classifier
from quoted_systems.sa_lstm.settings import AutoencoderSettings, Configuration, FineTuningSettings
from quoted_systems.starting import seeded

V, E, H, EOS = 7, 3, 4, 0


def settings(bptt_length=400, **changed):
    first = {
        "embedding_size": E,
        "hidden_size": H,
        "forget_bias": 1.0,
        "word_dropout": 0.0,
        "bptt_length": bptt_length,
        "batch_size": 4,
        "length_window": 1,
        "learning_rate": 0.01,
        "gradient_clipping": 5.0,
        "max_epochs": 1,
        "patience": 1,
    }
    second = {
        "classifier_size": 5,
        "dropout": 0.0,
        "word_dropout": 0.0,
        "label_gain": "last",
        "batch_size": 4,
        "length_window": 1,
        "learning_rate": 0.01,
        "learning_rate_decay": 1.0,
        "gradient_clipping": 5.0,
        "max_epochs": 1,
        "patience": 1,
    }
    first, second = ({name: changed.get(name, value) for name, value in part.items()} for part in (first, second))
    return Configuration(autoencoder=AutoencoderSettings(**first), fine_tuning=FineTuningSettings(**second))


def split_of(lengths, seed=0, labels=None):
    """A split of random documents, each with ``<eos>`` at its end."""
    random, documents = np.random.default_rng(seed), []
    for length in lengths:
        documents.append(np.append(random.integers(2, V, length - 1), EOS))
    return Split(np.concatenate(documents).astype(np.int32), np.concatenate([[0], np.cumsum(lengths)]), labels, False)


def double(link):
    """The link in double precision, with weights of length 1 or so."""
    random = np.random.default_rng(3)
    for _, parameter in sorted(link.namedparams()):
        parameter.array = random.normal(size=parameter.shape)
    return link


def plain_states(lstm, vectors, detach_every=None, detach_at=None):
    """An LSTM word by word: vectors, list of Variables (1, E) -> list of (1, H); the state is cut where it is said."""
    size = lstm.w_h.shape[0]
    h = c = chainer.Variable(np.zeros((1, size)))
    found = []
    for step, x in enumerate(vectors):
        if step and (detach_every and step % detach_every == 0 or step == detach_at):
            h, c = chainer.Variable(h.array), chainer.Variable(c.array)
        gates = F.matmul(x, lstm.w_x) + F.matmul(h, lstm.w_h) + F.reshape(lstm.b, (1, -1))
        i, f, o, g = F.split_axis(gates, 4, axis=1)
        c = F.sigmoid(f) * c + F.sigmoid(i) * F.tanh(g)
        h = F.sigmoid(o) * F.tanh(c)
        found.append(h)
    return found


def gradients(link):
    return {name: parameter.grad.copy() for name, parameter in link.namedparams() if parameter.grad is not None}


def clear_and_run(link, loss):
    link.cleargrads()
    loss().backward()
    return gradients(link)


class TestCopies:
    def test_a_document_is_followed_by_itself_without_its_last_word(self):
        split = Split(np.array([5, 6, EOS, 4, EOS], np.int32), np.array([0, 3, 5]), None, False)
        copies = autoencoder.Copies.of(Text([split]), np.array([1, 0]))
        inputs, predicts = copies.layout.unpack(copies.inputs), copies.layout.unpack(copies.predicts)
        assert inputs.tolist() == [4, EOS, 4, 5, 6, EOS, 5, 6]
        assert predicts.tolist() == [False, True, True, False, False, True, True, True]
        targets = np.full(8, -1)
        targets[copies.predicts] = copies.targets
        assert copies.layout.unpack(targets).tolist() == [-1, 4, EOS, -1, -1, 5, 6, EOS]

    @pytest.mark.parametrize("length", [1, 2, 3, 100])
    def test_windows_hold_every_word_and_target_once_in_order(self, length):
        copies = autoencoder.Copies.of(Text([split_of([2, 5, 3])]), np.arange(3))
        windows = list(copies.windows(length))
        assert [place for words, _, _ in windows for place in range(words.start, words.stop)] == list(
            range(len(copies.inputs))
        )
        assert [place for *_, targets in windows for place in range(targets.start, targets.stop)] == list(
            range(len(copies.targets))
        )
        assert all(words.stop - words.start == sizes.sum() and len(sizes) <= length for words, sizes, _ in windows)
        for words, _, targets in windows:
            assert copies.predicts[words].sum() == targets.stop - targets.start


class TestAutoencoder:
    lengths = [4, 2, 6]

    def made(self, bptt_length):
        model = double(seeded(0, lambda: autoencoder.Autoencoder(V, settings().autoencoder, ())))
        copies = autoencoder.Copies.of(Text([split_of(self.lengths)]), np.arange(3))
        return model, copies, lambda: sum(F.sum(losses) for losses in model.losses(copies, bptt_length))

    def plain(self, model, bptt_length):
        split, total = split_of(self.lengths), 0
        for ids in (split[index][0] for index in range(3)):
            inputs = [*ids, *ids[:-1]]
            states = plain_states(
                model.lstm, [F.embed_id(np.array([word]), model.embedding.W) for word in inputs], bptt_length
            )
            for word, h in zip(ids, states[len(ids) - 1 :], strict=True):
                total += F.sum(
                    F.softmax_cross_entropy(F.matmul(h, model.output.head, transb=True), np.array([word], np.int32))
                )
        return total

    @pytest.mark.parametrize("bptt_length", [400, 11, 4, 3, 1])
    def test_loss_and_truncated_gradients_equal_a_plain_loop(self, bptt_length):
        model, _, loss = self.made(bptt_length)
        found = clear_and_run(model, loss)
        value, expected = float(loss().array), float(self.plain(model, bptt_length).array)
        assert value == pytest.approx(expected, rel=1e-10)
        plain = clear_and_run(model, lambda: self.plain(model, bptt_length))
        for name, gradient in plain.items():
            np.testing.assert_allclose(found[name], gradient, rtol=1e-8, atol=1e-10, err_msg=name)

    def test_gradients_equal_numerical_ones(self):
        model, _, loss = self.made(400)
        found, random = clear_and_run(model, loss), np.random.default_rng(0)
        for name, parameter in model.namedparams():
            direction = random.normal(size=parameter.shape)
            values = []
            for step in (1e-5, -2e-5):
                parameter.array += step * direction
                values.append(float(loss().array))
            parameter.array += 1e-5 * direction
            assert (values[0] - values[1]) / 2e-5 == pytest.approx(np.vdot(found[name], direction), rel=1e-5), name

    def test_a_dropped_word_is_a_zero_vector(self):
        model, copies, _ = self.made(400)
        kept = np.arange(len(copies.inputs)) % 2 == 0
        x = autoencoder.look_up(model.embedding, copies.inputs, kept).array
        assert not x[~kept].any() and (x[kept] == model.embedding.W.array[copies.inputs[kept]]).all()
        drawn = autoencoder.kept_words(4000, 0.25, 0, "words", 1)
        assert 0.72 < drawn.mean() < 0.78 and (drawn == autoencoder.kept_words(4000, 0.25, 0, "words", 1)).all()
        assert autoencoder.kept_words(4, 0, 0, "words", 1) is None

    def test_perplexity_is_that_of_the_words_that_are_written(self):
        model, _, loss = self.made(400)
        text = Text([split_of(self.lengths)])
        assert autoencoder.perplexity(model, text, 3) == pytest.approx(
            np.exp(float(loss().array) / sum(self.lengths)), rel=1e-6
        )

    def test_learns_to_write_what_it_has_read(self):
        """Documents of two words of five, in any order: to write them again needs both from the state."""
        random = np.random.default_rng(1)
        ids = np.concatenate([np.append(random.integers(2, V, 2), EOS) for _ in range(200)]).astype(np.int32)
        text = Text([Split(ids, np.arange(0, 601, 3), None, False)])
        chosen = settings(embedding_size=16, hidden_size=24).autoencoder
        model = seeded(0, lambda: autoencoder.Autoencoder(V, chosen, ()))
        optimizer = Adam(0.02, 5.0).setup(model)
        updater = autoencoder.Updater(PermutationIterator(text.lengths, 20, 0, "order"), optimizer, text, chosen, 0)
        before = autoencoder.perplexity(model, text, 400)
        for _ in range(300):
            updater.update()
        optimizer.catch_up()
        assert before > 5 and autoencoder.perplexity(model, text, 400) < 1.1  # 2.9 if nothing were remembered


class TestClassifier:
    lengths, labels = [5, 2, 9, 3], np.array([1, 0, 0, 1], np.int32)

    def made(self, bptt_length=400, gain="last"):
        chosen = settings(bptt_length, label_gain=gain)
        model = double(seeded(0, lambda: classifier.Classifier(V, chosen, 2)))
        split = split_of(self.lengths, labels=self.labels)
        batch = Documents([split], False).batch(np.arange(4))
        return model, split, lambda: model.loss(batch, gain), batch

    def plain(self, model, split, bptt_length, gain):
        total = 0
        for index, label in enumerate(self.labels):
            ids = split[index][0]
            cut = max(len(ids) - bptt_length, 0)
            vectors = [F.embed_id(np.array([word]), model.embedding.W) for word in ids]
            vectors = [chainer.Variable(x.array) if step < cut else x for step, x in enumerate(vectors)]
            states = plain_states(model.lstm, vectors, detach_at=cut)
            places = range(cut, len(ids)) if gain == "linear" else [len(ids) - 1]
            weights = [place + 1 for place in places]
            for place, weight in zip(places, weights, strict=True):
                logits = model.output(F.relu(model.hidden(states[place])))
                total += weight / sum(weights) * F.softmax_cross_entropy(logits, np.array([label], np.int32))
        return total / len(self.labels)

    @pytest.mark.parametrize("gain", ["last", "linear"])
    @pytest.mark.parametrize("bptt_length", [400, 9, 5, 4, 1])
    def test_loss_and_truncated_gradients_equal_a_plain_loop(self, gain, bptt_length):
        model, split, loss, _ = self.made(bptt_length, gain)
        assert float(loss().array) == pytest.approx(float(self.plain(model, split, bptt_length, gain).array), rel=1e-10)
        found = clear_and_run(model, loss)
        for name, gradient in clear_and_run(model, lambda: self.plain(model, split, bptt_length, gain)).items():
            np.testing.assert_allclose(found[name], gradient, rtol=1e-8, atol=1e-10, err_msg=name)

    def test_truncation_changes_no_prediction(self):
        whole, split, _, _ = self.made()
        short = self.made(2)[0]
        documents = Documents([split], False)
        np.testing.assert_allclose(
            classifier.predict(whole, documents), classifier.predict(short, documents), rtol=1e-6
        )
        np.testing.assert_allclose(classifier.predict(whole, documents).sum(axis=1), 1, rtol=1e-6)

    def test_dropped_words_are_the_same_ones_before_and_behind_the_cut(self):
        kept = np.random.default_rng(2).random(19) < 0.5
        states = []
        for bptt_length in (400, 2):
            model, _, _, batch = self.made(bptt_length)
            h, layout = model.states(batch, kept)
            states.append(h.array[layout.last])
        np.testing.assert_allclose(*states, rtol=1e-10)

    def test_weights_of_a_linear_gain(self):
        layout = Layout.of([3, 1])
        np.testing.assert_allclose(layout.unpack(classifier.linear_gain(layout, layout)), [1 / 6, 2 / 6, 3 / 6, 1])
        shortened = Layout.of([2, 1])  # of a document of three words the last two count
        np.testing.assert_allclose(shortened.unpack(classifier.linear_gain(layout, shortened)), [2 / 5, 3 / 5, 1])

    def test_begins_as_the_autoencoder(self):
        pretrained = seeded(1, lambda: autoencoder.Autoencoder(V, settings().autoencoder, ()))
        model = seeded(2, lambda: classifier.Classifier(V, settings(), 2))
        before = model.hidden.W.array.copy()
        model.begin_as(pretrained)
        np.testing.assert_array_equal(model.embedding.W.array, pretrained.embedding.W.array)
        for name in ("w_x", "w_h", "b"):
            np.testing.assert_array_equal(getattr(model.lstm, name).array, getattr(pretrained.lstm, name).array)
        np.testing.assert_array_equal(model.hidden.W.array, before)
