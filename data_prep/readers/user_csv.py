"""The cells of a user's CSV and TSV files, and which character separates them."""

import contextlib
import csv
import itertools
import re

from data_prep.readers.user_lines import lines
from iadv_foundation.errors import UsageError, UserError

#: That are looked for, in this order.
DELIMITERS = ",;\t"
#: Characters of the longest field: one that goes on for longer has a quotation mark that nobody closed.
_LONGEST = 1 << 24
_ERRORS = {
    "unexpected end": "a quotation mark is not closed",
    "field limit": "a quotation mark is not closed",
    "new-line character": "a carriage return without a line feed: save the file with line feeds",
}
#: Excel's first line that tells the delimiter.
_SEPARATOR_LINE = re.compile(r'(?:sep=([^\w\s"]|\t)|"sep=([^\w\s"]|\t)")')
#: Lines by which delimiters are told apart.
_SAMPLE = 200


def first_line(path):
    """The first line of a file that is not blank (str)."""
    return next((line for _, line in lines(path, returns_inside=True) if line.strip()), "")


def separator_of(line):
    """The delimiter that Excel's line ``sep=;`` names (str), or None for any other line."""
    found = _SEPARATOR_LINE.fullmatch(line)
    return found and (found[1] or found[2])


def parsed_delimiter(given):
    """The character that ``--delimiter`` says (str).

    Raises:
        UsageError: it is not one that can separate columns.
    """
    delimiter = "\t" if given in ("tab", "\\t") else given
    if len(delimiter) != 1 or delimiter.isalnum() or delimiter in '"\r\n':
        raise UsageError(f"--delimiter {given!r}: give one character such as ';' or '|', or the word tab")
    return delimiter


def csv_rows(path, delimiter=None, is_header=None):
    """Yield (number of the first line, cells); a quoted field may go over several lines.

    Args:
        path: of the file.
        delimiter (str or None): what separates the columns; None to find it out.
        is_header (callable or None): cells of the first row -> bool, whether these are the columns that are looked for.

    Raises:
        UserError: a row is no CSV, or the delimiter cannot be told; names file and line.
    """
    csv.field_size_limit(_LONGEST)
    delimiter = delimiter or delimiter_of(path, is_header)
    reader = csv.reader((line + "\n" for _, line in _table_lines(path)), delimiter=delimiter, strict=True)
    skipped = int(_told_by_excel(path) is not None)
    start = 1 + skipped
    try:
        for row in reader:
            if row:
                yield start, row
            start = reader.line_num + 1 + skipped
    except csv.Error as error:
        reason = next((ours for theirs, ours in _ERRORS.items() if theirs in str(error)), error)
        raise UserError(f"{path}, line {start}: not CSV ({reason})") from None


def _told_by_excel(path):
    return next((separator_of(line) for _, line in lines(path, returns_inside=True)), None)


def _table_lines(path):
    """Lines without Excel's first one."""
    numbered = lines(path, returns_inside=True)
    first = next(numbered, None)
    if first is None:
        return iter(())
    return numbered if separator_of(first[1]) else itertools.chain([first], numbered)


def delimiter_of(path, is_header=None):
    """The character that separates the columns (str): Excel's line says it, or the header,
    or that all rows have as many.

    Raises:
        UserError: several may be meant.
    """
    told = _told_by_excel(path)
    if told:
        return told
    sample = [line + "\n" for _, line in itertools.islice(_table_lines(path), _SAMPLE)]
    found = {delimiter: _sampled(sample, delimiter) for delimiter in DELIMITERS}
    tables = {delimiter: rows for delimiter, rows in found.items() if rows and len(rows[0]) > 1}
    if len(tables) < 2:
        return next(iter(tables), DELIMITERS[0])
    fitting = [delimiter for delimiter, rows in tables.items() if is_header and is_header(rows[0])]
    if len(fitting) != 1:
        fitting = [one for one in fitting or tables if len(set(map(len, tables[one]))) == 1]
    if len(fitting) == 1:
        return fitting[0]
    names = " or ".join("a tab" if delimiter == "\t" else repr(delimiter) for delimiter in tables)
    raise UserError(f"{path}, line 1: {names} may separate the columns: say which with --delimiter")


def _sampled(sample, delimiter):
    """The rows of some lines, as far as they are CSV (list of list of str); empty ones are left out."""
    rows = []
    with contextlib.suppress(csv.Error):
        rows.extend(csv.reader(sample, delimiter=delimiter))
    whole = rows[:-1] if len(sample) == _SAMPLE else rows  # The last one may be cut in the middle.
    return [row for row in whole if any(cell.strip() for cell in row)]


def tsv_rows(path):
    """Yield (line number, cells).

    TSV has no quotation marks; those that some programs put around a field are taken off.
    """
    for number, line in lines(path):
        if line:
            yield number, [_unquoted(cell) for cell in line.split("\t")]


def _unquoted(cell):
    inner = cell[1:-1]
    if len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner.replace('""', ""):
        return inner.replace('""', '"')
    return cell
