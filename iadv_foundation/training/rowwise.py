"""What optimisers share that update an embedding matrix by rows, each of which waits until somebody reads it (CPU)."""

import numpy as np

from iadv_foundation.arithmetic.links.embedding import Embedding, sum_distinct_rows


class RowwiseOptimizer:
    """Stands before an optimiser of Chainer's among the bases of a class.

    Attributes:
        rowwise_rule (type): the update rule of embedding matrices, a :class:`RowwiseRule`.
    """

    rowwise_rule = None

    def setup(self, link):
        """Take charge of the parameters of ``link`` (chainer.Link), which is on its device already."""
        super().setup(link)
        for embedding in self._embeddings():
            if embedding.xp is np:
                embedding.rows = embedding.W.update_rule = self.rowwise_rule(self.hyperparam, embedding.W)
        return self

    def catch_up(self):
        """Bring every row of every embedding up to date."""
        for embedding in self._embeddings():
            embedding.catch_up()

    def reallocate_cleared_grads(self):
        """As Chainer's, with zeros where no gradient came, but not for matrices that are updated by rows."""
        for parameter in self.target.params(include_uninit=False):
            if parameter.grad is None and not isinstance(parameter.update_rule, RowwiseRule):
                parameter.grad = parameter.xp.zeros_like(parameter.array)

    def _embeddings(self):
        return [link for link in self.target.links() if isinstance(link, Embedding)]


class RowwiseRule:
    """Stands before an update rule of Chainer's among the bases of a class; gathers gradients of rows.

    Args:
        hyperparam (chainer.optimizer.Hyperparameter): of the optimiser.
        matrix (chainer.Parameter): (V, D).
    """

    def __init__(self, hyperparam, matrix):
        super().__init__(hyperparam)
        self._matrix, self._added = matrix, []

    def add_gradient(self, ids, gradient):
        """Add a gradient (N, D) at the rows ``ids``, int (N,), to that of the next update."""
        self._added.append((ids, gradient))

    def take_added(self):
        """What was added since the last call: the distinct ids, int (R,), and the sums of their gradients (R, D); ()
        if nothing.
        """
        if not self._added:
            return ()
        ids, gradients = zip(*self._added, strict=True)
        self._added = []
        return sum_distinct_rows(np.concatenate(ids), np.concatenate(gradients))
