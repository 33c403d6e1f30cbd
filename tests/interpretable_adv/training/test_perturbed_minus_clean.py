"""An update says how much harder the perturbation makes its labelled documents, without lambda, where it can know."""

import chainer
import chainer.functions as F
import numpy as np
import pytest

from interpretable_adv.functions.losses import normalizer
from interpretable_adv.methods import METHODS
from tests.interpretable_adv.training.test_updater import setting

KEY = "perturbed_minus_clean"


def observed(updater):
    """What one update reports, and the (batch, logits) of each of its passes through the network."""
    seen, logits = [], updater.network.logits

    def watching(embedded, layout, mask=None):
        found = logits(embedded, layout, mask)
        seen.append(found.array.copy())
        return found

    updater.network.logits = watching
    observation = {}
    with chainer.reporter.Reporter().scope(observation):
        updater.update()
    return {name: float(getattr(value, "array", value)) for name, value in observation.items()}, seen


def labelled_batch(tmp_path, method, task, recipe, weight):
    _, config, _, updater = setting(tmp_path, method, task, recipe, [f"perturbation.loss_weight={weight}"])
    drawn, batch = [], updater.labelled.batch
    updater.labelled.batch = lambda *arguments: drawn.append(batch(*arguments)) or drawn[-1]
    observation, seen = observed(updater)
    return config, drawn[0], observation, seen


@pytest.mark.parametrize("recipe", ["paper", "authors"])
@pytest.mark.parametrize("weight", [1.0, 0.25])
@pytest.mark.parametrize(
    "task, method",
    [
        *(("classification", name) for name, method in METHODS.items() if method.divergence == "cross_entropy"),
        *(("labelling", name) for name, method in METHODS.items() if method.divergence),
    ],
)
def test_it_is_the_difference_of_two_cross_entropies_of_the_same_labels(tmp_path, task, method, recipe, weight):
    """In labelling also of the VAT family, whose perturbed documents are the labelled ones there."""
    config, batch, observation, seen = labelled_batch(tmp_path, method, task, recipe, weight)
    clean, perturbed = (
        float(F.sum(F.softmax_cross_entropy(logits, batch.labels, reduce="no")).array)
        / normalizer(logits, batch, config.training.average_over)
        for logits in (seen[0], seen[-1])
    )
    assert observation[KEY] == pytest.approx(perturbed - clean, rel=1e-3, abs=1e-6)
    assert observation[KEY] != 0
    if METHODS[method].divergence == "cross_entropy":
        assert observation["perturbed_loss"] == pytest.approx(weight * perturbed, rel=1e-5)


@pytest.mark.parametrize("method", ["baseline", "vat", "ivat", "random-semi"])
def test_there_is_none_without_a_perturbation_of_labelled_documents(tmp_path, method):
    _, _, _, updater = setting(tmp_path, method)
    assert KEY not in observed(updater)[0]


def test_it_costs_no_further_pass(tmp_path):
    _, _, _, seen = labelled_batch(tmp_path, "vat", "labelling", "paper", 1.0)
    assert len(seen) == 3  # clean, a step away, perturbed


def test_lambda_zero_leaves_the_difference(tmp_path):
    _, _, observation, _ = labelled_batch(tmp_path, "advt", "classification", "paper", 0.0)
    assert observation["perturbed_loss"] == 0 and np.abs(observation[KEY]) > 1e-6
