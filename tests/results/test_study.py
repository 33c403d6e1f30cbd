"""A study reads each file of a run once; a run that cannot be read is left out and named, and takes nothing down."""

import collections
import re

import pytest

from iadv_foundation.console import cli
from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from interpretable_adv.methods import METHODS
from results.cli import main
from results.report.page import render
from results.study import Study
from results.tables import build
from tests.results.made_up import classification_run, labelling_run, quick, run_path


def changed(folder, **values):
    """Write other values into a run's configuration."""
    files.write_json(folder / "config.json", {**files.read_json(folder / "config.json"), **values})


DAMAGES = {
    "metrics.json": lambda folder: (folder / "metrics.json").write_text("{"),
    "belongs to another run": lambda folder: files.write_json(
        folder / "metrics.json", {**files.read_json(folder / "metrics.json"), "seed": 9}
    ),
    "config.json": lambda folder: (folder / "config.json").unlink(),
    "of a later version": lambda folder: changed(folder, format=99),
    "training.learning_rate": lambda folder: changed(folder, training={"learning_rate": "fast"}),
    "log.jsonl": lambda folder: (folder / "log.jsonl").write_text("{"),
    "predictions.npz": lambda folder: (folder / "predictions.npz").write_bytes(b"no arrays"),
}


@pytest.fixture
def out(tmp_path):
    """Two seeds of the baseline and of AdvT."""
    for method, errors in (("baseline", 40), ("advt", 30)):
        for seed in (0, 1):
            classification_run(tmp_path, "sample-sec", method, errors + 2 * seed, seed)
    return tmp_path


def status_of(*arguments):
    with pytest.raises(SystemExit) as ended:
        cli.run(main, "python -m results", [str(argument) for argument in arguments])
    return ended.value.code


@pytest.mark.parametrize("make", [lambda study: build("3", study), render])
def test_each_file_of_a_run_is_read_once(out, monkeypatch, make):
    opened = collections.Counter()
    for name in ("read_json", "load_arrays"):
        read = getattr(files, name)
        monkeypatch.setattr(
            files, name, lambda path, *rest, read=read, **named: (opened.update([path]), read(path, *rest, **named))[1]
        )
    make(quick(out))
    runs = {path: number for path, number in opened.items() if "runs" in path.parts}
    assert set(runs.values()) == {1} and {path.name for path in runs} >= {
        "metrics.json",
        "config.json",
        "predictions.npz",
    }


@pytest.mark.parametrize("what", DAMAGES)
def test_a_run_that_cannot_be_read_is_left_out_and_named(out, capsys, what):
    DAMAGES[what](run_path(out, "sample-sec", "advt", 1))
    document = build("3", quick(out))
    assert document.raw.set_index("method").loc[["baseline", "advt"], "n"].tolist() == [2, 1]
    (note,) = [note for note in document.notes if note.startswith("Skipped: ")]
    assert what in note and str(run_path(out, "sample-sec", "advt", 1)) in note
    assert status_of("table", "3", "--out", out) == 0
    assert note in capsys.readouterr().err
    page = render(quick(out))
    assert "Left out, because it cannot be read: 1" in page and "3 finished runs of 2 methods on sample-sec" in page


def test_a_run_of_a_method_of_another_version_is_left_out(out, monkeypatch):
    classification_run(out, "sample-sec", "vat", 40)
    monkeypatch.delitem(METHODS, "vat")
    (skipped,) = Study(out).skipped(["sample-sec"])
    assert "a method that this version does not have: 'vat'" in str(skipped)
    assert len(Study(out).runs(["sample-sec"])) == 4


