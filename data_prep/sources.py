"""Where text comes from: a folder, a tar archive (plain or compressed) or a zip archive, read without unpacking it.

Nothing is ever written to disk, and nothing outside the source is read; see :mod:`data_prep.guards`.
"""

import bz2
import contextlib
import functools
import gzip
import hashlib
import io
import lzma
import os
import re
import stat
import tarfile
import zipfile
from pathlib import Path

from data_prep.guards import PIECE, Bounded, Budget, StrictHeader, Told, damage_named, inside, refuse
from iadv_foundation.console.printing import printable
from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from iadv_foundation.storage.special_files import readable

_MAGIC = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\x00", lzma.open), (b"\x5d\x00\x00", lzma.open))
_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_TAR_KINDS = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.FIFOTYPE: "a pipe",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
}


def open_source(path):
    """A :class:`Folder`, :class:`Zip` or :class:`Tar` for what stands at ``path``.

    Raises:
        UserError: nothing stands there.
    """
    path = Path(path)
    if path.is_dir():
        return Folder(path.resolve())
    if not path.exists():
        raise UserError(f"there is no file or folder {path}")
    path = readable(path)
    with open(path, "rb") as opened:
        return (Zip if opened.read(4) == b"PK\x03\x04" else Tar)(path)


class _Source:
    """What the three kinds share.

    Args:
        path (pathlib.Path)
    """

    def __init__(self, path):
        self.path = path

    @property
    def name(self):
        """Last part of the path, for messages and for the record."""
        return self.path.name

    def members(self, pattern):
        """Yield ``(name, content)`` of the files whose path ends with ``pattern``,
        in the order in which they are stored.

        Args:
            pattern (str): regular expression for the last parts of a path, e.g. ``r"train/pos/\\d+_\\d+\\.txt"``.

        Raises:
            UserError: the archive is truncated, damaged or a decompression bomb, a member is a link or a device or is
                there twice, or a name leads out of the archive.
        """
        for name, opener in self._wanted(pattern):
            with damage_named(self.name, _in_member(name)), opener() as stream:
                content = stream.read()
            yield name, content

    def streams(self, pattern):
        """Yield ``(name, binary file object)`` as :meth:`members`, for members too large to be held as a whole.

        A file object is closed when the next one is asked for; reading it raises what :meth:`members` raises.
        """
        for name, opener in self._wanted(pattern):
            with damage_named(self.name, _in_member(name)):
                opened = opener()
            with io.BufferedReader(Told(opened, self.name, _in_member(name)), PIECE) as stream:
                yield name, stream

    def _wanted(self, pattern):
        wanted = re.compile(rf"(?:.*/)?(?:{pattern})")
        seen = set()
        for name, opener in self._entries():
            if wanted.fullmatch(name) and not _of_finder(name):
                if name in seen:
                    raise UserError(f"{self.name}: member {name} is there twice")
                seen.add(name)
                yield name, opener

    def one_of_each(self, patterns):
        """The content of exactly one file for each pattern.

        Args:
            patterns (dict of str to str): name -> regular expression for the last parts of a path.

        Returns:
            dict of str to (place, bytes): ``place`` names source and member for messages.

        Raises:
            UserError: there is no such file, or several; and as :meth:`members`.
        """
        found = {}
        for name, content in self.members("|".join(patterns.values())):
            for key, pattern in patterns.items():
                if re.fullmatch(rf"(?:.*/)?(?:{pattern})", name):
                    if key in found:
                        raise UserError(f"{self.name} holds several files for {key}: {found[key][0]} and {name}")
                    found[key] = (f"{self.name}: {name}", content)
        for key in patterns:
            if key not in found:
                looked_for = patterns[key].replace("\\", "")
                raise UserError(f"{self.name}: the file for {key} is missing (looked for a name like {looked_for})")
        return found

    def record(self, pattern):
        """What ``corpus.json`` says of this source: ``{"file": name, "sha256": digits}``."""
        return {"file": self.name, "sha256": files.digest_of_file(self.path)}


