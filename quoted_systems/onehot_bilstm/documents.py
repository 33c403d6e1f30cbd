"""Documents as numbers of words in lower case."""

import numpy as np

from iadv_foundation.arithmetic.packing import Layout


class NumberedDocuments:
    """The documents of some splits, numbered from 0.

    A word that has no number stays, as -1, and so does the ``<eos>`` of each document.

    Args:
        corpus (data_prep.corpus.Corpus)
        words (quoted_systems.texts.Words)
        splits (iterable of str)

    Attributes:
        lengths (numpy.ndarray): int64 (documents,), words of each.
    """

    def __init__(self, corpus, words, splits):
        self._splits, self._number_of = [corpus.splits[split] for split in splits], words.number_of
        self._first = np.cumsum([0, *map(len, self._splits)])
        self.lengths = np.concatenate([split.lengths for split in self._splits])

    def __len__(self):
        return len(self.lengths)

    def __getitem__(self, index):
        """A document: int32 (words,)."""
        which = int(np.searchsorted(self._first, index, side="right")) - 1
        return self._number_of[self._splits[which][int(index - self._first[which])][0]]

    def batch(self, indices):
        """Some documents as a packed batch: numbers, int32 (N,), and iadv_foundation.arithmetic.packing.Layout."""
        documents = [self[index] for index in indices]
        layout = Layout.of([len(document) for document in documents])
        return np.concatenate(documents)[layout.take], layout

    def batches_by_length(self, words):
        """Yield (indices, numbers, layout) of all documents from long to short, about ``words`` words in each."""
        order = np.argsort(-self.lengths, kind="stable")
        filled = np.cumsum(self.lengths[order]) // words
        for indices in np.split(order, np.flatnonzero(np.diff(filled)) + 1):
            yield indices, *self.batch(indices)
