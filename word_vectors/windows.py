"""The windows of words that the error- and grammaticality-specific embeddings are trained on."""

import numpy as np

from iadv_foundation.errors import UsageError


def windows_of(split, width, padding):
    """One window around each word: the word in its middle, its neighbours in the same sentence on both sides.

    Where a sentence ends before the window does, ``padding`` stands in its place.  (The code that Kaneko et al.
    released has no windows over the ends, so that the first and the last word of a sentence are never in the middle.)

    Args:
        split (data_prep.corpus.Split): N tokens in all.
        width (int): w, words of a window, the one in the middle included; odd, at least 3.
        padding (int): id of the padding.

    Returns:
        numpy.ndarray: int32 (N, w), in the order of the text.

    Raises:
        UsageError: a width that has no middle, or no context.
    """
    if width < 3 or width % 2 == 0:
        raise UsageError(f"a window of {width} words has no word in its middle with neighbours: choose 3, 5, 7, ...")
    half = width // 2
    first, end = (np.repeat(offsets, split.lengths)[:, None] for offsets in (split.offsets[:-1], split.offsets[1:]))
    positions = np.arange(len(split.ids))[:, None] + np.arange(-half, half + 1)
    inside = (positions >= first) & (positions < end)
    return np.where(inside, split.ids.take(positions, mode="clip"), padding).astype(np.int32)
