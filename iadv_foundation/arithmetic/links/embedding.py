"""Word embeddings whose gradient is summed over a batch once, without a pass over the matrix for each use."""

import chainer
import numpy as np
from chainer import initializers
from scipy import sparse

from iadv_foundation.arithmetic.functions import kernels


class Embedding(chainer.Link):
    """A matrix with one row for each word.

    With the optimiser of :mod:`iadv_foundation.training.adam` on a CPU, rows are brought up to date only when they are
    asked for: call :meth:`catch_up` before ``W`` is read.

    Args:
        vocabulary_size (int): V.
        size (int): D.
        initial (chainer.Initializer or None): of the matrix; None for the uniform distribution on (-0.1, 0.1).

    Attributes:
        W (chainer.Parameter): (V, D).
        rows (iadv_foundation.training.adam.RowwiseAdamRule or None): the optimiser's hand on single rows; None where
            the whole matrix is updated at once.
    """

    def __init__(self, vocabulary_size, size, initial=None):
        super().__init__()
        self.rows = None
        with self.init_scope():
            self.W = chainer.Parameter(initial or initializers.Uniform(0.1), (vocabulary_size, size))

    def forward(self, ids):
        """Rows of the matrix.

        ``chainer.functions.embed_id`` adds the gradients of equal ids one at a time, which on a CPU takes ten times as
        long.

        Args:
            ids: int (N,).

        Returns:
            chainer.Variable: (N, D).  It cannot be differentiated twice.
        """
        self.catch_up(ids)
        (rows,) = _LookUp(ids, self).apply((self.W,))
        return rows

    def catch_up(self, ids=None):
        """Bring the rows of the words ``ids``, int of any shape, up to date; by default all rows."""
        if self.rows is not None:
            self.rows.catch_up(ids)

    def accumulate_gradient(self, ids, gradient):
        """Add the gradient at looked-up rows to the gradient at ``W``.

        Args:
            ids: int (N,); a word may occur several times.
            gradient: (N, D), at ``W[ids]``.
        """
        if self.rows is not None:
            self.rows.add_gradient(ids, gradient)
            return
        summed = sum_rows(ids, gradient, len(self.W))
        self.W.grad = summed if self.W.grad is None else self.W.grad + summed


class _LookUp(chainer.FunctionNode):
    """The function node of :meth:`Embedding.forward`; hands its gradient to the link, not to the graph."""

    def __init__(self, ids, embedding):
        super().__init__()
        self.ids, self.embedding = ids, embedding

    def forward(self, inputs):
        return (inputs[0].take(self.ids, axis=0),)

    def backward(self, target_input_indexes, grad_outputs):
        if chainer.config.enable_backprop:
            raise RuntimeError("an embedding lookup cannot be differentiated twice")
        self.embedding.accumulate_gradient(self.ids, grad_outputs[0].array)
        return (None,)


def sum_rows(ids, rows, count):
    """Sum the rows that belong to the same id, in a fixed order.

    Args:
        ids: int (N,), each 0 <= id < count.
        rows: float (N, D).
        count (int): number of rows of the result.

    Returns:
        (count, D): row i is the sum of ``rows[ids == i]``.
    """
    if kernels.run_here(rows):
        return kernels.sum_rows(ids, rows, count)
    return _sum_consecutive(rows, ids, np.bincount(ids, minlength=count))


def sum_distinct_rows(ids, rows):
    """Sum the rows that belong to the same id, for the ids that occur.

    Args:
        ids (numpy.ndarray): int (N,).
        rows (numpy.ndarray): float (N, D).

    Returns:
        the distinct ids, int (R,), rising, and (R, D), the sum of ``rows[ids == id]`` for each, added in their order.
    """
    distinct, counts = np.unique(ids, return_counts=True)
    return distinct, _sum_consecutive(rows, ids, counts)


def _sum_consecutive(rows, ids, counts):
    starts = np.concatenate([[0], np.cumsum(counts)])
    order = np.argsort(ids, kind="stable")
    return sparse.csr_matrix((np.ones(len(ids), rows.dtype), order, starts), shape=(len(counts), len(ids))) @ rows
