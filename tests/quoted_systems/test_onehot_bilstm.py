"""One-hot LSTMs, region embeddings and their classifier against plain formulas, numerical gradients, known optima."""

import chainer
import chainer.functions as F
import numpy as np
import pytest

from iadv_foundation.arithmetic.functions import gateless_lstm
from iadv_foundation.arithmetic.packing import Layout
from iadv_foundation.training import Adam, Momentum
from interpretable_adv.training.order import PermutationIterator
from quoted_systems.onehot_bilstm import classifier, regions
from quoted_systems.onehot_bilstm.layers import OneHotLSTM
from quoted_systems.onehot_bilstm.settings import BiLstmSettings, Configuration, RegionSettings
from quoted_systems.onehot_bilstm.training import TenthAfter
from quoted_systems.starting import seeded

V, H = 6, 4


def settings(**changed):
    both = {"initial_scale": 0.1, "batch_size": 5, "learning_rate": 0.1, "decay_after": 0.8, "epochs": 1}
    first = {"words": V, "size": H, "region": 2, "negatives": 3, "chunk": 3, "momentum": 0.9}
    second = {"size": H, "dropout": 0.0, "weight_decay": 0.0, "length_window": 1, "gradient_clipping": 5.0}
    parts = ({name: changed.get(name, value) for name, value in {**both, **part}.items()} for part in (first, second))
    return Configuration(regions=RegionSettings(**next(parts)), bilstm=BiLstmSettings(**next(parts)))


def double(link):
    random = np.random.default_rng(3)
    for _, parameter in sorted(link.namedparams()):
        parameter.array = random.normal(size=parameter.shape)
    return link


def check_gradients(link, loss):
    """Compare gradients with numerical ones along random directions."""
    link.cleargrads()
    loss().backward()
    random = np.random.default_rng(0)
    for name, parameter in link.namedparams():
        direction = random.normal(size=parameter.shape)
        values = []
        for step in (1e-5, -2e-5):
            parameter.array += step * direction
            values.append(float(loss().array))
        parameter.array += 1e-5 * direction
        assert (values[0] - values[1]) / 2e-5 == pytest.approx(
            np.vdot(parameter.grad, direction), rel=1e-5, abs=1e-8
        ), name


class Listed(list):
    """Documents in memory, as the updaters want them."""

    @property
    def lengths(self):
        return np.array([len(document) for document in self])

    def batch(self, indices):
        layout = Layout.of(self.lengths[indices])
        return np.concatenate([self[index] for index in indices])[layout.take], layout

    def batches_by_length(self, words):
        for index in range(len(self)):
            yield np.array([index]), *self.batch(np.array([index]))


class TestOneHotLSTM:
    numbers, sizes = np.array([2, 0, -1, 5, 2], np.int32), np.array([2, 2, 1])

    @pytest.mark.parametrize("reverse", [False, True])
    def test_equals_a_product_with_one_hot_vectors(self, reverse):
        layer = double(OneHotLSTM(V, H, 0.1, side_size=3, reverse=reverse))
        side = np.random.default_rng(1).normal(size=(5, 3))
        vectors = np.zeros((5, V))
        for place, number in enumerate(self.numbers):
            if number >= 0:
                vectors[place, number] = 1
        x = vectors @ layer.words.W.array + side @ layer.side.array + layer.b.array
        expected = gateless_lstm(chainer.Variable(x), layer.w_h, self.sizes, reverse)
        np.testing.assert_allclose(layer(self.numbers, self.sizes, side).array, expected.array, rtol=1e-12)

    def test_gradients_equal_numerical_ones(self):
        layer = double(OneHotLSTM(V, H, 0.1, side_size=3))
        side = np.random.default_rng(1).normal(size=(5, 3))
        check_gradients(layer, lambda: F.sum(layer(self.numbers, self.sizes, side) ** 3))


