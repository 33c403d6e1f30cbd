"""The CSV file of single runs has a line for each, with what that run recorded and nothing else."""

import pandas
import pytest

from iadv_foundation.storage import files
from results.tables import build
from tests.results.made_up import classification_run, labelling_run, quick


def test_a_line_for_each_run_of_error_detection(tmp_path):
    folders = [
        labelling_run(tmp_path, "sample-ged", method, seed, skill=0.7)
        for method in ("baseline", "vat")
        for seed in (0, 1)
    ]
    files.write_json(folders[3] / "timing.json", {"training_seconds": 12.5})
    files.write_json(
        folders[3] / "environment.json", {"git_commit": "abc", "machine": {"processor": "fast"}, "command": "train x"}
    )
    document = build("6", quick(tmp_path))
    document.write(tmp_path)
    runs = pandas.read_csv(tmp_path / "table6-runs.csv")
    assert runs[["method", "seed"]].values.tolist() == [["baseline", 0], ["baseline", 1], ["vat", 0], ["vat", 1]]
    for line, folder in zip(runs.to_dict("records"), folders, strict=True):
        test = files.read_json(folder / "metrics.json")["test"]
        assert [line[f"test_{name}"] for name in ("f05", "precision", "recall")] == pytest.approx(
            [test[name] for name in ("f05", "precision", "recall")]
        )
        assert (line["best_epoch"], line["epochs"]) == (2, 3)
    last = runs.iloc[3]
    assert last[["training_seconds", "git_commit", "processor", "command"]].tolist() == [12.5, "abc", "fast", "train x"]
    assert runs.iloc[:3][["training_seconds", "git_commit", "command"]].isna().all(axis=None)
    row = document.raw.set_index("method").loc["vat"]
    assert row["precision"] == pytest.approx(runs["test_precision"][2:].mean())
    cell = document.cells.set_index("Method").loc["VAT-Text [Miyato et al., 2017]", "Precision / recall"]
    assert cell == f"{row['precision']:.2f} / {row['recall']:.2f}‡"


def test_error_rates_and_changed_settings(tmp_path):
    classification_run(tmp_path, "sample-sec", "advt", 40, overrides=["training.max_epochs=1"])
    document = build("3", quick(tmp_path))
    (line,) = document.attached["runs"].to_dict("records")
    assert (line["test_error_rate"], line["test_errors"]) == (20.0, 40) and "training.max_epochs = 1" in line["changed"]
    assert "Precision / recall" not in document.cells.columns and "test_f05" not in document.attached["runs"].columns


def test_without_runs_there_are_only_headings(tmp_path):
    assert build("6", quick(tmp_path)).attached["runs"].empty
