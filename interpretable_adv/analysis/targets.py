"""The words that perturbations point to (section 6.4): the largest weight among a word's own directions, or, for a
perturbation that may go anywhere, the highest cosine to the direction towards any other word of the vocabulary.
"""

import typing

import numpy as np
from chainer import backend
from chainer.backends import cuda

#: Bytes of float64 cosines in hand at once.
BLOCK_BYTES = 1 << 26
#: Below this squared distance, relative to the squared lengths, the distance is taken from the difference itself:
#: expanded into products it would be rounded off.
NEAR = 1e-6
#: Numbers of differences in hand at once.
DIFFERENCES = 1 << 22


class Targets(typing.NamedTuple):
    """The k words that each of N perturbations points to, best first;
    ids -1 and scores 0 where there is no perturbation.

    Attributes:
        ids: int64 (N, k).
        scores: float64 (N, k): alpha in the direction space, the cosine in the free one.
    """

    ids: np.ndarray
    scores: np.ndarray


class TargetFinder:
    """Finds the words that perturbations point to.

    Args:
        matrix: float (V, D), the embedding matrix, NumPy or CuPy (``Perturber.matrix``).
        first_word (int): ids below are never pointed to.  0, the default, allows the special words, as section 6.4 says
            "every word"; ``Vocabulary.specials`` leaves them out.
    """

    def __init__(self, matrix, first_word=0):
        self.xp = backend.get_array_module(matrix)
        self.matrix = self.xp.asarray(matrix, np.float64)
        self.first_word = first_word
        self._squares = self.xp.einsum("vd,vd->v", self.matrix, self.matrix)

    def __call__(self, perturbation, k=1):
        """The words that a perturbation of N words points to.

        Args:
            perturbation (interpretable_adv.analysis.perturbations.Perturbation)
            k (int): most words for each; in the direction space there are no more than the word's neighbours.

        Returns:
            Targets
        """
        if perturbation.alpha is None:
            return self.by_cosine(perturbation.r, perturbation.ids, k)
        alpha = np.asarray(perturbation.alpha, np.float64)
        order = np.argsort(-alpha, axis=1, kind="stable")[:, :k]
        ids = np.take_along_axis(perturbation.neighbours, order, axis=1).astype(np.int64)
        scores = np.take_along_axis(alpha, order, axis=1)
        return _without_the_unperturbed(ids, scores, perturbation.r)

    def by_cosine(self, r, ids, k=1):
        r"""The k words with the highest cosine of r to their direction d_k (Eq. 11), exact: all words are compared.

        .. math:: \cos(r, d_k) = \frac{r \cdot (w_k - w)}{\|r\| \, \|w_k - w\|}

        A word whose embedding is w itself has no direction and cosine 0 (footnote 2).  Equal cosines are in the order
        of ids.

        Args:
            r: float (N, D), perturbations.
            ids: int (N,), the words they belong to; a word never points to itself.
            k (int): words for each; no more are found than there are others to point to, of which there must be one.

        Returns:
            Targets, NumPy arrays.
        """
        xp = self.xp
        r, ids = xp.asarray(r, np.float64), xp.asarray(ids)
        # Only the direction matters, and a product with a very short r could underflow.
        largest = xp.abs(r).max(axis=1, keepdims=True)
        scaled = r / xp.where(largest > 0, largest, 1)
        lengths = xp.sqrt(xp.einsum("nd,nd->n", scaled, scaled))
        unit = scaled / xp.where(lengths > 0, lengths, 1)[:, None]
        k = min(k, len(self.matrix) - self.first_word - 1)
        best, scores = np.empty((len(ids), k), np.int64), np.empty((len(ids), k))
        step = max(1, BLOCK_BYTES // (8 * len(self.matrix)))
        for start in range(0, len(ids), step):
            some = slice(start, start + step)
            cosines = self._cosines(unit[some], ids[some])
            best[some], scores[some] = _largest(cuda.to_cpu(cosines), k)
        return _without_the_unperturbed(best, scores, cuda.to_cpu(r))

    def _cosines(self, unit, ids):
        """Cosines (n, V) of unit vectors (n, D) to directions from the words ``ids`` (n,); -inf where not allowed."""
        xp, words = self.xp, self.matrix[ids]
        along = unit @ self.matrix.T - xp.einsum("nd,nd->n", unit, words)[:, None]
        lengths = self._squares + self._squares[ids][:, None]
        squares = lengths - 2 * (words @ self.matrix.T)
        rows, columns = xp.nonzero(squares < NEAR * lengths)
        for start in range(0, len(rows), max(1, DIFFERENCES // unit.shape[1])):
            some = slice(start, start + max(1, DIFFERENCES // unit.shape[1]))
            differences = self.matrix[columns[some]] - words[rows[some]]
            squares[rows[some], columns[some]] = xp.einsum("pd,pd->p", differences, differences)
            along[rows[some], columns[some]] = xp.einsum("pd,pd->p", differences, unit[rows[some]])
        cosines = xp.where(squares > 0, along / xp.sqrt(xp.where(squares > 0, squares, 1)), 0)
        cosines[xp.arange(len(ids)), ids] = -np.inf
        cosines[:, : self.first_word] = -np.inf
        return cosines


def _largest(values, k):
    """Places (n, k) and values (n, k) of the k largest of each row, equal ones in order of place."""
    bound = np.partition(values, values.shape[1] - k, axis=1)[:, values.shape[1] - k]
    places = np.empty((len(values), k), np.int64)
    for row, line in enumerate(values):
        candidates = np.flatnonzero(line >= bound[row])
        places[row] = candidates[np.argsort(-line[candidates], kind="stable")[:k]]
    return places, np.take_along_axis(values, places, axis=1)


def _without_the_unperturbed(ids, scores, r):
    moved = np.any(r != 0, axis=1)[:, None]
    return Targets(np.where(moved, ids, -1), np.where(moved, scores, 0.0))
