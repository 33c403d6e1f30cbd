"""The perturbations that are looked at are those of a training update,
belong to the right words and follow the derivative.
"""

import dataclasses

import chainer
import numpy as np
import pytest

from iadv_foundation.errors import UsageError
from interpretable_adv.analysis.perturbations import RunPerturber
from interpretable_adv.functions.losses import cross_entropy
from interpretable_adv.links.passes import Pass
from interpretable_adv.methods import METHODS
from tests.interpretable_adv.analysis.made_up import made_up_run
from tests.interpretable_adv.oracle.update import Oracle

PERTURBING = [name for name, method in METHODS.items() if method.divergence]


def loss_at(run, batch, r):
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        one = Pass(run.network, run.network.embedding.matrix().array, batch)
        return float(cross_entropy(one.logits(chainer.Variable(one.embedded + r)), batch).array)


@pytest.mark.parametrize("task", ["classification", "labelling"])
@pytest.mark.parametrize("method", PERTURBING)
@pytest.mark.parametrize("recipe", ["paper", "authors"])
def test_it_is_the_perturbation_of_a_training_update(tmp_path, task, method, recipe):
    """That of the oracle of updates, without dropout, with a gradient of the scale it has in a training batch."""
    run = made_up_run(
        tmp_path, task, recipe=recipe, settings=["training.batch_size=8", "training.unlabeled_batch_size=12"]
    )
    train, dev = run.corpus.splits["train"], run.corpus.splits["dev"]
    indices = sorted([3, 7, 2, 5], key=lambda index: -len(dev[index][0]))
    found = RunPerturber(run, method, seed=5)(run.documents("dev").batch(indices), number=2)

    config = run.config.model_copy(update={"model": run.config.model.model_copy(update={"dropout": 0})})
    oracle = Oracle(
        run.network,
        METHODS[method],
        recipe,
        config,
        [train[index] for index in range(len(train))],
        None,
        run.corpus.vocabulary,
        5,
        np.float64,
    )
    divisor = 12 if METHODS[method].semi_supervised and "unlabeled" in run.corpus.splits else 8
    if task == "labelling" and recipe == "authors":
        divisor *= np.mean(train.lengths)
    for one, r in zip(found, oracle.looked_at([dev[index] for index in indices], 2, divisor), strict=True):
        np.testing.assert_allclose(one.r, r, atol=1e-8 * np.abs(r).max())
        assert one.strength.max() > 0


@pytest.mark.parametrize("recipe", ["paper", "authors"])
@pytest.mark.parametrize(
    "task, method, documents",
    [("classification", "advt", 8), ("classification", "vat", 12), ("labelling", "advt", 8), ("labelling", "vat", 8)],
)
def test_the_usual_scale_is_that_of_a_batch_of_the_configured_size(tmp_path, recipe, task, method, documents):
    run = made_up_run(
        tmp_path, task, recipe=recipe, settings=["training.batch_size=8", "training.unlabeled_batch_size=12"]
    )
    lengths = [len(ids) for ids, _ in run.corpus.splits["train"]]
    words = np.mean(lengths) if task == "labelling" and recipe == "authors" else 1
    assert RunPerturber(run, method)._divisor == pytest.approx(documents * words)


class Ones:
    """Draws that are the same for every word."""

    @staticmethod
    def standard_normal(shape, dtype):
        return np.ones(shape, dtype)


#: Factors of the outputs with which the released normalisation shortens the perturbations of a method.
SHORTENING = {"advt": 0.05, "iadvt": 1e-10, "vat": 1, "ivat": 1e-3}


@pytest.mark.parametrize("recipe", ["paper", "authors"])
@pytest.mark.parametrize("task", ["classification", "labelling"])
@pytest.mark.parametrize("method", ["advt", "iadvt", "iadvt-best", "vat", "ivat", "ivat-best"])
@pytest.mark.parametrize("size", [1, 7])
def test_a_document_is_perturbed_alike_in_batches_of_any_size(tmp_path, recipe, task, method, size):
    run = made_up_run(
        tmp_path,
        task,
        recipe=recipe,
        settings=["model.random_embeddings=uniform", "training.batch_size=32", "training.unlabeled_batch_size=48"],
    )
    run.network.output.W.array *= SHORTENING.get(method, 1)
    perturber, documents = RunPerturber(run, method, many=True), run.documents("test")
    perturber.generator = lambda *_: Ones  # a drawn step depends on what else is in the batch
    together = perturber(documents.batch(range(len(documents))))
    for start in range(0, len(documents), size):
        some = range(start, min(start + size, len(documents)))
        for index, found in zip(some, perturber(documents.batch(some)), strict=True):
            np.testing.assert_array_equal(found.ids, run.corpus.splits["test"][index][0])
            for field in dataclasses.fields(found):
                one, other = getattr(found, field.name), getattr(together[index], field.name)
                if isinstance(one, np.ndarray):
                    scale = max(np.abs(other).max(), 1e-300)
                    np.testing.assert_allclose(one / scale, other / scale, atol=1e-6, err_msg=field.name)
    if recipe == "authors" and method in SHORTENING:
        assert 0.01 < np.median([np.linalg.norm(one.r) for one in together]) / perturber.epsilon < 0.99


@pytest.mark.parametrize("task", ["classification", "labelling"])
def test_slopes_are_the_numerical_derivatives_along_the_directions(tmp_path, task):
    run = made_up_run(tmp_path, task)
    batch = run.documents("dev").batch([5])
    (found,) = RunPerturber(run, "iadvt")(batch)
    matrix, step = run.network.embedding.W.array, 1e-5
    for word in range(len(found.ids)):
        for k, neighbour in enumerate(found.neighbours[word]):
            direction = np.zeros_like(found.embedded)
            direction[word] = matrix[neighbour] - matrix[found.ids[word]]
            direction /= np.linalg.norm(direction)
            numerical = (loss_at(run, batch, step * direction) - loss_at(run, batch, -step * direction)) / (2 * step)
            assert found.slope[word, k] == pytest.approx(
                0 if found.ids[word] == run.corpus.vocabulary.eos else numerical, abs=1e-7
            )


def test_the_strength_of_a_free_perturbation_is_proportional_to_the_numerical_derivative_along_it(tmp_path):
    run = made_up_run(tmp_path)
    batch = run.documents("dev").batch([5])
    (found,) = RunPerturber(run, "advt")(batch)
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
    unlabelled = RunPerturber(run, "advt")(dataclasses.replace(batch, labels=None))
    for one in unlabelled:
        np.testing.assert_array_equal(one.target, one.prediction)
    predicted = np.array([one.prediction[0] for one in unlabelled], np.int32)[batch.layout.order]
    given = RunPerturber(run, "advt")(dataclasses.replace(batch, labels=predicted))
    for one, other in zip(unlabelled, given, strict=True):
        np.testing.assert_array_equal(one.r, other.r)


def test_a_method_without_a_perturbation_is_refused_and_a_baseline_is_looked_at_by_iadvt(tmp_path):
    run = made_up_run(tmp_path, method="baseline")
    assert RunPerturber(run).method.name == "iadvt"
    with pytest.raises(UsageError, match="--method baseline: it has no perturbation; choose from random, "):
        RunPerturber(run, "baseline")
    with pytest.raises(UsageError, match="did you mean 'advt'"):
        RunPerturber(run, "advtt")
