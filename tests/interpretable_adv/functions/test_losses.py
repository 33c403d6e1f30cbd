"""What the loss of a batch is a mean over, against Chainer's own means."""

import chainer
import chainer.functions as F
import numpy as np
import pytest

from interpretable_adv.documents import Documents
from interpretable_adv.functions.losses import cross_entropy, normalizer
from interpretable_adv.settings import load
from tests.helpers import tiny_corpus
from tests.interpretable_adv.training.test_updater import setting


def a_batch(tmp_path, task):
    corpus = tiny_corpus(tmp_path / "corpus", task=task)
    batch = Documents([corpus.splits["train"]], task == "labelling").batch(range(5))
    rows = len(batch.labels)
    logits = np.random.default_rng(0).standard_normal((rows, len(corpus.classes))).astype(np.float32)
    return batch, chainer.Variable(logits)


@pytest.mark.parametrize("task", ["classification", "labelling"])
def test_the_mean_over_labels_is_chainers(tmp_path, task):
    batch, logits = a_batch(tmp_path, task)
    expected = F.softmax_cross_entropy(logits, batch.labels, normalize=True)
    np.testing.assert_allclose(cross_entropy(logits, batch, "labels").array, expected.array, rtol=1e-6)


def test_the_mean_over_documents_adds_up_the_words_of_each(tmp_path):
    batch, logits = a_batch(tmp_path, "labelling")
    words = F.softmax_cross_entropy(logits, batch.labels, reduce="no").array
    each = [words[batch.sentence == document].sum() for document in range(5)]
    assert len(words) > 2 * len(each)
    np.testing.assert_allclose(cross_entropy(logits, batch).array, np.mean(each), rtol=1e-6)


def test_in_classification_both_means_are_one(tmp_path):
    batch, logits = a_batch(tmp_path, "classification")
    assert normalizer(logits, batch) == normalizer(logits, batch, "labels") == 5


@pytest.mark.parametrize("recipe, over", [("paper", "documents"), ("authors", "labels")])
def test_each_recipe_says_what_it_averages_over(recipe, over):
    assert load("fce", recipe, "paper").training.average_over == over


@pytest.mark.parametrize("method", ["advt", "vat"])
def test_the_released_normalisation_sees_the_mean(tmp_path, method):
    """Gradients of a mean over words are shorter, so its perturbations are; those of exact length are not."""
    lengths = {}
    for rule in ("released", "safe"):
        for over in ("documents", "labels"):
            chosen = [f"perturbation.normalisation={rule}", f"training.average_over={over}", "perturbation.xi=1e-3"]
            _, _, _, updater = setting(tmp_path / f"{rule}-{over}", method, "labelling", more=chosen)
            perturbed, seen = updater.perturbed, []
            perturbation = perturbed.perturbation

            def recording(*arguments, perturbation=perturbation, seen=seen):
                seen.append(perturbation(*arguments))
                return seen[-1]

            perturbed.perturbation = recording
            with chainer.reporter.Reporter().scope({}):
                updater.update()
            lengths[rule, over] = np.linalg.norm(seen[0])
    assert lengths["safe", "labels"] == pytest.approx(lengths["safe", "documents"], rel=1e-4)
    assert lengths["released", "labels"] < lengths["released", "documents"] < lengths["safe", "documents"]


def test_an_update_reports_the_divergence_over_words(tmp_path):
    reported = {}
    for over in ("documents", "labels"):
        _, _, _, updater = setting(tmp_path / over, "random-semi", "labelling", more=[f"training.average_over={over}"])
        observation = {}
        with chainer.reporter.Reporter().scope(observation):
            updater.update()
        reported[over] = float(observation["perturbed_loss"].array), float(observation["loss"].array)
    (divergence, loss), (divergence_of_words, loss_of_words) = reported["documents"], reported["labels"]
    words_a_document = loss / loss_of_words
    assert words_a_document > 2
    assert divergence / divergence_of_words == pytest.approx(words_a_document, rel=1e-4)
