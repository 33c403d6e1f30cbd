"""Records that tell when they, or the files that belong to them, were altered.

A record is a JSON object, or JSON Lines that begin with one.  Its seal stands under the key ``seal``: ``files``, the
SHA-256 of files that belong to it, and ``sha256``, that of the record and of ``files``.  The result of a run is to be
the same bytes whenever the run is repeated, but not its times: such a folder has a ``seal.json`` of all its files
instead.  A record without a seal was made before there were any, and is read as it is.
"""

import contextlib
import hashlib
import json
from pathlib import Path

from iadv_foundation.errors import DamagedFileError
from iadv_foundation.storage import files

KEY = "seal"
FILE = "seal.json"
#: Of what has no seal, for whoever is shown something that was made from it.
UNSEALED = (
    "before records had seals: what was altered in such a run since then is found only where its numbers contradict "
    "each other"
)
_REMEDY = "make it again, or take it from a copy"


def sealed(record, beside=(), digests=None):
    """A record with its seal.

    Args:
        record (dict): what JSON can hold.
        beside (iterable of path): files that belong to it; those that are not there are left out.
        digests (dict of str to str or None): SHA-256 of further ones by name, which need not be there.

    Returns:
        dict
    """
    found = {
        **(digests or {}),
        **{Path(path).name: files.digest_of_file(path) for path in beside if Path(path).is_file()},
    }
    return _sealed(record, [], found)


def seal_folder(folder, names, metrics=None, digests=None):
    """Write the ``seal.json`` of a folder; what is a result is to be written after it.

    Args:
        folder (pathlib.Path)
        names (iterable of str): files that stand there; those that do not are left out.
        metrics (dict or None): what ``metrics.json`` is going to hold; None where it stands there.
        digests (dict of str to str or None): SHA-256 of further files, which need not be there.
    """
    digests = dict(digests or {})
    if metrics is not None:
        digests["metrics.json"] = hashlib.sha256(files.json_text(metrics)).hexdigest()
    files.write_json(folder / FILE, sealed({}, [folder / name for name in names], digests))


def sealed_lines(lines):
    """JSON Lines (list of dict) whose first one has a seal of all of them."""
    return [_sealed(lines[0], lines[1:], {}), *lines[1:]]


class Record:
    """A record, read and checked.

    Args:
        path: of the file.

    Attributes:
        content (dict): without the seal.
        is_sealed (bool): whether there was one.
        digests (dict of str to str): SHA-256 of each file that belongs to it, by name.

    Raises:
        UserError: it is missing.
        DamagedFileError: it is no JSON object, or not what was sealed.
    """

    def __init__(self, path):
        self.path = Path(path)
        record = files.read_json(path)
        if not isinstance(record, dict):
            raise DamagedFileError(f"{path} is damaged (it holds no results): {_REMEDY}")
        self.content, digests = _opened(path, record, [])
        if digests is None and self.path.name == "metrics.json" and self.path.with_name(FILE).is_file():
            whole = Record(self.path.with_name(FILE))
            if not whole.is_sealed:
                raise DamagedFileError(f"{whole.path} is damaged: {_REMEDY}")
            digests = whole.digests
        self.is_sealed, self.digests = digests is not None, digests or {}
        if self.path.name in self.digests:
            self.check(self.path.name)

    def check(self, *names):
        """Check the files beside it.

        Args:
            names (str): of those that belong to it; by default all but the large ones, ``.npz``.  A large one need not
                be there.

        Raises:
            DamagedFileError: one is missing, or not what was sealed.
        """
        for name in names or [name for name in self.digests if not name.endswith(".npz")]:
            path = self.path.parent / name
            if name not in self.digests or name.endswith(".npz") and not path.is_file():
                continue
            if not path.is_file():
                raise DamagedFileError(f"{path} is missing, which {self.path.name} was made with: {_REMEDY}")
            if files.digest_of_file(path) != self.digests[name]:
                raise DamagedFileError(
                    f"{path} was altered, or belongs to another {self.path.name} (its SHA-256 is not the "
                    f"one noted there): {_REMEDY}"
                )


def read(path):
    """The content of a :class:`Record` (dict); raises as that does."""
    return Record(path).content


def check(path, *names):
    """Check files beside a record, see :meth:`Record.check`; raises as :class:`Record` does, too."""
    Record(path).check(*names)


@contextlib.contextmanager
def told_of(path):
    """For a block that shows what stands in a record: what is missing there, or is no number, is said of the record.

    Raises:
        DamagedFileError: something in the block was not found, or was of another kind.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DamagedFileError(
            f"{path} is damaged: it does not have what every such record has ({type(error).__name__}: {error}); "
            f"{_REMEDY}"
        ) from None


def opened_lines(path, lines):
    """Lines that were read from ``path`` (list of dict), the first one without its seal.

    Raises:
        DamagedFileError: they are not what was sealed.
    """
    return [_opened(path, lines[0], lines[1:])[0], *lines[1:]] if lines and isinstance(lines[0], dict) else lines


def _sealed(record, lines, found):
    plain = json.loads(json.dumps({**record, KEY: {"files": found}}))
    plain[KEY]["sha256"] = files.digest_of_json([plain, *lines])
    return plain


def _opened(path, record, lines):
    """A record without its seal (dict), and the digests of the files that belong to it (dict; None without a seal)."""
    plain = {name: value for name, value in record.items() if name != KEY}
    if KEY not in record:
        return plain, None
    there = record[KEY]
    found = there.get("files") if isinstance(there, dict) else None
    if not isinstance(found, dict) or _sealed(plain, lines, found)[KEY] != there:
        raise DamagedFileError(f"{path} was altered (its content has another SHA-256 than its seal): {_REMEDY}")
    return plain, found
