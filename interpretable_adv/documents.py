"""Documents as packed batches."""

import dataclasses

import numpy as np

from iadv_foundation.arithmetic.packing import Layout

#: The splits with labels.
LABELLED = ("train", "dev", "test")


@dataclasses.dataclass(frozen=True, eq=False)
class Batch:
    """B documents with N words in all, packed (see :mod:`iadv_foundation.arithmetic.packing`).

    Attributes:
        ids: int32 (N,), on the network's device.
        layout (iadv_foundation.arithmetic.packing.Layout): where they lie.
        labels: int32 (B,) in the layout's order for classification, (N,) packed for labelling; None without labels.
        sentence: int64 (N,), the document each word belongs to, on the network's device.
    """

    ids: np.ndarray
    layout: Layout
    labels: np.ndarray | None
    sentence: np.ndarray


class Documents:
    """The documents of one or more splits in a row, numbered from 0.

    Args:
        splits (list of data_prep.corpus.Split): labels are used only where all splits have them.
        per_token (bool): whether there is a label for each word.
        max_words (int): a longer document is cut to its first words and its last one, ``<eos>``; 0 for no limit.
            Documents with a label for each word are never cut.

    Attributes:
        lengths (numpy.ndarray): int64 (documents,), after cutting.
    """

    def __init__(self, splits, per_token, max_words=0):
        self.splits, self.per_token = splits, per_token
        self.max_words = 0 if per_token else max_words
        self.lengths = np.concatenate([split.lengths for split in splits])
        if self.max_words:
            self.lengths = np.minimum(self.lengths, self.max_words)
        self._first = np.cumsum([0] + [len(split) for split in splits])
        self._labelled = all(split.labels is not None for split in splits)

    def __len__(self):
        return len(self.lengths)

    def occurring(self, vocabulary_size):
        """bool (V,): which words occur in these documents."""
        occurs = np.zeros(vocabulary_size, bool)
        for split in self.splits:
            occurs[split.ids] = True
        return occurs

    def batch(self, indices, xp=np):
        """The documents of these numbers as one :class:`Batch` with arrays of ``xp`` (numpy or cupy)."""
        documents = [self._document(index) for index in indices]
        layout = Layout.of([len(ids) for ids, _ in documents])
        labels = None
        if self._labelled and self.per_token:
            labels = xp.asarray(np.concatenate([label for _, label in documents])[layout.take])
        elif self._labelled:
            labels = xp.asarray(np.array([label for _, label in documents], np.int32)[layout.order])
        ids = np.concatenate([ids for ids, _ in documents])[layout.take]
        return Batch(xp.asarray(ids), layout, labels, xp.asarray(layout.sentence))

    def _document(self, index):
        which = int(np.searchsorted(self._first, index, side="right")) - 1
        ids, label = self.splits[which][int(index - self._first[which])]
        if self.max_words and len(ids) > self.max_words:
            ids = np.concatenate([ids[: self.max_words - 1], ids[-1:]])
        return ids, label

    def batches_by_length(self, words, xp=np):
        """Yield (indices, :class:`Batch`) of all documents from long to short, about ``words`` words in each."""
        order = np.argsort(-self.lengths, kind="stable")
        filled = np.cumsum(self.lengths[order]) // words
        for indices in np.split(order, np.flatnonzero(np.diff(filled)) + 1):
            yield indices, self.batch(indices, xp)
