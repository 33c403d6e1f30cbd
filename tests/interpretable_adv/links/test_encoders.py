"""Encoders see every document by itself and have the gradients that they should, in networks and in what is made with them."""
import inspect

import numpy as np
import pytest

from foundation import old_chainer
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
from interpretable_adv.settings import ModelConfig, load
from tests.interpretable_adv.analysis.made_up import made_up_run
from interpretable_adv.analysis.perturbations import RunPerturber

with old_chainer.stand_ins():
    from chainer import gradient_check

LENGTHS = [3, 1, 4, 4, 2]
CORPORA = {"classification": "sample-sec", "labelling": "sample-ged"}
EVERY = [(encoder, task) for encoder in names() for task in CORPORA]


def network_of(encoder, task):
    model = load(CORPORA[task], "paper", "quick", [f"model.encoder={encoder}", "model.embedding_size=5", "model.hidden_size=4"]).model
    np.random.seed(0)
    return build_network(task, np.ones(9, int), model, 2)


def test_there_is_a_name_for_each_file():
    assert set(names()) == set(ModelConfig.model_fields["encoder"].annotation.__args__)
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


def in_float64(link):
    for parameter in link.params():
        parameter.array = parameter.array.astype(np.float64)
    return link


@pytest.mark.parametrize("lengths", [LENGTHS, [1], [2, 2, 2]], ids=len)
@pytest.mark.parametrize("encoder, task", EVERY)
def test_gradients_are_the_numerical_ones(encoder, task, lengths):
    link, layout = in_float64(network_of(encoder, task).encoder), Layout.of(lengths)
    draw = np.random.default_rng(0)
    packed = draw.standard_normal((sum(lengths), 5))
    upstream = draw.standard_normal(link(packed, layout).shape)
    gradient_check.check_backward(lambda x: link(x, layout), packed, upstream, list(link.params()), eps=1e-6, atol=1e-7,
                                  rtol=1e-6, dtype=np.float64)


@pytest.mark.parametrize("encoder", names())
def test_a_text_that_repeats_itself_has_its_gradient_once(encoder):
    """All windows but those at the ends are equal: a derivative by the weights exists, and is not one for each of them."""
    link, layout = in_float64(network_of(encoder, "classification").encoder), Layout.of([7])
    packed = np.repeat(np.random.default_rng(0).standard_normal((1, 5)), 7, axis=0)
    upstream = np.ones(link(packed, layout).shape)
    parameters = list(link.params())
    numerical = gradient_check.numerical_grad(lambda: (link(packed, layout).array,), [each.array for each in parameters],
                                              (upstream,), eps=1e-6)
    link.cleargrads()
    F.sum(link(chainer.Variable(packed), layout)).backward()
    for parameter, expected in zip(parameters, numerical):
        np.testing.assert_allclose(parameter.grad, expected, atol=1e-6)


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
