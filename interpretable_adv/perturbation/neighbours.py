"""The K words whose embeddings are nearest by cosine (section 5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from chainer import backend

from iadv_foundation.arithmetic.random import generator
from iadv_foundation.errors import UsageError, UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iadv_foundation.arithmetic.arrays import Array, FloatArray, IntArray

#: Words and columns of a block of cosines: on a CPU what stays in its cache and is still a fast matrix product.
CPU_BLOCK = 1024, 8192
#: Bytes of cosines in hand at once on a GPU.
GPU_MEMORY = 1 << 28
#: How far a float32 cosine from a matrix product may be from the exact one; what lies closer is decided in float64.
MARGIN = 1e-5
#: Groups of columns whose maxima bound the k-th largest cosine from below.
GROUPS = 1024
#: Candidates for each wanted neighbour above which they are sifted.
CANDIDATES = 8
#: Candidates in hand at once; words with masses of near ties have more, and are sent through in smaller blocks.
MOST_CANDIDATES = 1 << 22
#: Pairs of words whose float64 cosines are made at once.
PAIRS = 1 << 14


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
    for start in range(0, len(embedding), CPU_BLOCK[0]):
        rows = xp.ascontiguousarray(embedding[start : start + CPU_BLOCK[0]] + 0)  # -0 becomes 0
        hashes[start : start + CPU_BLOCK[0]] = (rows.view(np.uint32) * weights).sum(axis=1)
    return hashes


def _search(
    embedding: FloatArray, k: int, first_word: int, rows: IntArray, by_rank: bool = False, drop_self: bool = True
) -> IntArray:
    """The k nearest words (R, k) of ``rows``: never the word itself, or by rank without the nearest one,
    or all that there are.
    """
    xp = backend.get_array_module(embedding)
    search = (_MutualSearch if xp is np else _Search)(
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


class _Search:
    """Finds the k nearest words of some words at a time."""

    def __init__(self, embedding: FloatArray, k: int, first_word: int, drop_self: bool) -> None:
        self.xp = backend.get_array_module(embedding)
        self.embedding, self.k, self.first_word, self.drop_self = embedding, k, first_word, drop_self
        norms = self.xp.sqrt(self.xp.einsum("vd,vd->v", embedding, embedding, dtype=np.float64))
        if not bool(self.xp.isfinite(norms).all()):
            raise UserError(
                "the word embeddings are not finite: training has diverged; lower training.learning_rate or "
                "training.gradient_clipping"
            )
        self.norms = self.xp.where(norms > 0, norms, 1)
        self.unit = (embedding / self.norms[:, None]).astype(np.float32)
        self.words_at_once, self.columns_at_once = CPU_BLOCK
        if self.xp is not np:
            self.words_at_once, self.columns_at_once = max(1, GPU_MEMORY // (5 * len(embedding))), len(embedding)
        self.columns_at_once = max(self.columns_at_once, 4 * self.k)

    def tables(self, rows: IntArray) -> Iterator[tuple[Any, IntArray]]:
        """Yield some places in ``rows`` and the k nearest (places, k) of the words there, until all are done."""
        for start in range(0, len(rows), self.words_at_once):
            places = slice(start, start + self.words_at_once)
            yield places, self(rows[places])

    def __call__(self, words: IntArray) -> IntArray:
        """int64 (words, k), nearest first."""
        wanted, bound, found = self.unit[words], None, _Candidates(self.xp, len(words), self.k)
        for start in range(self.first_word, len(self.unit), self.columns_at_once):
            cosines = wanted @ self.unit[start : start + self.columns_at_once].T
            if self.drop_self:
                own = self.xp.flatnonzero((words >= start) & (words < start + cosines.shape[1]))
                cosines[own, words[own] - start] = -np.inf
            if bound is None:
                bound = self._lower_bound(cosines)
            row, column, cosine = self._reaching(cosines, bound[:, None])
            found.add(row, column + start, cosine)
            if found.crowded:
                bound = found.sift()
            if found.count > MOST_CANDIDATES and len(words) > 1:
                half = len(words) // 2
                return self.xp.concatenate([self(words[:half]), self(words[half:])])
        return self._nearest_of(words, found)

    def _reaching(self, cosines: FloatArray, bound: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Rows, columns and values, each (pairs,), of the cosines that may, if they were exact,
        reach a bound beside them.
        """
        places = self.xp.flatnonzero(cosines >= bound - 2 * MARGIN)
        width = cosines.shape[1]
        return places // width, places % width, cosines[places // width, places % width]

    def _lower_bound(self, cosines: FloatArray) -> FloatArray:
        """For each row, a number that at least k of its cosines reach:
        the k-th largest of the maxima of groups of columns.
        """
        groups = min(cosines.shape[1], max(GROUPS, self.k + 1))
        maxima = cosines[:, :groups].copy()
        for start in range(groups, cosines.shape[1], groups):
            block = cosines[:, start : start + groups]
            self.xp.maximum(maxima[:, : block.shape[1]], block, out=maxima[:, : block.shape[1]])
        return self.xp.partition(maxima, groups - self.k, axis=1)[:, groups - self.k]

    def _nearest_of(self, words: IntArray, found: _Candidates) -> IntArray:
        """The k nearest (words, k) of the candidates ``found`` for ``words``."""
        found.sift()
        index, ids = found.index, found.ids
        cosines = self.xp.empty(len(index), np.float64)
        for start in range(0, len(index), PAIRS):
            some = slice(start, start + PAIRS)
            cosines[some] = self._exact_cosines(words[index[some]], ids[some])
        order = self.xp.lexsort(self.xp.stack([ids, -cosines, index]))
        first = self.xp.searchsorted(index[order], self.xp.arange(len(words)))
        return ids[order[first[:, None] + self.xp.arange(self.k)]]

    def _exact_cosines(self, words: IntArray, others: IntArray) -> FloatArray:
        left, right = self.embedding[words].astype(np.float64), self.embedding[others].astype(np.float64)
        return self.xp.einsum("pd,pd->p", left, right) / (self.norms[words] * self.norms[others])


