"""word2vec's binary format: a word, a blank and its numbers, again and again.

Nothing in it says where a row ends, of what kind the numbers are, or whether a blank belongs to a word (``New York``).
So a file is taken only where as many rows as it announces fill it to its end, and a word is taken to its first blank
only where what then follows looks like numbers and another word.
"""

import contextlib
import re

import numpy as np

from iadv_foundation.errors import UserError
from word_vectors.checking import checked

_CHUNK = 1 << 22
_LONGEST_WORD = 1 << 16  # bytes
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
# What numbers begin with where a blank has cut a word.
_REST_OF_WORD = re.compile(rb"[^\x00-\x20\x7f]{1,99} ")
#: Bytes behind a row by which it is judged.
_AHEAD = 1 << 10
#: Kinds of numbers that are tried, in this order -> what they are called.
_KINDS = {"f4": "word2vec binary", "f8": "word2vec binary, float64", "f2": "word2vec binary, float16"}
# The size of nearly all entries of word vectors; other bytes taken for numbers are spread over all sizes.
_USUAL = 1e-10, 1e4
_JUDGED = 20  # rows, for the order of bytes
_REMEDY = "write word2vec's text format instead"


class _NotSo(Exception):
    """The rows do not fill the file; says what the file does."""


def read(stream, path, wanted, words, size, place):
    """Read the rows of some words.

    Args:
        stream: binary file object that can go back.
        path: for messages.
        wanted (container of str): the words to keep.
        words, size (int): as the header announces.
        place (int): where in the stream the first row begins.

    Returns:
        tuple: as :func:`word_vectors.formats.read`.

    Raises:
        UserError: the rows do not fill the file, or hold no word vectors.
    """
    reason = None
    for kind, name in _KINDS.items():
        try:
            found = _rows(stream, place, wanted, words, size, kind, strict=reason is not None)
        except _NotSo as error:
            reason = reason or str(error)
            continue
        with np.errstate(over="ignore"):
            found = {word: checked(vector.astype(np.float32), word, path) for word, vector in found.items()}
        return found, size, words, name
    stream.seek(place)
    raise UserError(f"{path} {_where_it_goes_wrong(stream, words, size) or reason}")


def _rows(stream, place, wanted, words, size, kind, strict):
    """The rows of wanted words: dict of str to numpy.ndarray (size,).

    With ``strict``, all words must be text: then another kind of numbers was tried first.
    """
    stream.seek(place)
    kind = np.dtype(f"{_order_of_bytes(stream, words, size, kind)}{kind}")
    stream.seek(place)
    found = {}
    for number, (raw, numbers) in enumerate(_raw_rows(stream, words, size, kind)):
        if strict and not _is_word(raw):
            raise _NotSo(f"word {number + 1} is none")
        word = raw.decode("utf-8", "replace")
        if word in wanted and word not in found:
            found[word] = np.frombuffer(numbers, kind)
    return found


def _order_of_bytes(stream, words, size, kind):
    """``"<"`` or ``">"``: which end of a number comes first, by the size of the first rows' entries."""
    rows = []
    with contextlib.suppress(_NotSo):
        for _, numbers in _raw_rows(stream, min(words, _JUDGED), size, np.dtype(kind), whole=False):
            rows.append(bytes(numbers))
    data = b"".join(rows)
    return ">" if _usual(data, f"<{kind}") < 0.5 < _usual(data, f">{kind}") else "<"


def _raw_rows(stream, words, size, kind, whole=True):
    """Yield (word as bytes, the bytes of its numbers) of each row.

    With ``whole``, words go beyond a blank where they must, and there must be nothing behind the last row.

    Raises:
        _NotSo: the rows do not fill the stream.
    """
    data, place, length = b"", 0, size * kind.itemsize
    for number in range(words):
        end = data.find(b" ", place)
        while end < 0 or len(data) < end + 1 + length + _AHEAD:
            more = stream.read(_CHUNK)
            if not more:
                break
            data, place = data[place:] + more, 0
            end = data.find(b" ")
            if end < 0 and len(data) > _LONGEST_WORD:
                raise _NotSo("is neither word2vec text nor word2vec binary")
        if end < 0 or len(data) < end + 1 + length:
            raise _NotSo(f"is truncated: {words:,} words announced, {number:,} found")
        if whole and _REST_OF_WORD.match(data, end + 1):
            end = _end_of_word(data, place, end, kind, length, number, number + 1 == words)
        yield data[place:end].lstrip(b"\n"), memoryview(data)[end + 1 : end + 1 + length].tobytes()
        place = end + 1 + length
    if whole and (data[place:] + stream.read(1)).strip(b"\n"):
        raise _NotSo(
            f"holds more rows than the {words:,} that it announces: write their right number into its first line (and "
            "one such line only, where files were put together)"
        )


def _end_of_word(data, place, first, kind, length, number, is_last):
    """At which blank a word ends (int): the first, unless a later one makes better numbers and leaves a word behind
    them.
    """

    def follows(end):
        at = end + 1 + length
        if is_last:
            return not data[at:].strip(b"\n")
        stop = data.find(b" ", at)
        return stop >= 0 and _is_word(data[at:stop].lstrip(b"\n"))

    def usual(end):
        return _usual(data[end + 1 : end + 1 + length], kind)

    ends, further = [], _REST_OF_WORD.match(data, first + 1)  # blanks that may end the word as well
    while further and further.end() + length <= len(data):
        ends.append(further.end() - 1)
        further = _REST_OF_WORD.match(data, further.end())
    # That numbers are unlikely and that no word follows are two signs that the word goes on.  The first is the stronger
    # one, as the last bytes of a number often look like letters.  Where they disagree, the bytes do not tell, and a
    # guess would change vectors without anybody noticing.
    best = max([*ends, first], key=lambda end: (follows(end), usual(end), -end))
    signs = usual(best) - usual(first), follows(best) - follows(first)
    if max(signs) <= 0:
        return first
    if follows(best) and (min(signs) >= 0 and not follows(first) or usual(first) < 0.5 and usual(best) > 0.9):
        return best
    word = data[place:first].strip().decode("utf-8", "replace")
    raise _NotSo(
        f"cannot be read at word {number + 1:,} ({word!r}): whether a blank belongs to it cannot be told; {_REMEDY}"
    )


def _is_word(raw):
    try:
        return bool(raw) and not _CONTROL.search(raw) and bool(raw.decode())
    except UnicodeDecodeError:
        return False


def _usual(data, kind):
    """The share of entries that have a usual size (float) among the numbers in some bytes."""
    with np.errstate(all="ignore"):
        sizes = np.abs(np.frombuffer(data, kind).astype(np.float64))
        return float(((sizes == 0) | (sizes > _USUAL[0]) & (sizes < _USUAL[1])).mean()) if len(sizes) else 0.0


def _where_it_goes_wrong(stream, words, size):
    """The row of float32 behind which a file has no words (str); None where all it has are words."""
    last = None
    with contextlib.suppress(_NotSo):
        for number, (raw, _) in enumerate(_raw_rows(stream, words, size, np.dtype("<f4"))):
            if not _is_word(raw):
                return last and (
                    f"cannot be read behind word {number:,} ({last!r}): it is damaged there; fetch it again, or "
                    f"{_REMEDY}"
                )
            last = raw.decode()
    return None
