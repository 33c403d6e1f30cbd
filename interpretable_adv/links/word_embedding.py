"""Word embeddings as the classifiers use them, normalised where the configuration says so."""

import chainer.functions as F
import numpy as np

from iadv_foundation.arithmetic.links import Embedding
from iadv_foundation.arithmetic.links.embedding import sum_rows


class WordEmbedding(Embedding):
    """An embedding matrix, optionally normalised over the vocabulary (Miyato et al. 2017, section 3).

    Normalised, word v has the vector ``(W[v] - mean) / sqrt(variance)`` with mean and variance (D,) over the
    vocabulary, each word weighted by its frequency; the gradient flows through both.

    Args:
        word_counts (numpy.ndarray): (V,), frequencies of the words.
        size (int): D.
        normalise (bool): see above.
        initial (chainer.Initializer or None): see :class:`iadv_foundation.arithmetic.links.Embedding`.
    """

    def __init__(self, word_counts, size, normalise=False, initial=None):
        super().__init__(len(word_counts), size, initial)
        self.normalise = normalise
        if normalise:
            weights = np.asarray(word_counts, np.float64)[:, None]
            self.add_persistent("frequency", (weights / weights.sum()).astype(np.float32))

    def matrix(self):
        """The matrix that words are looked up in: chainer.Variable (V, D)."""
        if not self.normalise:
            return self.W
        mean = F.sum(self.W * self.frequency, axis=0, keepdims=True)
        centred = self.W - F.broadcast_to(mean, self.W.shape)
        variance = F.sum(centred * centred * self.frequency, axis=0, keepdims=True)
        return centred / F.broadcast_to(F.sqrt(variance + 1e-6), self.W.shape)

    def backward(self, matrix, looked_up):
        """Send the gradients at looked-up words back to ``W``.

        Args:
            matrix (chainer.Variable): what :meth:`matrix` returned, (V, D).
            looked_up (list of (ids (N,), gradient (N, D))): all uses of the matrix in one update.
        """
        ids = self.xp.concatenate([ids for ids, _ in looked_up])
        gradient = self.xp.concatenate([gradient for _, gradient in looked_up])
        if matrix is self.W:
            self.accumulate_gradient(ids, gradient)
        else:
            matrix.grad = sum_rows(ids, gradient, len(self.W))
            matrix.backward()
