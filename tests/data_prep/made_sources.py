"""Archives and folders for the tests of what is read from them, and how they are read."""

import io
import os
import struct
import tarfile

import pytest

from iadv_foundation.errors import UserError
from tests.data_prep import archives

FILES = {"top/a/1.txt": b"one", "top/a/2.txt": b"two", "top/b/1.txt": b"three", "top/._a/1.txt": b"Finder"}
WANTED = {name: FILES[name] for name in ("top/a/1.txt", "top/a/2.txt", "top/b/1.txt")}
PATTERN = r"[ab]/\d\.txt"
ENDS = [*archives.COMPRESS, ".zip"]


def as_members(source, pattern=PATTERN):
    return dict(source.members(pattern))


def as_streams(source, pattern=PATTERN):
    return {name: b"".join(stream) for name, stream in source.streams(pattern)}


def refused(read, source, match):
    """Reading ends in one printable line of error; nothing was written beside the source."""
    beside = source.parent if isinstance(source, os.PathLike) else None
    before = beside and sorted(beside.rglob("*"))
    with pytest.raises(UserError, match=match) as caught:
        read(source)
    assert str(caught.value).isprintable() and (beside and sorted(beside.rglob("*"))) == before
    return str(caught.value)


def write_tar(path, entries):
    """A plain tar of ``TarInfo`` with their contents."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as opened:
        for entry, content in entries:
            opened.addfile(entry, io.BytesIO(content))
    return path


def tar_entry(name, content=b"", **attributes):
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    for attribute, value in attributes.items():
        setattr(entry, attribute, value)
    return entry, content


def patched_zip(path, name, offset, value, form="<I"):
    """Alter a field of the member's entry in the central directory of a zip archive (and nothing else)."""
    content = bytearray(path.read_bytes())
    start = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
    struct.pack_into(form, content, start + offset, value)
    path.write_bytes(content)
    return path
