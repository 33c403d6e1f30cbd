"""What keeps a damaged or hostile archive from doing harm: names, kinds and sizes of its members,
and one line for damage.
"""

import contextlib
import errno
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from pathlib import PurePosixPath

from iadv_foundation.console.printing import printable
from iadv_foundation.errors import UserError

# What unpacks to more than this many bytes and to more than so many times its own size is a decompression bomb: text
# shrinks to a third or a tenth of itself.
UNPACKED_FLOOR = 10**9
UNPACKED_RATIO = 100
# zipfile unpacks bzip2 and LZMA without a limit, but no more than what it read at once: small pieces bound that, too.
PIECE = 1 << 14
# The built-in ones are what zipfile and tarfile raise over altered names (ValueError: no UTF-8; IndexError: empty),
# sizes and flags (RuntimeError: a password is needed); EINVAL comes from a place before the file's beginning.
_DAMAGE = (
    EOFError,
    IndexError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


class Budget:
    """How many bytes may still come out of something packed.

    Args:
        name (str): of the archive or its member, for the message.
        packed (int): its size in bytes.
    """

    def __init__(self, name, packed):
        self._name, self._packed, self._spent = name, packed, 0

    def spend(self, count):
        """Count bytes that came out.

        Raises:
            UserError: they are too many.
        """
        self._spent += count
        if self._spent > max(UNPACKED_FLOOR, UNPACKED_RATIO * self._packed):
            raise UserError(
                f"{self._name} unpacks from {self._packed:,} bytes to {self._spent:,} and more, over "
                f"{UNPACKED_RATIO} times as much: no text does, and it is not read"
            )


class Bounded(io.RawIOBase):
    """A decompressed stream that ends in a :class:`UserError` once a budget is spent.

    Args:
        stream: binary file object; closed with this one.
        budgets (sequence of Budget)
        stated (int or None): number of bytes that must come out.
        name (str): of the archive and member, for the message on ``stated``.
    """

    def __init__(self, stream, budgets, stated=None, name=""):
        self._stream, self._budgets, self._stated, self._name, self._count = stream, budgets, stated, name, 0

    def readable(self):
        return True

    def readinto(self, buffer):
        count = self._stream.readinto(memoryview(buffer)[:PIECE])
        self._count += count
        for budget in self._budgets:
            budget.spend(count)
        if not count and self._stated not in (None, self._count):
            raise UserError(
                f"{self._name} is {self._count:,} bytes, not the {self._stated:,} that the archive states: "
                "fetch it again"
            )
        return count

    def close(self):
        self._stream.close()
        super().close()


class Told(io.RawIOBase):
    """A stream for code outside this package's readers: its damage comes as :class:`UserError`, too.

    Args:
        stream: binary file object; closed with this one.
        name (str): of the archive.
        position (callable): as :func:`damage_named` takes it.
    """

    def __init__(self, stream, name, position):
        self._stream, self._name, self._position = stream, name, position

    def readable(self):
        return True

    def readinto(self, buffer):
        with damage_named(self._name, self._position):
            return self._stream.readinto(buffer)

    def close(self):
        self._stream.close()
        super().close()


class StrictHeader(tarfile.TarInfo):
    """A tar header: one that is cut off or altered, or the lack of an end mark, is damage, not the archive's end."""

    @classmethod
    def frombuf(cls, buf, encoding, errors):
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.EOFHeaderError:
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from None


@contextlib.contextmanager
def damage_named(name, position=str):
    """Turn what the decompressors raise into a :class:`UserError` of one line that names the archive and the place in
    it.

    Args:
        name (str): of the archive.
        position (callable): gives, once there is damage, where it is, with a blank in front (" in member x"); "" if
            unknown.
    """
    try:
        yield
    except NotImplementedError as error:
        raise UserError(
            f"{name} is packed in a way that is not read here ({_one_line(error)}): unpack it and give the folder"
        ) from None
    except tarfile.ReadError as error:
        raise UserError(
            f"{name} is not a complete tar or zip archive{position()} ({_one_line(error)}): fetch it again"
        ) from None
    except (*_DAMAGE, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise  # The disk's trouble, not the archive's.
        raise UserError(f"{name} is truncated or damaged{position()} ({_one_line(error)}): fetch it again") from None


def _one_line(error):
    return printable(" ".join(str(error).split())) or type(error).__name__


def inside(name, archive):
    """A member's name without leading ``./``, printable.

    Raises:
        UserError: it leads out of the archive's folder.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name):
        raise UserError(f"{archive}: member {name!r} leads out of the archive's folder; such an archive is not read")
    return printable(path.as_posix())


def refuse(archive, name, kind):
    """Raise the :class:`UserError` for a member that is no plain file.

    Args:
        archive (str)
        name (str)
        kind (str): in words, with its article.
    """
    raise UserError(f"{archive}: member {name} is {kind}; only archives of plain files and folders are read")
