"""One process at a time in a folder."""

import errno
import os
import sys
import weakref
from pathlib import Path

import filelock

from iadv_foundation.errors import UserError

#: What a file system says that does not lock at all.
NO_LOCKS = {errno.ENOLCK, errno.EBADF, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
_held = weakref.WeakValueDictionary()  # of this process: real path -> FolderLock


class FolderLock:
    """Holds a folder until nothing refers to it any more, at the latest until the process ends, however it ends.

    What is locked is a file beside it, ``.NAME.lock``, which stays there and means nothing by itself: one that is
    opened for writing is locked on network file systems, too.  Where the file system locks nothing, that is said.  Use
    :func:`lock_folder`.
    """

    def __init__(self, path):
        path = Path(path)
        self._lock = filelock.UnixFileLock(path.with_name(f".{path.name}.lock"), timeout=0, thread_local=False)
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise UserError(
                f"another process is at work in {path}: wait for its end, or choose another --out"
            ) from None
        except NotImplementedError:  # some file systems lock nothing: no reason to stop
            say_unlocked(path)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            say_unlocked(path)

    def __del__(self):
        self._lock.release(force=True)


def say_unlocked(path):
    """Say that the file system of a folder cannot keep a second process out of it."""
    print(f"{path} is on a file system without locks: see to it that nothing else works there", file=sys.stderr)


def lock_folder(path):
    """Keep other processes out of a folder.

    Args:
        path: a folder, there or not; the one that it is in is there.

    Returns:
        FolderLock: keep it as long as the folder is worked in; the same one where this process holds the folder
        already.

    Raises:
        UserError: another process holds it.
    """
    key = os.path.realpath(path)
    lock = _held.get(key)
    if lock is None:
        lock = _held[key] = FolderLock(key)
    return lock
