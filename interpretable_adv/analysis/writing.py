"""Results for standard output and for files, as they come."""

import contextlib
import csv
import json
import sys
from pathlib import Path

from iadv_foundation.console.printing import unfiltered
from iadv_foundation.storage import files

STANDARD_OUTPUT = "-"


def show(text):
    """Write to standard output, colours and all, with ? for what its encoding does not have."""
    stream = unfiltered(sys.stdout)
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))


@contextlib.contextmanager
def opened(path):
    """Yield a function that writes text (str) to a file, wholly or not at all, or to standard output (``-``)."""
    if str(path) == STANDARD_OUTPUT:
        yield _to_standard_output
        return
    with files.replacing(Path(path)) as partial, open(partial, "w", encoding="utf-8", newline="") as file:
        yield file.write


def _to_standard_output(text):
    """Data, not text to look at: in UTF-8 whatever the terminal has."""
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        sys.stdout.write(text)
    else:
        sys.stdout.flush()
        binary.write(text.encode())


@contextlib.contextmanager
def json_lines(path):
    """Yield a function that writes a value that JSON can hold as a line, see :func:`opened`."""
    with opened(path) as write:
        yield lambda value: write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")


@contextlib.contextmanager
def csv_table(path, header):
    """Yield a function that writes rows (list of list) of a table with these columns, see :func:`opened`."""
    with opened(path) as write:
        writer = csv.writer(_Writing(write), lineterminator="\n")
        writer.writerow(header)
        yield writer.writerows


class _Writing:
    """What :mod:`csv` wants: an object that writes."""

    def __init__(self, write):
        self.write = write
