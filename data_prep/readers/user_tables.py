"""A user's own tables, one row at a time: CSV, TSV, JSON Lines or plain lines, as they are or compressed.

Only UTF-8 is read: another encoding would be guessed, and a wrong guess would change words without anybody noticing.
"""
import csv
import itertools
import json
from pathlib import Path

from foundation.errors import UsageError, UserError
from data_prep.sources import text_lines

FORMATS = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".json": "jsonl"}
_COMPRESSED = (".gz", ".bz2", ".xz", ".lzma")
_DELIMITERS = ",;\t"
#: What a column may be called where the user does not say; the first name is the proper one and wins over the others.
NAMES = {
    "text": ("text", "review", "sentence", "content", "document", "body", "comment", "message", "tweet"),
    "label": ("label", "class", "category", "sentiment", "target", "polarity", "rating", "stars"),
}
#: Characters of the longest field: one that goes on for longer has a quotation mark that nobody closed.
_LONGEST = 1 << 24
_CSV_ERRORS = {"unexpected end": "a quotation mark is not closed", "field limit": "a quotation mark is not closed",
               "new-line character": "a carriage return without a line feed"}
_NO_TEXT = {b"PK\x03\x04": "a zip archive or a spreadsheet: save the table as CSV", b"PAR1": "Parquet: save the table as CSV",
            b"\xff\xfe": "UTF-16: save it as UTF-8", b"\xfe\xff": "UTF-16: save it as UTF-8"}


def lines(path):
    """Yield (number, line) of a text file, plain or compressed, without line ends and byte order mark.

    Raises:
        UserError: there is no such file, it is damaged, no text, or not UTF-8; names the line.
    """
    if Path(path).is_dir():
        raise UserError(f"{path} is a folder: give the file")
    for number, line in text_lines(path):
        if number == 1:
            _check_start(path, line)
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            yield number, line.decode()
        except UnicodeDecodeError as error:
            raise UserError(f"{path}, line {number}: not UTF-8 (byte 0x{line[error.start]:02x} at offset {error.start}): "
                            "save the file as UTF-8") from None


def _check_start(path, line):
    for start, kind in _NO_TEXT.items():
        if line.startswith(start):
            raise UserError(f"{path}, line 1: this is {kind}")
    if b"\0" in line:
        raise UserError(f"{path}, line 1: this is no text (or UTF-16: save it as UTF-8)")


def format_of(path):
    """``"csv"``, ``"tsv"`` or ``"jsonl"``, by the name's end or else by the first line.

    Raises:
        UserError: neither tells.
    """
    ending = ending_of(path)
    if ending in FORMATS:
        return FORMATS[ending]
    line = _first_line(path)
    if line.lstrip().startswith("{"):
        return "jsonl"
    if "\t" in line:
        return "tsv"
    if any(delimiter in line for delimiter in _DELIMITERS):
        return "csv"
    raise UserError(f"{path}, line 1: neither CSV, TSV nor JSON Lines")


def ending_of(path):
    """The end of a file's name in lower case, without that of a compression: ``.csv`` of ``Reviews.CSV.gz``."""
    path = Path(path)
    return Path(path.stem if path.suffix.lower() in _COMPRESSED else path.name).suffix.lower()


def _first_line(path):
    return next((line for _, line in lines(path) if line.strip()), "")


def rows(path, columns, keep_bad=False):
    """Yield (number of the first line, values) of every row.

    Args:
        path: of the table.
        columns (dict of str to (str or None)): role (a key of :data:`NAMES`) -> the column's name, or None where the user gave
            none; or all by their numbers from 1, which says that the table has no header.
        keep_bad (bool): a row that is not what it should be is yielded as the :class:`UserError` that says why, in place of its
            values, where the rows after it can still be told.

    Yields:
        (int, list of str): the values stand in the order of ``columns``.

    Raises:
        UserError: the file or a row is not what it should be, or a column is missing; names file and line.
        UsageError: a column's number is none.
    """
    form = format_of(path)
    if form == "jsonl":
        found = _values(path, _objects(path), columns)
    else:
        found = _cells(path, _csv_rows(path) if form == "csv" else _tsv_rows(path), columns)
    return found if keep_bad else _without_bad(found)


def _without_bad(found):
    for number, values in found:
        if isinstance(values, UserError):
            raise values
        yield number, values


