"""A user's own tables, one row at a time: CSV, TSV or JSON Lines, as they are or compressed."""

import collections
import itertools
from pathlib import Path

from data_prep.invisible import cleaned
from data_prep.readers import user_columns
from data_prep.readers.user_csv import DELIMITERS, csv_rows, first_line, parsed_delimiter, separator_of, tsv_rows
from data_prep.readers.user_json import as_text, objects
from iadv_foundation.errors import UsageError, UserError

FORMATS = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".json": "jsonl"}
_COMPRESSED = (".gz", ".bz2", ".xz", ".lzma")


def format_of(path, delimiter=None):
    """``"csv"``, ``"tsv"`` or ``"jsonl"``, by the name's end or else by the first line.

    Args:
        path: of the table.
        delimiter (str or None): that the user gave, which makes it CSV.

    Raises:
        UserError: neither tells.
        UsageError: a delimiter for a format that has none.
    """
    form = FORMATS.get(ending_of(path)) or _format_by_content(path, delimiter)
    if delimiter is None:
        return form
    if form == "jsonl":
        raise UsageError(f"--delimiter: {path} is JSON Lines, which has none")
    return "csv"


def _format_by_content(path, delimiter):
    line = first_line(path)
    if line.lstrip().startswith("{"):
        return "jsonl"
    if separator_of(line) or delimiter and delimiter in line:
        return "csv"
    if "\t" in line:
        return "tsv"
    if any(delimiter in line for delimiter in DELIMITERS):
        return "csv"
    raise UserError(f"{path}, line 1: neither CSV, TSV nor JSON Lines")


def ending_of(path):
    """The end of a file's name in lower case, without that of a compression: ``.csv`` of ``Reviews.CSV.gz``."""
    path = Path(path)
    return Path(path.stem if path.suffix.lower() in _COMPRESSED else path.name).suffix.lower()


def rows(path, columns, delimiter=None, notes=None, keep_bad=False):
    """Yield (number of the first line, values) of every row.

    Empty rows, as Excel writes them below a table, and a header that stands there once more, where several files were
    put together, are left out and counted.

    Args:
        path: of the table.
        columns (dict of str to (str or None)): role (a key of :data:`data_prep.readers.user_columns.NAMES`) -> the
            column's name, or None where the user gave none; or all by their numbers from 1, which says that the table
            has no header.
        delimiter (str or None): what separates the columns; None to find it out.
        notes (collections.Counter or None): gets ``empty_rows``, ``repeated_headers`` and ``ends_of_rows`` (rows with
            more delimiters than the first one and nothing behind them).
        keep_bad (bool): a row that is not what it should be is yielded as the :class:`UserError` that says why, in
            place of its values, where the rows after it can still be told.

    Yields:
        (int, list of str): the values stand in the order of ``columns``.

    Raises:
        UserError: the file or a row is not what it should be, or a column is missing; names file and line.
        UsageError: a column's number is none.
    """
    notes = collections.Counter() if notes is None else notes
    form = format_of(path, delimiter)
    if form == "jsonl":
        found = _values(path, objects(path), columns)
    elif form == "tsv":
        found = _cells(
            path,
            tsv_rows(path),
            columns,
            notes,
            "TSV is read without quotation marks, --delimiter tab reads it with them",
        )
    else:
        cells = csv_rows(
            path, delimiter and parsed_delimiter(delimiter), lambda row: user_columns.has_all(row, columns)
        )
        found = _cells(path, cells, columns, notes, "--delimiter says what separates them")
    return found if keep_bad else _without_bad(found)


def _without_bad(found):
    for number, values in found:
        if isinstance(values, UserError):
            raise values
        yield number, values


def _cells(path, found, columns, notes, hint):
    first, header = next(found, (1, None))
    if header is None:
        raise UserError(f"{path}: the file is empty")
    positions, is_header = user_columns.located(header, columns, f"{path}, line {first}")
    names, width = [cleaned(name) for name in header], len(header)
    longest = sum(map(len, header)) + 2 * width  # A row with longer cells need not be compared with the header.
    for number, cells in found if is_header else itertools.chain([(first, header)], found):
        if not any(cell.strip() for cell in cells):
            notes["empty_rows"] += 1
            continue
        row = cells
        if len(cells) > width and not any(cells[width:]):
            notes["ends_of_rows"] += 1
            row = cells[:width]
        if len(row) != width:
            yield (
                number,
                UserError(
                    f"{path}, line {number}: {width} columns expected as in line {first}, {len(row)} found ({hint})"
                ),
            )
        elif is_header and sum(map(len, row)) <= longest and [cleaned(cell) for cell in row] == names:
            notes["repeated_headers"] += 1
        else:
            yield number, [row[position] for position in positions]


def _values(path, found, columns):
    names = number = None
    for number, one in found:
        place = f"{path}, line {number}"
        if isinstance(one, UserError):
            yield number, one
            continue
        if names is None:
            names = [user_columns.name_of(list(one), role, column, place) for role, column in columns.items()]
        try:
            yield number, [_value(one, name, place) for name in names]
        except UserError as error:
            yield number, error
    if number is None:
        raise UserError(f"{path}: the file is empty")


def _value(one, name, place):
    if name not in one:
        raise UserError(f"{place}: no {name!r}; there is {', '.join(one)[:300] or 'nothing'}")
    return as_text(one[name], name, place)
