"""Rows are compared with the baseline on the same documents, all seeds together, and never from one seed."""

import numpy as np
import pandas
import pytest
from scipy import stats

from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import files
from results.differences import Spread
from results.intervals import holm
from results.sampling import Sample
from results.seeds import SeedVariance
from results.significance import Column
from results.tables import build
from tests.results.made_up import classification_run, collect, labelling_run, quick

CORPUS = "sample-ged"


def column(out, *methods, corpus=CORPUS):
    return Column(collect(quick(out), [corpus], methods))


def read(found, method):
    runs = found.runs
    return [run.predictions for run in runs.loc[runs["method"] == method, "run"]]


def test_all_seeds_of_both_sides_count(tmp_path):
    for seed in (0, 1, 2):
        labelling_run(tmp_path, CORPUS, "baseline", seed)
        labelling_run(tmp_path, CORPUS, "advt", seed + 10, skill=0.8)
        labelling_run(tmp_path, CORPUS, "vat", seed + 20)
    found = column(tmp_path, "baseline", "advt", "vat")
    compared = found.against_baseline()
    assert list(compared) == ["advt", "vat"]
    means = found.runs.groupby("method")["value"].mean()
    seeds = SeedVariance.pooled(group["value"] for _, group in found.runs.groupby("method"))
    assert seeds == found.seeds and seeds.degrees == 6
    for method, one in compared.items():
        assert one["over_baseline"] == pytest.approx(means[method] - means["baseline"])
        both = {name: read(found, name) for name in (method, "baseline")}
        sample = Sample.of_labelling(
            [method] * 3 + ["baseline"] * 3,
            both[method][0][0],
            np.array([run[1] for runs in both.values() for run in runs]),
            both[method][0][2],
        )
        expected = Spread.of(sample.variance({method: 1, "baseline": -1}), 2 / 3, seeds).around(one["over_baseline"])
        assert [one[f"over_baseline_{name}"] for name in ("low", "high", "p")] == pytest.approx(
            [expected.low, expected.high, expected.p]
        )
    p = [one["over_baseline_p"] for one in compared.values()]
    assert [one["over_baseline_p_holm"] for one in compared.values()] == holm(p).tolist()
    assert p[0] < 0.01 < p[1]


def test_error_rates_are_compared_document_by_document(tmp_path):
    """Oracle: the standard error of a mean over documents, plus the variance between seeds by hand."""
    for seed, (errors, others) in enumerate(((20, 44), (24, 40))):  # 10 and 12 %, 22 and 20 %
        classification_run(tmp_path, "sample-sec", "advt", errors, seed)
        classification_run(tmp_path, "sample-sec", "baseline", others, seed)
    found = column(tmp_path, "baseline", "advt", corpus="sample-sec")
    one = found.against_baseline()["advt"]
    wrong = {
        name: np.array([labels != predictions for labels, predictions, _ in read(found, name)])
        for name in ("advt", "baseline")
    }
    by_document = 100 * (wrong["advt"].mean(axis=0) - wrong["baseline"].mean(axis=0))
    assert one["over_baseline"] == pytest.approx(-10) == pytest.approx(by_document.mean())
    by_seeds = 2.0 * (1 / 2 + 1 / 2)  # the variance of 10 and 12, and of 22 and 20, is 2
    variance = stats.sem(by_document) ** 2 + by_seeds
    degrees = 2 * (variance / by_seeds) ** 2
    assert one["over_baseline_high"] == pytest.approx(-10 + stats.t.ppf(0.975, degrees) * variance**0.5)
    assert one["over_baseline_p"] == pytest.approx(2 * stats.t.sf(10 / variance**0.5, degrees))


def test_equal_predictions_have_p_1(tmp_path):
    for seed in (0, 1):
        labelling_run(tmp_path, CORPUS, "baseline", seed)
        labelling_run(tmp_path, CORPUS, "advt", seed)
    found = column(tmp_path, "baseline", "advt").against_baseline()["advt"]
    assert (found["over_baseline"], found["over_baseline_p"], found["over_baseline_p_holm"]) == (0, 1, 1)


