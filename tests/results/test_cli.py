"""``python -m results`` writes its files, prints the table, ends every mistake with one line and its exit status."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from iadv_foundation.console import cli
from results.cli import main
from results.numbers import TABLES
from results.study import Study
from results.tables import build
from tests.helpers import tiny_corpus
from tests.results.made_up import classification_run
from workflow.pipeline import parse

ROOT = Path(__file__).resolve().parents[2]


def status_of(*arguments):
    with pytest.raises(SystemExit) as ended:
        cli.run(main, "python -m results", [str(argument) for argument in arguments])
    return ended.value.code


def test_table_is_printed_and_written_three_times(tmp_path, capsys):
    classification_run(tmp_path, "sample-sec", "advt", 40)
    assert status_of("table", "3", "--out", tmp_path) == 0
    document = build("3", Study(tmp_path))
    assert capsys.readouterr().out == document.to_markdown()
    folder = tmp_path / "tables" / "paper" / "quick"
    assert sorted(path.name for path in folder.iterdir()) == [
        "table3-runs.csv",
        "table3.csv",
        "table3.md",
        "table3.tex",
    ]
    assert (folder / "table3.md").read_text(encoding="utf-8") == document.to_markdown()
    assert (folder / "table3.csv").read_text(encoding="utf-8") == document.to_csv()
    assert (folder / "table3.tex").read_text(encoding="utf-8") == document.to_latex()


@pytest.mark.parametrize("number", TABLES)
def test_a_table_of_which_nothing_was_run_begins_with_the_command_that_does(tmp_path, capsys, number):
    out = tmp_path / "a folder"
    out.mkdir()
    target = f"table{number}" if number.isdigit() else "table7"
    for options, shown in ([], ""), (["--recipe", "authors", "--scale", "paper"], " --recipe authors"):
        assert status_of("table", number, *options, "--out", out) == 0
        scale = "paper" if options else "quick"
        command = f"./reproduce.sh {target} --scale {scale}{shown} --out '{out}'"
        title, empty, lead, *_ = capsys.readouterr().out.splitlines()
        assert lead == f"Nothing of this has been run yet. To do so: `{command}`"
        assert title.startswith("# ") and not empty
        arguments = parse([*shlex.split(command)[1:], "--seeds", "1"])
        assert (arguments.target, arguments.scale, arguments.out) == (target, scale, str(out))


def test_a_table_with_a_number_of_ours_does_not(tmp_path, capsys):
    classification_run(tmp_path, "sample-sec", "advt", 40)
    tiny_corpus(tmp_path / "corpora" / "sample-sec", name="sample-sec")
    for number in ("1", "2", "3"):
        status_of("table", number, "--out", tmp_path)
        assert "Nothing of this" not in capsys.readouterr().out


def test_another_scale_replaces_nothing(tmp_path, capsys):
    for scale in ("quick", "paper"):
        assert status_of("table", "3", "--scale", scale, "--out", tmp_path) == 0
    assert "scale quick" in (tmp_path / "tables" / "paper" / "quick" / "table3.md").read_text()
    assert "scale paper" in (tmp_path / "tables" / "paper" / "paper" / "table3.md").read_text()


def test_figure_and_sanity_print_one_line_for_what_they_made(tmp_path, capsys):
    tiny_corpus(tmp_path / "corpora" / "tiny")
    assert status_of("figure", "5", "--out", tmp_path) == 0
    assert status_of("figure", "5", "--curves", "--out", tmp_path) == 0
    assert status_of("sanity", "tiny", "--out", tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        str(tmp_path / "figures" / "paper" / "quick" / f"{kind}5.{suffix}")
        for kind in ("table", "curves")
        for suffix in ("png", "svg")
    ]
    assert len(lines) == 5 and lines[4].startswith("tiny: ")


@pytest.mark.parametrize(
    "arguments, status",
    [
        (["table", "8"], 2),
        (["table", "--scale", "quick"], 2),
        (["table", "3", "--scale", "huge"], 2),
        (["table", "3", "--recipe", "x"], 2),
        (["figure", "1"], 2),
        (["figure", "1", "--curves"], 2),
        (["table", "6", "--curves"], 2),
        (["sanity", "imbd"], 2),
        (["plot", "3"], 2),
        (["table", "3", "--sclae", "quick"], 2),
        (["sanity", "imdb"], 1),
    ],
)
def test_mistakes_end_with_one_line(tmp_path, capsys, monkeypatch, arguments, status):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    assert status_of(*arguments) == status
    captured = capsys.readouterr()
    command = "" if arguments[0] == "plot" else f" {arguments[0]}"
    assert captured.out == "" and captured.err.count("\n") == 1
    assert captured.err.startswith(f"python -m results{command}: error: ")
    assert list(tmp_path.rglob("*")) == [tmp_path / "out"]


@pytest.mark.parametrize(
    "command", [["table", "6"], ["figure", "6"], ["figure", "6", "--curves"], ["report"], ["figure4"]]
)
def test_a_misspelt_folder_is_not_made(tmp_path, capsys, command):
    assert status_of(*command, "--out", tmp_path / "misspelt") == 1
    assert f"there is no folder {tmp_path / 'misspelt'}" in capsys.readouterr().err and list(tmp_path.iterdir()) == []


def test_a_damaged_run_is_one_line_and_leaves_the_old_table(tmp_path, capsys):
    folder = classification_run(tmp_path, "sample-sec", "advt", 40)
    status_of("table", "3", "--out", tmp_path)
    table = tmp_path / "tables" / "paper" / "quick" / "table3.md"
    before = table.read_bytes()
    (folder / "metrics.json").write_text("{")
    capsys.readouterr()
    assert status_of("table", "3", "--out", tmp_path) == 1
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and str(folder / "metrics.json") in captured.err
    assert table.read_bytes() == before


def test_a_plain_terminal_gets_the_table_without_chainer(tmp_path):
    """The command as a user types it; the library of networks takes seconds to load and is not needed here."""
    command = [sys.executable, "-X", "importtime", "-m", "results", "table", "4", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and done.stdout.startswith("# Table 4: Test error rate")
    assert "pandas" in done.stderr and " chainer" not in done.stderr
