"""Counter-based randomness: every draw is named by (seed, purpose, counters), so nothing has to remember a state."""

import hashlib

import numpy as np


def generator(seed, purpose, *counters):
    """A Philox generator that depends on nothing but its arguments.

    Two calls with equal arguments draw the same numbers, in any process, in any order; calls that differ in any
    argument draw independent ones.

    Args:
        seed (int): the run's seed.
        purpose (str): what the numbers are for, e.g. ``"dropout embedding"``.
        counters (int): update number, epoch, sequence number, ...

    Returns:
        numpy.random.Generator
    """
    name = "\0".join([str(int(seed)), purpose, *(str(int(counter)) for counter in counters)])
    key = np.frombuffer(hashlib.blake2b(name.encode(), digest_size=16).digest(), dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))


def dropout_mask(generator, shape, ratio, dtype=np.float32):
    """A dropout mask: 0 with probability ``ratio`` (to 2^-16), else 1 / (1 - ratio), so that the mean is 1.

    Args:
        generator (numpy.random.Generator): see :func:`generator`.
        shape (tuple of int): of the mask.
        ratio (float): 0 <= ratio < 1.
        dtype: of the mask.

    Returns:
        numpy.ndarray, or None where ``ratio`` is 0 and nothing is dropped.
    """
    if ratio == 0:
        return None
    kept = generator.integers(0, 1 << 16, size=shape, dtype=np.uint16) >= round(ratio * (1 << 16))
    return kept * np.asarray(1 / (1 - ratio), dtype)
