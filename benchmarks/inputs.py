"""Made-up batches of the sizes that IMDB has, from fixed seeds."""

from statistics import NormalDist

import numpy as np

_SPREAD = 0.7
_SEED = 0


def ragged_lengths(count, mean):
    """Lengths of the documents of one batch.

    They are the quantiles (midpoints) of a log-normal distribution with sigma 0.7, which is about IMDB's (mean 240, the
    longest of 32 documents about 4 times the mean), scaled to the wanted mean and shuffled with a fixed seed.

    Args:
        count (int): documents.
        mean (float): wanted mean length; rounding to whole words, at least 1, moves it by less than half a word.

    Returns:
        numpy.ndarray: int64 (count,).
    """
    normal = NormalDist(sigma=_SPREAD)
    quantiles = np.exp([normal.inv_cdf((index + 0.5) / count) for index in range(count)])
    lengths = np.maximum(1, np.rint(quantiles * (mean / quantiles.mean()))).astype(np.int64)
    return np.random.default_rng(_SEED).permutation(lengths)


def zipf_ids(count, vocabulary_size, seed):
    """Word ids as frequent as in running text: id i has a probability in proportion to 1 / (i + 10).

    Args:
        count (int): words wanted.
        vocabulary_size (int): V.
        seed (int)

    Returns:
        numpy.ndarray: int32 (count,), each 0 <= id < V.
    """
    cumulated = np.cumsum(1 / (np.arange(vocabulary_size) + 10.0))
    drawn = np.random.default_rng(seed).random(count) * cumulated[-1]
    return np.minimum(np.searchsorted(cumulated, drawn, side="right"), vocabulary_size - 1).astype(np.int32)
