"""95 % intervals around a measured number and around the difference of two, all in percent."""
import dataclasses

import numpy as np
from scipy import stats

from core.random import generator

CONFIDENCE = 0.95
RESAMPLES = 2000
STUDENT = "Student t over seeds"
WILSON = "Wilson score interval of the test documents"
BOOTSTRAP = "bootstrap over the test sentences"
_DRAWS_AT_ONCE = 100


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
        paired=True, vectorized=True, method="percentile", confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES, batch=50, rng=generator(0, "bootstrap over test sentences"),
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


def f05(hits, predicted, actual):
    """F0.5 in percent from counts: (1.25 P R) / (0.25 P + R) with P = hits / predicted and R = hits / actual; 0 without hits.

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
    return [np.diff(np.cumsum(np.insert(flags.astype(np.int64), 0, 0, axis=-1), axis=-1)[..., offsets], axis=-1)
            for flags in (labels & predictions, predictions, labels)]


@dataclasses.dataclass(frozen=True)
class PairedDifference:
    """How far two systems are apart on the same test sentences.

    Attributes:
        difference (float): A - B, in percent.
        low, high (float): its 95 % interval.
        p (float): two-sided; 1 for equal predictions.
    """

    difference: float
    low: float
    high: float
    p: float


def paired_bootstrap_f05(labels, predictions_a, predictions_b, offsets, resamples=RESAMPLES):
    """Whether system A's F0.5 is higher than B's by more than the choice of test sentences and seeds explains.

    The statistic is the mean over A's seeds of F0.5 minus that over B's; each F0.5 pools all tokens.  Sentences are drawn
    with replacement, the same ones for every seed of both systems, and so are the seeds of a system that has several; always
    the same draws.  What a drawn mean over n seeds departs from the mean over all is stretched by sqrt(n / (n - 1)): drawing
    n of n would make it too small by as much (rescaled bootstrap, Rao and Wu 1988).  The interval is that of the drawn
    differences (percentiles).  p is the share of draws whose difference lies at least as far from the measured one as that
    lies from 0 (bootstrap test with a shifted null, Efron and Tibshirani 1993), the measured one counted among them.  What
    another seed would change in a system with only one is not covered.

    Args:
        labels (numpy.ndarray): (tokens,), 1 for an error.
        predictions_a, predictions_b (numpy.ndarray): (tokens,), or (seeds, tokens) with any number of seeds on either side.
        offsets (numpy.ndarray): (sentences + 1,), sentence i is ``[offsets[i]:offsets[i + 1]]``.
        resamples (int): number of draws.

    Returns:
        PairedDifference: with (-100, 100) and p = 1 for a single sentence, from which nothing can be drawn.
    """
    systems = [sentence_counts(labels, np.atleast_2d(both), offsets) for both in (predictions_a, predictions_b)]

    def scores(weights):
        """F0.5 of each seed where sentence i comes ``weights[..., i]`` times: two arrays (seeds, ...)."""
        return [f05(hits @ weights.T, predicted @ weights.T, weights @ actual) for hits, predicted, actual in systems]

    sentences = len(offsets) - 1
    measured = float(np.subtract(*(one.mean() for one in scores(np.ones((1, sentences))))))
    if sentences < 2:
        return PairedDifference(measured, -100.0, 100.0, 1.0)
    rng, parts = generator(0, "paired bootstrap over test sentences"), []
    for first in range(0, resamples, _DRAWS_AT_ONCE):
        picks = rng.integers(sentences, size=(min(_DRAWS_AT_ONCE, resamples - first), sentences))
        parts.append(scores(np.array([np.bincount(pick, minlength=sentences) for pick in picks], float)))
    rng = generator(0, "paired bootstrap over seeds")
    drawn = np.subtract(*(_means_over_drawn_seeds(np.concatenate(one, axis=1), rng) for one in zip(*parts)))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    beyond = np.count_nonzero(np.abs(drawn - measured) >= abs(measured) - 1e-9)
    return PairedDifference(measured, float(low), float(high), (1 + beyond) / (1 + resamples))


def _means_over_drawn_seeds(scores, rng):
    """Mean over as many seeds as there are, drawn anew for each draw: (seeds, draws) -> (draws,)."""
    seeds, means = len(scores), scores.mean(axis=0)
    if seeds == 1:
        return means
    drawn = np.take_along_axis(scores, rng.integers(seeds, size=scores.shape), axis=0).mean(axis=0)
    return means + (drawn - means) * np.sqrt(seeds / (seeds - 1))


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
