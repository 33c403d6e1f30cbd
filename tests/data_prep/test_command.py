"""The command line ends with one line, good or bad, and with the right exit status."""
import dataclasses

import pytest

from core import cli
from data_prep import command, corpora
from tests.data_prep import archives


def run(argv, capsys):
    """(exit status, lines of standard output, lines of standard error)."""
    with pytest.raises(SystemExit) as ended:
        cli.run(command.main, "python -m data_prep", [str(argument) for argument in argv])
    captured = capsys.readouterr()
    return ended.value.code, captured.out.splitlines(), captured.err.splitlines()


@pytest.fixture
def fce(monkeypatch, tmp_path):
    description = dataclasses.replace(corpora.CORPORA["fce"], expected=archives.FCE_COUNTS)
    monkeypatch.setitem(corpora.CORPORA, "fce", description)
    return archives.write_archive(tmp_path / "fce.tar.gz", archives.fce())


def test_prepare_twice_and_list(tmp_path, fce, capsys):
    status, lines, errors = run(["fce", "--source", fce, "--out", tmp_path / "out"], capsys)
    summary = "fce: train 2 / dev 2 / test 2, vocabulary of 4 words"
    folder = tmp_path / "out" / "corpora" / "fce"
    assert (status, errors) == (0, []) and lines[-1] == f"{summary}, prepared in {folder}"
    assert "2 documents of test also stand in train" in lines
    _, lines, _ = run(["fce", "--source", fce, "--out", tmp_path / "out"], capsys)
    assert lines[-1] == f"{summary}, already prepared in {folder}"
    status, lines, _ = run(["list", "--out", tmp_path / "out"], capsys)
    assert status == 0 and [line.split()[0] for line in lines if line[0] != " "] == ["corpus", *corpora.CORPORA]
    assert sum(line.startswith("    licence: ") for line in lines) == len(corpora.CORPORA)
    assert "prepared: 2 / 2 / 2" in next(line for line in lines if line.startswith("fce "))
    imdb = next(line for line in lines if line.startswith("imdb "))
    assert "21,246 / 3,754 / 25,000 / 50,000" in imdb and "not prepared" in imdb
    (folder / "train.ids.npy").unlink()
    assert " damaged" in next(line for line in run(["list", "--out", tmp_path / "out"], capsys)[1] if line.startswith("fce "))


@pytest.mark.parametrize("argv, status, message", [
    (["imbd"], 2, "unknown corpus 'imbd' (did you mean 'imdb'?)"),
    (["fce"], 2, "fce needs --source PATH"),
    ([], 2, "CORPUS"),
    (["fce", "--seed", "-1"], 2, "--seed -1"),
    (["fce", "--seed", "one"], 2, "invalid int value: 'one'"),
    (["fce", "--spurce", "x"], 2, "--spurce"),
    (["fce", "--source", "no/such/file"], 1, "there is no file or folder no/such/file"),
    (["sample-sec", "--source", "no/such/file"], 1, "there is no file or folder no/such/file"),
])
def test_mistakes(tmp_path, monkeypatch, capsys, argv, status, message):
    monkeypatch.chdir(tmp_path)
    found, lines, errors = run(argv, capsys)
    assert found == status and not lines and len(errors) == 1
    assert errors[0].startswith("python -m data_prep: error: ") and message in errors[0]
    assert not list(tmp_path.iterdir())
