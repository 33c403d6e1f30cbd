"""gensim's own files, read as data: of a pickle, which could run code, nothing but arrays and plain values is taken."""

import pickle

import numpy as np

from iadv_foundation.errors import UserError
from word_vectors.checking import checked

_REMEDY = "write the vectors with save_word2vec_format instead"
_UNREADABLE = (pickle.UnpicklingError, KeyError, TypeError, ValueError, AttributeError, ImportError, IndexError)


def read(stream, path, wanted):
    """What ``gensim.models.KeyedVectors.save`` or ``Word2Vec.save`` wrote, large arrays beside it in ``.npy`` files.

    Args:
        stream: binary file object.
        path (pathlib.Path): of the file.
        wanted (container of str): the words to keep.

    Returns:
        tuple: as :func:`word_vectors.formats.read`.

    Raises:
        UserError: it is no such file, of FastText, or an array is missing or does not fit.
    """
    try:
        state = vars(_DataOnly(stream).load())
        stem = str(path)
        if "wv" in state:  # a whole model
            state, stem = vars(state["wv"]), f"{path}.wv"
        if "vectors_vocab" in state or "bucket" in state:
            raise UserError(
                f"{path} holds vectors of FastText, which gensim puts together from parts of words when it loads "
                f"them: {_REMEDY}"
            )
        words = list(state["index_to_key"])
        vectors = state.get("vectors")
        if vectors is None:
            vectors = _beside(stem, path)
    except _UNREADABLE as error:
        raise UserError(
            f"{path} is no KeyedVectors of gensim 4 that can be read without running code of it "
            f"({' '.join(str(error).split())}); {_REMEDY}"
        ) from None
    if not isinstance(vectors, np.ndarray):
        raise UserError(f"{path} holds its vectors in a way that cannot be read without running code of it; {_REMEDY}")
    if vectors.ndim != 2 or len(vectors) != len(words) or vectors.dtype.kind != "f":
        raise UserError(
            f"{path} is damaged: {len(words):,} words, vectors of shape {vectors.shape} and type {vectors.dtype}"
        )
    with np.errstate(over="ignore"):
        found = {
            word: checked(np.array(vectors[row], np.float32), word, path)
            for row, word in enumerate(words)
            if word in wanted
        }
    return found, vectors.shape[1], len(words), "gensim KeyedVectors"


def _beside(stem, path):
    """The array that gensim has saved beside a file: numpy.ndarray (words, D)."""
    try:
        return np.load(f"{stem}.vectors.npy", mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        try:  # beside a file that is itself packed
            with np.load(f"{stem}.vectors.npz", allow_pickle=False) as packed:
                return packed["val"]
        except FileNotFoundError:
            raise UserError(
                f"{stem}.vectors.npy is missing: gensim has saved the vectors there, beside {path.name}"
            ) from None


def _from_buffer(buffer, dtype, shape, order, axis_order=None):
    """What NumPy's function of this name makes of an array that was pickled by protocol 5."""
    array = np.frombuffer(buffer, dtype=dtype)
    if order == "K" and axis_order is not None:
        return array.reshape(shape, order="C").transpose(axis_order)
    return array.reshape(shape, order=order)


def _as_bytes(text, encoding):
    """The bytes that a pickle of protocol 2 writes as a text."""
    return text.encode("latin-1")


class _DataOnly(pickle.Unpickler):
    """Reads a pickle without running anything of it: NumPy's arrays become arrays, other objects holders of values."""

    _ARRAYS = {
        **{(f"numpy.{core}.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0] for core in ("core", "_core")},
        **{(f"numpy.{core}.numeric", "_frombuffer"): _from_buffer for core in ("core", "_core")},
        ("_codecs", "encode"): _as_bytes,
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
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
