"""One batch going through the network under one set of dropout masks, as often as an update needs it."""

import chainer
from chainer import backend

from iadv_foundation.arithmetic.random import dropout_mask, generator


class Pass:
    """A batch whose words are looked up and dropped out once; every use of it sees the same masks.

    Args:
        network (chainer.Chain): see :mod:`interpretable_adv.links`.
        matrix: (V, D), the embedding matrix of this update.
        batch (interpretable_adv.documents.Batch): B documents, N words.
        dropout (float): ratio; 0 outside training.
        masks (tuple): names the dropout masks: (seed, what for, update number, number of the pass).

    Attributes:
        embedded: (N, D), the words as the encoder sees them without a perturbation.
        mask: (N, D) dropout mask on the embeddings, or None.
    """

    def __init__(self, network, matrix, batch, dropout=0.0, masks=None):
        self.network, self.batch = network, batch
        xp = backend.get_array_module(matrix)
        network.embedding.catch_up(batch.ids)
        looked_up = matrix[batch.ids]
        self.mask = self._ffnn_mask = None
        if dropout > 0:
            seed, purpose, *counters = masks
            self.mask, self._ffnn_mask = (
                xp.asarray(dropout_mask(generator(seed, f"dropout {where} {purpose}", *counters), shape, dropout))
                for where, shape in (
                    ("embedding", looked_up.shape),
                    ("ffnn", (network.rows(batch.layout), network.ffnn_size)),
                )
            )
            looked_up *= self.mask
        self.embedded = looked_up
        self._used = []

    def logits(self, embedded):
        """The network as a function of the embedded words: chainer.Variable (N, D) -> (rows, classes)."""
        return self.network.logits(embedded, self.batch.layout, self._ffnn_mask)

    def words(self, perturbation=None):
        """The embedded words, perturbed by ``perturbation`` (N, D) if given,
        as a leaf of the graph whose gradient counts.

        Returns:
            chainer.Variable (N, D); :meth:`gradient` adds up the gradients that all such leaves receive.
        """
        words = chainer.Variable(self.embedded if perturbation is None else self.embedded + perturbation)
        self._used.append(words)
        return words

    def gradient(self):
        """(ids (N,), gradient (N, D) at the rows of the embedding matrix),
        summed over all uses that were back-propagated.
        """
        total = None
        for words in self._used:
            if words.grad is not None:
                total = words.grad if total is None else total + words.grad
        return self.batch.ids, total if self.mask is None else total * self.mask
