"""Word embeddings whose gradient is summed over a batch once, without a pass over the matrix for each use."""
import numpy as np
from scipy import sparse

from core import compat  # noqa: F401  (before chainer)
import chainer
from chainer import backend, initializers


class Embedding(chainer.Link):
    """A matrix with one row for each word.

    Args:
        vocabulary_size (int): V.
        size (int): D.

    Attributes:
        W (chainer.Parameter): (V, D).
    """

    def __init__(self, vocabulary_size, size):
        super().__init__()
        with self.init_scope():
            self.W = chainer.Parameter(initializers.Uniform(0.1), (vocabulary_size, size))

    def accumulate_gradient(self, ids, gradient):
        """Add the gradient at looked-up rows to the gradient at ``W``.

        Args:
            ids: int (N,); a word may occur several times.
            gradient: (N, D), at ``W[ids]``.
        """
        summed = sum_rows(ids, gradient, len(self.W))
        self.W.grad = summed if self.W.grad is None else self.W.grad + summed


def sum_rows(ids, rows, count):
    """Sum the rows that belong to the same id, on a CPU in a fixed order.

    Args:
        ids: int (N,), each 0 <= id < count.
        rows: float (N, D).
        count (int): number of rows of the result.

    Returns:
        (count, D): row i is the sum of ``rows[ids == i]``.
    """
    xp = backend.get_array_module(rows)
    if xp is np:
        order = np.argsort(ids, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(ids, minlength=count))])
        return sparse.csr_matrix((np.ones(len(ids), rows.dtype), order, starts), shape=(count, len(ids))) @ rows
    summed = xp.zeros((count, rows.shape[1]), rows.dtype)
    xp.add.at(summed, ids, rows)
    return summed
