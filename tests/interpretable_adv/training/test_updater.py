"""What updates do over a while: learn, go on after a resume, leave alone what is not trained.

One update: test_update.py.
"""

import chainer
import numpy as np
import pytest

from iadv_foundation.training import snapshot
from interpretable_adv.documents import Documents
from interpretable_adv.links.making import make_network
from interpretable_adv.methods import METHODS
from interpretable_adv.settings import load
from interpretable_adv.training.run import make_optimizer
from interpretable_adv.training.updater import AdversarialUpdater
from tests.helpers import tiny_corpus

SMALL = [
    "model.embedding_size=6",
    "model.hidden_size=5",
    "model.ffnn_size=4",
    "training.batch_size=8",
    "training.unlabeled_batch_size=12",
    "perturbation.neighbours=4",
    "training.initialise=random",
    "training.max_words=0",
]
CORPORA = {"classification": "sample-sec", "labelling": "sample-ged"}


def setting(tmp_path, method, task="classification", recipe="paper", more=()):
    """(corpus, config, network, updater) of a small run."""
    corpus = tiny_corpus(tmp_path / "corpus", task=task)
    config = load(CORPORA[task], recipe, "quick", [*SMALL, *more])
    network = make_network(corpus, config, seed=0)
    documents = Documents([corpus.splits["train"]], task == "labelling")
    pool = None
    if "unlabeled" in corpus.splits:
        pool = Documents([corpus.splits["train"], corpus.splits["unlabeled"]], False)
    updater = AdversarialUpdater(
        network,
        make_optimizer(network, config.training),
        METHODS[method],
        config,
        documents,
        pool,
        corpus.vocabulary,
        0,
    )
    return corpus, config, network, updater


@pytest.mark.parametrize("recipe", ["paper", "authors"])
@pytest.mark.parametrize("task", ["classification", "labelling"])
@pytest.mark.parametrize("method", METHODS)
def test_every_method_learns(tmp_path, method, task, recipe):
    """Each method lowers the clean loss of a learnable corpus, in both tasks and both recipes."""
    _, _, _, updater = setting(
        tmp_path,
        method,
        task,
        recipe,
        [
            "training.learning_rate=0.02",
            "model.dropout=0.1",
            "perturbation.epsilon_free=0.1",
            "perturbation.epsilon_directions=0.1",
            "model.ffnn_size=16",
            "model.hidden_size=16",
        ],
    )
    losses = []
    with chainer.reporter.Reporter().scope({}):
        for _ in range(48):
            observation = {}
            with chainer.reporter.Reporter().scope(observation):
                updater.update()
            losses.append(float(observation["loss"].array))
            if METHODS[method].divergence:
                assert np.isfinite(float(observation["perturbed_loss"].array))
    assert np.mean(losses[-6:]) < 0.8 * np.mean(losses[:6])


@pytest.mark.parametrize(
    "method, epsilon", [("vat", "epsilon_free"), ("ivat", "epsilon_directions"), ("random-semi", "epsilon_free")]
)
def test_the_divergence_is_zero_without_a_perturbation_although_words_are_dropped(tmp_path, method, epsilon):
    _, _, _, updater = setting(tmp_path, method, more=[f"perturbation.{epsilon}=0"])
    observation = {}
    with chainer.reporter.Reporter().scope(observation):
        updater.update()
    assert float(observation["perturbed_loss"].array) == 0


def test_the_divergence_is_not_zero_with_fresh_masks(tmp_path):
    _, _, _, updater = setting(
        tmp_path, "vat", more=["perturbation.epsilon_free=0", "perturbation.dropout_masks=fresh"]
    )
    observation = {}
    with chainer.reporter.Reporter().scope(observation):
        updater.update()
    assert float(observation["perturbed_loss"].array) > 1e-6


def test_lambda_multiplies_the_perturbed_loss(tmp_path):
    def perturbed_loss(method, recipe, weight):
        _, _, _, updater = setting(
            tmp_path / f"{method}{recipe}{weight}", method, recipe=recipe, more=[f"perturbation.loss_weight={weight}"]
        )
        observation = {}
        with chainer.reporter.Reporter().scope(observation):
            updater.update()
        return float(observation["perturbed_loss"].array)

    for method, recipe, times in (
        ("advt", "paper", 3),
        ("vat", "paper", 3),
        ("advt", "authors", 3),
        ("vat", "authors", 1),
    ):
        assert perturbed_loss(method, recipe, 3.0) == pytest.approx(
            times * perturbed_loss(method, recipe, 1.0), rel=1e-5
        )


@pytest.mark.parametrize("method", ["ivat", "advt"])
def test_updates_after_a_resume_are_the_same(tmp_path, method):
    _, _, network, updater = setting(tmp_path / "a", method)
    for _ in range(3):
        updater.update()
    saved = {name: array.copy() for name, array in snapshot.serialize(updater).items()}
    _, _, other_network, other = setting(tmp_path / "b", method)
    snapshot.deserialize(saved, other)
    for _ in range(5):
        updater.update()
        other.update()
    for (name, parameter), (_, other_parameter) in zip(
        sorted(network.namedparams()), sorted(other_network.namedparams()), strict=True
    ):
        np.testing.assert_array_equal(parameter.array, other_parameter.array, err_msg=name)


def test_normalised_embeddings_have_zero_mean_and_unit_variance_and_a_gradient_through_both(tmp_path):
    corpus, _, network, updater = setting(
        tmp_path, "baseline", more=["model.normalise_embeddings=true", "model.dropout=0"]
    )
    matrix = network.embedding.matrix().array
    frequency = corpus.vocabulary.counts / corpus.vocabulary.counts.sum()
    np.testing.assert_allclose(frequency @ matrix, 0, atol=1e-5)
    np.testing.assert_allclose(frequency @ matrix**2, 1, atol=1e-3)

    batch = updater.labelled.batch([1, 2])
    words = chainer.Variable(matrix[batch.ids])
    weights = np.random.default_rng(0).normal(size=words.shape).astype(np.float32)
    network.cleargrads()
    looked_up = network.embedding.matrix()
    network.embedding.backward(looked_up, [(batch.ids, weights)])
    word, column, step = int(batch.ids[0]), 2, 1e-2
    values = []
    for sign in (1, -1):
        network.embedding.W.array[word, column] += sign * step
        values.append(float((network.embedding.matrix().array[batch.ids].astype(np.float64) * weights).sum()))
        network.embedding.W.array[word, column] -= sign * step
    assert network.embedding.W.grad[word, column] == pytest.approx(
        (values[0] - values[1]) / (2 * step), rel=2e-2, abs=1e-3
    )


@pytest.mark.parametrize("method", ["baseline", "advt"])
@pytest.mark.parametrize("normalised", ["true", "false"])
def test_embeddings_that_are_not_trained_stay_as_they_start(tmp_path, method, normalised):
    more = ["training.train_embeddings=false", f"model.normalise_embeddings={normalised}"]
    _, _, network, updater = setting(tmp_path, method, more=more)
    embeddings, output = network.embedding.W.array.copy(), network.output.W.array.copy()
    for _ in range(3):
        updater.update()
    network.embedding.catch_up()
    np.testing.assert_array_equal(network.embedding.W.array, embeddings)
    assert (network.output.W.array != output).any()
