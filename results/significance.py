"""Whether rows of Table 6 differ by more than chance."""
import numpy as np

from results.intervals import SeedVariance, paired_bootstrap_f05
from results.runs import read_labelling

BASELINE = "baseline"


def against_baseline(runs):
    """Compare each method of error detection with the baseline on the same test sentences.

    Args:
        runs (pandas.DataFrame): lines of :func:`results.runs.collect` for one corpus.

    Returns:
        dict of str to dict: for each method but the baseline ``over_baseline`` (mean F0.5 over seeds minus the baseline's),
        ``over_baseline_low``, ``over_baseline_high`` and ``over_baseline_p``, see
        :func:`results.intervals.paired_bootstrap_f05`; a method is left out where there is no run of it or of the baseline, or
        where their runs were not scored on the same sentences.

    Raises:
        UserError: the predictions of a run are missing.
        DamagedFileError: they cannot be read.
    """
    methods = runs["method"].unique()
    found = compare_pairs(runs, [(method, BASELINE) for method in methods if method != BASELINE])
    return {method: {"over_baseline": one.difference, "over_baseline_low": one.low, "over_baseline_high": one.high,
                     "over_baseline_p": one.p} for (method, _), one in found.items()}


def compare_pairs(runs, pairs):
    """Compare two methods of error detection at a time on the same test sentences, all seeds of both together.

    Args:
        runs (pandas.DataFrame): lines of :func:`results.runs.collect` for one corpus.
        pairs (list of (str, str)): names of methods.

    Returns:
        dict of (str, str) to results.intervals.PairedDifference: mean F0.5 of the first minus that of the second, with the
        variance between seeds of all methods of ``runs`` together; a pair is left out where there is no run of one of them,
        or where their runs were not scored on the same sentences.

    Raises:
        UserError: the predictions of a run are missing.
        DamagedFileError: they cannot be read.
    """
    wanted = {method for pair in pairs for method in pair}
    pooled = {method: _pooled(group["folder"]) for method, group in runs.groupby("method", sort=False) if method in wanted}
    seeds = SeedVariance.pooled(group["value"] for _, group in runs.groupby("method"))
    compared = {}
    for pair in pairs:
        one, other = (pooled.get(method) for method in pair)
        if one is not None and other is not None and _same(one, other):
            compared[pair] = paired_bootstrap_f05(one[0], one[1], other[1], one[2], seeds)
    return compared


def _pooled(folders):
    """Labels (tokens,), predictions (runs, tokens) and offsets of some runs; None where they have different sentences."""
    read = [read_labelling(folder) for folder in folders]
    if not all(_same(one, read[0]) for one in read):
        return None
    return read[0][0], np.array([predictions for _, predictions, _ in read]), read[0][2]


def _same(one, other):
    """Whether two of :func:`read_labelling` (or of :func:`_pooled`) have equal labels and offsets (bool)."""
    return np.array_equal(one[0], other[0]) and np.array_equal(one[2], other[2])
