"""How much the numbers of runs change with the documents that happen to be in the test set."""

import collections
import dataclasses
import math

import numpy as np

from iadv_foundation.arithmetic.random import generator

from .intervals import RESAMPLES, f05, sentence_counts

_DRAWS_AT_ONCE = 100


@dataclasses.dataclass(frozen=True)
class Sample:
    """Runs that were scored on the same test documents.

    Attributes:
        methods (tuple of str): of each run.
        values (numpy.ndarray): float (runs,), error rate or F0.5 in percent.
        covariance (numpy.ndarray): float (runs, runs), in percent squared: of these numbers, over test sets of this
            size.
        documents (int): documents (of error detection: sentences) in the test set.
    """

    methods: tuple
    values: np.ndarray
    covariance: np.ndarray
    documents: int

    @classmethod
    def of_errors(cls, methods, wrong):
        """Of error rates, whose variance is that of a mean over documents.

        Args:
            methods (sequence of str): (runs,).
            wrong (numpy.ndarray): bool (runs, documents).
        """
        wrong = 100 * np.asarray(wrong, float)
        documents = wrong.shape[1]
        covariance = np.atleast_2d(np.cov(wrong)) / documents if documents > 1 else np.zeros((len(wrong), len(wrong)))
        return cls(tuple(methods), wrong.mean(axis=1), covariance, documents)

    @classmethod
    def of_labelling(cls, methods, labels, predictions, offsets, resamples=RESAMPLES):
        """Of F0.5, by a bootstrap: sentences are drawn with replacement, the same ones for all runs, every time alike.

        Args:
            methods (sequence of str): (runs,).
            labels (numpy.ndarray): (tokens,), 1 for an error.
            predictions (numpy.ndarray): (runs, tokens), the same.
            offsets (numpy.ndarray): (sentences + 1,), sentence i is ``[offsets[i]:offsets[i + 1]]``.
            resamples (int): number of draws.
        """
        hits, predicted, actual = sentence_counts(labels, predictions, offsets)
        sentences = len(offsets) - 1

        def scores(weights):
            """F0.5 (runs, draws) where sentence i comes ``weights[draw, i]`` times."""
            return f05(hits @ weights.T, predicted @ weights.T, weights @ actual)

        rng, drawn = generator(0, "paired bootstrap over test sentences"), []
        for first in range(0, resamples, _DRAWS_AT_ONCE):
            picks = rng.integers(sentences, size=(min(_DRAWS_AT_ONCE, resamples - first), sentences))
            drawn.append(scores(np.array([np.bincount(pick, minlength=sentences) for pick in picks], float)))
        covariance = np.atleast_2d(np.cov(np.concatenate(drawn, axis=1)))
        return cls(tuple(methods), scores(np.ones((1, sentences)))[:, 0], covariance, sentences)

    def __contains__(self, method):
        return method in self.methods

    def value(self, weights):
        """A combination of the methods' means over seeds, in percent (float).

        Args:
            weights (dict of str to float): of each method.
        """
        places = self._places()
        return float(sum(weight * self.values[places[method]].mean() for method, weight in weights.items()))

    def variance(self, weights):
        """Variance of :meth:`value` over test sets, in percent squared (float); infinite for one document."""
        by_run = self._by_run(weights)
        return max(float(by_run @ self.covariance @ by_run), 0.0) if self.documents > 1 else math.inf

    def variance_of_single_runs(self, weights):
        """The same of a combination of one run for each method (float)."""
        numbers = collections.Counter(self.methods)
        return self.variance(weights) + self.interaction * sum(
            weight**2 * (1 - 1 / numbers[method]) for method, weight in weights.items()
        )

    @property
    def interaction(self):
        """The part of one run's variance over test sets that another seed has anew, in percent squared (float).

        Of methods with several runs, pooled; 0 where there are none.
        """
        parts = [self.covariance[np.ix_(places, places)] for places in self._places().values()]
        degrees = sum(len(part) - 1 for part in parts)
        total = sum(np.trace(part) - part.sum() / len(part) for part in parts)
        return max(float(total), 0.0) / degrees if degrees else 0.0

    def variance_of_pairs(self):
        """Variance over test sets of the difference of two methods, both over endlessly many seeds (float).

        What no number of seeds takes away, in percent squared; the mean over all pairs of methods, 0 for a single one.
        """
        names = list(self._places())
        single = [1 / len(places) for places in self._places().values()]
        means = np.array([self._by_run({name: 1.0}) for name in names])
        rows = means @ self.covariance @ means.T - self.interaction * np.diag(single)
        pairs = np.triu_indices(len(names), 1)
        spread = (np.diag(rows)[:, None] + np.diag(rows) - 2 * rows)[pairs]
        return max(float(spread.mean()), 0.0) if len(spread) else 0.0

    def _places(self):
        places = {}
        for place, method in enumerate(self.methods):
            places.setdefault(method, []).append(place)
        return places

    def _by_run(self, weights):
        numbers = collections.Counter(self.methods)
        return np.array([weights.get(method, 0.0) / numbers[method] for method in self.methods])