def test_one_seed_of_either_side_gives_no_comparison(tmp_path):
    labelling_run(tmp_path, CORPUS, "baseline")
    labelling_run(tmp_path, CORPUS, "advt", skill=0.9)
    assert column(tmp_path, "baseline", "advt").against_baseline() == {}
    labelling_run(tmp_path, CORPUS, "advt", 1, skill=0.9)
    assert column(tmp_path, "baseline", "advt").against_baseline() == {}
    labelling_run(tmp_path, CORPUS, "baseline", 1)
    labelling_run(tmp_path, CORPUS, "vat")
    assert list(column(tmp_path, "baseline", "advt", "vat").against_baseline()) == ["advt"]


def test_other_documents_or_no_baseline_give_no_comparison(tmp_path):
    for seed in (0, 1):
        labelling_run(tmp_path, CORPUS, "advt", seed)
    assert column(tmp_path, "baseline", "advt").against_baseline() == {}
    for seed in (0, 1):
        labelling_run(tmp_path, CORPUS, "baseline", seed)
        labelling_run(tmp_path, CORPUS, "vat", seed, sentences=61)
    assert list(column(tmp_path, "baseline", "advt", "vat").against_baseline()) == ["advt"]
    labelling_run(tmp_path, CORPUS, "baseline", 2, sentences=61)
    assert column(tmp_path, "baseline", "advt", "vat").against_baseline() == {}


@pytest.mark.parametrize("number, corpus", [("3", "sample-sec"), ("6", CORPUS)])
def test_the_table_shows_difference_interval_and_p_and_says_how(tmp_path, number, corpus):
    def run(method, seed, good):
        if number == "6":
            labelling_run(tmp_path, corpus, method, seed, skill=0.95 if good else 0.5)
        else:
            classification_run(tmp_path, corpus, method, 20 + seed if good else 80 + seed, seed)

    run("baseline", 0, False)
    run("advt", 0, True)
    document = build(number, quick(tmp_path))
    columns = ["Over baseline", "p", "p (Holm)"]
    assert (document.cells[columns] == "-").all(axis=None)
    assert any("need at least two seeds of both rows" in note for note in document.notes)
    assert not any(note.startswith("Over baseline: ") for note in document.notes)
    run("baseline", 1, False)
    run("advt", 1, True)
    run("vat", 0, True)
    document = build(number, quick(tmp_path))
    line = document.raw[document.raw["method"] == "advt"].iloc[0]
    cells = document.cells.set_index("Method")[columns]
    title = "AdvT-Text [Miyato et al., 2017]"
    assert cells.loc[title].tolist() == [
        f"{line['over_baseline']:+.2f} [{line['over_baseline_low']:+.2f}, {line['over_baseline_high']:+.2f}]‡",
        *(f"{line[name]:.3f}‡".replace("0.000", "<0.001") for name in ("over_baseline_p", "over_baseline_p_holm")),
    ]
    assert (cells.drop(index=title) == "-").all(axis=None)
    (note,) = [
        note for note in document.notes if note.startswith("Over baseline: mean over seeds minus the baseline's")
    ]
    assert ("bootstrap" in note) == (number == "6") and "Holm" in note and "does not have two seeds" in note
    assert pandas.api.types.is_float_dtype(document.raw["over_baseline_p"])


@pytest.mark.parametrize("make", [labelling_run, classification_run])
def test_missing_and_damaged_predictions_are_named(tmp_path, make):
    corpus, more = (CORPUS, ()) if make is labelling_run else ("sample-sec", (20,))
    for method in ("baseline", "advt"):
        folders = [make(tmp_path, corpus, method, *more, seed=seed) for seed in (0, 1)]
    files.save_arrays(folders[1] / "predictions.npz", {"labels": np.zeros(3, np.int32)})
    with pytest.raises(DamagedFileError, match="predictions.npz is damaged"):
        column(tmp_path, "baseline", "advt", corpus=corpus).against_baseline()
    (folders[1] / "predictions.npz").unlink()
    with pytest.raises(UserError, match="predictions.npz is missing"):
        column(tmp_path, "baseline", "advt", corpus=corpus).against_baseline()
