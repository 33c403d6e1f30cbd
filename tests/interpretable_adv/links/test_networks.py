"""The feed-forward network on top has the activation that the configuration names, values and gradients by hand."""
import numpy as np
import pytest

from core import compat  # noqa: F401  (before chainer)
import chainer

from core.packing import Layout
from interpretable_adv.config import load
from interpretable_adv.links import build_network

LENGTHS = np.array([2, 3])
ACTIVATIONS = {"relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(float)),
               "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2)}


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("task, corpus", [("classification", "sample-sec"), ("labelling", "sample-ged")])
def test_logits_by_hand(task, corpus, activation):
    model = load(corpus, "paper", "quick", [f"model.activation={activation}", "model.embedding_size=4"]).model
    np.random.seed(0)  # Chainer draws start weights from it
    network = build_network(task, np.ones(9, int), model, 2)
    layout = Layout.of(LENGTHS)
    embedded = chainer.Variable(np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32))
    encoded = network.encode(embedded, layout).array
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
