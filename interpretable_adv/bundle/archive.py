"""The archive of a bundle: members by name, each with its SHA-256, and no way around that.

Members are stored as they are: what comes out is never larger than the file, and equal members make equal bytes
everywhere.  Nothing is ever unpacked to the disk.
"""

import contextlib
import errno
import hashlib
import re
import struct
import zipfile
import zlib
from pathlib import Path

from data_prep.guards import printable
from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import files

SUMS = "SHA256SUMS"
_TIME = (1980, 1, 1, 0, 0, 0)
_REMEDY = "fetch it again from where you have it, or make it again with export-model"
# What zipfile raises over one altered byte or another.
_DAMAGE = (
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
)


def write_members(path, members):
    """Write a bundle, wholly or not at all.  Equal members give equal bytes.

    Args:
        path: of the file.
        members (dict of str to bytes): all but the digests.
    """
    sums = "".join(f"{hashlib.sha256(members[name]).hexdigest()}  {name}\n" for name in sorted(members))
    members = {**members, SUMS: sums.encode()}
    with files.replacing(path) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _TIME)
            info.create_system, info.external_attr = 3, 0o644 << 16  # as on Unix, wherever it is written
            archive.writestr(info, members[name])


class Members:
    """A bundle, open for reading.

    Args:
        path (pathlib.Path)

    Raises:
        UserError: it is missing, or no bundle.
        DamagedFileError: it is truncated or altered.
    """

    def __init__(self, path):
        self.path = Path(path)

    def __enter__(self):
        try:
            with self._damage_told(""):
                self._archive = zipfile.ZipFile(self.path)
        except zipfile.BadZipFile:
            raise self._no_bundle("it is no complete zip archive") from None
        try:
            self._infos = {info.filename: info for info in self._archive.infolist()}
            if len(self._infos) < len(self._archive.infolist()):
                raise self.damaged("a member stands in it twice")
            if SUMS not in self._infos:
                raise self._no_bundle(f"it has no {SUMS}")
            self._sums = self._read_sums()
        except BaseException:
            self._archive.close()
            raise
        return self

    def __exit__(self, *_):
        self._archive.close()

    def read(self, name):
        """The content of a member (bytes), as it was written.

        Raises:
            DamagedFileError: it is missing or was altered.
        """
        content = self._read(name)
        if self._sums.get(name) != hashlib.sha256(content).hexdigest():
            raise self.damaged(f"{name} does not have the SHA-256 in {SUMS}")
        return content

    def has(self, name):
        """Whether there is a member of this name (bool)."""
        return name in self._infos

    def require(self, names):
        """See that the members are those of these names and the digests, no more and no less.

        Raises:
            DamagedFileError: one is missing, or one too many; names it.
        """
        wanted, there, listed = {*names, SUMS}, set(self._infos), {*self._sums, SUMS}
        for problem, found in (
            ("is missing", wanted - there),
            ("does not belong into it", there - wanted),
            (f"is not in {SUMS}", wanted - listed),
            (f"stands in {SUMS} only", listed - wanted),
        ):
            if found:
                raise self.damaged(f"{printable(min(found))[:200]} {problem}")

    def damaged(self, reason):
        """The error for a bundle that is damaged for a reason (str): DamagedFileError."""
        return DamagedFileError(f"{self.path} is damaged ({printable(' '.join(reason.split()))[:300]}): {_REMEDY}")

    def _no_bundle(self, reason):
        return UserError(
            f"{self.path} is neither a run folder nor a whole bundle that export-model made ({reason}): give "
            f"one of those, or {_REMEDY}"
        )

    def _read(self, name):
        info = self._infos.get(name)
        if info is None:
            raise self.damaged(f"{name} is missing")
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1 or info.file_size != info.compress_size:
            raise self.damaged(f"{name} is packed, and a bundle's members are not")
        try:
            with self._damage_told(f"{name}: "):
                return self._archive.read(info)
        except zipfile.BadZipFile as error:
            raise self.damaged(f"{name}: {error}") from None

    @contextlib.contextmanager
    def _damage_told(self, place):
        """Tell of what :mod:`zipfile` raises over altered bytes, but for its own exception."""
        try:
            yield
        except zipfile.BadZipFile:
            raise
        except _DAMAGE as error:
            raise self.damaged(f"{place}{error or type(error).__name__}") from None
        except OSError as error:
            if error.errno not in (None, errno.EINVAL):
                raise  # the disk's trouble; EINVAL comes from a place before the file's beginning
            raise self.damaged(f"{place}{error}") from None

    def _read_sums(self):
        """Name -> digest of every other member (dict)."""
        found = {}
        for line in self._read(SUMS).decode("utf-8", "replace").splitlines():
            match = re.fullmatch(r"([0-9a-f]{64})  ([\w.-]+)", line)
            if not match:
                raise self.damaged(f"{SUMS} holds a line that is none")
            found[match[2]] = match[1]
        return found
