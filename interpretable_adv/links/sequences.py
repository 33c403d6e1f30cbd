"""From a packed batch to its sequences and back, with gradients, for links that want a list."""
import chainer.functions as F
import numpy as np


def apart(packed, layout):
    """The sorted sequences of a packed batch.

    Args:
        packed (chainer.Variable): (N, ...).
        layout (foundation.arithmetic.packing.Layout)

    Returns:
        list of chainer.Variable: (length, ...) each, by falling length.
    """
    ordered = F.permutate(packed, _order(layout))
    return [ordered] if len(layout.lengths) == 1 else list(F.split_axis(ordered, np.cumsum(layout.lengths)[:-1], axis=0))


def together(sequences, layout):
    """Undo :func:`apart`."""
    return F.permutate(F.concat(sequences, axis=0), _order(layout), inv=True)


def _order(layout):
    """Packed positions sequence by sequence: int32 (N,)."""
    return np.argsort(layout.sentence, kind="stable").astype(np.int32)
