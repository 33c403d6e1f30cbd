"""Encoders see every document by itself, the networks keep their protocol, and a stock embedding fits into it."""
import numpy as np
import pytest

import chainer
import chainer.functions as F
import chainer.links as L

from foundation.arithmetic.packing import Layout
from foundation.errors import UsageError
from interpretable_adv.links import build_network
from interpretable_adv.links.adapters import StockEmbedding
from interpretable_adv.links.encoders import encoder_named, names
from interpretable_adv.links.protocols import Embedding, Network
from interpretable_adv.links.sequences import apart, together
from interpretable_adv.settings import load
from tests.interpretable_adv.analysis.made_up import made_up_run
from interpretable_adv.analysis.perturbations import RunPerturber

LENGTHS = [3, 1, 4, 4, 2]
CORPORA = {"classification": "sample-sec", "labelling": "sample-ged"}
EVERY = [(encoder, task) for encoder in names() for task in CORPORA]


def network_of(encoder, task):
    model = load(CORPORA[task], "paper", "quick", [f"model.encoder={encoder}", "model.embedding_size=5", "model.hidden_size=4"]).model
    np.random.seed(0)
    return build_network(task, np.ones(9, int), model, 2)


def test_there_is_a_name_for_each_file():
    assert names() == ["cnn", "gru", "lstm"]
    for name in names():
        assert load("imdb", "paper", "paper", [f"model.encoder={name}"]).model.encoder == name
    with pytest.raises(UsageError, match="'model.encoder': choose from cnn, gru, lstm, not 'grus'"):
        load("imdb", "paper", "paper", ["model.encoder=grus"])
    with pytest.raises(UsageError, match="did you mean 'gru'"):
        encoder_named("grus", True)


@pytest.mark.parametrize("encoder, task", EVERY)
def test_a_document_has_the_same_states_alone_and_among_others(encoder, task):
    link = network_of(encoder, task).encoder
    draw = np.random.default_rng(0)
    documents = [draw.standard_normal((length, 5)).astype(np.float32) for length in LENGTHS]
    layout = Layout.of(LENGTHS)
    packed = np.concatenate(documents)[layout.take]
    found = link(chainer.Variable(packed), layout).array
    assert found.shape == ((sum(LENGTHS) if task == "labelling" else len(LENGTHS)), link.size)
    alone = [link(chainer.Variable(document), Layout.of([len(document)])).array for document in documents]
    if task == "labelling":
        np.testing.assert_allclose(layout.unpack(found), np.concatenate(alone), atol=1e-6)
    else:
        np.testing.assert_allclose(found, np.concatenate(alone)[layout.order], atol=1e-6)


@pytest.mark.parametrize("encoder, task", EVERY)
def test_networks_keep_the_protocol(encoder, task):
    network = network_of(encoder, task)
    assert isinstance(network, Network) and isinstance(network.embedding, Embedding)


def test_apart_and_together_are_each_other_s_inverse():
    layout = Layout.of(LENGTHS)
    packed = chainer.Variable(np.arange(2 * sum(LENGTHS), dtype=np.float64).reshape(-1, 2))
    parts = apart(packed, layout)
    assert [len(part) for part in parts] == sorted(LENGTHS, reverse=True)
    for number, part in enumerate(parts):
        np.testing.assert_array_equal(part.array, packed.array[layout.sentence == number])
    back = together(parts, layout)
    np.testing.assert_array_equal(back.array, packed.array)
    weights = np.random.default_rng(0).standard_normal(packed.shape)
    F.sum(back * weights).backward()
    np.testing.assert_array_equal(packed.grad, weights)


def test_a_stock_embedding_gets_the_gradient_that_chainer_gives():
    np.random.seed(0)
    link, ids = L.EmbedID(9, 5), np.array([1, 4, 1, 8], np.int32)
    gradients = np.random.default_rng(0).standard_normal((2, 4, 5)).astype(np.float32)
    embedding = StockEmbedding(link)
    assert isinstance(embedding, Embedding)
    embedding.cleargrads()
    F.sum(link(ids) * gradients.sum(axis=0)).backward()
    expected = link.W.grad.copy()
    embedding.cleargrads()
    embedding.catch_up(ids)
    embedding.backward(embedding.matrix(), [(ids, gradients[0]), (ids, gradients[1])])
    np.testing.assert_allclose(link.W.grad, expected, rtol=1e-5)


@pytest.mark.parametrize("encoder, task", [one for one in EVERY if one[0] != "lstm"])
def test_a_network_with_another_encoder_can_be_looked_at(tmp_path, encoder, task):
    run = made_up_run(tmp_path, task, settings=[f"model.encoder={encoder}"])
    for method in ("iadvt", "vat"):
        for found in RunPerturber(run, method)(run.documents("dev").batch([1, 2])):
            assert found.strength.max() > 0


def test_a_language_model_hands_its_lstm_to_an_lstm_alone():
    assert [encoder_named(name, of_words).from_language_model for name in names() for of_words in (False, True)] == [
        (), (), (), (), ("w_x", "w_h", "b"), ()]
