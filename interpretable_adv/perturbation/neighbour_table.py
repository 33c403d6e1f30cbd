"""The neighbours of every word, refreshed as training moves the embeddings."""
import numpy as np

from core import compat  # noqa: F401  (before chainer)
import chainer
from chainer import backend
from chainer.backends import cuda

from interpretable_adv.perturbation.neighbours import nearest_neighbours


class NeighbourTable:
    """Looks up the nearest words of the words of a batch.

    Args:
        k (int): number of neighbours.
        refresh (str): ``"epoch"``: the neighbours of all words are found when :meth:`refresh` is called, at an epoch's
            start.  ``"iteration"``: those of a batch's words are found anew at every look-up (section 5.2).
        first_word (int): ids below are specials and never a neighbour; 0 to allow them.
        drop_self (str): ``"id"`` or ``"rank"``, see :func:`nearest_neighbours`.
        size (int): words from this id up are in no neighbour list, and share the list of the last word below it; None for no
            such limit.  The authors' table ends with the training vocabulary and is indexed past its end; clipping the index
            is our repair.

    Raises:
        UsageError: on the first use, where there are fewer than k words to choose from.
    """

    def __init__(self, k=10, refresh="epoch", first_word=2, drop_self="id", size=None):
        self.k, self.policy, self.first_word, self.drop_self, self.size = k, refresh, first_word, drop_self, size
        self._table = None

    def refresh(self, embedding):
        """Find the neighbours of all words in the matrix ``embedding`` (V, D); does nothing where every look-up does so."""
        if self.policy == "epoch":
            self._table = self._nearest(embedding)

    def lookup(self, ids, embedding):
        """The neighbours, int32 (N, k), of the words ``ids``, int (N,), in the matrix ``embedding`` (V, D)."""
        xp = backend.get_array_module(embedding)
        if self.size is not None:
            ids = xp.minimum(ids, self.size - 1)
        if self.policy == "iteration":
            words, positions = xp.unique(ids, return_inverse=True)
            return self._nearest(embedding, words)[positions]
        if self._table is None:
            self.refresh(embedding)
        self._table = xp.asarray(self._table)
        return self._table[ids]

    def serialize(self, serializer):
        """Save or load the table: a resumed epoch must not see neighbours newer than its start."""
        if isinstance(serializer, chainer.Deserializer):
            stored = serializer("table", None)
            self._table = stored if len(stored) else None
        else:
            serializer("table", np.empty((0, self.k), np.int32) if self._table is None else cuda.to_cpu(self._table))

    def _nearest(self, embedding, words=None):
        return nearest_neighbours(embedding[:self.size], self.k, self.first_word, words, self.drop_self)
