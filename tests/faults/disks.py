"""A disk of its own for a folder, which can be full."""

import contextlib
import functools
import os
import subprocess
import tempfile
from pathlib import Path

_SIZE = "256m"
_BALLAST = ".ballast"


@contextlib.contextmanager
def small_disk(folder):
    """Have a disk in memory in the place of an empty folder, for a block; what is on it is gone afterwards."""
    _mount("mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder))
    try:
        yield
    finally:
        _mount("umount", "-l", str(folder))


@contextlib.contextmanager
def filled(folder, room):
    """Have only so many bytes (int; in effect whole pages) left on a disk, for a block."""
    ballast = Path(folder) / _BALLAST
    free = os.statvfs(folder)
    with open(ballast, "wb") as opened:
        os.posix_fallocate(opened.fileno(), 0, free.f_bavail * free.f_frsize - room)
    try:
        yield
    finally:
        ballast.unlink()


@functools.cache
def why_none():
    """Why no disk can be made here (str), or None where one can."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(folder):
                return None
        except (OSError, subprocess.CalledProcessError) as error:
            return (
                f"a disk in memory can be mounted by root alone: {(getattr(error, 'stderr', '') or str(error)).strip()}"
            )


def _mount(*words):
    subprocess.run(words, check=True, capture_output=True, text=True)
