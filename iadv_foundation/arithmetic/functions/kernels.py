"""The project's own GPU kernels (``kernels.cu``), compiled when they are first used.

They are chosen for being simple: one launch takes the place of a dozen of CuPy's for the gates of a step, and sums are
made in a fixed order where CuPy's scattered additions are not.  A launch never waits for the GPU.
"""

from pathlib import Path

import numpy as np
from chainer import backend
from chainer.backends import cuda

SOURCE = Path(__file__).with_name("kernels.cu").read_text(encoding="utf-8")
NAMES = "lstm_forward", "lstm_backward", "sum_rows"
#: The types they are compiled for, as C++ spells them.
TYPES = {np.dtype(np.float32): "float", np.dtype(np.float64): "double"}
_THREADS = 256


def run_here(array):
    """Whether the kernels work on ``array``: it is on a GPU."""
    return not isinstance(array, np.ndarray)


def launch(name, dtype, elements, *arguments):
    """Start a kernel on the current stream.

    Args:
        name (str): one of :data:`NAMES`.
        dtype (numpy.dtype): float32 or float64, what ``Real`` is.
        elements (int): elements of the result; 0 starts nothing.
        arguments: C-contiguous CuPy arrays, ``numpy.int32`` and ``numpy.int64`` as ``kernels.cu`` has them.
    """
    if elements:
        _kernel(name, TYPES[np.dtype(dtype)])((-(-elements // _THREADS),), (_THREADS,), arguments)


def sum_rows(ids, rows, count):
    """:func:`iadv_foundation.arithmetic.links.embedding.sum_rows` of CuPy arrays:
    the rows of an id are summed in their order.
    """
    xp = backend.get_array_module(rows)
    order = xp.argsort(ids, kind="stable")
    begins = xp.searchsorted(ids[order], xp.arange(count + 1, dtype=ids.dtype))
    summed = xp.empty((count, rows.shape[1]), rows.dtype)
    launch(
        "sum_rows",
        rows.dtype,
        summed.size,
        xp.ascontiguousarray(rows),
        order,
        begins,
        summed,
        np.int64(count),
        np.int32(rows.shape[1]),
    )
    return summed


def compile_options(real):
    """What the compiler is told (tuple of str) for ``real``, ``"float"`` or ``"double"``."""
    return (f"-DReal={real}",)


@cuda.memoize(for_each_device=True)
def _kernel(name, real):
    return cuda.cupy.RawModule(code=SOURCE, options=compile_options(real)).get_function(name)
