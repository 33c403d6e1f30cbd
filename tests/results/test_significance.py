"""Table 6 compares every row with the baseline on the same sentences, all seeds together, and never on different ones."""
import numpy as np
import pandas
import pytest

from core import files
from core.errors import DamagedFileError
from results.intervals import SeedVariance, paired_bootstrap_f05
from results.runs import collect, read_labelling
from results.significance import against_baseline
from results.tables import build
from tests.results.made_up import labelling_run, quick

CORPUS = "sample-ged"


def runs_of(out, *methods):
    return collect(quick(out), [CORPUS], methods)


def test_all_seeds_of_both_sides_count(tmp_path):
    for seed in (0, 1, 2):
        labelling_run(tmp_path, CORPUS, "baseline", seed)
        labelling_run(tmp_path, CORPUS, "advt", seed + 10, skill=0.8)
    labelling_run(tmp_path, CORPUS, "vat", 7)
    runs = runs_of(tmp_path, "baseline", "advt", "vat")
    compared = against_baseline(runs)
    assert list(compared) == ["advt", "vat"]
    means = runs.groupby("method")["value"].mean()
    seeds = SeedVariance.pooled(group["value"] for _, group in runs.groupby("method"))
    assert seeds.degrees == 4
    read = {method: [read_labelling(folder) for folder in group["folder"]] for method, group in runs.groupby("method")}
    for method, found in compared.items():
        assert found["over_baseline"] == pytest.approx(means[method] - means["baseline"])
        expected = paired_bootstrap_f05(read[method][0][0], np.array([one[1] for one in read[method]]),
                                        np.array([one[1] for one in read["baseline"]]), read[method][0][2], seeds)
        assert tuple(found.values()) == (expected.difference, expected.low, expected.high, expected.p)
    assert compared["advt"]["over_baseline_p"] < 0.01 < compared["vat"]["over_baseline_p"]


def test_equal_predictions_have_p_1(tmp_path):
    labelling_run(tmp_path, CORPUS, "baseline")
    labelling_run(tmp_path, CORPUS, "advt")
    assert against_baseline(runs_of(tmp_path, "baseline", "advt"))["advt"] == {
        "over_baseline": 0, "over_baseline_low": 0, "over_baseline_high": 0, "over_baseline_p": 1}


def test_other_sentences_or_no_baseline_give_no_comparison(tmp_path):
    labelling_run(tmp_path, CORPUS, "advt")
    assert against_baseline(runs_of(tmp_path, "baseline", "advt")) == {}
    labelling_run(tmp_path, CORPUS, "baseline")
    labelling_run(tmp_path, CORPUS, "vat", sentences=61)
    assert list(against_baseline(runs_of(tmp_path, "baseline", "advt", "vat"))) == ["advt"]
    labelling_run(tmp_path, CORPUS, "baseline", 1, sentences=61)
    assert against_baseline(runs_of(tmp_path, "baseline", "advt", "vat")) == {}


def test_the_table_shows_difference_interval_and_p_and_says_how(tmp_path):
    labelling_run(tmp_path, CORPUS, "baseline")
    labelling_run(tmp_path, CORPUS, "advt", 1, skill=0.9)
    labelling_run(tmp_path, CORPUS, "bilstm-gwe", 0, vectors_sha256="0" * 64)
    document = build("6", quick(tmp_path))
    line = document.raw[document.raw["method"] == "advt"].iloc[0]
    cells = document.cells.set_index("Method")[["Over baseline", "p"]]
    assert cells.loc["AdvT-Text [Miyato et al., 2017]"].tolist() == [
        f"{line['over_baseline']:+.2f} [{line['over_baseline_low']:+.2f}, {line['over_baseline_high']:+.2f}]‡", "<0.001‡"]
    assert cells.loc["BiLSTM w/ GWE [Kaneko et al., 2017]"].tolist() == ["+0.00 [+0.00, +0.00]‡", "1.000‡"]
    assert (cells.drop(index=["AdvT-Text [Miyato et al., 2017]", "BiLSTM w/ GWE [Kaneko et al., 2017]"]) == "-").all(axis=None)
    note, = [note for note in document.notes if note.startswith("Over baseline: mean over seeds minus the baseline's")]
    assert "2000 times" in note and "same ones for every seed of both rows" in note and "what another seed would change is not covered" in note
    labelling_run(tmp_path, CORPUS, "baseline", 1)
    assert any("one variance for all rows that have several" in note for note in build("6", quick(tmp_path)).notes)


def test_other_tables_have_no_such_columns_and_no_note(tmp_path):
    document = build("3", quick(tmp_path))
    assert not {"Over baseline", "p"} & set(document.cells.columns)
    assert document.raw["over_baseline"].isna().all() and not any("bootstrap" in note for note in document.notes)
    assert pandas.api.types.is_float_dtype(document.raw["over_baseline_p"])


def test_damaged_predictions_are_named(tmp_path):
    labelling_run(tmp_path, CORPUS, "baseline")
    folder = labelling_run(tmp_path, CORPUS, "advt")
    files.save_arrays(folder / "predictions.npz", {"labels": np.zeros(3, np.int32)})
    with pytest.raises(DamagedFileError, match="predictions.npz is damaged"):
        against_baseline(runs_of(tmp_path, "baseline", "advt"))
