"""Whether rows of Tables 3 to 6 differ by more than chance: what the runs of one column say about it."""

import dataclasses
import functools

import numpy as np

from .differences import Spread
from .intervals import holm
from .runs import seed_variance
from .sampling import Sample

BASELINE = "baseline"


@dataclasses.dataclass(frozen=True)
class Column:
    """The runs of all methods on one corpus.

    Attributes:
        runs (pandas.DataFrame): lines of :class:`results.study.Study` for one corpus.
    """

    runs: object

    @functools.cached_property
    def seeds(self):
        """The variance between seeds (results.seeds.SeedVariance), or None where no method has two."""
        return seed_variance(self.runs)

    @functools.cached_property
    def numbers(self):
        """Method -> number of its seeds (dict of str to int)."""
        return {method: len(group) for method, group in self.runs.groupby("method", sort=False)}

    @functools.cached_property
    def samples(self):
        """Methods scored on the same test documents (list of results.sampling.Sample); none without two seeds.

        Raises:
            UserError: the predictions of a run are missing.
            DamagedFileError: they cannot be read.
        """
        return [] if self.seeds is None else _read_samples(self.runs)

    def sample_of(self, methods):
        """The sample that has all these methods (results.sampling.Sample or None)."""
        return next((sample for sample in self.samples if all(method in sample for method in methods)), None)

    def difference(self, weights):
        """A combination of the methods' means over seeds, e.g. ``{"advt": 1, "baseline": -1}``, with its interval and
        p.

        Args:
            weights (dict of str to float): of each method; their sum is 0.

        Returns:
            results.differences.Difference, or None where a method has less than two seeds, or its runs were not scored
            on the same documents as the others: one seed does not tell what another would change.
        """
        if any(self.numbers.get(method, 0) < 2 for method in weights) or (sample := self.sample_of(weights)) is None:
            return None
        share = sum(weight**2 / self.numbers[method] for method, weight in weights.items())
        return Spread.of(sample.variance(weights), share, self.seeds).around(sample.value(weights))

    def against_baseline(self):
        """Compare each method with the baseline on the same test documents.

        Returns:
            dict of str to dict: for each method but the baseline ``over_baseline`` (its mean over seeds minus the
            baseline's), ``over_baseline_low``, ``over_baseline_high``, ``over_baseline_p``, and
            ``over_baseline_p_holm``, corrected for all methods here; one that cannot be compared is left out.
        """
        found = {method: self.difference({method: 1, BASELINE: -1}) for method in self.numbers if method != BASELINE}
        found = {method: one for method, one in found.items() if one is not None}
        corrected = holm([one.p for one in found.values()]) if found else ()
        return {
            method: {
                "over_baseline": one.difference,
                "over_baseline_low": one.low,
                "over_baseline_high": one.high,
                "over_baseline_p": one.p,
                "over_baseline_p_holm": float(p),
            }
            for (method, one), p in zip(found.items(), corrected, strict=True)
        }


def _read_samples(runs):
    """The runs by test documents (list of Sample); a method whose runs have different ones is left out."""
    groups, kinds = {}, {}
    for method, run in zip(runs["method"], runs["run"], strict=True):
        labels, predictions, offsets = run.predictions
        key = tuple(None if one is None else np.asarray(one, np.int64).tobytes() for one in (labels, offsets))
        kinds.setdefault(method, set()).add(key)
        groups.setdefault(key, []).append((method, labels, predictions, offsets))
    kept = [[one for one in group if len(kinds[one[0]]) == 1] for group in groups.values()]
    return [_sample(group) for group in kept if group]


def _sample(group):
    methods, (labels, *_), predictions, (offsets, *_) = zip(*group, strict=True)
    if offsets is None:
        return Sample.of_errors(methods, np.array(predictions) != labels)
    return Sample.of_labelling(methods, labels, np.array(predictions), offsets)
