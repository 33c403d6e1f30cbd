"""The model card says what was measured, and nothing that was not."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from scipy import stats

from iadv_foundation.storage import files
from interpretable_adv.cli import main
from results.intervals import bootstrap_f05
from tests.helpers import reseal
from tests.interpretable_adv.conftest import TRAINED, run_of


def card_of(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read("MODEL_CARD.md").decode()


@pytest.mark.parametrize("task", TRAINED)
def test_results_with_the_interval_of_one_run(finished, bundles, task):
    card, folder = card_of(bundles[task]), run_of(finished, task)
    metrics = files.read_json(folder / "metrics.json")
    name = "f05" if task == "labelling" else "error_rate"
    if task == "labelling":
        arrays, _ = files.load_arrays(folder / "predictions.npz")
        low, high = bootstrap_f05(arrays["labels"], arrays["predictions"], arrays["offsets"])
        row = "this network, test F0.5"
    else:
        interval = stats.binomtest(metrics["test"]["errors"], metrics["test_documents"]).proportion_ci(0.95, "wilson")
        low, high, row = 100 * interval.low, 100 * interval.high, "this network, test error rate"
        assert f"has a test error rate of {metrics['test']['majority_error_rate']:.2f}." in card
    assert f"| {row} | {metrics['test'][name]:.2f} | {low:.2f} to {high:.2f} |" in card
    assert (
        f"dev {'F0.5' if task == 'labelling' else 'error rate'} | {metrics['dev'][name]:.2f} | not computed |" in card
    )
    assert "A linear model was not measured beside it." in card and "smaller than the paper's" in card
    assert "Do not decide anything about people" in card and "packages: Apache 2.0, MIT" in card
    assert f"epoch {metrics['best_epoch']} of {metrics['epochs']}" in card
    assert "float32" in card and "half precision" not in card
    assert "It started from" not in card and max(map(len, card.splitlines())) <= 130 and "\n\n\n" not in card


def test_a_linear_model_on_the_same_corpus_stands_beside_it_and_one_on_another_does_not(finished, tmp_path):
    out = Path(shutil.copytree(finished, tmp_path / "out"))
    folder, sanity = run_of(out, "classification"), out / "sanity" / "sample-sec" / "metrics.json"
    record = {
        "corpus_sha256": files.read_json(folder / "config.json")["corpus_sha256"],
        "system": "TF-IDF | regression",
        "rows": [{"value": 12.345, "low": 1.0, "high": 20.0}, {"value": 50.0, "low": 40.0, "high": 60.0}],
    }
    for digest, expected in ((record["corpus_sha256"], True), ("another", False)):
        files.write_json(sanity, {**record, "corpus_sha256": digest})
        main(["export-model", str(folder), str(tmp_path / "m.zip")])
        card = card_of(tmp_path / "m.zip")
        assert ("12.35 | 1.00 to 20.00 |" in card or "12.34 | 1.00 to 20.00 |" in card) == expected
        assert ("| always the most frequent class, test error rate | 50.00 | 40.00 to 60.00 |" in card) == expected
        assert ("A linear model was not measured" in card) != expected
    files.write_json(sanity, {**record, "rows": []})
    main(["export-model", str(folder), str(tmp_path / "m.zip")])
    assert "A linear model was not measured" in card_of(tmp_path / "m.zip")


def test_what_it_started_from_and_half_precision(finished, tmp_path):
    out = Path(shutil.copytree(finished, tmp_path / "out"))
    folder = run_of(out, "classification")
    files.write_json(
        folder / "config.json", {**files.read_json(folder / "config.json"), "language_model_sha256": "abc" * 20}
    )
    reseal(folder)
    main(["export-model", str(folder), str(tmp_path / "m.zip"), "--half"])
    card = card_of(tmp_path / "m.zip")
    assert "It started from a language model (SHA-256 `abcabcabcabc`), which is not in this file." in card
    assert "Here they are stored in half precision" in card and "predictions on the first test documents" in card


def test_names_that_a_user_chose_stay_on_their_line(finished, tmp_path):
    """Names of classes come from a user's own table."""
    out = Path(shutil.copytree(finished, tmp_path / "out"))
    folder = run_of(out, "classification")
    path = out / "corpora" / "sample-sec" / "corpus.json"
    from data_prep.corpus import seal

    record = {key: value for key, value in files.read_json(path).items() if key != "sha256"}
    files.write_json(path, seal({**record, "classes": ["a\x1b[2J", "b\nc"]}))
    main(["export-model", str(folder), str(tmp_path / "m.zip")])
    assert "- **Labels**: a\\x1b[2J, b\\nc." in card_of(tmp_path / "m.zip")
    with zipfile.ZipFile(tmp_path / "m.zip") as archive:
        assert json.loads(archive.read("bundle.json"))["corpus"]["classes"] == ["a\x1b[2J", "b\nc"]
