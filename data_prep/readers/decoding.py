"""From bytes to text and lines, with a message that says where something is wrong."""

from iadv_foundation.errors import UserError


def decode(data, place, encodings=("utf-8",), first_line=1):
    """Decode a text; a byte order mark is taken off.

    Args:
        data (bytes)
        place (str): what is read, for the message.
        encodings (tuple of str): tried in this order.
        first_line (int): number of the first line, for the message.

    Raises:
        UserError: in none of them; names the place, line and byte, as the first encoding sees them.
    """
    problem = None
    for encoding in encodings:
        try:
            return data.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            problem = problem or error
    line = data.count(b"\n", 0, problem.start) + first_line
    names = " or ".join(encoding.upper() for encoding in encodings)
    raise UserError(f"{place}, line {line}: not {names} (byte 0x{data[problem.start]:02x} at offset {problem.start})")


def lines_of(text):
    """Lines without their ends, LF or CR LF; other characters that Unicode calls line ends stay inside a line."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def decoded_line(line, where):
    """A line of a UTF-8 file without its end and without a byte order mark.

    Args:
        line (bytes)
        where (str): file and line, for the message.

    Raises:
        UserError: it is not UTF-8, or holds a NUL byte, which no text does.
    """
    try:
        content = line.decode().removeprefix("\ufeff").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UserError(f"{where}: not UTF-8 (byte 0x{line[error.start]:02x} at offset {error.start})") from None
    if "\0" in content:
        raise UserError(f"{where}: a NUL byte, so this is no UTF-8 text")
    return content
