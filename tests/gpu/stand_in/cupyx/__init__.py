"""``cupyx``: what Chainer uses of it."""

import cupy


def rsqrt(x, dtype=None):
    """1 / sqrt(x)."""
    return 1 / cupy.sqrt(x, dtype=dtype)


def scatter_add(a, slices, value):
    """See ``cupy.ndarray.scatter_add``."""
    a.scatter_add(slices, value)
