"""The feed-forward network on top has the activation that the configuration names, values and gradients by hand."""

import chainer
import numpy as np
import pytest

from iadv_foundation.arithmetic.packing import Layout
from interpretable_adv.links import build_network
from interpretable_adv.settings import load

LENGTHS = np.array([2, 3])
ACTIVATIONS = {
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(float)),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
}


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("task, corpus", [("classification", "sample-sec"), ("labelling", "sample-ged")])
def test_logits_by_hand(task, corpus, activation):
    model = load(corpus, "paper", "quick", [f"model.activation={activation}", "model.embedding_size=4"]).model
    np.random.seed(0)  # Chainer draws start weights from it
    network = build_network(task, np.ones(9, int), model, 2)
    layout = Layout.of(LENGTHS)
    embedded = chainer.Variable(np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32))
    encoded = network.encoder(embedded, layout).array
    before = encoded @ network.ffnn.W.array.T + network.ffnn.b.array
    value, slope = ACTIVATIONS[activation]
    logits = network.logits(embedded, layout)
    expected = value(before) @ network.output.W.array.T + network.output.b.array
    np.testing.assert_allclose(logits.array, expected, atol=1e-5)
    network.cleargrads()
    logits.grad = np.ones_like(logits.array)
    logits.backward()
    back = (np.ones_like(logits.array) @ network.output.W.array) * slope(before)
    np.testing.assert_allclose(network.ffnn.b.grad, back.sum(axis=0), atol=1e-4)
    assert (before < 0).any() and (before > 0).any()


def network_of(task, recipe):
    model = load({"classification": "sample-sec", "labelling": "sample-ged"}[task], recipe, "quick").model
    np.random.seed(1)
    return build_network(task, np.ones(3000, int), model, 2)


@pytest.mark.parametrize("task", ["classification", "labelling"])
@pytest.mark.parametrize("recipe, deviation", [("paper", 0.1 / 3**0.5), ("authors", 1.0)])
def test_embeddings_that_start_by_chance_are_as_long_as_the_recipe_says(task, recipe, deviation):
    assert network_of(task, recipe).embedding.W.array.std() == pytest.approx(deviation, rel=0.01)


@pytest.mark.parametrize("recipe, bias, orthogonal", [("paper", 1, False), ("authors", 2, True)])
def test_the_lstm_starts_as_the_recipe_says(recipe, bias, orthogonal):
    """The released code has two biases in a gate, each 1, and orthogonal weights in two directions, not in one."""
    two, one = network_of("labelling", recipe).encoder, network_of("classification", recipe).encoder
    for layer in (two.ahead, two.back, one):
        size = len(layer.w_h)
        np.testing.assert_array_equal(layer.b.array, np.repeat([0, bias, 0, 0], size))
    for layer, expected in ((two.ahead, orthogonal), (two.back, orthogonal), (one, False)):
        size = len(layer.w_h)
        gate = layer.w_h.array[:, :size]
        assert np.allclose(gate @ gate.T, gate[0] @ gate[0] * np.eye(size), atol=1e-4) == expected
