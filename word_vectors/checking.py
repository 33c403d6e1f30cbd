"""Numbers that can be word vectors."""

import numpy as np

from iadv_foundation.errors import UserError

#: Above it, a vector's length is more than float32 can hold.
LARGEST = 1e18


def checked(vector, word, path):
    """A vector (numpy.ndarray) as it is.

    Raises:
        UserError: an entry is not finite, or larger than any vector's.
    """
    if not np.isfinite(vector).all():
        raise UserError(f"{path} is damaged: the vector of {word!r} has an entry that is not finite")
    if np.abs(vector).max(initial=0) > LARGEST:
        largest = vector[np.abs(vector).argmax()]
        raise UserError(
            f"{path} is damaged: the vector of {word!r} has the entry {largest:.3g}, which no word vector has"
        )
    return vector
