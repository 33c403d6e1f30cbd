"""Word embeddings whose gradient is summed quickly, and in the same order every time."""
from core import compat  # noqa: F401  (before chainer)
import chainer
import numpy as np
import scipy.sparse
from chainer import backend
from chainer.backends import cuda


class Embedding(chainer.Link):
    """A vector for each word.

    Args:
        vocabulary_size (int): V.
        size (int): E.

    Attributes:
        W (chainer.Parameter): (V, E).
    """

    def __init__(self, vocabulary_size, size):
        super().__init__()
        with self.init_scope():
            self.W = chainer.Parameter(chainer.initializers.Normal(1.0), (vocabulary_size, size))

    def forward(self, ids):
        """Vectors of words: int array (N,) to chainer.Variable (N, E)."""
        vectors, = EmbeddingLookup(ids).apply((self.W,))
        return vectors


class EmbeddingLookup(chainer.FunctionNode):
    """Rows ``ids`` of a matrix.

    ``chainer.functions.embed_id`` adds the gradients of equal ids one at a time on a CPU, and in whatever order threads
    come on a GPU.  Here the positions of each id are gathered first, so a product with a sparse matrix of ones does it.
    It cannot be differentiated twice.
    """

    def __init__(self, ids):
        super().__init__()
        self.ids = ids

    def forward(self, inputs):
        self._shape = inputs[0].shape
        return inputs[0].take(self.ids, axis=0),

    def backward(self, target_input_indexes, grad_outputs):
        if chainer.config.enable_backprop:
            raise RuntimeError("the embedding lookup cannot be differentiated twice")
        return chainer.as_variable(sum_rows(grad_outputs[0].array, self.ids, self._shape[0])),


def sum_rows(rows, ids, count):
    """Sum the rows with equal id.

    Args:
        rows (numpy.ndarray or cupy.ndarray): float (N, E).
        ids (numpy.ndarray or cupy.ndarray): int (N,), each below ``count``.
        count (int): V.

    Returns:
        numpy.ndarray or cupy.ndarray: (V, E), zeros where no row has the id.
    """
    xp = backend.get_array_module(rows)
    order = xp.argsort(ids.astype(np.int64) * len(ids) + xp.arange(len(ids)))  # by id, equal ids by position
    in_order = ids[order]
    begins = xp.flatnonzero(xp.concatenate([xp.ones(1, bool), in_order[1:] != in_order[:-1]]))
    bounds = xp.concatenate([begins, xp.asarray([len(ids)])])
    sums = xp.zeros((count, rows.shape[1]), rows.dtype)
    if xp is np:
        ones = np.ones(len(ids), rows.dtype)
        sums[in_order[begins]] = scipy.sparse.csr_matrix((ones, order, bounds), shape=(len(begins), len(ids))) @ rows
    else:
        found = xp.empty((len(begins), rows.shape[1]), rows.dtype)
        _sum_segments()(xp.ascontiguousarray(rows), order, bounds, rows.shape[1], found)
        sums[in_order[begins]] = found
    return sums


def _sum_segments():
    """A CuPy kernel: one thread adds up one column of the rows of one id, in their order."""
    return cuda.elementwise(
        "raw T rows, raw int64 order, raw int64 bounds, int64 width", "T sum",
        """
        const long long segment = i / width, column = i % width;
        T total = 0;
        for (long long k = bounds[segment]; k < bounds[segment + 1]; ++k) {
            total += rows[order[k] * width + column];
        }
        sum = total;
        """,
        "sum_segments")
