"""Whether a row of Table 6 differs from the baseline by more than chance."""
import numpy as np

from results.intervals import paired_bootstrap_f05
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
        UserError: the predictions of a run are missing or damaged.
    """
    folders = {method: group["folder"].tolist() for method, group in runs.groupby("method", sort=False)}
    if BASELINE not in folders or len(folders) == 1:
        return {}
    baseline = _pooled(folders.pop(BASELINE))
    compared = {}
    for method, its_folders in folders.items():
        pooled = _pooled(its_folders)
        if pooled is None or baseline is None or not _same(pooled, baseline):
            continue
        labels, predictions, offsets = pooled
        found = paired_bootstrap_f05(labels, predictions, baseline[1], offsets)
        compared[method] = {"over_baseline": found.difference, "over_baseline_low": found.low,
                            "over_baseline_high": found.high, "over_baseline_p": found.p}
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