def test_where_no_run_can_be_read_a_table_fails_and_the_page_stands(out, capsys):
    for method in ("baseline", "advt"):
        for seed in (0, 1):
            DAMAGES["metrics.json"](run_path(out, "sample-sec", method, seed))
    for command in (["table", "3"], ["figure", "3"], ["figure", "3", "--curves"], ["compare", "sample-sec"]):
        assert status_of(*command, "--out", out) == 1
        assert capsys.readouterr().err.count("\n") == 1
    assert status_of("report", "--out", out) == 0
    assert "Left out, because it cannot be read: 5" in render(quick(out))  # the four runs, and with them their table


@pytest.mark.parametrize(
    "damage, named",
    [
        (lambda out: (out / "sanity" / "sample-sec" / "metrics.json").write_text("{"), "sanity"),
        (
            lambda out: (run_path(out, "sample-sec", "advt") / "attack-test.jsonl").write_text("{}\n"),
            "attack-test.jsonl",
        ),
    ],
)
def test_other_damaged_files_do_not_take_the_page_down(out, damage, named):
    (out / "sanity" / "sample-sec").mkdir(parents=True)
    (run_path(out, "sample-sec", "advt") / "best.npz").write_bytes(b"weights")
    labelling_run(out, "sample-ged", "advt")
    damage(out)
    page = render(quick(out))
    assert re.search(rf"<li>[^<]*{named}[^<]*damaged", page) and "Table 6: FCE-public" in page


def test_rows_from_elsewhere_stand_beside_those_of_the_folder(out, tmp_path):
    own = tmp_path / "other" / "epsilon"
    classification_run(own, "sample-sec", "advt", 10)
    files.write_text(own / "from.toml", '[[from]]\nfolder = "../.."\nmethods = ["baseline", "advt"]\n')
    runs = Study(own).runs(["sample-sec"])
    assert runs[["method", "seed", "value"]].values.tolist() == [
        ["baseline", 0, 20.0],
        ["baseline", 1, 21.0],
        ["advt", 0, 5.0],
        ["advt", 1, 16.0],
    ]
    files.write_text(own / "from.toml", '[[from]]\nfolder = "../.."\nmethods = ["baseline"]\n')
    assert Study(own).runs(["sample-sec"])["method"].tolist() == ["baseline", "baseline", "advt"]


@pytest.mark.parametrize(
    "text", ["[[from]\n", "x = 1\n", '[[from]]\nfolder = "."\n', '[[from]]\nfolder = "nowhere"\nmethods = []\n']
)
def test_a_list_of_other_folders_that_is_none_is_named(out, text):
    files.write_text(out / "from.toml", text)
    with pytest.raises(UserError, match="from.toml"):
        Study(out).runs(["sample-sec"])


def test_what_is_made_can_be_written_elsewhere(out, tmp_path):
    before = sorted(out.rglob("*"))
    elsewhere = tmp_path.parent / f"{tmp_path.name}-made"
    for command in (["table", "3"], ["figure", "3"], ["report"], ["compare", "sample-sec"]):
        assert status_of(*command, "--out", out, "--write", elsewhere) == 0
    assert sorted(out.rglob("*")) == before
    made = {path.name for path in elsewhere.rglob("*.*")}
    assert made >= {"table3.md", "table3.svg", "report.html", "compare-sample-sec.html"}


def test_a_row_is_of_runs_with_the_same_settings(tmp_path):
    """Those with the usual ones; the others are named with what they had instead."""
    other = ["training.learning_rate=0.5"]
    for method, settings in (("baseline", [[], other, []]), ("advt", [other, other])):
        for seed, overrides in enumerate(settings):
            classification_run(tmp_path, "sample-sec", method, 40 + seed, seed, overrides=overrides)
    study = Study(tmp_path)
    runs = study.runs(["sample-sec"])
    assert runs[["method", "seed"]].values.tolist() == [["baseline", 0], ["baseline", 2], ["advt", 0], ["advt", 1]]
    (skipped,) = study.skipped()
    assert (
        "baseline/seed-1 ran with other settings than the other seeds (training.learning_rate = 0.5 instead of"
        in str(skipped)
    )
