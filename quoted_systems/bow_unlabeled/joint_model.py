r"""Word vectors of a semantic and a sentiment model at once (Maas et al. 2011, sections 3.1 to 3.3).

A document k of n_k words, n_{kw} times the word w, has a vector theta_k, and a word w a vector phi_w (row of R) and a
bias b_w:

.. math:: p(w | \theta) = \frac{\exp(\theta^T \phi_w + b_w)}{\sum_v \exp(\theta^T \phi_v + b_v)}

A softmax regression of a word's vector predicts the class y of the labelled documents that it stands in (for two
classes a logistic regression).  What is minimised is

.. math:: - \sum_k \sum_w n_{kw} \log p(w | \theta_k) + \lambda \sum_k |\theta_k|^2 + \nu \sum_w |\phi_w|^2
          - \sigma \sum_y \frac{N}{K |S_y|} \sum_{k \in S_y} \sum_w n_{kw} \log p(y | \phi_w)

with S_y the labelled documents of class y, N of them in all, K classes: each class weighs the same, and of classes with
as many documents each word weighs sigma.  (The paper has 1 / |S_y| alone and leaves the unit of the two sums open.)
"""

import dataclasses

import numpy as np
from scipy import optimize

from iadv_foundation.arithmetic.random import generator

#: Numbers that are worked on together, so that they stay in a processor's cache.
_AT_ONCE = 1 << 20
_START = 0.1  # standard deviation of the first vectors
_HALVINGS = 6


@dataclasses.dataclass(frozen=True, eq=False)
class Weights:
    """What is learnt of words and classes.

    Attributes:
        vectors (numpy.ndarray): R, (V, D).
        biases (numpy.ndarray): b, (V,).
        class_vectors (numpy.ndarray): (K, D), of the sentiment model.
        class_biases (numpy.ndarray): (K,).
    """

    vectors: np.ndarray
    biases: np.ndarray
    class_vectors: np.ndarray
    class_biases: np.ndarray

    @classmethod
    def start(cls, word_counts, size, classes, seed, dtype=np.float32):
        """Where training starts: small random vectors, biases that give each word its frequency.

        Args:
            word_counts (numpy.ndarray): (V,), how often each word occurs, at least once.
            size, classes, seed (int): D, K and the seed.
            dtype: of the arrays.
        """
        vectors = _START * generator(seed, "joint word vectors").normal(size=(len(word_counts), size))
        biases = np.log(word_counts / word_counts.sum())
        arrays = vectors, biases, np.zeros((classes, size)), np.zeros(classes)
        return cls(*(array.astype(dtype) for array in arrays))

    def flat(self):
        """All of it in a row: float64."""
        return np.concatenate([array.ravel() for array in dataclasses.astuple(self)]).astype(np.float64)

    def like(self, flat):
        """The same from a row of numbers (Weights)."""
        arrays, start = [], 0
        for array in dataclasses.astuple(self):
            arrays.append(flat[start : start + array.size].reshape(array.shape).astype(array.dtype))
            start += array.size
        return Weights(*arrays)


class JointModel:
    """The objective on some documents.

    Args:
        counts (scipy.sparse.csr_matrix): n, (documents, V), of all documents that are learnt from, of the type of the
            weights.
        class_counts (numpy.ndarray): (K, V), for each class and word the last sum of the objective without sigma, see
            :func:`balanced_class_counts`.
        document_prior, word_prior, sentiment_weight (float): lambda, nu and sigma.
    """

    def __init__(self, counts, class_counts, document_prior, word_prior, sentiment_weight):
        self.counts, self.lengths = counts, np.asarray(counts.sum(axis=1)).ravel()
        self.word_totals = np.asarray(counts.sum(axis=0)).ravel()
        self.class_counts = class_counts
        self.document_prior, self.word_prior, self.sentiment_weight = document_prior, word_prior, sentiment_weight

    def parts(self):
        """Yield the slices of documents that are worked on together."""
        documents, words = self.counts.shape
        size = max(1, _AT_ONCE // words)
        for start in range(0, documents, size):
            yield slice(start, min(start + size, documents))

    def objective(self, weights, thetas):
        """What is minimised (float), at :class:`Weights` and documents' vectors (documents, D)."""
        total = self.document_prior * np.square(thetas, dtype=np.float64).sum()
        value, _ = self.of_words(weights, thetas, self.counts.T @ thetas)
        return float(total + value)

    # ---- vectors of documents ------------------------------------------------------------------------

    def improve_documents(self, weights, thetas, steps):
        """Newton steps towards each document's best vector (its posterior mode), in place.

        The objective is strictly convex in a document's vector, and documents do not depend on each other.  A step that
        makes it worse is halved, at last left out.

        Args:
            weights (Weights)
            thetas (numpy.ndarray): (documents, D), is changed.
            steps (int)
        """
        vectors = weights.vectors
        upper = np.triu_indices(vectors.shape[1])
        products = vectors[:, upper[0]] * vectors[:, upper[1]]
        for part in self.parts():
            one = _Documents(self, weights, products, upper, part)
            for _ in range(steps):
                thetas[part] = one.step(thetas[part])

    # ---- vectors of words ----------------------------------------------------------------------------

    def improve_words(self, weights, thetas, steps):
        """Steps of L-BFGS on all that is learnt of words and classes.

        Args:
            weights (Weights)
            thetas (numpy.ndarray): (documents, D), stay as they are.
            steps (int)

        Returns:
            the new :class:`Weights`, and the objective (float).
        """
        counted = self.counts.T @ thetas

        def value_and_gradient(flat):
            value, gradient = self.of_words(weights.like(flat), thetas, counted)
            return value, gradient.flat()

        found = optimize.minimize(
            value_and_gradient, weights.flat(), jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 10}
        )
        return weights.like(found.x), float(found.fun + self.document_prior * np.square(thetas, dtype=np.float64).sum())

    def of_words(self, weights, thetas, counted):
        """The objective without the documents' prior, and its gradient.

        Args:
            weights (Weights)
            thetas (numpy.ndarray): (documents, D).
            counted (numpy.ndarray): (V, D), ``counts.T @ thetas``.

        Returns:
            float, and the gradient (Weights).
        """
        vectors, biases = weights.vectors, weights.biases
        value = -np.vdot(counted, vectors).astype(np.float64) - self.word_totals @ biases.astype(np.float64)
        grad_vectors, grad_biases = -counted, -self.word_totals
        for part in self.parts():
            expected, log_sums = _softmax(thetas[part] @ vectors.T + biases)
            value += self.lengths[part] @ log_sums.astype(np.float64)
            expected *= self.lengths[part, None]
            grad_vectors += expected.T @ thetas[part]
            grad_biases += expected.sum(axis=0)
        value += self.word_prior * np.square(vectors, dtype=np.float64).sum()
        grad_vectors += vectors.dtype.type(2 * self.word_prior) * vectors
        sentiment, grad_words, grad_classes, grad_class_biases = self._sentiment(weights)
        return value + sentiment, Weights(grad_vectors + grad_words, grad_biases, grad_classes, grad_class_biases)

    def _sentiment(self, weights):
        """The sentiment term and its gradient at vectors of words, vectors of classes and biases of classes."""
        probabilities, log_sums = _softmax(weights.vectors @ weights.class_vectors.T + weights.class_biases)
        logs = weights.vectors @ weights.class_vectors.T + weights.class_biases - log_sums[:, None]
        counted = self.sentiment_weight * self.class_counts.T
        residual = (probabilities * counted.sum(axis=1, keepdims=True) - counted).astype(weights.vectors.dtype)
        return (
            -np.vdot(counted, logs.astype(np.float64)),
            residual @ weights.class_vectors,
            residual.T @ weights.vectors,
            residual.sum(axis=0),
        )