class TestChunks:
    documents = [np.array([1, 2, 3, 4], np.int32), np.array([5, -1], np.int32)]

    @pytest.mark.parametrize(
        "reverse, expected",
        [
            (False, [[2, 3], [3, 4], [4, -1], [-1, -1], [-1, -1], [-1, -1]]),
            (True, [[-1, -1], [-1, 1], [1, 2], [2, 3], [-1, -1], [-1, 5]]),
        ],
    )
    def test_pieces_and_what_is_to_be_predicted(self, reverse, expected):
        chunks = regions.Chunks.of(self.documents, 3, 2, reverse)
        assert sorted(chunks.layout.lengths.tolist()) == [1, 2, 3]
        assert chunks.layout.unpack(chunks.numbers).tolist() == [1, 2, 3, 4, 5, -1]
        assert chunks.layout.unpack(chunks.regions).tolist() == expected

    def test_a_document_of_whole_pieces_has_no_empty_one(self):
        assert regions.Chunks.of([np.arange(6, dtype=np.int32)], 3, 2, False).layout.lengths.tolist() == [3, 3]


class TestRegions:
    def model(self):
        return double(regions.RegionModel(V, settings().regions, False))

    def test_loss_equals_the_formula(self):
        model, chunks = self.model(), regions.Chunks.of(TestChunks.documents, 3, 2, False)
        drawn = np.random.default_rng(5).integers(0, V, 6)
        candidates = sorted({2, 3, 4} | set(drawn.tolist()))
        h, total = model.lstm(chunks.numbers, chunks.layout.batch_sizes).array, 0
        for state, region in zip(h, chunks.regions, strict=True):
            present = {int(word) for word in region if word >= 0}
            absent = set(candidates) - present
            if present:
                z = {
                    word: float(model.outputs.W.array[word] @ state + model.output_biases.W.array[word, 0])
                    for word in candidates
                }
                total += sum((1 - z[word]) ** 2 for word in present)
                total += len(present) / len(absent) * sum(z[word] ** 2 for word in absent)
        found = model.loss(chunks, 3, np.random.default_rng(5))
        assert float(found.array) == pytest.approx(total / 3, rel=1e-6)  # three places have a next word

    def test_gradients_equal_numerical_ones(self):
        model, chunks = self.model(), regions.Chunks.of(TestChunks.documents, 3, 2, False)
        check_gradients(model, lambda: model.loss(chunks, 3, np.random.default_rng(5)))

    def test_a_word_that_comes_twice_counts_once(self):
        places, rows, columns, candidates = self.model().targets(
            np.array([[-1, -1], [2, 2], [4, 2]], np.int32), 1, np.random.default_rng(0)
        )
        assert places.tolist() == [1, 2] and rows.tolist() == [0, 1, 1] and candidates[columns].tolist() == [2, 2, 4]

    def test_nothing_to_predict_is_no_loss(self):
        model = self.model()
        assert (
            float(
                model.loss(
                    regions.Chunks.of([np.array([-1, -1], np.int32)], 3, 2, False), 3, np.random.default_rng(0)
                ).array
            )
            == 0
        )

    @pytest.mark.parametrize("reverse", [False, True])
    def test_learns_what_comes_next_or_came_before(self, reverse):
        """A cycle of six words: the word tells the next two, or the two before."""
        documents = Listed((np.arange(30, dtype=np.int32) + start) % V for start in range(20))
        chosen = settings(size=16, chunk=10, learning_rate=0.05).regions
        model = seeded(0, lambda: regions.RegionModel(V, chosen, reverse))
        optimizer = Momentum(0.05, 0.9).setup(model)
        updater = regions.Updater(
            PermutationIterator(documents.lengths, 5, 0, "order"), optimizer, documents, chosen, 0
        )
        before = regions.mean_loss(model, documents, chosen, 0)
        for _ in range(400):
            updater.update()
        optimizer.catch_up()
        assert before > 1.5 and regions.mean_loss(model, documents, chosen, 0) < 0.05


