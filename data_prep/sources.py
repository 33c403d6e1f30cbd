"""Where text comes from: a folder, a tar archive (plain or compressed) or a zip archive, read without unpacking it.

Nothing is ever written to disk under a name that an archive chose.
"""
import bz2
import contextlib
import gzip
import hashlib
import io
import lzma
import os
import re
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from core import files
from core.errors import UserError

_MAGIC = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\x00", lzma.open), (b"\x5d\x00\x00", lzma.open))
# RuntimeError is what zipfile raises for an encrypted member or an unknown compression.
_DAMAGE = (EOFError, lzma.LZMAError, zlib.error, tarfile.TarError, zipfile.BadZipFile, RuntimeError)


def open_source(path):
    """A :class:`Folder`, :class:`Zip` or :class:`Tar` for what stands at ``path``.

    Raises:
        UserError: nothing stands there.
    """
    path = Path(path)
    if path.is_dir():
        return Folder(path.resolve())
    if not path.is_file():
        raise UserError(f"there is no file or folder {path}")
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
        """Yield ``(name, content)`` of the files whose path ends with ``pattern``, in the order in which they are stored.

        Args:
            pattern (str): regular expression for the last parts of a path, e.g. ``r"train/pos/\\d+_\\d+\\.txt"``.

        Raises:
            UserError: the archive is truncated or damaged, a name in it leads out of it, or a name comes twice.
        """
        wanted = re.compile(rf"(?:.*/)?(?:{pattern})")
        seen = set()
        for name, read in self._entries():
            if wanted.fullmatch(name):
                if name in seen:
                    raise UserError(f"{self.name}: member {name} is there twice")
                seen.add(name)
                with _damage_named(self.name):
                    content = read()
                yield name, content

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

    def _entries(self):
        for parent, folders, names in os.walk(self.path):
            folders.sort()
            for name in sorted(names):
                path = Path(parent, name)
                yield path.relative_to(self.path).as_posix(), path.read_bytes

    def record(self, pattern):
        """Digest of the names and contents of the files that ``pattern`` matches."""
        digest = hashlib.sha256()
        for name, content in self.members(pattern):
            digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
        return {"file": self.name, "sha256": digest.hexdigest()}


class Zip(_Source):
    """A zip archive; a wheel is one."""

    def _entries(self):
        with _damage_named(self.name), zipfile.ZipFile(self.path) as opened:
            for entry in opened.infolist():
                if not entry.is_dir():
                    yield _inside(entry.filename, self.name), lambda entry=entry: opened.read(entry)


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
        with _damage_named(self.name), _decompressed(self.path, self._content) as stream:
            with tarfile.open(fileobj=stream, mode="r|") as opened:
                for entry in opened:
                    name = _inside(entry.name, self.name)
                    if entry.isfile():
                        yield name, opened.extractfile(entry).read
            while stream.read(1 << 20):  # To its end: there stands the checksum of the compressed data.
                pass


def inner_tar(place, content):
    """A tar archive that was itself a member of an archive."""
    return Tar(Path(place), content)


def text_lines(path):
    """Yield (line number, bytes without line end) of a text file, plain or compressed by gzip, bzip2, xz or lzma.

    Raises:
        UserError: there is no such file, or its compressed data is truncated or damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"there is no file {path}")
    with _damage_named(path.name), _decompressed(path) as stream:
        for number, line in enumerate(stream, 1):
            yield number, line.rstrip(b"\r\n")


@contextlib.contextmanager
def _decompressed(path, content=None):
    """Yield an open binary file with what ``path`` (or ``content``) holds, decompressed; the first bytes tell how."""
    with io.BytesIO(content) if content is not None else open(path, "rb") as raw:
        magic = raw.read(6)
        raw.seek(0)
        opener = next((opener for start, opener in _MAGIC if magic.startswith(start)), None)
        if opener is None:
            yield raw
        else:
            with opener(raw, "rb") as stream:
                yield stream


@contextlib.contextmanager
def _damage_named(name):
    try:
        yield
    except tarfile.ReadError as error:
        raise UserError(f"{name} is not a complete tar or zip archive ({error}): fetch it again") from None
    except (*_DAMAGE, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # The disk's trouble, not the archive's.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{name} is truncated or damaged ({reason}): fetch it again") from None


def _inside(name, archive):
    """A member's name without leading ``./``.

    Raises:
        UserError: it leads out of the archive's folder.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name):
        raise UserError(f"{archive}: member {name!r} leads out of the archive's folder; such an archive is not read")
    return path.as_posix()
