"""Run folders are collected as they are: unfinished ones count as missing, damaged ones are named."""

import json

import numpy as np
import pytest

from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import files
from interpretable_adv.settings import load as load_configuration
from results.intervals import BOOTSTRAP, STUDENT, WILSON, bootstrap_f05, wilson
from results.runs import Run, summarise
from tests.results.made_up import DOCUMENTS, classification_run, collect, labelling_run, quick, run_path

CORPUS = "sample-sec"


def test_runs_come_method_by_method_with_seeds_in_numeric_order(tmp_path):
    for seed in (10, 2, 0):
        classification_run(tmp_path, CORPUS, "advt", 40 + seed, seed)
    classification_run(tmp_path, CORPUS, "baseline", 50)
    classification_run(tmp_path, CORPUS, "vat", 50)
    runs = collect(quick(tmp_path), [CORPUS], ["baseline", "advt"])
    assert runs[["method", "seed", "value"]].values.tolist() == [
        ["baseline", 0, 25.0],
        ["advt", 0, 20.0],
        ["advt", 2, 21.0],
        ["advt", 10, 25.0],
    ]


def test_other_recipes_and_scales_are_left_out(tmp_path):
    classification_run(tmp_path, CORPUS, "advt", 40, recipe="authors")
    classification_run(tmp_path, CORPUS, "advt", 40, scale="reduced")
    assert collect(quick(tmp_path), [CORPUS], ["advt"]).empty


def test_an_unfinished_run_is_missing(tmp_path):
    (classification_run(tmp_path, CORPUS, "advt", 40) / "metrics.json").unlink()
    (run_path(tmp_path, CORPUS, "advt", 1)).mkdir()
    (run_path(tmp_path, CORPUS, "advt", 0).parent / "seed-x").mkdir()
    assert collect(quick(tmp_path), [CORPUS], ["advt"]).empty


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"{}", b"\xff\xfe", b'{"corpus": "sample-sec"}'])
def test_damaged_metrics_are_named(tmp_path, content):
    path = classification_run(tmp_path, CORPUS, "advt", 40) / "metrics.json"
    path.write_bytes(content)
    with pytest.raises(DamagedFileError) as caught:
        collect(quick(tmp_path), [CORPUS], ["advt"])
    assert str(path) in str(caught.value) and "damaged" in str(caught.value)


@pytest.mark.parametrize(
    "test",
    [
        {"error_rate": 20.0},
        {"errors": 40},
        {"error_rate": 21.0, "errors": 40},
        {"error_rate": 120.0, "errors": 240},
        {"error_rate": float("nan"), "errors": 40},
        {"error_rate": "many", "errors": 40},
        {"f05": 20.0},
    ],
)
def test_metrics_that_contradict_themselves_are_damaged(tmp_path, test):
    path = classification_run(tmp_path, CORPUS, "advt", 40) / "metrics.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "test": test}))
    with pytest.raises(DamagedFileError, match="metrics.json is damaged"):
        collect(quick(tmp_path), [CORPUS], ["advt"])


def test_a_run_that_was_copied_to_another_place_is_refused(tmp_path):
    classification_run(tmp_path, CORPUS, "advt", 40).rename(run_path(tmp_path, CORPUS, "advt", 1))
    with pytest.raises(DamagedFileError, match="belongs to another run: it says .* method advt, seed 0"):
        collect(quick(tmp_path), [CORPUS], ["advt"])


@pytest.mark.parametrize(
    "damage", [lambda path: path.unlink(), lambda path: path.write_text("[1]"), lambda path: path.write_text("{")]
)
def test_a_finished_run_without_its_configuration_is_named(tmp_path, damage):
    path = classification_run(tmp_path, CORPUS, "advt", 40) / "config.json"
    damage(path)
    with pytest.raises(UserError, match="config.json is (missing|damaged)"):
        collect(quick(tmp_path), [CORPUS], ["advt"])


def test_a_configuration_without_its_sections_is_damaged(tmp_path):
    folder = classification_run(tmp_path, CORPUS, "advt", 40)
    files.write_json(folder / "config.json", {})
    with pytest.raises(DamagedFileError, match="config.json is damaged"):
        collect(quick(tmp_path), [CORPUS], ["advt"])


