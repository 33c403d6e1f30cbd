"""The list of runs: finished, unfinished and damaged ones, in order."""

import json

import pytest

from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from results.cli import main

METRICS = {
    "task": "classification",
    "corpus_complete": False,
    "test_documents": 200,
    "dev": {"error_rate": 12.5},
    "test": {"error_rate": 10.0, "errors": 20},
    "epochs": 7,
}


def run(out, corpus, method, seed, metrics=None, log=0):
    folder = out / "runs" / corpus / "paper" / "quick" / method / f"seed-{seed}"
    files.write_json(folder / "config.json", {})
    files.write_text(folder / "log.jsonl", "".join(json.dumps({"epoch": epoch}) + "\n" for epoch in range(1, log + 1)))
    if metrics is not None:
        files.write_json(
            folder / "metrics.json",
            {**metrics, "corpus": corpus, "method": method, "recipe": "paper", "scale": "quick", "seed": seed},
        )
    return folder


@pytest.fixture
def out(tmp_path):
    run(tmp_path, "sample-sec", "vat", 10, METRICS)
    run(tmp_path, "sample-sec", "vat", 9, log=3)
    run(tmp_path, "sample-sec", "advt", 0, {**METRICS, "test": {"error_rate": 11.0, "errors": 20}})
    run(tmp_path, "fce", "advt", 0, {**METRICS, "task": "labelling", "dev": {"f05": 40.0}, "test": {"f05": 41.25}})
    (tmp_path / "runs/sample-sec/paper/quick/vat/seed-x").mkdir()
    (tmp_path / "runs/sample-sec/paper/quick/vat/seed-3").mkdir()
    return tmp_path


def test_every_run_in_order_with_its_state(out, tmp_path, capsys):
    main(["runs", "--out", str(out), "--json", "-"])
    found = json.loads(capsys.readouterr().out)
    names = "corpus", "method", "seed", "dev", "test", "epochs", "state"
    assert [tuple(one[name] for name in names) for one in found] == [
        ("fce", "advt", 0, 40.0, 41.25, 7, "finished"),
        ("sample-sec", "advt", 0, None, None, 0, "damaged"),  # 20 errors in 200 documents are not 11 %
        ("sample-sec", "vat", 9, None, None, 3, "unfinished"),
        ("sample-sec", "vat", 10, 12.5, 10.0, 7, "finished"),
    ]
    assert found[0]["folder"] == str(out / "runs/fce/paper/quick/advt/seed-0") and found[0]["when"][4] == "-"
    main(["runs", "--out", str(out), "--json", str(tmp_path / "runs.json")])
    assert files.read_json(tmp_path / "runs.json") == found
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5 and lines[0].split()[:5] == ["corpus", "recipe", "scale", "method", "seed"]
    assert lines[4].split()[4:9] == ["10", "12.50", "10.00", "7", "finished"]


def test_no_runs(tmp_path, capsys):
    main(["runs", "--out", str(tmp_path)])
    assert capsys.readouterr().out.startswith(
        f"There is no run under {tmp_path}: python -m interpretable_adv train makes one"
    )
    with pytest.raises(UserError, match="there is no folder .*nowhere: give --out"):
        main(["runs", "--out", str(tmp_path / "nowhere")])
