"""Files that are either wholly there or not there at all, and that tell when they were altered."""

import contextlib
import glob
import hashlib
import io
import json
import os
import platform
import shutil
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np

from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import special_files
from iadv_foundation.storage.folder_lock import lock_folder

# In names of files that are being written: the number of a process means nothing on another machine.
_HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:6]
_METADATA = "__metadata__"
_DIGEST = "__sha256__"
# What NumPy and zipfile raise over damage of one kind or another: a flipped bit may also make a member "encrypted".
_DAMAGE = (
    ValueError,
    KeyError,
    TypeError,
    EOFError,
    OSError,
    RuntimeError,
    SyntaxError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


@contextlib.contextmanager
def replacing(path):
    """Yield a path beside ``path`` to write to; rename it onto ``path`` if the block succeeds, remove it if not.

    Of a symbolic link, what it leads to is replaced, and a device or a pipe is written to.

    Raises:
        UserError: ``path`` is a folder.
    """
    if special_files.is_special(path):
        with special_files.writing_to(path) as partial:
            yield partial
        return
    if os.path.isdir(path):
        raise UserError(f"{path} is a folder: give a file")
    path = Path(special_files.end_of_links(path) if os.path.islink(path) else path)
    special_files.make_folder(path.parent)
    _sweep_files(path)
    partial = path.with_name(f".{path.name}.partial-{_HOST}-{os.getpid()}")
    try:
        yield partial
        with open(partial, "rb") as written:
            os.fsync(written.fileno())
        with contextlib.suppress(FileNotFoundError):
            shutil.copymode(path, partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing_folder(path):
    """Yield an empty folder beside ``path`` to fill; swap it in for ``path`` if the block succeeds, remove it if not.

    Folders that an earlier, killed attempt left beside ``path`` are removed first.  Of a symbolic link, the folder that
    it leads to is replaced.

    Raises:
        UserError: another process is filling the same folder.
    """
    path = Path(special_files.end_of_links(path) if os.path.islink(path) else path)
    special_files.make_folder(path.parent)
    partial = path.with_name(f".{path.name}.partial")
    lock = lock_folder(path)
    _remove_leftovers(path)
    partial.mkdir()
    try:
        yield partial
        if path.exists():
            old = path.with_name(f".{path.name}.partial-old-{os.getpid()}")
            os.replace(path, old)
            os.replace(partial, path)
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.replace(partial, path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        del lock


def sweep(folder):
    """Remove what killed attempts to replace a folder left beside it, unless another process is at work there."""
    folder = Path(special_files.end_of_links(folder) if os.path.islink(folder) else folder)
    if any(_leftovers(folder)):
        with contextlib.suppress(UserError):
            lock = lock_folder(folder)
            _remove_leftovers(folder)
            del lock


def _leftovers(folder):
    name = glob.escape(f".{folder.name}.partial")
    return [*folder.parent.glob(name), *folder.parent.glob(f"{name}-*")]


def _remove_leftovers(folder):
    for leftover in _leftovers(folder):
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def _sweep_files(path):
    """Remove what processes of this machine that are no longer there left of a file."""
    for leftover in path.parent.glob(glob.escape(f".{path.name}.partial-{_HOST}-") + "*"):
        number = leftover.name.rpartition("-")[2]
        if number.isdigit() and not _is_running(int(number)):
            leftover.unlink(missing_ok=True)


def _is_running(process):
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def write_text(path, text):
    """Write ``text`` (UTF-8) to ``path``, wholly or not at all.

    A lone surrogate, which stands for a byte of a file's name that is not UTF-8, becomes ``\\udc80`` or the like: in
    JSON that is read back as it was.
    """
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


def write_json(path, value):
    """Write ``value`` as indented JSON with a final newline, wholly or not at all.

    Raises:
        ValueError: ``value`` holds a NaN or an infinity, which JSON cannot.
    """
    with replacing(path) as partial:
        partial.write_bytes(json_text(value))


def json_text(value):
    """What :func:`write_json` writes (bytes); raises as that does."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode(errors="backslashreplace")


def read_json(path):
    """Read a JSON file.

    Raises:
        UserError: it is missing.
        DamagedFileError: it is not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path} is missing") from None
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(f"{path} is damaged ({error}); remove it and repeat the command that made it") from None


def digest_of_file(path):
    """SHA-256 of a file as hexadecimal digits."""
    with open(path, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def digest_of_json(value):
    """SHA-256 of a JSON value, independent of the order of its keys, as hexadecimal digits."""
    return hashlib.sha256(
        json.dumps(value, sort_keys=True, ensure_ascii=False).encode(errors="backslashreplace")
    ).hexdigest()


def save_arrays(path, arrays, metadata=None):
    """Write arrays and a JSON description to an ``.npz`` file, wholly or not at all; see :func:`write_arrays`."""
    with replacing(path) as partial:
        write_arrays(partial, arrays, metadata)


def write_arrays(target, arrays, metadata=None):
    """Write arrays and a JSON description as an ``.npz`` file that knows its own SHA-256.

    Equal input gives equal bytes.

    Args:
        target: path, or binary file object.
        arrays (dict of str to numpy.ndarray): of any shape; no object arrays.
        metadata: anything JSON can hold.

    Raises:
        ValueError: an array holds objects, which only pickle could write.
    """
    entries = {name: np.asarray(arrays[name]) for name in sorted(arrays)}
    entries[_METADATA] = np.asarray(json.dumps(metadata, sort_keys=True))
    entries[_DIGEST] = np.asarray(_digest_of_arrays(entries))
    # numpy.savez of NumPy 1 leaves its archive open when the disk is full, and Python then complains a second time.
    with zipfile.ZipFile(target, "w") as archive:
        for name, array in entries.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def load_arrays(path, content=None):
    """Read what :func:`save_arrays` wrote.

    Args:
        path: of the file; with ``content`` a name for it, for messages.
        content (bytes or None): what is in the file, where it has been read already.

    Returns:
        (dict of str to numpy.ndarray, metadata)

    Raises:
        UserError: the file is missing.
        DamagedFileError: it is truncated, altered or another kind of file.
    """
    try:
        with np.load(path if content is None else io.BytesIO(content), allow_pickle=False) as opened:
            entries = {name: opened[name] for name in opened.files}
        digest = str(entries.pop(_DIGEST))
        intact = digest == _digest_of_arrays(entries)
        metadata = json.loads(str(entries.pop(_METADATA)))
    except FileNotFoundError:
        raise UserError(f"{path} is missing") from None
    except PermissionError:
        raise
    except _DAMAGE as error:
        why = " ".join(str(error).split())
        raise DamagedFileError(f"{path} is damaged ({why}); remove it and repeat the command") from None
    if not intact:
        raise DamagedFileError(f"{path} is damaged (its content has another SHA-256); remove it and repeat the command")
    return entries, metadata


def _digest_of_arrays(entries):
    digest = hashlib.sha256()
    for name in sorted(entries):
        array = np.ascontiguousarray(entries[name])
        digest.update(f"{name}\0{array.dtype.str}\0{entries[name].shape}\0".encode())
        digest.update(array.tobytes() if array.dtype.kind == "U" else memoryview(array.reshape(-1)).cast("B"))
    return digest.hexdigest()
