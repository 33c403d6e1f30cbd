"""How much the seed of a run alone changes its number."""

import dataclasses
import math

import numpy as np
from scipy import stats

from .intervals import CONFIDENCE


@dataclasses.dataclass(frozen=True)
class SeedVariance:
    """Variance of one run's number between seeds, on one test set.

    Attributes:
        variance (float): of one run, in percent squared.
        degrees (int): degrees of freedom it was estimated with, at least 1.
    """

    variance: float
    degrees: int

    @classmethod
    def pooled(cls, systems):
        """Estimate it from systems whose variances are taken to be equal: few seeds of one alone say too little.

        Args:
            systems (iterable of sequences of float): the numbers of each system's seeds.

        Returns:
            SeedVariance, or None where no system has several seeds.
        """
        systems = [np.asarray(values, float) for values in systems]
        degrees = sum(len(values) - 1 for values in systems)
        if not degrees:
            return None
        return cls(sum(float(np.sum((values - values.mean()) ** 2)) for values in systems) / degrees, degrees)

    @property
    def deviation(self):
        """Standard deviation of one run, in percent (float)."""
        return math.sqrt(self.variance)

    def deviation_interval(self):
        """95 % interval of the standard deviation, by the chi-square distribution: (low, high), float."""
        tail = (1 - CONFIDENCE) / 2
        low, high = self.degrees * self.variance / stats.chi2.ppf([1 - tail, tail], self.degrees)
        return math.sqrt(low), math.sqrt(high)

    def interval_of_mean(self, mean, number):
        """95 % interval of a row's mean over other seeds, on this test set.

        Args:
            mean (float): of the row's runs, in percent.
            number (int): of these runs.

        Returns:
            (low, high), cut at 0 and 100.
        """
        margin = stats.t.ppf((1 + CONFIDENCE) / 2, self.degrees) * self.deviation / math.sqrt(number)
        return max(mean - margin, 0.0), min(mean + margin, 100.0)
