"""The K words whose embeddings are nearest by cosine (section 5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from chainer import backend

from iadv_foundation.arithmetic.random import generator
from iadv_foundation.errors import UsageError
from interpretable_adv.perturbation import cosine_search

if TYPE_CHECKING:
    from iadv_foundation.arithmetic.arrays import FloatArray, IntArray


def nearest_neighbours(
    embedding: FloatArray, k: int = 10, first_word: int = 2, rows: IntArray | None = None, drop_self: str = "vector"
) -> IntArray:
    """The k nearest words of each word by cosine: exact, and the same for any number of threads.

    Float32 matrix products find a few candidates for each word, float64 cosines order them; equal cosines are in the
    order of the ids.  A zero vector has cosine 0 with everything.

    Args:
        embedding: float (V, D), NumPy or CuPy.
        k (int): number of neighbours.
        first_word (int): ids below are specials: never a neighbour, though they have neighbours.  0 to allow them.
        rows: int (R,), the words whose neighbours are wanted; all V by default.
        drop_self (str): what is left out.  ``"vector"``: the word itself and every word with its vector, to which there
            is no direction (footnote 2); and of several words with one vector all but the first, for they give the same
            direction again, and the k places are for different ones.  Imported vectors have many such words.  Where
            fewer than k different vectors remain, the last places hold the word itself, whose direction is zero.
            ``"id"``: the word itself alone.  ``"rank"``: the nearest word is taken to be the word itself and left out,
            as in the authors' code, which errs where two words point the same way.

    Returns:
        int32 (R, k), nearest first.

    Raises:
        UsageError: there are fewer than k words to choose from.
        UserError: the embeddings are not finite, so training has diverged.

    Examples:
        >>> import numpy as np
        >>> from interpretable_adv import nearest_neighbours
        >>> matrix = np.array([[1, 0], [0, 1], [2, 1], [1, 3]], "f")
        >>> nearest_neighbours(matrix, k=2, first_word=0).tolist()
        [[2, 3], [3, 2], [0, 3], [1, 2]]
    """
    xp = backend.get_array_module(embedding)
    others = len(embedding) - first_word - 1
    if others < k:
        raise UsageError(
            f"perturbation.neighbours is {k}, but a word of this vocabulary has only {max(others, 0)} others to "
            "choose from: set it lower or use a larger corpus"
        )
    rows = xp.arange(len(embedding)) if rows is None else rows
    first = first_with_vector(embedding, first_word) if drop_self == "vector" else None
    if first is None:
        return _search(embedding, k, first_word, rows, by_rank=drop_self == "rank")
    return _search_different(embedding, k, first_word, rows, first)


def first_with_vector(embedding: FloatArray, first_word: int = 2) -> IntArray | None:
    """For each word the first word, specials left out, that has the same vector.

    Args:
        embedding: float (V, D), NumPy or CuPy.
        first_word (int): ids below are specials.

    Returns:
        int64 (V,), a word's own id where it is the first, and for a special whose vector no word has; None where all
        are their own.
    """
    xp = backend.get_array_module(embedding)
    own = xp.arange(len(embedding))
    attempt = 0
    while True:
        hashes = _hashes(embedding, attempt)
        known, place = xp.unique(hashes[first_word:], return_index=True)
        nearest = xp.minimum(xp.searchsorted(known, hashes), len(known) - 1)
        first = xp.where(known[nearest] == hashes, first_word + place[nearest], own)
        others = xp.flatnonzero(first != own)
        if bool((embedding[others] == embedding[first[others]]).all()):
            return first if len(others) else None
        attempt += 1


def _hashes(embedding: FloatArray, attempt: int) -> IntArray:
    """A number for each row, the same for equal rows and most likely for no others: uint64 (V,)."""
    xp = backend.get_array_module(embedding)
    words_in_a_row = embedding.shape[1] * embedding.dtype.itemsize // 4
    drawn = generator(0, "hashes of vectors", attempt)
    weights = xp.asarray(drawn.integers(0, 1 << 64, words_in_a_row, dtype=np.uint64, endpoint=False) | np.uint64(1))
    hashes = xp.empty(len(embedding), np.uint64)
    for start in range(0, len(embedding), cosine_search.CPU_BLOCK[0]):
        rows = xp.ascontiguousarray(embedding[start : start + cosine_search.CPU_BLOCK[0]] + 0)  # -0 becomes 0
        hashes[start : start + cosine_search.CPU_BLOCK[0]] = (rows.view(np.uint32) * weights).sum(axis=1)
    return hashes


def _search(
    embedding: FloatArray, k: int, first_word: int, rows: IntArray, by_rank: bool = False, drop_self: bool = True
) -> IntArray:
    """The k nearest words (R, k) of ``rows``: never the word itself, or by rank without the nearest one,
    or all that there are.
    """
    xp = backend.get_array_module(embedding)
    search = (cosine_search.MutualSearch if xp is np else cosine_search.Search)(
        embedding, k + by_rank, first_word, drop_self=drop_self and not by_rank
    )
    table = xp.empty((len(rows), k), np.int32)
    for places, nearest in search.tables(rows):
        table[places] = nearest[:, by_rank:]
    return table


def _search_different(embedding: FloatArray, k: int, first_word: int, rows: IntArray, first: IntArray) -> IntArray:
    """The same where ``first`` (V,), of :func:`first_with_vector`, says that words share vectors:
    each vector counts once.
    """
    xp = backend.get_array_module(embedding)
    kept = xp.flatnonzero(first == xp.arange(len(embedding)))
    specials = int((kept < first_word).sum())
    wanted, positions = xp.unique(xp.searchsorted(kept, first[rows]), return_inverse=True)
    enough = len(kept) - specials > k
    nearest = _search(embedding[kept], k if enough else len(kept) - specials, specials, wanted, drop_self=enough)
    if not enough:  # everything, the word itself among it, which goes to the end
        order = xp.argsort((nearest == wanted[:, None]) * nearest.shape[1] + xp.arange(nearest.shape[1]), axis=1)
        nearest = xp.take_along_axis(nearest, order, axis=1)
    table = xp.repeat(rows[:, None], k, axis=1).astype(np.int32)
    is_other = (nearest != wanted[:, None])[positions]
    some = table[:, : nearest.shape[1]]
    some[is_other] = kept[nearest][positions][is_other]
    return table
