"""Packed batches: sequences of different lengths in one flat, time-major array without padding.

Sequences are sorted by falling length.  The flat array holds the first word of every sequence, then the second word of
every sequence that has one, and so on (what cuDNN calls a packed batch)::

    sequences  a b c | d | e f        order    a b c | e f | d
    packed     a e d  b f  c          batch_sizes  3 2 1
"""

import dataclasses
import functools

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class Layout:
    """Where the words of a batch of B sequences with N words in all, the longest of T words, lie in the packed array.

    Attributes:
        order (numpy.ndarray): int64 (B,), index of each sorted sequence in the batch as it was given.
        lengths (numpy.ndarray): int64 (B,), falling.
        batch_sizes (numpy.ndarray): int64 (T,), number of sequences that have a word at each step, falling.
    """

    order: np.ndarray
    lengths: np.ndarray
    batch_sizes: np.ndarray

    @classmethod
    def of(cls, lengths):
        """The layout for sequences of these lengths (B,), each at least 1.

        Raises:
            ValueError: no sequence, or an empty one.
        """
        lengths = np.asarray(lengths, dtype=np.int64)
        if lengths.size == 0 or lengths.min() < 1:
            raise ValueError("a packed batch needs at least one sequence, and no empty ones")
        order = np.argsort(-lengths, kind="stable")
        ended = np.bincount(lengths)[1:]
        batch_sizes = lengths.size - np.concatenate([[0], np.cumsum(ended)[:-1]])
        return cls(order, lengths[order], batch_sizes)

    @functools.cached_property
    def starts(self):
        """int64 (T,): where each step begins in the packed array."""
        return np.cumsum(self.batch_sizes) - self.batch_sizes

    @functools.cached_property
    def step(self):
        """int64 (N,): the step each packed position belongs to."""
        return np.repeat(np.arange(self.batch_sizes.size), self.batch_sizes)

    @functools.cached_property
    def sentence(self):
        """int64 (N,): the sorted sequence (0..B-1) each packed position belongs to."""
        return np.arange(self.step.size) - self.starts[self.step]

    @functools.cached_property
    def last(self):
        """int64 (B,): position of the last word of each sorted sequence."""
        return self.starts[self.lengths - 1] + np.arange(self.lengths.size)

    @functools.cached_property
    def take(self):
        """int64 (N,): ``concatenated[take]`` packs what is given as one concatenation of the sequences in their own
        order.
        """
        lengths = np.empty_like(self.lengths)
        lengths[self.order] = self.lengths
        offsets = np.cumsum(lengths) - lengths
        return offsets[self.order[self.sentence]] + self.step

    def unpack(self, packed):
        """Undo ``take``: a packed array (N, ...) as one concatenation of the sequences in their own order."""
        concatenated = np.empty_like(packed)
        concatenated[self.take] = packed
        return concatenated