class _MutualSearch(_Search):
    """Makes the cosine of two words once for the lists of both.

    All words are first compared with a sample of them, which bounds the k-th largest cosine of each from below.  Then a
    block of words at a time is compared with itself and all after it; what words of later blocks get from it waits for
    them.
    """

    def tables(self, rows: IntArray) -> Iterator[tuple[Any, IntArray]]:
        ordinary = rows >= self.first_word
        if ordinary.sum() < 2 * self.columns_at_once or len(np.unique(rows)) < len(rows):
            yield from super().tables(rows)
            return
        specials = np.flatnonzero(~ordinary)
        if len(specials):
            yield specials, self(rows[specials])
        places = np.flatnonzero(ordinary)
        sampled = np.arange(len(places)) % -(-len(places) // self.columns_at_once) == 0
        places = np.concatenate([places[sampled], places[~sampled]])
        words, done = rows[places], 0
        for block, nearest in self._mutual(words, int(sampled.sum())):
            yield places[block], nearest
            done = block.stop
        for some, nearest in super().tables(words[done:]):
            yield places[done:][some], nearest

    def _mutual(self, words: IntArray, sample: int) -> Iterator[tuple[slice, IntArray]]:
        """Yield slices of ``words`` (no specials, each once) and their k nearest; the first ``sample`` are the sample.

        It ends early where masses of near ties would take too much memory.
        """
        others = np.setdiff1d(np.arange(self.first_word, len(self.unit)), words, assume_unique=True)
        ids = np.concatenate([words, others]).astype(np.int32)
        unit = self.unit[ids]
        waiting = _Waiting(words, sample, self.words_at_once, self.k)
        for block in waiting.blocks:
            cosines = self._cosines(unit, block, slice(0, sample))
            waiting.bound[block] = self._lower_bound(cosines)
            self._compare(waiting, block, 0, cosines, ids, slice(0, sample if block.start >= sample else 0))
            if waiting.overflows():
                return
        for block in waiting.blocks:
            waiting.sift(block)
            first = block.start if block.start >= sample else len(words)  # the sample has seen all words
            for start in range(first, len(ids), self.columns_at_once):
                columns = slice(start, min(start + self.columns_at_once, len(ids)))
                later = slice(max(start, block.stop), min(columns.stop, len(words)))
                self._compare(waiting, block, start, self._cosines(unit, block, columns), ids, later)
                if waiting.overflows():
                    return
            yield block, self._nearest_of(words[block], waiting.take(block))

    def _compare(
        self, waiting: _Waiting, block: slice, start: int, cosines: FloatArray, ids: IntArray, later: slice
    ) -> None:
        """Note what a block of words and the columns ``later`` get from ``cosines``, from column ``start`` on."""
        row, column, cosine = self._reaching(cosines, waiting.bound[block, None])
        waiting.add(block, row, ids[start + column], cosine)
        if later.start < later.stop:
            row, column, cosine = self._reaching(
                cosines[:, later.start - start : later.stop - start], waiting.bound[later]
            )
            waiting.share_out(later.start + column, ids[block.start + row], cosine)

    def _cosines(self, unit: FloatArray, block: slice, columns: slice) -> FloatArray:
        cosines = unit[block] @ unit[columns].T
        if self.drop_self:
            own = np.arange(max(block.start, columns.start), min(block.stop, columns.stop))
            cosines[own - block.start, own - columns.start] = -np.inf
        return cosines


def _in_order(numbers: Array) -> Array:
    """The bits of float32 numbers as int32 numbers in the same order; and back, from int32."""
    bits = numbers.view(np.int32)
    bits = bits ^ ((bits >> 31) & 0x7FFFFFFF)
    return bits if numbers.dtype == np.float32 else bits.view(np.float32)


class _Candidates:
    """Pairs of a word and one that may be among its k nearest.

    Attributes:
        index, ids, cosines: (pairs,), int64, int64 and float32: place of the word, id of the other, their cosine; after
            :meth:`sift`.
        count (int): number of pairs.
    """

    def __init__(self, xp: Any, words: int, k: int) -> None:
        self._xp, self._words, self._k = xp, words, k
        self._parts: list[tuple[IntArray, IntArray, FloatArray]] = []
        self.count = 0

    @property
    def crowded(self) -> bool:
        """Whether there are so many that it is time to :meth:`sift`."""
        return self.count > CANDIDATES * self._k * self._words

    def add(self, index: IntArray, ids: IntArray, cosines: FloatArray) -> None:
        self._parts.append((index, ids, cosines))
        self.count += len(index)

    def sift(self) -> FloatArray:
        """Leave out what is surely not among the k nearest; return the k-th largest cosine of each word (words,).

        Every word has k candidates at least.
        """
        xp = self._xp
        index, ids, cosines = (xp.concatenate(arrays) for arrays in zip(*self._parts, strict=True))
        # One integer for each pair, by which words come in order and the cosines of each from the largest down.
        ranked = xp.sort((index.astype(np.int64) << 32) - _in_order(cosines))
        starts = xp.arange(self._words, dtype=np.int64) << 32
        kth = xp.searchsorted(ranked, starts - (1 << 31)) + self._k - 1
        bound = _in_order((starts - ranked[kth]).astype(np.int32))
        kept = cosines >= (bound - 2 * MARGIN)[index]
        self.index, self.ids, self.cosines = index[kept], ids[kept], cosines[kept]
        self._parts, self.count = [(self.index, self.ids, self.cosines)], len(self.index)
        return bound


class _Waiting:
    """What each block of words has found so far.

    Args:
        words (numpy.ndarray): int (words,).
        sample (int): a block ends after so many words.
        words_at_once (int): in a block.
        k (int): wanted for each word.

    Attributes:
        blocks (list of slice): in order.
        bound (numpy.ndarray): float32 (words,), a number that at least k cosines of a word reach.
    """

    def __init__(self, words: IntArray, sample: int, words_at_once: int, k: int) -> None:
        self._starts = [*range(0, sample, words_at_once), *range(sample, len(words), words_at_once)]
        self.blocks = [slice(*edges) for edges in zip(self._starts, [*self._starts[1:], len(words)], strict=True)]
        self.bound = np.empty(len(words), np.float32)
        self._found = {block.start: _Candidates(np, block.stop - block.start, k) for block in self.blocks}

    def add(self, block: slice, index: IntArray, ids: IntArray, cosines: FloatArray) -> None:
        """Candidates for the words of one block, ``index`` being places in it."""
        found = self._found[block.start]
        found.add(index.astype(np.int32), ids, cosines)
        if found.crowded:
            self.sift(block)

    def share_out(self, places: IntArray, ids: IntArray, cosines: FloatArray) -> None:
        """Candidates for words of any blocks that have had some before; ``places`` are theirs in all words."""
        number = np.searchsorted(self._starts, places, side="right") - 1
        order = np.argsort(number, kind="stable")
        numbers, first = np.unique(number[order], return_index=True)
        for number, some in zip(numbers, np.split(order, first[1:]), strict=False):  # of no places there is a part, too
            block = self.blocks[number]
            self.add(block, places[some] - block.start, ids[some], cosines[some])

    def sift(self, block: slice) -> None:
        """Leave out what is surely not among the k nearest of a block's words, and raise their bound."""
        self.bound[block] = self._found[block.start].sift()

    def take(self, block: slice) -> _Candidates:
        """The candidates of a block, which has seen all words."""
        return self._found.pop(block.start)

    def overflows(self) -> bool:
        """Whether there are too many candidates even after sifting them all."""
        if sum(found.count for found in self._found.values()) <= MOST_CANDIDATES:
            return False
        for block in self.blocks:
            if self._found.get(block.start) is not None and self._found[block.start].count:
                self.sift(block)
        return sum(found.count for found in self._found.values()) > MOST_CANDIDATES // 2
