"""How many seeds a comparison of two rows needs."""

import dataclasses
import math

import numpy as np
from scipy import stats

from .differences import Spread
from .intervals import CONFIDENCE

POWER = 0.8
_MOST = 10**6
_QUANTILES = (np.arange(400) + 0.5) / 400


@dataclasses.dataclass(frozen=True)
class Design:
    """What is known of the rows of one column, taken to be alike, for any number of seeds of each.

    Attributes:
        rows (int): whose seeds give the variance between seeds.
        seeds (results.seeds.SeedVariance)
        lasting (float): variance over test sets of the difference of two rows, both over endlessly many seeds.
        interaction (float): variance over test sets that one run of a row adds to it.
    """

    rows: int
    seeds: object
    lasting: float
    interaction: float

    @classmethod
    def of(cls, column):
        """From a results.significance.Column; None without two seeds of a method or two methods on equal documents."""
        sample = max(column.samples, key=lambda one: len(set(one.methods)), default=None)
        if sample is None or len(set(sample.methods)) < 2:
            return None
        return cls(len(column.numbers), column.seeds, sample.variance_of_pairs(), sample.interaction)

    def power(self, gap, number, level):
        """Probability that a true difference is found (float).

        Args:
            gap (float): the true difference, in percent.
            number (float): seeds of each row; infinite for what no number of seeds exceeds.
            level (float): two-sided level of the test, 0.05 for one comparison alone.
        """
        if math.isinf(number):
            spread = Spread(self.lasting, math.inf)
        else:
            spread = Spread.of(
                self.lasting + 2 * self.interaction / number,
                2 / number,
                dataclasses.replace(self.seeds, degrees=self.rows * (number - 1)),
            )
        if not spread.variance:
            return float(gap != 0)
        shift, bound = abs(gap) / math.sqrt(spread.variance), stats.t.ppf(1 - level / 2, spread.degrees)
        # The noncentral t distribution, as a mean over what the estimated deviation may be: scipy's breaks for large
        # shifts.
        bounds = bound * _estimated(spread.degrees)
        return float(np.mean(stats.norm.sf(bounds - shift) + stats.norm.cdf(-bounds - shift)))

    def seeds_needed(self, gap, level=1 - CONFIDENCE):
        """The least number of seeds of each row, two or more, with a power of 80 %.

        Returns:
            int, or None where no number is enough: the test set is too small.
        """
        if self.power(gap, math.inf, level) <= POWER:
            return None
        low, high = 1, 2
        while self.power(gap, high, level) < POWER:
            low, high = high, 2 * high
            if low > _MOST:
                return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.power(gap, middle, level) >= POWER else (middle, high)
        return high

    def smallest_gap(self, number, level=1 - CONFIDENCE):
        """The smallest true difference that so many seeds of each row find with a power of 80 %, to 0.01 (float)."""
        low, high = 0.0, 100.0
        while high - low > 0.005:
            middle = (low + high) / 2
            low, high = (low, middle) if self.power(middle, number, level) >= POWER else (middle, high)
        return high


def _estimated(degrees):
    """Quantiles of an estimated standard deviation of 1 with so many degrees of freedom (numpy.ndarray)."""
    if math.isinf(degrees):
        return np.ones(1)
    return np.sqrt(stats.chi2.ppf(_QUANTILES, degrees) / degrees)
