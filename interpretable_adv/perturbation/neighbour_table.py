"""The neighbours of every word, refreshed as training moves the embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import chainer
import numpy as np
from chainer import backend
from chainer.backends import cuda

from interpretable_adv.perturbation.neighbours import nearest_neighbours

if TYPE_CHECKING:
    from iadv_foundation.arithmetic.arrays import BoolArray, FloatArray, IntArray


class NeighbourTable:
    """Looks up the nearest words of the words of a batch.

    Args:
        k (int): number of neighbours.
        refresh (str): ``"epoch"``: the neighbours of all words are found when :meth:`refresh` is called, at an epoch's
            start.  ``"iteration"``: those of a batch's words are found anew at every look-up (section 5.2).
        first_word (int): ids below are specials and never a neighbour; 0 to allow them.
        drop_self (str): ``"vector"`` or ``"rank"``, see :func:`nearest_neighbours`.
        known: bool (V,), words that are in the table; the others are in no neighbour list and share the list of the
            last one that is.  None for all words.  The authors' table ends with the training vocabulary and is indexed
            past its end by words of the unlabelled text alone; clipping the index is our repair.  For ``first_word=0``.
        looked_up: bool (V,), the only words that will ever be looked up, so that :meth:`refresh` may leave the others
            out; None for all words, and where ``known`` is given.

    Raises:
        UsageError: on the first use, where there are fewer than k words to choose from.

    Examples:
        >>> import numpy as np
        >>> from interpretable_adv import NeighbourTable
        >>> matrix, table = np.array([[1, 0], [0, 1], [2, 1], [1, 3]], "f"), NeighbourTable(k=2, first_word=0)
        >>> table.refresh(matrix)
        >>> table.lookup(np.array([3, 0]), matrix).tolist()
        [[1, 2], [2, 3]]
    """

    def __init__(
        self,
        k: int = 10,
        refresh: Literal["epoch", "iteration"] = "epoch",
        first_word: int = 2,
        drop_self: str = "vector",
        known: BoolArray | None = None,
        looked_up: BoolArray | None = None,
    ) -> None:
        self.k, self.policy, self.first_word, self.drop_self = k, refresh, first_word, drop_self
        self._known = None if known is None else np.flatnonzero(known)
        self._row = None if known is None else np.where(known, np.cumsum(known), np.count_nonzero(known)) - 1
        self._looked_up = None if looked_up is None or known is not None else np.flatnonzero(looked_up)
        self._table: IntArray | None = None

    def refresh(self, embedding: FloatArray) -> None:
        """Find the neighbours of the words in the matrix ``embedding`` (V, D);
        does nothing where every look-up does so.
        """
        if self.policy != "epoch":
            return
        if self._looked_up is None:
            self._table = self._nearest(embedding)
        else:
            xp = backend.get_array_module(embedding)
            words = xp.asarray(self._looked_up)
            self._table = xp.full((len(embedding), self.k), -1, np.int32)
            self._table[words] = self._nearest(embedding, words)

    def lookup(self, ids: IntArray, embedding: FloatArray) -> IntArray:
        """The neighbours, int32 (N, k), of the words ``ids``, int (N,), in the matrix ``embedding`` (V, D)."""
        xp = backend.get_array_module(embedding)
        if self._known is not None:
            ids = xp.asarray(self._known[self._row])[ids]
        if self.policy == "iteration":
            words, positions = xp.unique(ids, return_inverse=True)
            return self._nearest(embedding, words)[positions]
        if self._table is None:
            self.refresh(embedding)
        self._table = xp.asarray(self._table)
        return self._table[ids]

    def serialize(self, serializer: Any) -> None:
        """Save or load the table: a resumed epoch must not see neighbours newer than its start."""
        if isinstance(serializer, chainer.Deserializer):
            stored = serializer("table", None)
            self._table = stored if stored is not None and len(stored) else None
        else:
            serializer("table", np.empty((0, self.k), np.int32) if self._table is None else cuda.to_cpu(self._table))

    def _nearest(self, embedding: FloatArray, words: IntArray | None = None) -> IntArray:
        if self._known is None:
            return nearest_neighbours(embedding, self.k, self.first_word, words, self.drop_self)
        xp = backend.get_array_module(embedding)
        known, row = xp.asarray(self._known), xp.asarray(self._row)
        rows = row if words is None else row[words]
        found = nearest_neighbours(
            embedding[known], self.k, self.first_word, None if words is None else rows, self.drop_self
        )
        found = known[found].astype(np.int32)
        return found[rows] if words is None else found
