"""Paragraph vectors: gensim's own training in one go, resumption, unknown words, and topics that are told apart."""

import types
from types import SimpleNamespace

import chainer.functions as F
import numpy as np
import pytest

from iadv_foundation.console.deadline import Deadline
from iadv_foundation.errors import TimeLimitReached, UserError
from iadv_foundation.storage.run_folder import RunFolder
from quoted_systems.paragraph_vectors import training, vectors
from quoted_systems.paragraph_vectors.settings import NetworkSettings, ParagraphVectorSettings
from quoted_systems.paragraph_vectors.vectors import Doc2Vec, Documents
from quoted_systems.texts import LEARNT_FROM, Words
from tests.helpers import tiny_corpus


def settings(**changed):
    values = {
        "size": 8,
        "window": 3,
        "negative": 3,
        "minimum_count": 1,
        "subsampling": 0.0,
        "epochs": 3,
        "inference_epochs": 4,
        "learning_rate": 0.05,
    }
    return ParagraphVectorSettings(**{**values, **changed})


@pytest.fixture
def corpus(tmp_path):
    return tiny_corpus(tmp_path / "tiny")


def job_of(corpus, folder, deadline=Deadline(), **changed):
    """As quoted_systems.run.Job as the vectors need it."""
    chosen = SimpleNamespace(paragraph_vectors=settings(**changed))
    return SimpleNamespace(
        corpus=corpus,
        settings=chosen,
        seed=0,
        label="tiny",
        quiet=True,
        deadline=deadline,
        part=lambda name, *_: _started(folder / name),
    )


def _started(folder):
    part = RunFolder(folder)
    part.start({"of": "a test"})
    return part


class TestDocuments:
    def test_words_are_in_lower_case_and_unknown_ones_left_out(self, corpus):
        words = Words.of(corpus, minimum=5)
        documents = Documents(corpus, words, ("dev", "test"))
        assert len(documents) == len(corpus.splits["dev"]) + len(corpus.splits["test"])
        ids, _ = corpus.splits["test"][3]
        known = [corpus.vocabulary.words[number].lower() for number in ids if words.number_of[number] >= 0]
        assert documents[len(corpus.splits["dev"]) + 3] == known and len(known) < len(ids)


class TestDoc2Vec:
    @pytest.mark.parametrize("name", ["dm", "dbow"])
    def test_epoch_by_epoch_equals_gensim_in_one_go(self, corpus, name, monkeypatch):
        """In one order of the documents; the learning rate falls from epoch to epoch as gensim has it fall."""
        documents = Documents(corpus, Words.of(corpus), LEARNT_FROM)
        monkeypatch.setattr(vectors, "generator", lambda *_: SimpleNamespace(permutation=np.arange))
        ours, gensim = (Doc2Vec(name, documents, settings(), 0) for _ in range(2))
        for _ in range(3):
            ours.train()
        gensim.model.train(
            corpus_iterable=vectors._Reading(documents, range(len(documents))),
            total_examples=len(documents),
            epochs=3,
            start_alpha=0.05,
            end_alpha=0.0001,
        )
        np.testing.assert_allclose(ours.model.dv.vectors, gensim.model.dv.vectors, atol=1e-3)
        assert np.abs(ours.model.dv.vectors).max() > 0.1

    @pytest.mark.parametrize("name", ["dm", "dbow"])
    def test_goes_on_from_what_it_saved(self, corpus, name, tmp_path):
        documents, words = Documents(corpus, Words.of(corpus), LEARNT_FROM), Words.of(corpus)
        inferred = Documents(corpus, words, ("dev", "test"))
        whole, first, second = (Doc2Vec(name, documents, settings(), 0) for _ in range(3))
        for _ in range(3):
            whole.train()
        first.train()
        first.save(tmp_path / "saved.npz")
        second.load(tmp_path / "saved.npz")
        assert second.epoch == 1
        for _ in range(2):
            second.train()
        for model in (whole, second):
            model.infer(inferred)
        np.testing.assert_array_equal(second.model.dv.vectors, whole.model.dv.vectors)
        np.testing.assert_array_equal(second.inferred, whole.inferred)

    def test_seeds_make_a_difference_and_orders_of_documents_do(self, corpus):
        documents = Documents(corpus, Words.of(corpus), LEARNT_FROM)
        models = [Doc2Vec("dbow", documents, settings(), seed) for seed in (0, 0, 1)]
        for model in models:
            model.train()
        assert (models[0].model.dv.vectors == models[1].model.dv.vectors).all()
        assert (models[0].model.dv.vectors != models[2].model.dv.vectors).any()

    def test_a_vector_does_not_depend_on_the_documents_before(self, corpus, monkeypatch):
        documents, inferred = (Documents(corpus, Words.of(corpus), names) for names in (LEARNT_FROM, ("dev",)))
        found = []
        for at_once in (500, 1, 7):
            monkeypatch.setattr(vectors, "_AT_ONCE", at_once)
            model = Doc2Vec("dm", documents, settings(), 0)
            model.train()
            while len(model.inferred) < len(inferred):
                model.infer(inferred)
            found.append(model.inferred)
        np.testing.assert_array_equal(found[0], found[1])
        np.testing.assert_array_equal(found[0], found[2])

    def test_a_document_without_known_words_has_a_vector(self, corpus):
        words = Words.of(corpus)
        unknown = types.MethodType(lambda self, index: [], Documents(corpus, words, ("dev",)))
        model = Doc2Vec("dm", Documents(corpus, words, LEARNT_FROM), settings(), 0)
        model.infer(type("Nothing", (), {"__len__": lambda self: 2, "__getitem__": unknown})())
        assert model.inferred.shape == (2, 8) and np.isfinite(model.inferred).all()

    def test_words_too_rare_are_one_line(self, corpus):
        with pytest.raises(UserError, match="no word occurs 10000 times"):
            Doc2Vec("dm", Documents(corpus, Words.of(corpus), LEARNT_FROM), settings(minimum_count=10000), 0)

    @pytest.mark.parametrize("name", ["dm", "dbow"])
    def test_documents_of_two_topics_are_told_apart(self, name):
        """Each word of a topic stands between two fillers, so that its neighbours do not tell the topic,
        only the document.
        """
        random, topics = np.random.default_rng(0), [["sea", "boat", "fish", "wave"], ["tree", "leaf", "wood", "bird"]]
        made = [
            [word for drawn in random.choice(topics[number % 2], 12) for word in ("filler", str(drawn))]
            for number in range(80)
        ]
        documents = type("Made", (), {"__len__": lambda self: 80, "__getitem__": lambda self, index: made[index]})()
        model = Doc2Vec(name, documents, settings(window=1, epochs=40, inference_epochs=40), 0)
        for _ in range(40):
            model.train()
        fresh = type("Fresh", (), {"__len__": lambda self: 6, "__getitem__": lambda self, index: made[index][::-1]})()
        model.infer(fresh)
        unit = model.model.dv.vectors / np.linalg.norm(model.model.dv.vectors, axis=1, keepdims=True)
        means = [unit[topic::2].mean(axis=0) for topic in (0, 1)]
        assert all((unit[topic::2] @ (means[topic] - means[1 - topic]) > 0).mean() > 0.95 for topic in (0, 1))
        assert all(model.inferred[place] @ (means[place % 2] - means[1 - place % 2]) > 0 for place in range(6))