class Folder(_Source):
    """A folder with extracted files."""

    def _entries(self, folder=None):
        root, below = str(self.path), []
        for entry in sorted(os.scandir(folder or root), key=lambda entry: entry.name):
            name = printable(entry.path.removeprefix(root).lstrip(os.sep))
            if entry.is_symlink() and not Path(os.path.realpath(entry.path)).is_relative_to(root):
                raise UserError(
                    f"{self.name}: {name} is a symbolic link that leads out of the folder; put what it leads to "
                    "in its place"
                )
            if entry.is_dir():
                if not entry.is_symlink():  # Where a link leads, the files are found anyway.
                    below.append(entry.path)
            elif entry.is_file() or not os.path.exists(
                entry.path
            ):  # Of a link to nothing, the attempt to open it tells.
                yield name, functools.partial(open, entry.path, "rb")
            else:
                refuse(self.name, name, _KINDS.get(stat.S_IFMT(entry.stat().st_mode), "no file"))
        for path in below:
            yield from self._entries(path)

    def record(self, pattern):
        """Digest of the names and contents of the files that ``pattern`` matches."""
        digest = hashlib.sha256()
        for name, stream in self.streams(pattern):
            digest.update(f"{name}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
        return {"file": self.name, "sha256": digest.hexdigest()}


class Zip(_Source):
    """A zip archive; a wheel is one."""

    def _entries(self):
        size, name = self.path.stat().st_size, None
        whole = Budget(self.name, size)

        def position():
            return _after_member(name) or f" at byte {size:,}, its end, where the list of its members should stand"

        with damage_named(self.name, position), zipfile.ZipFile(self.path) as opened:
            for entry in opened.infolist():
                name, kind = inside(entry.filename, self.name), stat.S_IFMT(entry.external_attr >> 16)
                if kind in _KINDS:
                    refuse(self.name, name, _KINDS[kind])
                if not entry.is_dir() and kind != stat.S_IFDIR:
                    yield name, functools.partial(self._open, opened, entry, name, whole)

    def _open(self, opened, entry, name, whole):
        place = f"{self.name}: member {name}"
        if entry.flag_bits & 1:
            raise UserError(f"{place} is encrypted: unpack the archive with its password and give the folder")
        budgets = (Budget(place, entry.compress_size), whole)  # Whatever sizes the member's header states.
        return Bounded(opened.open(entry), budgets, entry.file_size, place)


class Tar(_Source):
    """A tar archive, plain or compressed by gzip, bzip2, xz or lzma; read once from its beginning to its end.

    Args:
        path (pathlib.Path)
        content (bytes or None): the archive itself, where it stands inside another one.
    """

    def __init__(self, path, content=None):
        super().__init__(path)
        self._content = content

    def _entries(self):
        name = None

        def position():
            return _after_member(name) or " at its beginning"

        with damage_named(self.name, position), _decompressed(self.path, self._content) as stream:
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=StrictHeader) as opened:
                while (entry := opened.next()) is not None:
                    opened.members.clear()  # Else all headers stay in memory.
                    name = inside(entry.name, self.name)
                    if entry.issparse() or entry.type in _TAR_KINDS:
                        refuse(self.name, name, _TAR_KINDS.get(entry.type, "a sparse file"))
                    if entry.isfile():
                        yield name, functools.partial(opened.extractfile, entry)
            while stream.read(1 << 20):  # To its end: there stands the checksum of the compressed data.
                pass


def inner_tar(place, content):
    """A tar archive that was itself a member of an archive."""
    return Tar(Path(place), content)


def text_lines(path):
    """Yield (line number, bytes without line end) of a text file, plain or compressed by gzip, bzip2, xz or lzma.

    Raises:
        UserError: there is no such file, or its compressed data is truncated, damaged or a decompression bomb.
    """
    path, number = Path(path), 0
    with damage_named(path.name, lambda: f" after line {number:,}"), _decompressed(readable(path)) as stream:
        for number, line in enumerate(stream, 1):
            yield number, line.rstrip(b"\r\n")


@contextlib.contextmanager
def _decompressed(path, content=None):
    """Yield an open binary file with what ``path`` (or ``content``) holds, decompressed; the first bytes tell how."""
    with io.BytesIO(content) if content is not None else open(path, "rb") as raw:
        magic = raw.read(6)
        packed = raw.seek(0, os.SEEK_END)
        raw.seek(0)
        opener = next((opener for start, opener in _MAGIC if magic.startswith(start)), None)
        with raw if opener is None else opener(raw, "rb") as stream:
            yield io.BufferedReader(Bounded(stream, (Budget(path.name, packed),)), PIECE)


def _in_member(name):
    return lambda: f" in member {name}"


def _after_member(name):
    return f" after member {name}" if name else ""


def _of_finder(name):
    """Whether a Macintosh added this file: archives made there hold a twin ``._x`` of every file ``x``."""
    return any(part.startswith("._") or part == "__MACOSX" for part in name.split("/"))
