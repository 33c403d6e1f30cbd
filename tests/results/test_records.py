"""What is kept of runs is enough for their tables and the texts, and has no weights."""

from pathlib import Path

import numpy as np
import pytest

from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from interpretable_adv.analysis.records import attack_path
from results.cli import main
from results.readme import quick as texts
from results.records import keep
from results.tables import build
from tests.results.made_up import DOCUMENTS, classification_run, labelling_run, quick
from tests.results.test_analyses import attack, measured, text_of

MEASURED = Path(__file__).resolve().parents[2] / "measured"
ENVIRONMENT = {
    "command": "python -m interpretable_adv train sample-sec --out /home/somebody/out --overwrite",
    "git_commit": "0123456789ab",
    "versions": {"python": "3.12.1", "chainer": "7.8.1", "numpy": "2.5.5"},
    "machine": {"processor": "a processor", "cores": 2},
}


@pytest.fixture
def out(tmp_path):
    out = tmp_path / "out"
    folders = [
        classification_run(out, "sample-sec", method, errors=errors)
        for method, errors in (("baseline", 40), ("vat", 30))
    ] + [labelling_run(out, "sample-ged", "advt")]
    for number, folder in enumerate(folders, 1):
        files.write_json(folder / "timing.json", {"training_seconds": 60.0 * number})
        files.write_json(folder / "environment.json", ENVIRONMENT)
    _, vat, _ = folders
    digest = attack(vat, "vat", texts=[text_of(3, 2), text_of(5, 1), text_of(7, 1), text_of(9, 1, label="rotten")])
    measured(vat, "vat", 0, digest)
    measured(vat, "vat", 0, digest, perturbed_by="random", cosine_above=[1.0] * 20)
    (vat / "interpretability-test.json").rename(vat / texts.CHANCE[1])
    measured(vat, "vat", 0, digest)
    classification_run(out, "sample-sec", "iadvt", errors=1).joinpath("metrics.json").unlink()  # not finished
    arrays, _ = files.load_arrays(vat / "predictions.npz")
    files.save_arrays(vat / "predictions.npz", {**arrays, "probabilities": np.ones((DOCUMENTS, 2))})
    files.write_json(out / "lm/sample-sec/paper/quick/seed-0/metrics.json", {"dev_perplexity": 123.456})
    files.write_text(out / "lm/sample-sec/paper/quick/seed-0/best.npz", "weights")
    return out


def test_the_tables_of_what_is_kept_are_those_of_the_runs(out, tmp_path):
    kept = tmp_path / "measured" / "quick"
    assert len(keep(out, kept)) == 4
    for number in ("3", "6", "7", "interpretability"):
        assert build(number, quick(kept)).to_markdown() == build(number, quick(out)).to_markdown()
    names = {path.name for path in kept.rglob("*") if path.is_file()}
    assert not names & {"best.npz", "vectors.npz", "snapshot.npz"} and "predictions.npz" in names
    assert not (kept / "runs/sample-sec/paper/quick/iadvt").exists()
    vat = kept / "runs/sample-sec/paper/quick/vat/seed-0"
    assert set(files.load_arrays(vat / "predictions.npz")[0]) == {"labels", "predictions"}
    assert len(attack_path(vat).read_text().splitlines()) == 3  # the counts, and what Table 7 shows
    main(["keep", str(kept), "--out", str(out)])  # again, over what stands there


def test_the_folders_of_the_machine_stay_behind(out, tmp_path):
    keep(out, tmp_path / "kept")
    kept = sorted((tmp_path / "kept").rglob("environment.json"))
    assert kept and all("--out out --overwrite" in path.read_text() for path in kept)
    assert not [path for path in MEASURED.rglob("*.json") if "--out /" in path.read_text()]


def test_nothing_to_keep(tmp_path):
    with pytest.raises(UserError, match="nothing finished"):
        keep(tmp_path, tmp_path / "kept")


def test_the_quick_tables(out, tmp_path):
    folder = tmp_path / "measured"
    assert not list(texts.documents(folder)) and texts.all_runs(folder) == texts.where(folder) == "Not measured."
    assert "| Baseline | 7.05 | - | 0.94 | - | 39.21 | - | - / - / - |" in texts.main_table(folder).splitlines()
    texts._document.cache_clear()
    keep(out, folder / "quick")
    lines = texts.main_table(folder).splitlines()
    assert "| Baseline | 7.05 | 20.00‡ | 0.94 | - | 39.21 | - | 60.0 / - / - |" in lines
    assert "| VAT-Text | 5.69 | 15.00‡ | 0.91 | - | 41.81 | - | 120.0 / - / - |" in lines
    f05 = files.read_json(out / "runs/sample-ged/paper/quick/advt/seed-0/metrics.json")["test"]["f05"]
    assert f"| AdvT-Text | 6.12 | - | 0.92 | - | 42.28 | {f05:.2f}‡ | - / - / 180.0 |" in lines
    assert "| sample-sec | VAT-Text | 0 | 20.00 | 15.00 | 2 of 3 | 120.0 |" in texts.all_runs(folder).splitlines()
    assert texts.where(folder) == (
        "3 runs, 6 minutes of training in all. Commit 0123456. Python 3.12.1, Chainer 7.8.1, NumPy 2.5.5. "
        "A processor, 2 cores. Language models, dev perplexity: 123.46 (`sample-sec`)."
    )
    lines = texts.perturbations(folder).splitlines()
    assert "| `sample-sec` | VAT-Text | 50 / 30 / 10 | - | 40 | 10.0 | 25.0 |" in lines
    assert "| `sample-sec` | at random, network of VAT-Text | 1 / 1 / 1 | - |  |  |  |" in lines
    assert [document.stem for document, _ in texts.documents(folder)] == [
        "table3",
        "table5",
        "table6",
        "table7",
        "interpretability",
    ]
    texts._document.cache_clear()
