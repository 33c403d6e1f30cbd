"""95 % intervals around a measured number, all in percent, and Holm's correction."""

import numpy as np
from scipy import stats

from interpretable_adv.evaluation.intervals import (
    BOOTSTRAP,
    CONFIDENCE,
    RESAMPLES,
    WILSON,
    bootstrap_f05,
    f05,
    sentence_counts,
    wilson,
)

__all__ = [
    "BOOTSTRAP",
    "CONFIDENCE",
    "RESAMPLES",
    "STUDENT",
    "WILSON",
    "bootstrap_f05",
    "f05",
    "holm",
    "sentence_counts",
    "student_t",
    "wilson",
]
STUDENT = "Student t over seeds, on this test set, with one variance between seeds for all rows of the column"


def student_t(values):
    """Interval of the mean over seeds.

    Args:
        values (sequence of float): one number in percent for each seed, two or more.

    Returns:
        (low, high), cut at 0 and 100.
    """
    values = np.asarray(values, dtype=float)
    margin = stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1) * stats.sem(values)
    return tuple(np.clip([values.mean() - margin, values.mean() + margin], 0, 100).tolist())


def holm(p_values):
    """Adjust p-values for how many there are (Holm 1979): all below a level can be rejected at it together.

    Args:
        p_values (sequence of float): at least one.

    Returns:
        numpy.ndarray: float, in the same order, at most 1.
    """
    p_values = np.asarray(p_values, float)
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1)), 1)
    return adjusted
