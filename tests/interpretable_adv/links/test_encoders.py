"""Encoders see every document by itself and have the right gradients; runs with them are trained and explained."""

import subprocess
import sys
from pathlib import Path

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np
import pytest
from chainer import initializers

from data_prep.corpus import Corpus
from iadv_foundation import old_chainer
from iadv_foundation.arithmetic.links import PackedBiLSTM, PackedLSTM
from iadv_foundation.arithmetic.packing import Layout
from iadv_foundation.errors import UsageError
from interpretable_adv.analysis.explanation import Explainer
from interpretable_adv.analysis.page import to_html
from interpretable_adv.analysis.perturbations import RunPerturber
from interpretable_adv.analysis.reading import read_text
from interpretable_adv.links import build_network, encoders
from interpretable_adv.links.adapters import StockEmbedding
from interpretable_adv.links.encoders import encoder_named, names
from interpretable_adv.links.protocols import Embedding, Network
from interpretable_adv.links.sequences import apart, together
from interpretable_adv.methods import METHODS
from interpretable_adv.settings import ModelConfig, load
from interpretable_adv.start import find_start
from pretrain_lm.cli import main as pretrain_lm
from tests.helpers import tiny_corpus
from tests.interpretable_adv.analysis.made_up import made_up_run
from tests.interpretable_adv.oracle.small import difference, setting

with old_chainer.stand_ins():
    from chainer import gradient_check

LENGTHS = [3, 1, 4, 4, 2]
CORPORA = {"classification": "sample-sec", "labelling": "sample-ged"}
EVERY = [(encoder, task) for encoder in names() for task in CORPORA]


def network_of(encoder, task):
    sizes = ["model.embedding_size=5", "model.hidden_size=4"]
    model = load(CORPORA[task], "paper", "quick", [f"model.encoder={encoder}", *sizes]).model
    np.random.seed(0)
    return build_network(task, np.ones(9, int), model, 2)


def test_there_is_a_name_for_each_file():
    files = {path.stem for path in Path(encoders.__file__).parent.glob("*.py")} - {"__init__"}
    assert set(names()) == files >= {"lstm", "gru", "cnn"}
    assert set(ModelConfig.model_fields["encoder"].annotation.__args__) == files
    with pytest.raises(UsageError, match="did you mean 'gru'"):
        encoder_named("grus", True)


def test_names_are_read_without_chainer():
    """``--help`` and mistakes in a command line are answered at once."""
    code = "import sys, interpretable_adv.settings; sys.exit('chainer' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode == 0


@pytest.mark.parametrize("task", CORPORA)
@pytest.mark.parametrize("recipe", ["paper", "authors"])
def test_the_lstm_draws_its_start_weights_first_under_the_names_of_always(task, recipe):
    """Runs and checkpoints from before there was another encoder stay what they are."""
    model = load(CORPORA[task], recipe, "quick", ["model.embedding_size=5", "model.hidden_size=4"]).model
    assert model.encoder == "lstm"
    np.random.seed(0)
    found = dict(build_network(task, np.ones(9, int), model, 2).encoder.namedparams())
    np.random.seed(0)
    weights = initializers.Orthogonal() if recipe == "authors" else None
    expected = (
        PackedLSTM(5, 4, model.forget_bias)
        if task == "classification"
        else PackedBiLSTM(5, 4, model.forget_bias, weights)
    )
    assert set(found) == {
        f"{where}/{name}"
        for name in ("w_x", "w_h", "b")
        for where in ([""] if task == "classification" else ["/ahead", "/back"])
    }
    for name, parameter in expected.namedparams():
        np.testing.assert_array_equal(found[name].array, parameter.array)


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
    gradient_check.check_backward(
        lambda x: link(x, layout),
        packed,
        upstream,
        list(link.params()),
        eps=1e-6,
        atol=1e-7,
        rtol=1e-6,
        dtype=np.float64,
    )


@pytest.mark.parametrize("encoder", names())
def test_a_text_that_repeats_itself_has_its_gradient_once(encoder):
    """The windows within are equal: the largest is that of several words, and grows with a word by one of them."""
    link, layout = in_float64(network_of(encoder, "classification").encoder), Layout.of([7])
    word = np.random.default_rng(0).standard_normal((1, 5))

    def encode(word):
        return link(F.broadcast_to(word, (7, 5)), layout)

    gradient_check.check_backward(
        encode, word, np.ones(encode(word).shape), list(link.params()), eps=1e-6, atol=1e-7, rtol=1e-6, dtype=np.float64
    )


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


def with_a_stock_embedding(network):
    """The same network with its embeddings in Chainer's own link."""
    matrix = network.embedding.W.array
    link = L.EmbedID(*matrix.shape, initialW=matrix.copy())
    link.W.array = matrix.copy()  # initialW has the type of the configuration
    del network.embedding
    with network.init_scope():
        network.embedding = StockEmbedding(link)


@pytest.mark.parametrize("task", CORPORA)
@pytest.mark.parametrize("method", ["baseline", "iadvt", "ivat"])
def test_an_update_through_a_stock_embedding(method, task, monkeypatch):
    """Its gradient is that of looking words up by ``chainer.functions.embed_id``, one document at a time."""
    product, oracle = setting(method, task, "paper", METHODS[method].semi_supervised, change=with_a_stock_embedding)
    product.update(monkeypatch)
    found, expected = product.gradients(), oracle.update().gradients
    assert difference(found.pop("/embedding/link/W"), expected.pop("/embedding/W")) < 1e-9
    for name, gradient in found.items():
        assert difference(gradient, expected[name]) < 1e-9, name


@pytest.mark.parametrize("encoder, task", EVERY)
@pytest.mark.parametrize("method", ["advt", "iadvt", "vat", "ivat"])
def test_a_run_with_it_is_explained(tmp_path, encoder, task, method):
    run = made_up_run(tmp_path, task, settings=[f"model.encoder={encoder}"])
    explanation = Explainer(RunPerturber(run, method), 2).reading(read_text("great goes word1", run))
    assert max(word["strength"] for word in explanation.words) > 0
    assert all(word["target"] and len(word["runners_up"]) == 1 for word in explanation.words if word["strength"])
    assert "great" in to_html(explanation)


@pytest.mark.parametrize("encoder", names())
@pytest.mark.parametrize("task", CORPORA)
def test_a_language_model_hands_its_lstm_to_an_lstm_in_one_direction_alone(tmp_path, encoder, task):
    name = CORPORA[task]
    tiny_corpus(tmp_path / "corpora" / name, task=task, name=name)
    small = ["--set", "lm.embedding_size=5", "--set", "lm.hidden_size=4", "--set", "lm.max_epochs=1"]
    pretrain_lm([name, "--out", str(tmp_path), "--quiet", *small])
    corpus = Corpus.open(tmp_path / "corpora" / name)
    network = build_network(
        task,
        corpus.vocabulary.counts,
        load(
            name, "paper", "quick", [f"model.encoder={encoder}", "model.embedding_size=5", "model.hidden_size=4"]
        ).model,
        2,
    )
    before = {each: parameter.array.copy() for each, parameter in network.namedparams()}
    start = find_start(load(name, "paper", "quick").training, name, "paper", "quick", tmp_path)
    start.apply(network, corpus.vocabulary)
    taken = {each for each, parameter in network.namedparams() if (parameter.array != before[each]).any()}
    lstm = {"/encoder/w_x", "/encoder/w_h", "/encoder/b"} if (encoder, task) == ("lstm", "classification") else set()
    assert taken == {"/embedding/W"} | lstm
