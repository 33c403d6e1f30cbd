"""Products of a few rows with one large matrix, again and again: the recurrent part of an LSTM's gates.

A BLAS treats the two factors of a product differently.  It cuts the first one into strips as wide as its innermost
kernel and copies both into its own order first; with 1 to 32 rows that copy of the matrix, not the arithmetic, takes
the time.  What OpenBLAS does with the least work was measured (2 cores with AVX-512, a matrix of 1024 x 4096, against
``rows.dot(matrix)``): up to three rows one after the other (4 times as fast for two rows), more of them as columns
beside the transposed matrix and filled up to whole strips (1.4 to 2 times as fast for 4 to 32 rows); above 64 rows
there is nothing to gain.  Without AVX-512 the strips are narrower: of 256 x 1024, 4 to 8 rows take 64 us as 8 columns
and 100 us as 16, 24 rows 112 us as 24 and 147 us as 32.
"""

import numpy as np


def _instructions():
    """NumPy's names of the sets of vector instructions that it found in this processor (set of str)."""
    found = np.show_config(mode="dicts").get("SIMD Extensions", {})
    return {*found.get("baseline", ()), *found.get("found", ())}


#: Below this many rows, one matrix-vector product for each.
_SEVERAL = 4
#: Above this many rows, one ordinary product.
_MANY = 64
#: Rows are filled up to a multiple of this, the width of a strip.
_STRIP = 16 if {"AVX512F", "X86_V4"} & _instructions() else 8
#: Columns that are transposed at a time, so that what is written stays in the cache.
_TRANSPOSED_AT_ONCE = 16


def row_products(matrix, most):
    """A function that multiplies rows with one matrix.

    Args:
        matrix (numpy.ndarray): float (K, M); its transpose is copied unless ``matrix.T`` is C-contiguous.
        most (int): most rows of one call.

    Returns:
        callable: rows (R, K), C-contiguous, to their product (R, M), which is valid until the next call.
    """
    return _RowProducts(matrix.T if matrix.T.flags.c_contiguous else _transposed(matrix), most)


def _transposed(matrix):
    copy = np.empty(matrix.shape[::-1], matrix.dtype)
    for start in range(0, len(matrix), _TRANSPOSED_AT_ONCE):
        stop = start + _TRANSPOSED_AT_ONCE
        copy[:, start:stop] = matrix[start:stop].T
    return copy


class _RowProducts:
    def __init__(self, transposed, most):
        size, width = transposed.shape
        self.transposed = transposed
        strips = -(-min(most, _MANY) // _STRIP) * _STRIP
        self.rows = np.zeros((strips, width), transposed.dtype)
        self.columns = np.empty(size * strips, transposed.dtype)
        self.product = np.empty((most, size), transposed.dtype)

    def __call__(self, rows):
        count = len(rows)
        if count < _SEVERAL:
            for row, product in zip(rows, self.product[:count], strict=True):
                np.dot(self.transposed, row, out=product)
            return self.product[:count]
        if count > _MANY:
            return np.dot(rows, self.transposed.T, out=self.product[:count])
        filled = -(-count // _STRIP) * _STRIP
        if filled > count:
            self.rows[:count] = rows
            rows = self.rows[:filled]
        columns = self.columns[: len(self.transposed) * filled].reshape(-1, filled)
        np.matmul(self.transposed, rows.T, out=columns)
        return columns[:, :count].T
