"""Proves when a run is new, resumed, finished, refused or replaced, and that its folder explains itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import files, run_folder, seal
from iadv_foundation.storage.run_folder import RunFolder, describe_environment
from iadv_foundation.version import __version__

CONFIGURATION = {"corpus": "tiny", "seed": 0, "model": {"size": 3, "dropout": 0.5}, "cutoffs": [2, 3]}


@pytest.fixture
def run(tmp_path):
    """A run that is under way: started, one epoch logged, weights and snapshot written."""
    run = RunFolder(tmp_path / "deep" / "seed-0")
    run.start(CONFIGURATION)
    run.write_log([{"epoch": 1, "loss": 0.5}])
    for path in (run.best, run.snapshot, run.predictions):
        files.save_arrays(path, {"a": np.arange(3)})
    return run


def contents(run):
    """``{name: bytes}`` of all files of a run, hidden ones too."""
    return {path.name: path.read_bytes() for path in run.path.iterdir()}


class TestStart:
    """``start``."""

    def test_a_new_run_is_explained(self, tmp_path):
        run = RunFolder(tmp_path / "seed-0")
        assert not run.is_finished
        run.start(CONFIGURATION, device="@numpy")
        assert files.read_json(run.config) == CONFIGURATION
        assert files.read_json(run.environment)["device"] == "@numpy"
        assert sorted(contents(run)) == ["config.json", "environment.json"]

    def test_the_same_configuration_resumes(self, run):
        before = contents(run)
        RunFolder(run.path).start(CONFIGURATION)
        assert contents(run) == before

    def test_a_folder_in_which_another_process_is_at_work_is_left_alone(self, run):
        (run.path / ".best.npz.partial-1").write_text("being written")
        before = contents(run)
        command = (
            "from iadv_foundation.storage.run_folder import RunFolder; "
            f"RunFolder({str(run.path)!r}).start({{}}, overwrite=True)"
        )
        done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=False)
        assert "UserError: another process is at work in" in done.stderr and contents(run) == before

    def test_check_says_what_stands_there_and_changes_nothing(self, run):
        before = contents(run)
        assert run.check(CONFIGURATION) and run.check({**CONFIGURATION, "cutoffs": (2, 3)})
        assert not run.check({"seed": 1}, overwrite=True)
        with pytest.raises(UserError, match="seed: 0 there, 1 now"):
            run.check({**CONFIGURATION, "seed": 1})
        assert contents(run) == before
        other = RunFolder(run.path / "new")
        assert not other.check(CONFIGURATION) and not other.path.exists()

    def test_tuples_count_as_lists(self, run):
        before = contents(run)
        run.start({**CONFIGURATION, "cutoffs": (2, 3)})
        assert contents(run) == before

    @pytest.mark.parametrize(
        "change, words",
        [
            ({"seed": 1}, "seed: 0 there, 1 now"),
            ({"model": {"size": 4, "dropout": 0.5}}, "model.size: 3 there, 4 now"),
            ({"model": {"size": 3}}, "model.dropout: 0.5 there, None now"),
            ({"recipe": "paper"}, "recipe: None there, 'paper' now"),
        ],
    )
    def test_another_configuration_is_refused_and_nothing_touched(self, run, change, words):
        before = contents(run)
        with pytest.raises(UserError) as error:
            run.start({**CONFIGURATION, **change})
        assert words in str(error.value) and "--overwrite" in str(error.value) and str(run.path) in str(error.value)
        assert contents(run) == before

    def test_overwrite_replaces_another_configuration_alone(self, run):
        (run.path / "notes.txt").write_text("mine")
        run.start({**CONFIGURATION, "seed": 1}, overwrite=True)
        assert sorted(contents(run)) == ["config.json", "environment.json", "notes.txt"]
        assert files.read_json(run.config)["seed"] == 1

    def test_overwrite_resumes_the_same_configuration(self, run):
        before = contents(run)
        run.start(CONFIGURATION, overwrite=True)
        assert contents(run) == before

    def test_what_a_kill_left_half_written_is_removed(self, run):
        before = contents(run)
        (run.path / ".snapshot.npz.partial-123").write_bytes(b"half")
        run.start(CONFIGURATION)
        assert contents(run) == before

    def test_files_without_a_configuration_are_not_trusted(self, run):
        files.write_json(run.metrics, {"error": 0})
        run.config.unlink()
        run.start(CONFIGURATION)
        assert not run.is_finished and sorted(contents(run)) == ["config.json", "environment.json"]

    @pytest.mark.parametrize("content", ["", "{", "[1]", "3"])
    def test_a_damaged_configuration_is_named(self, run, content):
        run.config.write_text(content)
        with pytest.raises(DamagedFileError, match="config.json is damaged"):
            run.start(CONFIGURATION)


class TestFinish:
    """``finish``."""

    def test_metrics_make_a_finished_run_and_the_snapshot_goes(self, run):
        run.finish({"error": 1.5})
        assert run.is_finished and not run.snapshot.exists()
        assert seal.read(run.metrics) == {"error": 1.5}
        run.start(CONFIGURATION)
        assert run.is_finished

    def test_a_run_without_its_weights_has_a_result_but_is_not_finished(self, run):
        run.finish({"error": 1.5})
        run.best.unlink()
        assert run.has_result and not run.is_finished

    def test_metrics_that_cannot_be_written_leave_the_run_resumable(self, run):
        before = contents(run)
        with pytest.raises(ValueError):
            run.finish({"error": float("nan")})
        assert contents(run) == before and not run.is_finished


def test_the_log_has_one_object_a_line(run):
    run.write_log([{"epoch": 1}, {"epoch": 2, "loss": 0.25}])
    assert [json.loads(line) for line in run.log.read_text().splitlines()] == [{"epoch": 1}, {"epoch": 2, "loss": 0.25}]


class TestEnvironment:
    """``describe_environment``."""

    def test_it_names_versions_and_command(self, monkeypatch):
        monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
        environment = describe_environment("@numpy")
        assert environment["versions"]["numpy"] == np.__version__
        assert environment["versions"]["interpretable_adv"] == __version__
        assert environment["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
        assert environment["machine"]["cores"] == os.cpu_count()
        assert environment["variables"]["OPENBLAS_CORETYPE"] == "Haswell"
        json.dumps(environment)

    def test_the_commit_is_that_of_the_project(self, tmp_path, monkeypatch):
        repository = make_repository(tmp_path)
        monkeypatch.setattr(run_folder, "_ROOT", repository)
        environment = describe_environment()
        head = git(repository, "rev-parse", "HEAD")
        assert (environment["git_commit"], environment["git_changed"]) == (head, False)
        (repository / "a").write_text("changed")
        assert describe_environment()["git_changed"] is True

    def test_a_repository_around_the_project_is_not_taken_for_it(self, tmp_path, monkeypatch):
        inside = make_repository(tmp_path) / "unpacked"
        inside.mkdir()
        monkeypatch.setattr(run_folder, "_ROOT", inside)
        assert describe_environment()["git_commit"] is None

    def test_a_hook_s_variables_name_another_repository(self, tmp_path, monkeypatch):
        (tmp_path / "other").mkdir()
        repository, other = make_repository(tmp_path), make_repository(tmp_path / "other", "other")
        monkeypatch.setattr(run_folder, "_ROOT", repository)
        monkeypatch.setenv("GIT_DIR", str(other / ".git"))
        monkeypatch.setenv("GIT_WORK_TREE", str(other))
        found = describe_environment()["git_commit"]
        monkeypatch.delenv("GIT_DIR")
        monkeypatch.delenv("GIT_WORK_TREE")
        assert found == git(repository, "rev-parse", "HEAD") != git(other, "rev-parse", "HEAD")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
    def test_a_checkout_that_another_user_owns(self, tmp_path, monkeypatch):
        """git itself refuses such a repository ("dubious ownership") until somebody calls it safe."""
        repository = make_repository(tmp_path)
        head = git(repository, "rev-parse", "HEAD")
        for path in [repository, *repository.rglob("*")]:
            os.chown(path, 54_321, 54_321)
        monkeypatch.setattr(run_folder, "_ROOT", repository)
        monkeypatch.setenv("HOME", str(tmp_path))  # without settings of git
        monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        assert describe_environment()["git_commit"] == head

    def test_without_git(self, monkeypatch):
        monkeypatch.setenv("PATH", "")
        environment = describe_environment()
        assert (environment["git_commit"], environment["git_changed"]) == (None, None)


def git(folder, *arguments):
    done = subprocess.run(
        ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def make_repository(folder, content="x"):
    """A git repository with one commit; skips where there is no git."""
    if not any(Path(place, "git").exists() for place in os.get_exec_path()):
        pytest.skip("git is not installed")
    repository = folder / "repository"
    repository.mkdir()
    git(repository, "init", "--quiet")
    (repository / "a").write_text(content)
    git(repository, "add", "a")
    git(repository, "commit", "--quiet", "-m", "a")
    return repository


def test_another_number_of_threads_is_told_and_noted(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(run_folder, "threads", lambda: 1)
    RunFolder(tmp_path / "run").start(CONFIGURATION)
    run = RunFolder(tmp_path / "run")
    run.snapshot.write_bytes(b"so far")
    run.start(CONFIGURATION)
    assert not capsys.readouterr().err
    monkeypatch.setattr(run_folder, "threads", lambda: 2)
    run.start(CONFIGURATION)
    assert "began with 1 threads" in capsys.readouterr().err
    assert files.read_json(run.environment)["went_on_with_threads"] == 2
