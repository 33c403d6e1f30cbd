"""Pairs of words of which one may be among the nearest neighbours of the other, sifted by float32 cosines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from iadv_foundation.arithmetic.arrays import Array, FloatArray, IntArray

#: How far a float32 cosine from a matrix product may be from the exact one; what lies closer is decided in float64.
MARGIN = 1e-5
#: Candidates for each wanted neighbour above which they are sifted.
CANDIDATES = 8
#: Candidates in hand at once; words with masses of near ties have more, and are sent through in smaller blocks.
MOST_CANDIDATES = 1 << 22


def in_order(numbers: Array) -> Array:
    """The bits of float32 numbers as int32 numbers in the same order; and back, from int32."""
    bits = numbers.view(np.int32)
    bits = bits ^ ((bits >> 31) & 0x7FFFFFFF)
    return bits if numbers.dtype == np.float32 else bits.view(np.float32)


class Candidates:
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
        ranked = xp.sort((index.astype(np.int64) << 32) - in_order(cosines))
        starts = xp.arange(self._words, dtype=np.int64) << 32
        kth = xp.searchsorted(ranked, starts - (1 << 31)) + self._k - 1
        bound = in_order((starts - ranked[kth]).astype(np.int32))
        kept = cosines >= (bound - 2 * MARGIN)[index]
        self.index, self.ids, self.cosines = index[kept], ids[kept], cosines[kept]
        self._parts, self.count = [(self.index, self.ids, self.cosines)], len(self.index)
        return bound


class Waiting:
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
        self._found = {block.start: Candidates(np, block.stop - block.start, k) for block in self.blocks}

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

    def take(self, block: slice) -> Candidates:
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
