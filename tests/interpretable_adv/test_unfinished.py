"""Half-trained weights never answer for a finished run, and a changed file beside weights is noticed."""

import shutil
from pathlib import Path

import pytest

from iadv_foundation.errors import DamagedFileError, UserError
from interpretable_adv.cli import main
from tests.interpretable_adv.conftest import run_of

COMMANDS = {
    "evaluate": [],
    "explain": ["great"],
    "predict": ["great"],
    "attack": ["--limit", "2"],
    "interpretability": ["--limit", "2"],
    "export-vectors": ["vectors.txt"],
    "export-model": ["model.zip"],
}


@pytest.fixture
def copy(finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return run_of(Path(shutil.copytree(finished, tmp_path / "out")), "classification")


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unfinished_run_is_refused_unless_asked_for(copy, command, capsys):
    (copy / "metrics.json").unlink()
    line = [command, str(copy), *COMMANDS[command]]
    with pytest.raises(UserError, match="is not finished, so its weights are half-trained: repeat the command"):
        main(line)
    if command != "export-model":
        main([*line, "--unfinished"])
        assert capsys.readouterr().out


@pytest.mark.parametrize("name", ["config.json", "best.npz", "metrics.json"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_was_changed_is_named(copy, command, name):
    path = copy / name
    content = path.read_bytes()
    path.write_bytes(
        content.replace(b'"max_words": ', b'"max_words": 1')
        if name == "config.json"
        else content.replace(b'"updates": ', b'"updates": 1')
        if name == "metrics.json"
        else content[:-1]
    )
    assert path.read_bytes() != content
    with pytest.raises(DamagedFileError, match=f"{name} was altered"):
        main([command, str(copy), *COMMANDS[command]])
