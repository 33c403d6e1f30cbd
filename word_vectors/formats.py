"""Reading other people's word vectors: word2vec text, word2vec binary, and gensim's own files, packed or not.

Only the vectors of wanted words are kept, so that a file of three million words (Google News) needs little memory, and a file
is read as data: of a pickle, which could run code, nothing but arrays and plain values is taken.
"""
import bz2
import codecs
import contextlib
import gzip
import lzma
import pickle
import re
import zlib
from pathlib import Path

import numpy as np

from foundation.errors import UserError

_PACKED = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\x00", lzma.open))
_CHUNK = 1 << 22
_LONGEST_WORD = 1 << 16  # bytes
_MOST_DIMENSIONS = 100000
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_DAMAGE = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)


def read(path, wanted):
    """Read the vectors of some words; the file's content tells its format.

    Args:
        path: a file.
        wanted (container of str): the words to keep.

    Returns:
        tuple: dict of str to numpy.ndarray float32 (D,), of a word that comes twice the first; D (int); words in the file
        (int); name of the format (str).

    Raises:
        UserError: there is no such file, it is of another format, truncated or damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"there is no file {path}")
    try:
        with _opened(path) as stream:
            start = stream.read(2)
            stream.seek(0)
            if start[:1] == b"\x80":  # PROTO, with which every pickle since protocol 2 begins
                return _read_gensim(stream, path, wanted)
            words, size = _header(stream.readline(200), path)
            place = stream.tell()
            textual = _is_text(stream.read(_LONGEST_WORD + 40 * size), size)
            stream.seek(place)
            if textual:
                return _read_text(stream, path, wanted, words, size), size, words, "word2vec text"
            return _read_binary(stream, path, wanted, words, size), size, words, "word2vec binary"
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


def _header(line, path):
    """Number of words and dimensions (two int) from the first line."""
    try:
        words, size = (int(number) for number in line.split())
        if words < 1 or not 1 <= size <= _MOST_DIMENSIONS:
            raise ValueError
    except ValueError:
        raise UserError(f"{path} holds no word vectors that can be read: word2vec's formats begin with a line "
                        "NUMBER-OF-WORDS DIMENSIONS") from None
    return words, size


def _is_text(sample, size):
    """Whether what follows the header begins as lines of a word and ``size`` numbers, or is at least text.

    Text is UTF-8 without control characters, which the float32 of a binary file hardly ever are; words need be neither.
    """
    if _vector_of(sample.split(b"\n", 1)[0].rsplit(maxsplit=size), size) is not None:
        return True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # which lets the last character be cut
    except UnicodeDecodeError:
        return False
    return not _CONTROL.search(sample)


def _vector_of(fields, size):
    """The numbers after the word, the first of a line's fields: numpy.ndarray float32 (size,); None if they are not that."""
    try:
        vector = np.array(fields[1:], np.float32)
    except ValueError:
        return None
    return vector if vector.shape == (size,) else None


def _read_text(stream, path, wanted, words, size):
    """A line for each word: the word and ``size`` numbers, with blanks or tabs between.

    The numbers of a word that is not wanted are counted and not read: that would take minutes for millions of words.
    """
    found = {}
    for number in range(words):
        line = stream.readline().rstrip()
        if not line:
            raise UserError(f"{path} is truncated: {words:,} words announced, {number:,} found")
        fields = line.rsplit(maxsplit=size)
        if len(fields) == size and line[:1].isspace():
            continue  # the word is itself a blank
        word = fields[0].decode("utf-8", "replace")
        if len(fields) <= size or number == 0 or (word in wanted and word not in found):
            vector = _vector_of(fields, size)
            if vector is None:
                raise UserError(f"{path}, line {number + 2}: a word and {size} numbers expected")
            if word in wanted:
                found[word] = _checked(vector, word, path)
    return found


def _read_binary(stream, path, wanted, words, size):
    """A word, a blank, ``size`` little-endian float32, and in some files a line end, again and again."""
    found, data, place, length = {}, b"", 0, 4 * size
    for number in range(words):
        end = data.find(b" ", place)
        while end < 0 or len(data) < end + 1 + length:
            more = stream.read(_CHUNK)
            if not more:
                raise UserError(f"{path} is truncated: {words:,} words announced, {number:,} found")
            data, place = data[place:] + more, 0
            end = data.find(b" ")
            if end < 0 and len(data) > _LONGEST_WORD:
                raise UserError(f"{path} is neither word2vec text nor word2vec binary")
        word = data[place:end].lstrip(b"\n").decode("utf-8", "replace")
        if word in wanted and word not in found:
            found[word] = _checked(np.frombuffer(data, "<f4", size, end + 1).astype(np.float32), word, path)
        place = end + 1 + length
    return found


def _checked(vector, word, path):
    if not np.isfinite(vector).all():
        raise UserError(f"{path} is damaged: the vector of {word!r} has an entry that is not finite")
    return vector


def _read_gensim(stream, path, wanted):
    """What ``gensim.models.KeyedVectors.save`` or ``Word2Vec.save`` wrote, large arrays beside it in ``.npy`` files."""
    try:
        state = vars(_DataOnly(stream).load())
        if "wv" in state:  # a whole model
            state, stem = vars(state["wv"]), f"{path}.wv"
        else:
            stem = str(path)
        words = list(state["index_to_key"])
        vectors = state.get("vectors")
        if vectors is None:
            vectors = np.load(f"{stem}.vectors.npy", mmap_mode="r", allow_pickle=False)
    except (pickle.UnpicklingError, KeyError, TypeError, ValueError, AttributeError, ImportError, IndexError) as error:
        raise UserError(f"{path} is no KeyedVectors of gensim 4 that can be read without running code of it "
                        f"({' '.join(str(error).split())}); write the vectors with save_word2vec_format instead") from None
    except FileNotFoundError as error:
        raise UserError(f"{error.filename} is missing: gensim has saved the vectors there, beside {path.name}") from None
    if getattr(vectors, "shape", (0,))[0] != len(words) or vectors.ndim != 2:
        raise UserError(f"{path} is damaged: {len(words):,} words, vectors of shape {getattr(vectors, 'shape', None)}")
    found = {word: _checked(np.array(vectors[row], np.float32), word, path)
             for row, word in enumerate(words) if word in wanted}
    return found, vectors.shape[1], len(words), "gensim KeyedVectors"


class _DataOnly(pickle.Unpickler):
    """Reads a pickle without running anything of it: NumPy's arrays become arrays, all other objects holders of values."""

    _ARRAYS = {
        **{(f"numpy.{core}.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0] for core in ("core", "_core")},
        ("numpy", "ndarray"): np.ndarray, ("numpy", "dtype"): np.dtype,
    }

    def find_class(self, module, name):
        return self._ARRAYS.get((module, name), _Holder)


class _Holder:
    """Stands for an object of any other class: made of anything, does nothing."""

    def __init__(self, *_, **__):
        pass

    def __setstate__(self, state):
        if isinstance(state, dict):
            vars(self).update(state)
