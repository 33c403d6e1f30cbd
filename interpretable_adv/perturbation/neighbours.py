"""The K words whose embeddings are nearest by cosine (section 5.2)."""
import numpy as np

from core import compat  # noqa: F401  (before chainer)
from chainer import backend

from core.errors import UsageError, UserError

#: Bytes of cosines in hand at once.
MEMORY = 1 << 28
#: How far a float32 cosine from a matrix product may be from the exact one; what lies closer is decided in float64.
MARGIN = 1e-5
#: Groups of columns whose maxima bound the k-th largest cosine from below.
GROUPS = 1024
#: A word with more candidates than this has masses of near ties; such words are sorted one by one to bound memory.
CROWD = 2048
#: Pairs of words whose float64 cosines are made at once.
PAIRS = 1 << 14


def nearest_neighbours(embedding, k=10, first_word=2, rows=None, drop_self="id"):
    """The k nearest words of each word by cosine: exact, and the same for any number of threads.

    Float32 matrix products find a few candidates for each word, float64 cosines order them; equal cosines are in the order
    of the ids.  A zero vector has cosine 0 with everything.

    Args:
        embedding: float (V, D), NumPy or CuPy.
        k (int): number of neighbours.
        first_word (int): ids below are specials: never a neighbour, though they have neighbours.  0 to allow them.
        rows: int (R,), the words whose neighbours are wanted; all V by default.
        drop_self (str): ``"id"``: a word is never its own neighbour.  ``"rank"``: the nearest word is taken to be the word
            itself and left out, as in the authors' code, which errs where two words point the same way.

    Returns:
        int32 (R, k), nearest first.

    Raises:
        UsageError: there are fewer than k words to choose from.
        UserError: the embeddings are not finite, so training has diverged.
    """
    xp = backend.get_array_module(embedding)
    others = len(embedding) - first_word - 1
    if others < k:
        raise UsageError(f"perturbation.neighbours is {k}, but a word of this vocabulary has only {max(others, 0)} others to "
                         "choose from: set it lower or use a larger corpus")
    rows = xp.arange(len(embedding)) if rows is None else rows
    by_rank = drop_self == "rank"
    search = _Search(embedding, k + by_rank, first_word, drop_self=not by_rank)
    table = xp.empty((len(rows), k), np.int32)
    step = max(1, MEMORY // (5 * len(embedding)))  # a float32 and a bool for each pair
    for start in range(0, len(rows), step):
        table[start:start + step] = search(rows[start:start + step])[:, by_rank:]
    return table


class _Search:
    """Finds the k nearest words of some words at a time."""

    def __init__(self, embedding, k, first_word, drop_self):
        self.xp = backend.get_array_module(embedding)
        self.embedding, self.k, self.first_word, self.drop_self = embedding, k, first_word, drop_self
        norms = self.xp.sqrt(self.xp.einsum("vd,vd->v", embedding, embedding, dtype=np.float64))
        if not bool(self.xp.isfinite(norms).all()):
            raise UserError("the word embeddings are not finite: training has diverged; lower training.learning_rate or "
                            "training.gradient_clipping")
        self.norms = self.xp.where(norms > 0, norms, 1)
        self.unit = (embedding / self.norms[:, None]).astype(np.float32)

    def __call__(self, words):
        """int64 (words, k), nearest first."""
        cosines = self.unit[words] @ self.unit[self.first_word:].T
        if self.drop_self:
            own = self.xp.flatnonzero(words >= self.first_word)
            cosines[own, words[own] - self.first_word] = -np.inf
        candidates = cosines >= (self._lower_bound(cosines) - 2 * MARGIN)[:, None]
        crowded = candidates.sum(axis=1) > CROWD
        nearest = self.xp.empty((len(words), self.k), np.int64)
        if not bool(crowded.all()):
            nearest[~crowded] = self._nearest_of(words[~crowded], candidates[~crowded])
        for index in self.xp.flatnonzero(crowded).tolist():
            nearest[index] = self._nearest_of(words[index:index + 1], candidates[index:index + 1])
        return nearest

    def _lower_bound(self, cosines):
        """For each row, a number that at least k of its cosines reach: the k-th largest of the maxima of groups of columns."""
        groups = min(cosines.shape[1], max(GROUPS, self.k + 1))
        maxima = cosines[:, :groups].copy()
        for start in range(groups, cosines.shape[1], groups):
            block = cosines[:, start:start + groups]
            self.xp.maximum(maxima[:, :block.shape[1]], block, out=maxima[:, :block.shape[1]])
        return self.xp.partition(maxima, groups - self.k, axis=1)[:, groups - self.k]

    def _nearest_of(self, words, candidates):
        """The k nearest (words, k) of the candidates, bool (words, V - first_word)."""
        pairs = self.xp.flatnonzero(candidates)
        index, ids = pairs // candidates.shape[1], pairs % candidates.shape[1] + self.first_word
        cosines = self.xp.empty(len(pairs), np.float64)
        for start in range(0, len(pairs), PAIRS):
            some = slice(start, start + PAIRS)
            cosines[some] = self._exact_cosines(words[index[some]], ids[some])
        order = self.xp.lexsort(self.xp.stack([ids, -cosines, index]))
        first = self.xp.searchsorted(index, self.xp.arange(len(words)))
        return ids[order[first[:, None] + self.xp.arange(self.k)]]

    def _exact_cosines(self, words, others):
        left, right = self.embedding[words].astype(np.float64), self.embedding[others].astype(np.float64)
        return self.xp.einsum("pd,pd->p", left, right) / (self.norms[words] * self.norms[others])
