"""Proves what is asked of Slurm about our jobs, and that those which are left are cancelled."""

import os

import pytest

from workflow.slurm import Place, Queue


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """Pretend ``squeue`` and ``scancel``: the latter notes its arguments; function of what the former prints."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def write(name, script):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    write("scancel", f'echo "$@" >>{tmp_path}/cancelled')
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return lambda text: write("squeue", f"cat <<'END'\n{text}\nEND")


@pytest.fixture
def clock():
    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    return Clock()


@pytest.fixture
def queue(tmp_path, clock):
    return Queue(tmp_path / "snakemake" / "queued", clock)


def test_places_of_our_jobs_alone(queue, commands):
    commands("5|RUNNING|node7|None\n6|PENDING||Resources\n7|RUNNING|node8|None\nslurm_load_jobs error")
    queue.add("5")
    queue.add("6")
    assert queue.places() == {"5": Place("RUNNING", "node7"), "6": Place("PENDING", "", "Resources")}


def test_slurm_is_not_asked_all_the_time(queue, commands, clock):
    commands("5|RUNNING|node7|None")
    queue.add("5")
    asked = []
    for second in range(40):
        clock.now = float(second)
        asked += [second] if queue.places() else []
    assert asked == [0, 2, 6, 14, 24, 34]
    queue.add("6")  # somebody waits to hear of it
    assert queue.places()
    clock.now += 2
    assert queue.places()


def test_nothing_is_asked_where_no_job_is_there_and_nothing_known_where_slurm_fails(queue, tmp_path, commands):
    commands("5|RUNNING|node7|None")
    assert queue.places() == {}
    queue.add("5")
    (tmp_path / "bin" / "squeue").write_text("#!/bin/sh\nexit 1\n")
    assert queue.places() == {}


def test_what_has_ended_is_not_cancelled(queue, tmp_path, commands):
    for number in "567":
        queue.add(number)
    queue.remove("6")
    queue.remove("9")
    assert queue.path.read_text() == "5\n7\n"
    queue.cancel()
    assert (tmp_path / "cancelled").read_text() == "5 7\n" and queue.path.read_text() == ""
    queue.cancel()
    assert (tmp_path / "cancelled").read_text() == "5 7\n"
