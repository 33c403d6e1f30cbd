"""Whether a published number is what one more run of ours could give."""

import dataclasses

import numpy as np

from .differences import Spread
from .intervals import CONFIDENCE, holm

COMPATIBLE, NOT_COMPATIBLE, CANNOT_TELL = "compatible", "not compatible", "cannot tell"


@dataclasses.dataclass(frozen=True)
class Verdicts:
    """Verdicts on the rows of one column; arrays are (rows,), NaN where no variance between seeds is known.

    Attributes:
        alone (numpy.ndarray): half the width of the 95 % prediction interval of the row alone, in percent.
        together (numpy.ndarray): the same after Holm's correction for all rows of the column.
        p, p_holm (numpy.ndarray): two-sided, alone and after the correction.
        words (tuple of str): :data:`COMPATIBLE`, :data:`NOT_COMPATIBLE` or :data:`CANNOT_TELL`.
    """

    alone: np.ndarray
    together: np.ndarray
    p: np.ndarray
    p_holm: np.ndarray
    words: tuple


def judge(differences, numbers, gains, seeds, sampling=0.0):
    """Compare our means with published numbers, each taken to be one run with the same variance between seeds as ours.

    A published number is not compatible where it lies outside the prediction interval of one run, mean ± t s sqrt(1 + 1
    / n), as wide as Holm's correction makes it: with r of m rows rejected, at the level 0.05 / (m - r), so that the
    interval and the corrected p always agree.  Inside, the verdict is open where the interval reaches further than the
    published gain: a row that had lost its gain could lie inside as well.

    Args:
        differences (sequence of float): ours minus published, of each row, in percent.
        numbers (sequence of int): of our seeds.
        gains (sequence of float): what the published number should be told apart from, in percent, see
            :func:`published_gains`.
        seeds (results.seeds.SeedVariance or None): of the whole column.
        sampling (float or sequence of float): variance that both numbers' test sets add where they are not the same.

    Returns:
        Verdicts
    """
    rows = len(differences)
    if seeds is None or not rows:
        unknown = np.full(rows, np.nan)
        return Verdicts(unknown, unknown, unknown, unknown, (CANNOT_TELL,) * rows)
    spreads = [
        Spread.of(variance, 1 + 1 / number, seeds)
        for number, variance in zip(numbers, np.broadcast_to(sampling, rows).tolist(), strict=True)
    ]
    p = np.array([float(spread.p(difference)) for spread, difference in zip(spreads, differences, strict=True)])
    corrected = holm(p)
    rejected = corrected < 1 - CONFIDENCE
    level = 1 - (1 - CONFIDENCE) / max(rows - rejected.sum(), 1)
    together = np.array([spread.half_width(level) for spread in spreads])
    words = tuple(
        NOT_COMPATIBLE if out else CANNOT_TELL if half > gain else COMPATIBLE
        for out, half, gain in zip(rejected, together, gains, strict=True)
    )
    return Verdicts(np.array([spread.half_width() for spread in spreads]), together, p, corrected, words)


def published_gains(published, baseline, quoted=()):
    """How far each published number is from the published baseline,
    and the baseline's from the furthest of the paper's own.

    Args:
        published (dict of str to decimal.Decimal): method -> published number.
        baseline (str): its name.
        quoted (container of str): methods whose numbers the paper quotes from others.

    Returns:
        dict of str to float: never negative; empty without a baseline.
    """
    if baseline not in published:
        return {}
    gains = {method: float(abs(number - published[baseline])) for method, number in published.items()}
    return {**gains, baseline: max(gain for method, gain in gains.items() if method not in quoted)}