class _Documents:
    """Some documents of a :class:`JointModel` with fixed weights.

    Args:
        model (JointModel)
        weights (Weights)
        products (numpy.ndarray): (V, D (D + 1) / 2), products of two elements of each word's vector.
        upper (pair of numpy.ndarray): which elements.
        part (slice): of documents.
    """

    def __init__(self, model, weights, products, upper, part):
        self.vectors, self.biases, self.products, self.upper = weights.vectors, weights.biases, products, upper
        self.lengths = model.lengths[part]
        self.counted = model.counts[part] @ weights.vectors
        self.prior = model.document_prior

    def values(self, thetas):
        """The objective of each document, without what is constant in its vector, and p(w | theta) (documents, V)."""
        probabilities, log_sums = _softmax(thetas @ self.vectors.T + self.biases)
        return (
            self.lengths * log_sums
            - np.einsum("kd,kd->k", self.counted, thetas)
            + self.prior * np.einsum("kd,kd->k", thetas, thetas)
        ), probabilities

    def step(self, thetas):
        """One Newton step from some vectors: the better ones (documents, D)."""
        values, probabilities = self.values(thetas)
        mean = probabilities @ self.vectors
        gradient = self.lengths[:, None] * mean - self.counted + 2 * self.prior * thetas
        directions = np.linalg.solve(self._hessian(probabilities, mean), gradient[:, :, None])[:, :, 0]
        length = np.ones_like(self.lengths)
        for _ in range(_HALVINGS):
            moved = thetas - length[:, None] * directions
            worse = self.values(moved)[0] > values
            if not worse.any():
                return moved
            length[worse] /= 2
        return np.where(worse[:, None], thetas, moved)

    def _hessian(self, probabilities, mean):
        size = self.vectors.shape[1]
        second = np.empty((len(mean), size, size), mean.dtype)
        second[:, self.upper[0], self.upper[1]] = second[:, self.upper[1], self.upper[0]] = (
            probabilities @ self.products
        )
        second -= mean[:, :, None] * mean[:, None, :]
        second *= self.lengths[:, None, None]
        second[:, np.arange(size), np.arange(size)] += 2 * self.prior
        return second


def balanced_class_counts(counts, labels, classes):
    """The last sum of the objective, without sigma, for each class and word.

    Args:
        counts (scipy.sparse.csr_matrix): (N, V), of the labelled documents.
        labels (numpy.ndarray): int (N,).
        classes (int): K, each of at least one document.

    Returns:
        numpy.ndarray: float64 (K, V).
    """
    documents = np.bincount(labels, minlength=classes)
    sums = [np.asarray(counts[labels == label].sum(axis=0)).ravel() for label in range(classes)]
    return np.stack(sums) * (len(labels) / (classes * documents))[:, None]


def _softmax(logits):
    """Probabilities, in place of the logits (rows, classes), and the logarithm of the sums of exponentials (rows,)."""
    largest = logits.max(axis=1)
    logits -= largest[:, None]
    np.exp(logits, out=logits)
    sums = logits.sum(axis=1)
    logits /= sums[:, None]
    return logits, largest + np.log(sums)
