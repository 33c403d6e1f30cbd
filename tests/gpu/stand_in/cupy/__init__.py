"""A stand-in for CuPy 14.2 on the CPU, strict where CuPy is: for the tests on machines without a GPU.

Put its folder first in ``PYTHONPATH``, and Chainer takes it for CuPy: two devices, with the CPU's memory and
arithmetic.  Its kernels are CUDA's source text, Chainer's and the project's own, compiled for the CPU by g++.
"""

import builtins
import functools
import sys

import numpy
from numpy import (
    bool_,
    complex64,
    dtype,
    float16,
    float32,
    float64,
    inf,
    int8,
    int16,
    int32,
    int64,
    intp,
    nan,
    newaxis,
    pi,
    result_type,
    uint8,
    uint32,
    uint64,
    uintp,
)

from cupy import _functions, _signatures
from cupy._arrays import inside, ndarray, outside
from cupy._devices import COUNTS, Device, count
from cupy._functions import ufunc
from cupy._kernels import ElementwiseKernel, RawKernel, RawModule, ReductionKernel

__version__ = "14.2.0"
globals().update(_functions.UFUNCS)
globals().update(
    {
        _name: _functions.make_function(_name, _signature)
        for _name, _signature in _functions.parse(_signatures.FUNCTIONS).items()
    }
)


def empty(shape, dtype=float, order="C"):
    """Not NumPy's memory but what shows that it was read: not a number, or the largest negative one."""
    kind = numpy.dtype(dtype).kind
    made = numpy.empty(shape, dtype, order)
    made[...] = numpy.nan if kind in "fc" else True if kind == "b" else numpy.iinfo(made.dtype).max
    return outside(made)


def empty_like(prototype, dtype=None, order="K", subok=None, shape=None):
    """See :func:`empty`."""
    return empty(prototype.shape if shape is None else shape, dtype or prototype.dtype)


def zeros(shape, dtype=float, order="C"):
    """As NumPy's."""
    return outside(numpy.zeros(shape, dtype, order))


def ones(shape, dtype=float, order="C"):
    """As NumPy's."""
    return outside(numpy.ones(shape, dtype, order))


def full(shape, fill_value, dtype=None, order="C"):
    """As NumPy's."""
    return outside(numpy.full(shape, inside(fill_value), dtype, order))


def zeros_like(a, dtype=None, order="K", subok=None, shape=None):
    """As NumPy's."""
    return zeros(a.shape if shape is None else shape, dtype or a.dtype)


def ones_like(a, dtype=None, order="K", subok=None, shape=None):
    """As NumPy's."""
    return ones(a.shape if shape is None else shape, dtype or a.dtype)


def full_like(a, fill_value, dtype=None, order="K", subok=None, shape=None):
    """As NumPy's."""
    return full(a.shape if shape is None else shape, fill_value, dtype or a.dtype)


def array(obj, dtype=None, copy=True, order="K", subok=False, ndmin=0, *, blocking=False):
    """An array on the current device, from the host or from a device."""
    if isinstance(obj, ndarray):
        return outside(numpy.array(obj._array, dtype, copy=copy or None, order=order, ndmin=ndmin))
    if isinstance(obj, (list, tuple)) and builtins.any(isinstance(each, ndarray) for each in obj):
        return outside(numpy.array([inside(each) for each in obj], dtype))
    if isinstance(obj, numpy.ndarray) and obj.dtype.kind not in "biufc":
        raise ValueError(f"Unsupported dtype {obj.dtype}")
    count("sent")
    return outside(numpy.array(obj, dtype, order=order, ndmin=ndmin))


def asarray(a, dtype=None, order=None, *, copy=None, blocking=False):
    """An array on the current device; one that is there already is not copied."""
    return array(a, dtype, copy=bool(copy), order=order or "K")


def einsum(*operands, **kwargs):
    """As NumPy's; of its settings only ``dtype``."""
    if set(kwargs) - {"dtype"}:
        raise TypeError(f"einsum() does not have {sorted(kwargs)}")
    return outside(numpy.einsum(*inside(operands), **kwargs))


def copyto(dst, src, casting="same_kind", where=None):
    """As NumPy's, between devices too."""
    numpy.copyto(
        inside(dst),
        src._array if isinstance(src, ndarray) else inside(src),
        casting=casting,
        **{} if where is None else {"where": inside(where)},
    )


def asnumpy(a, stream=None, order="C", out=None, *, blocking=True):
    """A copy on the host."""
    return a.get() if isinstance(a, ndarray) else numpy.asarray(a)


def isscalar(element):
    """As NumPy's."""
    return numpy.isscalar(element)


def get_array_module(*args):
    """This module if one of the arguments is an array of it, else NumPy."""
    return sys.modules[__name__] if builtins.any(isinstance(arg, ndarray) for arg in args) else numpy


def memoize(for_each_device=False, for_each_thread=False):
    """Decorator: remember results by arguments, and by device if wanted."""

    def decorator(function):
        memory = {}

        @functools.wraps(function)
        def remembering(*args, **kwargs):
            key = args, frozenset(kwargs.items()), Device().id if for_each_device else None
            if key not in memory:
                memory[key] = function(*args, **kwargs)
            return memory[key]

        return remembering

    return decorator


def clear_memo():
    """Nothing is so large that it must be forgotten."""


def fuse(*args, **kwargs):
    """Decorator that leaves a function as it is."""
    return args[0] if len(args) == 1 and callable(args[0]) else lambda function: function


class _Pool:
    def free_all_blocks(self, stream=None):
        """Nothing is kept."""

    def used_bytes(self):
        """Not known."""
        return 0

    total_bytes = used_bytes


def get_default_memory_pool():
    """A pool that keeps nothing."""
    return _Pool()


get_default_pinned_memory_pool = get_default_memory_pool

from cupy import _util, cuda, random  # noqa: E402