def _csv_rows(path):
    """Yield (number of the first line, cells); a quoted field may go over several lines."""
    csv.field_size_limit(_LONGEST)
    first = _first_line(path)
    delimiter = next((delimiter for delimiter in _DELIMITERS if delimiter in first), ",")
    reader = csv.reader((line + "\n" for _, line in lines(path)), delimiter=delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            if row:
                yield start, row
            start = reader.line_num + 1
    except csv.Error as error:
        reason = next((ours for theirs, ours in _CSV_ERRORS.items() if theirs in str(error)), error)
        raise UserError(f"{path}, line {start}: not CSV ({reason})") from None


def _tsv_rows(path):
    """Yield (line number, cells).  TSV has no quotation marks; those that some programs put around a field are taken off."""
    for number, line in lines(path):
        if line:
            yield number, [_unquoted(cell) for cell in line.split("\t")]


def _unquoted(cell):
    inner = cell[1:-1]
    if len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner.replace('""', ""):
        return inner.replace('""', '"')
    return cell


def _cells(path, found, columns):
    first, header = next(found, (1, None))
    if header is None:
        raise UserError(f"{path}: the file is empty")
    place = f"{path}, line {first}"
    positions = [_position(header, role, column, place) for role, column in columns.items()]
    if all(map(is_number, columns.values())):
        if all(_is_name(header[position], role) for position, role in zip(positions, columns, strict=True)):
            raise UsageError(f"{place}: this is a header; give names, not numbers: {_options(columns)}")
        found = itertools.chain([(first, header)], found)
    if len(set(positions)) < len(positions):
        raise UsageError(f"{place}: {' and '.join(columns)} are the same column; give {_options(columns)}")
    for number, row in found:
        if len(row) == len(header):
            yield number, [row[position] for position in positions]
        else:
            yield number, UserError(f"{path}, line {number}: {len(header)} columns expected as in line {first}, {len(row)} "
                                    "found")


def _position(header, role, column, place):
    """Index of a role's column."""
    if is_number(column):
        if not 1 <= int(column) <= len(header):
            raise UsageError(f"--{role}-column {column}: columns are numbered from 1, and {place} has {len(header)}")
        return int(column) - 1
    names = [name.strip() for name in header]
    name = _name_of(names, role, column, place)
    if names.count(name) > 1:
        raise UserError(f"{place}: {names.count(name)} columns are called {name!r}")
    return names.index(name)


def _name_of(names, role, column, place):
    """The name of a role's column among ``names``: the user's; or the proper one; or the only one that will do."""
    there = f"the columns there: {', '.join(name[:30] for name in names)[:300]}"
    if column is not None:
        if column not in names:
            raise UserError(f"{place}: no column {column!r}; {there}")
        return column
    fit = [name for name in names if _is_name(name, role)]
    proper = [name for name in fit if name.lower() == NAMES[role][0]]
    if len(proper or fit) == 1:
        return (proper or fit)[0]
    if fit:
        raise UserError(f"{place}: {' and '.join(fit)} may each be the {role}; say which: --{role}-column NAME")
    raise UserError(f"{place}: no column {NAMES[role][0]!r}; {there}; say which it is: --{role}-column NAME "
                    "(its number from 1 where the file has no header)")


def is_number(column):
    """Whether a column is given by its number."""
    return column is not None and column.isascii() and column.isdigit()


def _is_name(cell, role):
    return cell.strip().lower() in NAMES[role]


def _options(columns):
    return " and ".join(f"--{role}-column" for role in columns)


def _objects(path):
    """Yield (line number, dict) of JSON Lines; a UserError in place of a line that is none."""
    for number, line in lines(path):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            if number == 1 and line.lstrip().startswith("["):
                raise UserError(f"{path}, line 1: a JSON array; write one object in each line (JSON Lines)") from None
            found = UserError(f"{path}, line {number}: broken JSON ({getattr(error, 'msg', error)})")
        if not isinstance(found, dict | UserError):
            found = UserError(f"{path}, line {number}: one object in each line expected (JSON Lines), {line[:40]!r} found")
        yield number, found


def _values(path, found, columns):
    names = number = None
    for number, one in found:
        place = f"{path}, line {number}"
        if isinstance(one, UserError):
            yield number, one
            continue
        if names is None:
            names = [_name_of(list(one), role, column, place) for role, column in columns.items()]
        try:
            yield number, [_value(one, name, place) for name in names]
        except UserError as error:
            yield number, error
    if number is None:
        raise UserError(f"{path}: the file is empty")


def _value(one, name, place):
    if name not in one:
        raise UserError(f"{place}: no {name!r}; there is {', '.join(one)[:300] or 'nothing'}")
    return _as_text(one[name], name, place)


def _as_text(value, name, place):
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if not isinstance(value, str):
        raise UserError(f"{place}: {name!r} is {json.dumps(value)[:40]}; a text or a number is expected")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UserError(f"{place}: {name!r} holds half a character (a lone surrogate)") from None
    return value