def test_what_a_variant_changes_is_changed(tmp_path):
    folder = classification_run(tmp_path, "imdb", "advt", 14, scale="paper+epsilon-1")
    assert (
        "perturbation.epsilon_free = 1.0 instead of 5.0"
        in Run(folder).line(("imdb", "paper", "paper+epsilon-1", "advt", 0))["changed"]
    )


def test_changed_settings_are_found(tmp_path):
    classification_run(
        tmp_path, CORPUS, "advt", 40, overrides=["training.max_epochs=1", "perturbation.epsilon_free=2.5"]
    )
    classification_run(tmp_path, CORPUS, "vat", 40)
    runs = collect(quick(tmp_path), [CORPUS], ["advt", "vat"])
    usual = load_configuration(CORPUS, "paper", "quick")
    assert runs["changed"].tolist() == [
        (
            f"training.max_epochs = 1 instead of {usual.training.max_epochs}",
            f"perturbation.epsilon_free = 2.5 instead of {usual.perturbation.epsilon_free}",
        ),
        (),
    ]


@pytest.mark.parametrize(
    "method, there, changed",
    [("bilstm-skipgram", "word2vec", 0), ("bilstm-skipgram", "gwe", 1), ("bilstm-gwe", "word2vec", 1)],
)
def test_imported_vectors_instead_of_skip_gram_vectors_are_what_the_papers_had(tmp_path, method, there, changed):
    folder = labelling_run(tmp_path, "sample-ged", method, vectors_sha256="0" * 64)
    stored = files.read_json(folder / "config.json")
    stored["training"]["vectors"] = there
    files.write_json(folder / "config.json", stored)
    (found,) = collect(quick(tmp_path), ["sample-ged"], [method])["changed"]
    assert len(found) == changed and all(text.startswith("training.vectors = ") for text in found)


def test_a_setting_that_an_older_run_does_not_know_is_not_a_change(tmp_path):
    folder = classification_run(tmp_path, CORPUS, "advt", 40)
    stored = files.read_json(folder / "config.json")
    del stored["training"]["average_over"]
    files.write_json(folder / "config.json", stored)
    assert collect(quick(tmp_path), [CORPUS], ["advt"])["changed"].tolist() == [()]


def test_three_seeds_are_summarised_by_hand(tmp_path):
    for seed, errors in enumerate((10, 12, 14)):
        classification_run(tmp_path, CORPUS, "advt", errors, seed)
    summary = summarise(collect(quick(tmp_path), [CORPUS], ["advt"]))
    # 5, 6 and 7 %
    assert (summary["mean"], summary["std"], summary["n"], summary["seeds"]) == (6, 1, 3, [0, 1, 2])
    assert summary["interval"] == STUDENT and summary["low"] == pytest.approx(6 - 4.302653 / 3**0.5, abs=1e-6)


def test_one_seed_of_classification_has_the_interval_of_its_test_set(tmp_path):
    classification_run(tmp_path, CORPUS, "advt", 30)
    summary = summarise(collect(quick(tmp_path), [CORPUS], ["advt"]))
    assert (summary["mean"], summary["std"], summary["n"], summary["interval"]) == (15, None, 1, WILSON)
    assert (summary["low"], summary["high"]) == wilson(30, DOCUMENTS)


def test_one_seed_of_labelling_has_the_interval_of_its_predictions(tmp_path):
    folder = labelling_run(tmp_path, "sample-ged", "advt")
    summary = summarise(collect(quick(tmp_path), ["sample-ged"], ["advt"]))
    arrays, _ = files.load_arrays(folder / "predictions.npz")
    assert summary["interval"] == BOOTSTRAP and summary["low"] < summary["mean"] < summary["high"]
    assert (summary["low"], summary["high"]) == bootstrap_f05(
        arrays["labels"], arrays["predictions"], arrays["offsets"]
    )


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:100]),
        lambda path: files.save_arrays(path, {"labels": np.zeros(3, np.int32)}),
    ],
)
def test_damaged_predictions_are_named(tmp_path, damage):
    damage(labelling_run(tmp_path, "sample-ged", "advt") / "predictions.npz")
    with pytest.raises(UserError, match="predictions.npz is (missing|damaged)"):
        summarise(collect(quick(tmp_path), ["sample-ged"], ["advt"]))
