"""The order in which training sees documents: it depends on nothing but the seed."""

import chainer
import numpy as np

from iadv_foundation.arithmetic.random import generator


class PermutationIterator(chainer.dataset.Iterator):
    """Yield arrays of document numbers; each epoch is one permutation of all of them, its last batch may be smaller.

    A batch takes as many steps as its longest document has words, so batches of like lengths are quicker.  With a
    ``length_window`` above 1, the documents of that many batches of a random permutation are sorted by length before
    they are cut into batches, whose order is then shuffled over the epoch.

    Args:
        lengths (numpy.ndarray): int (documents,), words of each document.
        batch_size (int): documents in a batch.
        seed (int): of the run.
        purpose (str): what the order is for; different purposes have independent orders.
        length_window (int): batches whose documents are sorted together; 1 for a plain permutation.
    """

    def __init__(self, lengths, batch_size, seed, purpose, length_window=1):
        self.lengths, self.count, self.batch_size = lengths, len(lengths), batch_size
        self.seed, self.purpose, self.length_window = seed, purpose, length_window
        self.epoch = 0
        self.position = 0
        self.is_new_epoch = False
        self._order = None

    def __next__(self):
        if self._order is None:
            self._order = self._new_order()
        indices = self._order[self.position : self.position + self.batch_size]
        self.position += len(indices)
        self.is_new_epoch = self.position == self.count
        if self.is_new_epoch:
            self.epoch, self.position, self._order = self.epoch + 1, 0, None
        return indices

    def _new_order(self):
        random = generator(self.seed, self.purpose, self.epoch)
        order = random.permutation(self.count)
        if self.length_window == 1:
            return order
        window = self.length_window * self.batch_size
        for start in range(0, self.count, window):
            part = order[start : start + window]
            order[start : start + window] = part[np.argsort(-self.lengths[part], kind="stable")]
        whole = self.count - self.count % self.batch_size
        batches = order[:whole].reshape(-1, self.batch_size)
        return np.concatenate([random.permutation(batches).reshape(-1), order[whole:]])

    @property
    def epoch_detail(self):
        """Epochs done, the current one in part (float)."""
        return self.epoch + self.position / self.count

    @property
    def previous_epoch_detail(self):
        """Epochs done before the last batch (float)."""
        size = (self.count - 1) % self.batch_size + 1 if self.is_new_epoch else self.batch_size
        return self.epoch_detail - size / self.count

    def serialize(self, serializer):
        self.epoch = int(serializer("epoch", self.epoch))
        self.position = int(serializer("position", self.position))
        self.is_new_epoch = bool(serializer("is_new_epoch", self.is_new_epoch))
        self._order = None
