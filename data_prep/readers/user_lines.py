"""The lines of a user's own text file, as it is or compressed.

Only UTF-8 is read: another encoding would be guessed, and a wrong guess would change words without anybody noticing.
"""

from pathlib import Path

from data_prep.sources import text_lines
from iadv_foundation.errors import UserError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NO_TEXT = {
    b"PK\x03\x04": "a zip archive or a spreadsheet: save the table as CSV",
    b"PAR1": "Parquet: save the table as CSV",
    b"\xff\xfe": "UTF-16: save it as UTF-8",
    b"\xfe\xff": "UTF-16: save it as UTF-8",
}
_END_OF_FILE = b"\x1a"  # DOS's, which some old programs still write


def lines(path, returns_inside=False):
    """Yield (number, line) of a text file, plain or compressed, without line ends.

    A byte order mark at the beginning of a line, where several files were put together, is left out, and so is DOS's
    end mark.

    Args:
        path: of the file.
        returns_inside (bool): take carriage returns that are not followed by a line feed; else they are refused, as
            lines that end with them alone would be one.

    Raises:
        UserError: there is no such file, it is damaged, no text, or not UTF-8; names the line.
    """
    if Path(path).is_dir():
        raise UserError(f"{path} is a folder: give the file")
    waiting = None
    for number, line in text_lines(path):
        if number == 1:
            _check_start(path, line)
        if waiting:
            yield waiting
        waiting = number, _decoded(path, number, line.removeprefix(_BYTE_ORDER_MARK), returns_inside)
        if line != _END_OF_FILE:
            yield waiting
            waiting = None


def _check_start(path, line):
    for start, kind in _NO_TEXT.items():
        if line.startswith(start):
            raise UserError(f"{path}, line 1: this is {kind}")
    if b"\0" in line:
        raise UserError(f"{path}, line 1: this is no text (or UTF-16: save it as UTF-8)")


def _decoded(path, number, line, returns_inside):
    if b"\0" in line:
        raise UserError(f"{path}, line {number}: a NUL byte, which no text holds: take it out")
    if b"\r" in line and not returns_inside:
        raise UserError(
            f"{path}, line {number}: a carriage return without a line feed (old Macintosh files end their lines "
            "so): save the file with line feeds at the ends of its lines"
        )
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path}, line {number}: not UTF-8 (byte 0x{line[error.start]:02x} at offset {error.start}): "
            "save the file as UTF-8"
        ) from None
