"""Reading other people's word vectors: word2vec text, word2vec binary, and gensim's own files, packed or not.

Only the vectors of wanted words are kept, so that a file of three million words (Google News) needs little memory, and
a file is read as data: of a pickle, which could run code, nothing but arrays and plain values is taken.
"""

import bz2
import codecs
import contextlib
import gzip
import lzma
import re
import zlib
from pathlib import Path

import numpy as np

from iadv_foundation.errors import UserError
from iadv_foundation.storage.special_files import readable
from word_vectors import binary_format, gensim_format
from word_vectors.checking import checked

_PACKED = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\x00", lzma.open))
_LONGEST_WORD = 1 << 16  # bytes
_MOST_DIMENSIONS = 100000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_DAMAGE = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)
# What people take for vectors in word2vec's formats -> what to do.
_OTHERS = (
    (b"PK\x03\x04", "a zip archive: unpack it and give the file in it"),
    (b"\xba\x16\x4f\x2f", "FastText's own model: give the .vec file beside it"),
    (b"\xff\xfe", "UTF-16 text: save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text: save it as UTF-8"),
    (b"\x93NUMPY", "an array without words: write word2vec's text format"),
)


def read(path, wanted):
    """Read the vectors of some words; the file's content tells its format.

    Args:
        path: a file, or a pipe.
        wanted (container of str): the words to keep.

    Returns:
        tuple: dict of str to numpy.ndarray float32 (D,), of a word that comes twice the first; D (int); words in the
        file (int); name of the format (str).

    Raises:
        UserError: there is no such file, it is of another format, truncated, damaged, or holds other rows than it
            announces.
    """
    path = Path(path)
    try:
        with _opened(readable(path)) as stream:
            start = stream.read(8)
            stream.seek(0)
            if start[:1] == b"\x80":  # PROTO, with which every pickle since protocol 2 begins
                return gensim_format.read(stream, path, wanted)
            stream.seek(len(_BYTE_ORDER_MARK) if start.startswith(_BYTE_ORDER_MARK) else 0)
            words, size = _header(stream.readline(200), path, start)
            place = stream.tell()
            textual = _is_text(stream.read(_LONGEST_WORD + 40 * size), size)
            stream.seek(place)
            if textual:
                return _read_text(stream, path, wanted, words, size), size, words, "word2vec text"
            return binary_format.read(stream, path, wanted, words, size, place)
    except _DAMAGE as error:
        raise UserError(f"{path} is truncated or damaged ({' '.join(str(error).split())}): fetch it again") from None


@contextlib.contextmanager
def _opened(path):
    with open(path, "rb") as raw:
        magic = raw.read(6)
        raw.seek(0)
        opener = next((opener for start, opener in _PACKED if magic.startswith(start)), None)
        if opener is None:
            yield raw
        else:
            with opener(raw, "rb") as stream:
                yield stream


def _header(line, path, start):
    """Number of words and dimensions (two int) from the first line."""
    for magic, what in _OTHERS:
        if start.startswith(magic):
            raise UserError(f"{path} is {what}")
    try:
        words, size = (int(number) for number in line.split())
        if words < 1 or not 1 <= size <= _MOST_DIMENSIONS:
            raise ValueError
    except ValueError:
        raise UserError(
            f"{path} holds no word vectors that can be read: word2vec's formats begin with a line "
            "NUMBER-OF-WORDS DIMENSIONS"
        ) from None
    return words, size


def _is_text(sample, size):
    """Whether what follows the header begins as lines of a word and ``size`` numbers, or is at least text.

    Text is UTF-8 without control characters, which the float32 of a binary file hardly ever are; words need be neither.
    """
    if _vector_of(sample.lstrip(b"\r\n").split(b"\n", 1)[0].rsplit(maxsplit=size), size) is not None:
        return True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # which lets the last character be cut
    except UnicodeDecodeError:
        return False
    return not _CONTROL.search(sample)


def _vector_of(fields, size):
    """The numbers after the word, the first of a line's fields: numpy.ndarray float32 (size,);
    None if they are not that.
    """
    try:
        with np.errstate(over="ignore"):
            vector = np.array(fields[1:], np.float32)
    except ValueError:
        return None
    return vector if vector.shape == (size,) else None


def _read_text(stream, path, wanted, words, size):
    """A line for each word: the word and ``size`` numbers, with blanks or tabs between; blank lines do not count.

    The numbers of a word that is not wanted are counted and not read: that would take minutes for millions of words.
    """
    found, number = {}, 0
    for place, row in enumerate(stream, 2):
        line = row.rstrip()
        if not line:
            continue
        if number == words:
            raise UserError(
                f"{path}, line {place}: a row behind the {words:,} words that line 1 announces: write their right "
                "number there (and one such line only, where files were put together)"
            )
        fields = line.rsplit(maxsplit=size)
        number += 1
        if len(fields) == size and line[:1].isspace():
            continue  # the word is itself a blank
        word = fields[0].decode("utf-8", "replace")
        if len(fields) <= size or number == 1 or (word in wanted and word not in found):
            vector = _vector_of(fields, size)
            if vector is None:
                raise UserError(f"{path}, line {place}: a word and {size} numbers expected")
            if word in wanted:
                found[word] = checked(vector, word, path)
    if number < words:
        raise UserError(f"{path} is truncated: {words:,} words announced, {number:,} found")
    return found
