"""A second process is refused, the same one is not, and a lock ends with its holder, however that ends."""

import errno
import gc
import os
import signal
import subprocess
import sys

import pytest

from iadv_foundation.errors import UserError
from iadv_foundation.storage.folder_lock import lock_folder

HOLD = (
    "import sys, time; from iadv_foundation.storage.folder_lock import lock_folder; lock = lock_folder(sys.argv[1]); "
    "print('held', flush=True); time.sleep(60)"
)


@pytest.fixture
def other(tmp_path):
    """Another process that holds the folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_another_process_is_refused_until_this_one_is_killed(tmp_path, other):
    with pytest.raises(UserError, match=f"another process is at work in {tmp_path}"):
        lock_folder(tmp_path)
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    assert (
        lock_folder(tmp_path) is not None and list(tmp_path.iterdir()) == []
    )  # the file that is locked stands beside it


def test_the_same_process_may_come_again_by_any_name_and_a_forgotten_lock_is_free(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    lock = lock_folder(tmp_path / "folder")
    assert lock_folder(tmp_path / "link") is lock
    del lock
    gc.collect()
    done = subprocess.run(
        [sys.executable, "-c", HOLD.replace("time.sleep(60)", "0"), str(tmp_path / "folder")], check=False
    )
    assert done.returncode == 0


def test_a_file_system_without_locks_is_no_reason_to_stop_and_is_said(tmp_path, monkeypatch, capsys):
    def fail(*_):
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr("fcntl.flock", fail)
    assert lock_folder(tmp_path) is not None
    said = f"{tmp_path} is on a file system without locks: see to it that nothing else works there\n"
    assert capsys.readouterr().err == said
