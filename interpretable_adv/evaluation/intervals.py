"""95 % intervals of one network's result, which the size of the test set gives, in percent."""

import numpy as np
from scipy import stats

from iadv_foundation.arithmetic.random import generator

CONFIDENCE = 0.95
RESAMPLES = 2000
WILSON = "Wilson score interval of the test documents"
BOOTSTRAP = "bootstrap over the test sentences"


def wilson(errors, documents):
    """Interval of an error rate, given by the size of the test set.

    Args:
        errors (int): wrongly classified documents.
        documents (int): all of them.

    Returns:
        (low, high)
    """
    interval = stats.binomtest(errors, documents).proportion_ci(CONFIDENCE, method="wilson")
    return 100 * float(interval.low), 100 * float(interval.high)


def bootstrap_f05(labels, predictions, offsets):
    """Interval of F0.5 by drawing the test sentences with replacement; always the same draws.

    Args:
        labels, predictions (numpy.ndarray): (tokens,), 1 for an error.
        offsets (numpy.ndarray): (sentences + 1,), sentence i is ``[offsets[i]:offsets[i + 1]]``.

    Returns:
        (low, high); (0, 100) for a single sentence, from which nothing can be drawn.
    """
    if len(offsets) < 3:
        return 0.0, 100.0
    counts = sentence_counts(labels, predictions, offsets)
    result = stats.bootstrap(
        counts,
        lambda *parts, axis=-1: f05(*(part.sum(axis=axis) for part in parts)),
        paired=True,
        vectorized=True,
        method="percentile",
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        batch=50,
        rng=generator(0, "bootstrap over test sentences"),
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


def f05(hits, predicted, actual):
    """F0.5 in percent from counts: (1.25 P R) / (0.25 P + R) with P = hits / predicted and R = hits / actual;
    0 without hits.

    Args:
        hits, predicted, actual (float or numpy.ndarray): correctly found, found and true errors.
    """
    return 100 * 1.25 * hits / np.maximum(predicted + 0.25 * actual, 1)


def sentence_counts(labels, predictions, offsets):
    """Correctly found, found and true errors of each sentence.

    Args:
        labels (numpy.ndarray): (tokens,), 1 for an error.
        predictions (numpy.ndarray): (..., tokens), the same.
        offsets (numpy.ndarray): (sentences + 1,).

    Returns:
        list of three numpy.ndarray, int: (..., sentences), (..., sentences) and (sentences,).
    """
    labels, predictions = np.asarray(labels) == 1, np.asarray(predictions) == 1
    return [
        np.diff(np.cumsum(np.insert(flags.astype(np.int64), 0, 0, axis=-1), axis=-1)[..., offsets], axis=-1)
        for flags in (labels & predictions, predictions, labels)
    ]
