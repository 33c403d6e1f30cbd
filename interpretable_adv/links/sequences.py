"""From a packed batch to its sequences and back, with gradients, for links that want a list."""

import chainer.functions as F
import numpy as np
from chainer import backend


def apart(packed, layout):
    """The sorted sequences of a packed batch.

    Args:
        packed (chainer.Variable): (N, ...).
        layout (iadv_foundation.arithmetic.packing.Layout)

    Returns:
        list of chainer.Variable: (length, ...) each, by falling length.
    """
    ordered = F.permutate(packed, _order(layout, packed))
    ends = np.cumsum(layout.lengths)[:-1]
    return list(F.split_axis(ordered, ends, axis=0)) if len(ends) else [ordered]


def together(sequences, layout):
    """Undo :func:`apart`."""
    concatenated = F.concat(sequences, axis=0)
    return F.permutate(concatenated, _order(layout, concatenated), inv=True)


def _order(layout, beside):
    """Packed positions sequence by sequence: int32 (N,), on the device of another array."""
    order = np.argsort(layout.sentence, kind="stable").astype(np.int32)
    return backend.get_array_module(beside).asarray(order)
