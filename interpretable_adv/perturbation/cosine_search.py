"""The search for the k words of largest cosine: float32 products find candidates, float64 cosines order them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from chainer import backend

from iadv_foundation.errors import UserError
from interpretable_adv.perturbation import candidates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iadv_foundation.arithmetic.arrays import FloatArray, IntArray

#: Words and columns of a block of cosines: on a CPU what stays in its cache and is still a fast matrix product.
CPU_BLOCK = 1024, 8192
#: Bytes of cosines in hand at once on a GPU.
GPU_MEMORY = 1 << 28
#: Groups of columns whose maxima bound the k-th largest cosine from below.
GROUPS = 1024
#: Pairs of words whose float64 cosines are made at once.
PAIRS = 1 << 14


class Search:
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
        wanted, bound, found = self.unit[words], None, candidates.Candidates(self.xp, len(words), self.k)
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
            if found.count > candidates.MOST_CANDIDATES and len(words) > 1:
                half = len(words) // 2
                return self.xp.concatenate([self(words[:half]), self(words[half:])])
        return self._nearest_of(words, found)

    def _reaching(self, cosines: FloatArray, bound: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Rows, columns and values, each (pairs,), of the cosines that may, if they were exact,
        reach a bound beside them.
        """
        places = self.xp.flatnonzero(cosines >= bound - 2 * candidates.MARGIN)
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

    def _nearest_of(self, words: IntArray, found: candidates.Candidates) -> IntArray:
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


class MutualSearch(Search):
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
        waiting = candidates.Waiting(words, sample, self.words_at_once, self.k)
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
        self, waiting: candidates.Waiting, block: slice, start: int, cosines: FloatArray, ids: IntArray, later: slice
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
