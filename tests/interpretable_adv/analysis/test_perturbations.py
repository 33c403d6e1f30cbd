"""The perturbations that are looked at are those of a training update, belong to the right words and follow the derivative."""
import dataclasses

import numpy as np
import pytest

from core import compat  # noqa: F401  (before chainer)
import chainer

from core.errors import UsageError
from core.random import generator
from interpretable_adv.analysis.perturbations import Perturber
from interpretable_adv.methods import METHODS
from interpretable_adv.perturbation import perturb
from interpretable_adv.training.losses import cross_entropy, normalizer
from interpretable_adv.training.passes import Pass
from tests.interpretable_adv.analysis.made_up import made_up_run

PERTURBING = [name for name, method in METHODS.items() if method.divergence]


def loss_at(run, batch, r):
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        one = Pass(run.network, run.network.embedding.matrix().array, batch)
        return float(cross_entropy(one.logits(chainer.Variable(one.embedded + r)), batch).array)


@pytest.mark.parametrize("task", ["classification", "labelling"])
@pytest.mark.parametrize("method", PERTURBING)
@pytest.mark.parametrize("recipe", ["paper", "authors"])
def test_it_is_the_perturbation_of_a_training_update(tmp_path, task, method, recipe):
    run = made_up_run(tmp_path, task, recipe=recipe)
    perturber = Perturber(run, method, seed=5)
    batch = run.documents("dev").batch([7])
    found, = perturber(batch, number=2)
    loss = perturber._loss
    one = Pass(run.network, perturber.matrix, batch)
    scaling = loss.scaling(one, perturber.matrix, 2)
    gradient = found.gradient / normalizer(batch.labels, batch, loss.average_over)  # of the mean, as in training
    r = perturb(METHODS[method].choice, scaling, perturber.epsilon, gradient, generator(5, "perturbation choice", 2))
    np.testing.assert_allclose(found.r, r, atol=1e-9)
    assert found.strength.max() > 0


@pytest.mark.parametrize("task", ["classification", "labelling"])
@pytest.mark.parametrize("method", ["advt", "iadvt"])
def test_a_document_is_perturbed_alike_alone_and_among_others(tmp_path, task, method):
    run = made_up_run(tmp_path, task)
    perturber, documents = Perturber(run, method, many=True), run.documents("test")
    together = perturber(documents.batch([3, 0, 9, 5]))
    for index, found in zip([3, 0, 9, 5], together):
        alone, = Perturber(run, method)(documents.batch([index]))
        np.testing.assert_array_equal(found.ids, run.corpus.splits["test"][index][0])
        for field in dataclasses.fields(found):
            one, other = getattr(found, field.name), getattr(alone, field.name)
            if isinstance(one, np.ndarray):
                np.testing.assert_allclose(one, other, atol=1e-9, err_msg=field.name)


@pytest.mark.parametrize("task", ["classification", "labelling"])
def test_slopes_are_the_numerical_derivatives_along_the_directions(tmp_path, task):
    run = made_up_run(tmp_path, task)
    batch = run.documents("dev").batch([5])
    found, = Perturber(run, "iadvt")(batch)
    matrix, step = run.network.embedding.W.array, 1e-5
    for word in range(len(found.ids)):
        for k, neighbour in enumerate(found.neighbours[word]):
            direction = np.zeros_like(found.embedded)
            direction[word] = matrix[neighbour] - matrix[found.ids[word]]
            direction /= np.linalg.norm(direction)
            numerical = (loss_at(run, batch, step * direction) - loss_at(run, batch, -step * direction)) / (2 * step)
            assert found.slope[word, k] == pytest.approx(0 if found.ids[word] == run.corpus.vocabulary.eos else numerical,
                                                         abs=1e-7)


def test_the_strength_of_a_free_perturbation_is_proportional_to_the_numerical_derivative_along_it(tmp_path):
    run = made_up_run(tmp_path)
    batch = run.documents("dev").batch([5])
    found, = Perturber(run, "advt")(batch)
    slopes = []
    for word, strength in enumerate(found.strength):
        along = np.zeros_like(found.r)
        along[word] = found.r[word] / max(strength, 1e-30)
        slopes.append((loss_at(run, batch, 1e-5 * along) - loss_at(run, batch, -1e-5 * along)) / 2e-5)
    slopes = np.array(slopes) / np.linalg.norm(slopes)
    np.testing.assert_allclose(found.strength / 2, slopes, atol=1e-5)


def test_without_labels_the_network_s_own_predictions_stand_in(tmp_path):
    run = made_up_run(tmp_path)
    batch = run.documents("dev").batch([2, 4])
    unlabelled = Perturber(run, "advt")(dataclasses.replace(batch, labels=None))
    for one in unlabelled:
        np.testing.assert_array_equal(one.target, one.prediction)
    predicted = np.array([one.prediction[0] for one in unlabelled], np.int32)[batch.layout.order]
    given = Perturber(run, "advt")(dataclasses.replace(batch, labels=predicted))
    for one, other in zip(unlabelled, given):
        np.testing.assert_array_equal(one.r, other.r)


@pytest.mark.parametrize("scope", ["sentence", "word", "released"])
@pytest.mark.parametrize("rule", ["safe", "released"])
def test_scaled_coordinates_lead_to_the_scaled_perturbation(tmp_path, scope, rule):
    run = made_up_run(tmp_path)
    batch = run.documents("dev").batch([1, 2, 3])
    perturber = Perturber(run, "iadvt")
    scaling = perturber._loss.scaling(Pass(run.network, perturber.matrix, batch), perturber.matrix, 0)
    scaling = dataclasses.replace(scaling, scope=scope, rule=rule)
    coordinates = 1e-3 * scaling.space.random(generator(0, "test"))
    np.testing.assert_allclose(scaling.space.to_embedding(scaling.coordinates(coordinates, 4.0)), scaling(coordinates, 4.0),
                               atol=1e-12)


def test_a_method_without_a_perturbation_is_refused_and_a_baseline_is_looked_at_by_iadvt(tmp_path):
    run = made_up_run(tmp_path, method="baseline")
    assert Perturber(run).method.name == "iadvt"
    with pytest.raises(UsageError, match="--method baseline: it has no perturbation; choose from random, "):
        Perturber(run, "baseline")
    with pytest.raises(UsageError, match="did you mean 'advt'"):
        Perturber(run, "advtt")
