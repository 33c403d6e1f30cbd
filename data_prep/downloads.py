"""The official files of the corpora, fetched by pooch: from mirrors, resumed where a transfer broke,
checked by SHA-256.
"""

import contextlib
import dataclasses
import os
import re
import sys
from pathlib import Path

import filelock
import requests
import urllib3
from tqdm import tqdm

from iadv_foundation.errors import UserError
from iadv_foundation.storage import files, special_files

TIMEOUT = (20, 60)  # Seconds: for a connection, and between two pieces.
ATTEMPTS = 5  # At one address, as long as each gets further than the one before.
_BEGINNINGS = {".gz": b"\x1f\x8b", ".tgz": b"\x1f\x8b", ".zip": b"PK"}


@dataclasses.dataclass(frozen=True)
class Download:
    """One official file.

    Attributes:
        file (str): its name.
        urls (tuple of str): addresses, tried in this order.
        sha256 (str or None): as somebody published it; None where nobody did.
        size (int or None): in bytes.
        by_hand (str): what the user can do where no address answers.
    """

    file: str
    urls: tuple
    sha256: str | None = None
    size: int | None = None
    by_hand: str = "fetch it by hand and give it as --source"


def fetch(download, folder, quiet=False):
    """The file in the cache, downloaded if it is not there (or no longer what it was).

    Two that want the same file at once do not disturb each other: the second one waits, and finds it there.

    Args:
        download (Download)
        folder: the cache; made if need be.
        quiet (bool): no progress bar.

    Returns:
        pathlib.Path

    Raises:
        UserError: no address answers with the right file; says what each one did and what to do by hand.
        OSError: the disk is full or cannot be written to.
    """
    target = Path(folder, download.file)
    if _stands(target, download):
        return target
    special_files.make_folder(target.parent)
    with _alone(target.with_name(f".{download.file}.lock")):
        if _stands(target, download):
            return target
        if download.sha256 is None:  # pooch would take whatever stands there.
            target.unlink(missing_ok=True)
        failures = []
        for url in download.urls:
            failure = _from_address(url, download, target, quiet)
            if not failure:
                return target
            failures.append(f"{url}: {failure}")
    raise UserError(f"cannot download {download.file} ({'; '.join(failures)}): {download.by_hand}")


def _stands(target, download):
    if not target.is_file() or _unlike(target, download):
        return False
    return download.sha256 is None or files.digest_of_file(target) == download.sha256


def _from_address(url, download, target, quiet):
    """Try one address until it gets no further; say what went wrong ("" if nothing did)."""
    import pooch  # here: what only reads a description of a corpus needs none of it, and in a notebook it warns

    pooch.get_logger().setLevel("WARNING")
    failure, resuming = "", _Resuming(download, target.with_name(f"{download.file}.partial"), quiet)
    for _ in range(ATTEMPTS):
        begun = resuming.arrived()
        try:
            pooch.retrieve(url, download.sha256, download.file, target.parent, downloader=resuming)
            return ""
        except (requests.RequestException, urllib3.exceptions.HTTPError, _NotTheFile) as error:
            failure = _reason(error)
        except ValueError as error:  # pooch's word for another SHA-256; it has deleted the file.
            failure = " ".join(str(error).partition("The downloaded file")[0].split())
        got_further = resuming.arrived() > begun
        begun_anew = begun and not resuming.arrived()  # What an earlier transfer had left was of no use.
        if not got_further and not begun_anew:
            break
    return failure


class _NotTheFile(Exception):
    """An address answered with something else than the file, or with less."""


class _Resuming:
    """pooch's downloader for one file: goes on where ``partial`` ends, if the server can.

    Args:
        download (Download)
        partial (pathlib.Path): what has arrived so far; stays there when a transfer breaks.
        quiet (bool): no progress bar.
    """

    def __init__(self, download, partial, quiet):
        self._download, self._partial, self._quiet = download, partial, quiet

    def arrived(self):
        """Bytes of the file that are there already."""
        return self._partial.stat().st_size if self._partial.exists() else 0

    def __call__(self, url, output_file, _):
        start = self.arrived()
        # Not packed once more for the way: what stands on the server is wanted byte by byte.
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={start}-"} if start else {})}
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            if answer.status_code != requests.codes.requested_range_not_satisfiable:
                answer.raise_for_status()
            extent = _extent(answer, start)
            if extent is None:
                self._partial.unlink(missing_ok=True)
                raise _NotTheFile(f"the server does not go on from byte {start:,} (HTTP {answer.status_code})")
            start, total = extent
            if self._download.size is not None and total not in (None, self._download.size):
                raise _NotTheFile(f"{total:,} bytes are offered, {self._download.size:,} expected")
            self._write(answer.raw, start, total)
        problem = _unlike(self._partial, self._download)
        if problem:
            self._partial.unlink()
            raise _NotTheFile(f"{problem}; deleted")
        os.replace(self._partial, output_file)

    def _write(self, raw, start, total):
        try:
            with (
                open(self._partial, "r+b" if start else "wb") as out,
                tqdm(
                    desc=self._download.file,
                    initial=start,
                    total=total,
                    unit="B",
                    unit_scale=True,
                    mininterval=0.5,
                    disable=self._quiet or not sys.stderr.isatty(),
                ) as shown,
            ):
                out.seek(start)
                for piece in raw.stream(1 << 18, decode_content=False):
                    out.write(piece)
                    shown.update(len(piece))
        except urllib3.exceptions.HTTPError:
            of_all = "" if total is None else f" of {total:,}"
            raise _NotTheFile(f"the connection broke after {self.arrived():,}{of_all} bytes") from None
        except OSError as error:  # No space: what has arrived would only be in the way.
            self._partial.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(self._partial.parent)) from None


def _extent(answer, start):
    """Where an answer's bytes begin in the file, and the length of the whole file or None; None if it does not fit."""
    length = answer.headers.get("Content-Length", "")
    if answer.status_code == requests.codes.ok:
        return 0, int(length) if length.isdecimal() else None
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", answer.headers.get("Content-Range", ""))
    if answer.status_code == requests.codes.partial_content and found and int(found[1]) == start:
        return start, int(found[2])
    return None


def _unlike(path, download):
    """What shows that this is not the file, where no SHA-256 can tell ("" if nothing does)."""
    size = path.stat().st_size
    if download.size not in (None, size):
        return f"{size:,} bytes arrived, {download.size:,} expected"
    beginning = _BEGINNINGS.get(path.with_name(download.file).suffix, b"")
    with open(path, "rb") as opened:
        if opened.read(len(beginning)) != beginning:
            return "something else than an archive arrived, a page with a message perhaps"
    return ""


def _reason(error):
    """An error of the network in a few words."""
    answer = getattr(error, "response", None)
    if answer is not None:
        return f"HTTP {answer.status_code} {answer.reason}"
    cause = error.args[0] if error.args else error
    cause = getattr(cause, "reason", cause)
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    text = " ".join(str(cause).split())
    number = re.search(r"\[Errno -?\d+\] ([\w ]+)", text)
    return f"no connection ({number[1]})" if number else text[:160] or type(error).__name__


@contextlib.contextmanager
def _alone(path):
    """Wait until nobody else holds the lock ``path``, then hold it."""
    with filelock.FileLock(path):
        yield
