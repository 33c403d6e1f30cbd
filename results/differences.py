"""Student's t test of differences whose variance comes from test documents and from seeds."""

import dataclasses
import math

import numpy as np
from scipy import stats

from .intervals import CONFIDENCE


@dataclasses.dataclass(frozen=True)
class Difference:
    """How far two things are apart.

    Attributes:
        difference (float): in percent.
        low, high (float): its 95 % interval.
        p (float): two-sided; 1 for equal predictions.
    """

    difference: float
    low: float
    high: float
    p: float


@dataclasses.dataclass(frozen=True)
class Spread:
    """How exactly a difference is known.

    Attributes:
        variance (float): of the difference, in percent squared.
        degrees (float): degrees of freedom of its estimate, infinite where it counts as exact.
    """

    variance: float
    degrees: float

    @classmethod
    def of(cls, documents, share, seeds):
        """Add the two parts; the degrees of freedom are Satterthwaite's.

        What seeds change in single documents is in both parts, which errs on the safe side.

        Args:
            documents (float): variance over test sets, in percent squared, whose estimate counts as exact.
            share (float): how often the variance of one run is in it: 1 / n for a mean over n seeds.
            seeds (results.seeds.SeedVariance or None): None where nothing is known of it.
        """
        by_seeds = 0.0 if seeds is None else seeds.variance * share
        variance = documents + by_seeds
        return cls(variance, seeds.degrees * (variance / by_seeds) ** 2 if by_seeds else math.inf)

    def half_width(self, level=CONFIDENCE):
        """Half the width of an interval (float).

        Args:
            level (float): share of intervals that hold the true difference.
        """
        return float(stats.t.ppf((1 + level) / 2, self.degrees)) * math.sqrt(self.variance)

    def p(self, difference):
        """Two-sided p of a difference (float or numpy.ndarray); without any variance only equal numbers are equal."""
        deviation = math.sqrt(self.variance)
        t = np.divide(np.abs(difference), deviation, out=np.where(difference, np.inf, 0.0), where=deviation > 0)
        return 2 * stats.t.sf(t, self.degrees)

    def around(self, difference):
        """The :class:`Difference` with its interval, which is cut at 100 points to either side."""
        margin = self.half_width()
        return Difference(
            difference, max(difference - margin, -100.0), min(difference + margin, 100.0), float(self.p(difference))
        )
