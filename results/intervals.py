"""95 % intervals around a measured number and around the difference of two, all in percent."""
import dataclasses
import math

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
class SeedVariance:
    """How much the seed of a run alone changes its number.

    Attributes:
        variance (float): of one run, in percent squared.
        degrees (int): degrees of freedom it was estimated with, at least 1.
    """

    variance: float
    degrees: int

    @classmethod
    def pooled(cls, systems):
        """Estimate it from systems whose variances are taken to be equal: two or three seeds of one alone say too little.

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


def paired_bootstrap_f05(labels, predictions_a, predictions_b, offsets, seeds=None, resamples=RESAMPLES):
    """Whether system A's F0.5 is higher than B's by more than the choice of test sentences and seeds explains.

    The statistic is the mean over A's seeds of F0.5 minus that over B's; each F0.5 pools all tokens.  Its variance has two
    parts: that of the difference when sentences are drawn with replacement, the same ones for every seed of both systems
    (paired bootstrap, always the same draws), and that of the means over seeds, see :func:`student_t_difference`.

    Args:
        labels (numpy.ndarray): (tokens,), 1 for an error.
        predictions_a, predictions_b (numpy.ndarray): (tokens,), or (seeds, tokens) with any number of seeds on either side.
        offsets (numpy.ndarray): (sentences + 1,), sentence i is ``[offsets[i]:offsets[i + 1]]``.
        seeds (SeedVariance): None for that of A's and B's own seeds.  Where those are one each, what another seed would
            change is not covered.
        resamples (int): number of draws.

    Returns:
        PairedDifference: with (-100, 100) and p = 1 for a single sentence, from which nothing can be drawn.
    """
    systems = [sentence_counts(labels, np.atleast_2d(both), offsets) for both in (predictions_a, predictions_b)]

    def scores(weights):
        """F0.5 of each seed where sentence i comes ``weights[..., i]`` times: two arrays (seeds, ...)."""
        return [f05(hits @ weights.T, predicted @ weights.T, weights @ actual) for hits, predicted, actual in systems]

    sentences = len(offsets) - 1
    measured = [one[:, 0] for one in scores(np.ones((1, sentences)))]
    difference = float(np.subtract(*(one.mean() for one in measured)))
    if sentences < 2:
        return PairedDifference(difference, -100.0, 100.0, 1.0)
    rng, drawn = generator(0, "paired bootstrap over test sentences"), []
    for first in range(0, resamples, _DRAWS_AT_ONCE):
        picks = rng.integers(sentences, size=(min(_DRAWS_AT_ONCE, resamples - first), sentences))
        weights = np.array([np.bincount(pick, minlength=sentences) for pick in picks], float)
        drawn.append(np.subtract(*(one.mean(axis=0) for one in scores(weights))))
    margin, p = student_t_difference(difference, np.concatenate(drawn).std(ddof=1), [len(one) for one in measured],
                                SeedVariance.pooled(measured) if seeds is None else seeds)
    return PairedDifference(difference, max(difference - float(margin), -100.0), min(difference + float(margin), 100.0), float(p))


def student_t_difference(difference, sentence_deviation, numbers, seeds):
    """Student t test of a difference of means over seeds on one test set.

    Its variance is ``sentence_deviation`` squared, whose estimate counts as exact, plus that of one run over the number of
    runs, for either system; the degrees of freedom are Satterthwaite's.  What seeds change in single sentences is in both
    parts, which errs on the safe side.

    Args:
        difference (float or numpy.ndarray): of the two means, in percent.
        sentence_deviation (float): standard deviation of the difference over test sets.
        numbers (sequence of two int): of the seeds behind each mean.
        seeds (SeedVariance or None): None where nothing is known of it.

    Returns:
        tuple: half the width of the 95 % interval, and the two-sided p (float or numpy.ndarray each).
    """
    by_seeds = 0.0 if seeds is None else seeds.variance * sum(1 / number for number in numbers)
    variance = sentence_deviation ** 2 + by_seeds
    degrees = math.inf if not by_seeds else seeds.degrees * (variance / by_seeds) ** 2
    deviation = math.sqrt(variance)
    margin = stats.t.ppf((1 + CONFIDENCE) / 2, degrees) * deviation
    t = np.divide(np.abs(difference), deviation, out=np.where(difference, np.inf, 0.0), where=deviation > 0)
    return margin, 2 * stats.t.sf(t, degrees)


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
