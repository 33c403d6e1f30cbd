"""Devices, pipes and symbolic links in the place of a plain file that a user names.

They are written to and read from, as by any program; what is a pipe can be read only once, so that a copy of it is
kept.
"""

import contextlib
import os
import re
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from iadv_foundation.errors import UserError

# An open file of this or another process: "/dev/stdout" leads to one; a shell's ">(command)" and "<(command)" are such
# names.
_DESCRIPTOR = re.compile(r"/proc/(\d+|self|thread-self)(?:/task/\d+)?/fd/(\d+)|/dev/fd/(\d+)")
_MOST_LINKS = 40
_copies = {}


def end_of_links(path):
    """Where symbolic links lead to (str), whether there is something or not; not beyond a process's open file."""
    path = os.fspath(path)
    for _ in range(_MOST_LINKS):
        path = os.path.join(os.path.realpath(os.path.dirname(path) or "."), os.path.basename(path))
        if _DESCRIPTOR.fullmatch(path) or not os.path.islink(path):
            return path
        path = os.path.join(os.path.dirname(path), os.readlink(path))
    raise UserError(f"{path} is a symbolic link that leads to itself")


def make_folder(path):
    """Make a folder and those it is in; where one of them is a symbolic link, the folder that it leads to."""
    os.makedirs(os.path.realpath(path), exist_ok=True)


def is_special(path):
    """Whether a path is to be written to rather than replaced (bool): a device, a pipe or an open file."""
    end = end_of_links(path)
    return (
        bool(_DESCRIPTOR.fullmatch(end)) or os.path.exists(end) and not os.path.isdir(end) and not os.path.isfile(end)
    )


@contextlib.contextmanager
def writing_to(path):
    """Yield a path of a temporary file to write; what it holds then goes to a special file."""
    with tempfile.TemporaryDirectory() as folder:
        partial = Path(folder) / "file"
        yield partial
        with open(partial, "rb") as written, _opened(end_of_links(path)) as opened:
            shutil.copyfileobj(written, opened)


def _opened(end):
    found = _DESCRIPTOR.fullmatch(end)
    if found and found[1] in (None, "self", "thread-self", str(os.getpid())):
        if sys.stdout is not None:
            sys.stdout.flush()  # What was printed before stands before it.
        return open(os.dup(int(found[2] or found[3])), "wb")
    return open(end, "ab" if os.path.isfile(end) else "wb")


def readable(path):
    """A path at which what a user named can be read more than once (pathlib.Path):
    itself, or a copy of what a pipe brought.

    Raises:
        UserError: there is nothing, or a folder.
    """
    path = Path(path)
    if path.is_file():
        return path
    if path.is_dir():
        raise UserError(f"{path} is a folder: give the file")
    if not path.exists():
        raise UserError(f"there is no file {path}")
    if stat.S_ISSOCK(path.stat().st_mode) or stat.S_ISBLK(path.stat().st_mode):
        raise UserError(f"{path} is a socket or a disk: give a file")
    if str(path) not in _copies:
        folder = tempfile.TemporaryDirectory()
        copy = Path(folder.name) / path.name
        with open(path, "rb") as source, open(copy, "wb") as opened:
            shutil.copyfileobj(source, opened)
        _copies[str(path)] = folder, copy
    return _copies[str(path)][1]
