"""One process at a time in a folder."""
import errno
import fcntl
import os
import weakref

from foundation.errors import UserError

_NO_LOCKS = {errno.ENOLCK, errno.EBADF, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
_held = weakref.WeakValueDictionary()  # of this process: real path -> FolderLock


class FolderLock:
    """Holds a folder until nothing refers to it any more, at the latest until the process ends, however it ends.

    The folder itself is locked, so that no file is left behind.  Use :func:`lock_folder`.
    """

    def __init__(self, path):
        self._descriptor = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"another process is at work in {path}: wait for its end, or choose another --out") from None
        except OSError as error:  # some network file systems lock no folders: no reason to stop
            if error.errno not in _NO_LOCKS:
                raise

    def is_at(self, path):
        """Whether what is locked still stands at a path (bool)."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.stat(path))
        except FileNotFoundError:
            return False

    def __del__(self):
        os.close(self._descriptor)


def lock_folder(path):
    """Keep other processes out of a folder.

    Args:
        path: a folder that is there.

    Returns:
        FolderLock: keep it as long as the folder is worked in; the same one where this process holds the folder already.

    Raises:
        UserError: another process holds it.
    """
    key = os.path.realpath(path)
    lock = _held.get(key)
    if lock is None:
        lock = _held[key] = FolderLock(path)
    return lock