class TestClassifier:
    documents = Listed(np.array(words, np.int32) for words in ([1, 2, 5, -1], [4], [0, 0, 3]))
    labels = np.array([1, 0, 1])

    def made(self, **changed):
        chosen = settings(**changed)
        pair = [double(regions.RegionModel(V, chosen.regions, reverse)) for reverse in (False, True)]
        return double(classifier.Classifier(V, chosen, 2, pair)), pair

    def test_pooled_values_equal_those_of_each_document_alone(self):
        model, pair = self.made()
        numbers, layout = self.documents.batch(np.arange(3))
        pooled = model.pooled(numbers, layout).array
        for row, index in enumerate(layout.order):
            document, sizes = self.documents[index], np.ones(len(self.documents[index]), int)
            side = np.concatenate([region.lstm(document, sizes).array for region in pair], axis=1)
            expected = [layer(document, sizes, side).array.max(axis=0) for layer in (model.ahead, model.back)]
            np.testing.assert_allclose(pooled[row], np.concatenate(expected), rtol=1e-10)

    def test_loss_is_half_the_squared_distance_and_weight_decay_of_the_output(self):
        model, _ = self.made(weight_decay=0.3)
        numbers, layout = self.documents.batch(np.arange(3))
        labels = self.labels[layout.order]
        outputs = model.output(model.pooled(numbers, layout)).array
        expected = sum(((outputs[row] - np.eye(2)[label]) ** 2).sum() for row, label in enumerate(labels)) / 6
        expected += 0.15 * (model.output.W.array**2).sum()
        assert float(model.loss(numbers, layout, labels).array) == pytest.approx(expected, rel=1e-6)

    def test_gradients_equal_numerical_ones_and_regions_have_none(self):
        model, pair = self.made(weight_decay=0.3)
        numbers, layout = self.documents.batch(np.arange(3))
        for region in pair:
            region.cleargrads()
        check_gradients(model, lambda: model.loss(numbers, layout, self.labels[layout.order]))
        assert all(parameter.grad is None for region in pair for parameter in region.params())
        assert not any("region" in name for name, _ in model.namedparams())

    def test_predictions_are_in_the_order_of_the_documents(self):
        model, _ = self.made()
        numbers, layout = self.documents.batch(np.arange(3))
        with chainer.using_config("train", False):
            together = model.output(model.pooled(numbers, layout)).array
        np.testing.assert_allclose(classifier.predict(model, self.documents)[layout.order], together, rtol=1e-5)

    def test_learns_whether_a_word_stands_anywhere(self):
        random = np.random.default_rng(0)
        documents = Listed(random.integers(1, V, random.integers(1, 15)).astype(np.int32) for _ in range(100))
        labels = np.arange(100) % 2
        for document, label in zip(documents, labels, strict=True):
            if label:
                document[random.integers(len(document))] = 0
        chosen = settings(size=8)
        pair = [seeded(seed, lambda seed=seed: regions.RegionModel(V, chosen.regions, bool(seed))) for seed in (0, 1)]
        model = seeded(0, lambda: classifier.Classifier(V, chosen, 2, pair))
        optimizer = Adam(0.02, 5.0).setup(model)
        updater = classifier.Updater(
            PermutationIterator(documents.lengths, 20, 0, "order"),
            optimizer,
            documents,
            labels,
            settings(dropout=0.2).bilstm,
            0,
        )
        for _ in range(150):
            updater.update()
        optimizer.catch_up()
        assert (classifier.predict(model, documents).argmax(axis=1) == labels).all()


def test_the_learning_rate_is_a_tenth_at_the_end_and_after_a_resumption():
    class Trainer:
        class updater:
            epoch = 0

    optimizer, trainer = Momentum(5.0, 0.9), Trainer()
    schedule = TenthAfter(optimizer, "lr", settings(epochs=10, learning_rate=0.4).regions)
    found = []
    for epoch in range(10):
        trainer.updater.epoch = epoch
        (schedule if epoch else schedule.initialize)(trainer)
        found.append(optimizer.lr)
    np.testing.assert_allclose(found, [0.4] * 8 + [0.04] * 2)
    optimizer.lr = 0.4
    schedule.initialize(trainer)
    assert optimizer.lr == pytest.approx(0.04)