class TestMake:
    def test_the_splits_come_out_in_their_order(self, corpus, tmp_path):
        arrays, seconds = vectors.make("dbow", job_of(corpus, tmp_path), Words.of(corpus))
        assert {name: array.shape for name, array in arrays.items()} == {
            name: (len(corpus.splits[name]), 8) for name in ("train", "dev", "test")
        }
        assert seconds > 0 and vectors.make("dbow", job_of(corpus, tmp_path), Words.of(corpus))[1] == seconds

    def test_in_however_many_slices_it_ends_the_same(self, corpus, tmp_path, monkeypatch):
        monkeypatch.setattr(vectors, "_AT_ONCE", 9)
        straight, _ = vectors.make("dm", job_of(corpus, tmp_path / "straight"), Words.of(corpus))

        stops = 0
        while True:
            try:
                sliced, _ = vectors.make("dm", job_of(corpus, tmp_path / "sliced", Deadline(1e-9)), Words.of(corpus))
                break
            except TimeLimitReached as reached:
                stops += 1
                assert "DM vectors after epoch" in str(reached)
        assert stops > 5
        for name, array in straight.items():
            np.testing.assert_array_equal(array, sliced[name])


class TestNetwork:
    def test_logits_equal_the_formula(self):
        network = training.VectorNetwork(3, 4, 2, 0.5)
        x, masks = np.ones((2, 3), np.float32), network.masks(2, 0, 1)
        hidden = np.tanh((x * masks[0]) @ network.hidden.W.array.T + network.hidden.b.array) * masks[1]
        np.testing.assert_allclose(
            network(x, masks).array, hidden @ network.output.W.array.T + network.output.b.array, rtol=1e-5
        )
        np.testing.assert_allclose(training.predict(network, x), F.softmax(network(x)).array)

    def test_standardised_by_train_alone(self):
        random = np.random.default_rng(0)
        given = {
            "train": random.normal(3, 2, (50, 4)).astype(np.float32),
            "dev": random.normal(size=(5, 4)).astype(np.float32),
        }
        found = training.standardised(given)
        np.testing.assert_allclose(found["train"].mean(axis=0), 0, atol=1e-6)
        np.testing.assert_allclose(found["train"].std(axis=0), 1, rtol=1e-5)
        np.testing.assert_allclose(
            found["dev"], (given["dev"] - given["train"].mean(axis=0)) / given["train"].std(axis=0), rtol=1e-4
        )

    def test_settings_are_checked(self):
        with pytest.raises(ValueError, match="hidden_size"):
            NetworkSettings(hidden_size=0, dropout=0, batch_size=1, learning_rate=1, max_epochs=1, patience=1)
