"""``cupy.random``: what Chainer's own checks draw."""

import numpy

from cupy._arrays import outside

_state = numpy.random.RandomState(0)


def seed(seed=None):
    """As CuPy's: for the current device, which here means for all."""
    _state.seed(seed)


def normal(loc=0.0, scale=1.0, size=None, dtype=float):
    """As CuPy's."""
    return outside(numpy.asarray(_state.normal(loc, scale, size), dtype))


def rand(*size, dtype=float):
    """As CuPy's."""
    return outside(numpy.asarray(_state.random_sample(size), dtype))


def standard_normal(size=None, dtype=float):
    """As CuPy's."""
    return normal(size=size, dtype=dtype)
