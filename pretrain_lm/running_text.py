"""The running text a language model reads: documents one after the other, in any order, without a copy in memory."""

import functools

import numpy as np

_CHUNK = 1 << 20


class Text:
    """The documents of some splits of a corpus, read by document and position.

    Args:
        splits (list of data_prep.corpus.Split): at least one document in all.
        end (int or None): id to add after each document; None where documents already end with ``<eos>``.

    Attributes:
        lengths (numpy.ndarray): int64 (documents,), the added end included.
    """

    def __init__(self, splits, end=None):
        self._splits, self._end = splits, end
        self._first = np.cumsum([0, *(len(split) for split in splits)])
        self.lengths = np.concatenate([split.lengths for split in splits]) + (end is not None)

    @functools.cached_property
    def tokens(self):
        """Number of tokens in all."""
        return int(self.lengths.sum())

    def read(self, documents, positions):
        """Ids of tokens.

        Args:
            documents (numpy.ndarray): int64 (n,), counted through all splits.
            positions (numpy.ndarray): int64 (n,), inside the document.

        Returns:
            numpy.ndarray: int32 (n,).
        """
        ids = np.empty(len(documents), np.int32)
        for split, begin, end in zip(self._splits, self._first[:-1], self._first[1:], strict=True):
            here = np.flatnonzero((documents >= begin) & (documents < end))
            if not here.size:
                continue
            starts = split.offsets[documents[here] - begin]
            if self._end is None:
                ids[here] = split.ids[starts + positions[here]]
            else:
                inside = positions[here] < self.lengths[documents[here]] - 1
                ids[here] = self._end
                ids[here[inside]] = split.ids[(starts + positions[here])[inside]]
        return ids


class Reading:
    """A text in one order of its documents: a ring of M tokens, the last followed by the first.

    Args:
        text (Text): M tokens.
        order (numpy.ndarray): int64 (documents,), a permutation; by default the text's own order.
    """

    def __init__(self, text, order=None):
        self.text = text
        self.tokens = text.tokens
        self._order = np.arange(len(text.lengths)) if order is None else order
        self._ends = np.cumsum(text.lengths[self._order])

    def __getitem__(self, places):
        """Ids (int32) at places 0..M-1 (int64 array (n,)) of this reading; places from M on start again at 0."""
        places = places % self.tokens
        turn = np.searchsorted(self._ends, places, side="right")
        documents = self._order[turn]
        return self.text.read(documents, places - self._ends[turn] + self.text.lengths[documents])


def ranks_by_first_appearance(text, vocabulary_size):
    """Rank the words by where they first stand in a text; words that never do come last, in the order of their ids.

    Args:
        text (Text): read in its own order.
        vocabulary_size (int): V.

    Returns:
        numpy.ndarray: int32 (V,), rank of each id.
    """
    reading = Reading(text)
    place = np.full(vocabulary_size, reading.tokens, np.int64)
    for begin in range(0, reading.tokens, _CHUNK):
        ids, first = np.unique(reading[np.arange(begin, min(begin + _CHUNK, reading.tokens))], return_index=True)
        place[ids] = np.minimum(place[ids], begin + first)
    rank = np.empty(vocabulary_size, np.int32)
    rank[np.argsort(place, kind="stable")] = np.arange(vocabulary_size, dtype=np.int32)
    return rank
