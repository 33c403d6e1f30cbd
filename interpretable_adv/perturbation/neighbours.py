"""The K words whose embeddings are nearest by cosine (section 5.2)."""
import numpy as np

from core import compat  # noqa: F401  (before chainer)
from chainer import backend

from core.errors import UsageError, UserError

#: Words and columns of a block of cosines: on a CPU what stays in its cache and is still a fast matrix product.
CPU_BLOCK = 512, 8192
#: Bytes of cosines in hand at once on a GPU.
GPU_MEMORY = 1 << 28
#: How far a float32 cosine from a matrix product may be from the exact one; what lies closer is decided in float64.
MARGIN = 1e-5
#: Groups of columns whose maxima bound the k-th largest cosine from below.
GROUPS = 1024
#: Candidates for each wanted neighbour above which they are sifted.
CANDIDATES = 8
#: Candidates in hand at once; words with masses of near ties have more, and are sent through in smaller blocks.
MOST_CANDIDATES = 1 << 22
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
    for start in range(0, len(rows), search.words_at_once):
        some = slice(start, start + search.words_at_once)
        table[some] = search(rows[some])[:, by_rank:]
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
        self.words_at_once, self.columns_at_once = CPU_BLOCK
        if self.xp is not np:
            self.words_at_once, self.columns_at_once = max(1, GPU_MEMORY // (5 * len(embedding))), len(embedding)
        self.columns_at_once = max(self.columns_at_once, 4 * self.k)

    def __call__(self, words):
        """int64 (words, k), nearest first."""
        xp, wanted = self.xp, self.unit[words]
        bound, found = None, _Candidates(xp, len(words), self.k)
        for start in range(self.first_word, len(self.unit), self.columns_at_once):
            cosines = wanted @ self.unit[start:start + self.columns_at_once].T
            if self.drop_self:
                own = xp.flatnonzero((words >= start) & (words < start + cosines.shape[1]))
                cosines[own, words[own] - start] = -np.inf
            if bound is None:
                bound = self._lower_bound(cosines)
            places = xp.flatnonzero(cosines >= (bound - 2 * MARGIN)[:, None])
            found.add(places // cosines.shape[1], places % cosines.shape[1] + start, cosines.reshape(-1)[places])
            if found.count > CANDIDATES * self.k * len(words):
                bound = found.sift()
            if found.count > MOST_CANDIDATES and len(words) > 1:
                half = len(words) // 2
                return xp.concatenate([self(words[:half]), self(words[half:])])
        found.sift()
        return self._nearest_of(words, found.index, found.ids)

    def _lower_bound(self, cosines):
        """For each row, a number that at least k of its cosines reach: the k-th largest of the maxima of groups of columns."""
        groups = min(cosines.shape[1], max(GROUPS, self.k + 1))
        maxima = cosines[:, :groups].copy()
        for start in range(groups, cosines.shape[1], groups):
            block = cosines[:, start:start + groups]
            self.xp.maximum(maxima[:, :block.shape[1]], block, out=maxima[:, :block.shape[1]])
        return self.xp.partition(maxima, groups - self.k, axis=1)[:, groups - self.k]

    def _nearest_of(self, words, index, ids):
        """The k nearest (words, k) of the candidates: pairs of ``words[index]`` and ``ids``."""
        cosines = self.xp.empty(len(index), np.float64)
        for start in range(0, len(index), PAIRS):
            some = slice(start, start + PAIRS)
            cosines[some] = self._exact_cosines(words[index[some]], ids[some])
        order = self.xp.lexsort(self.xp.stack([ids, -cosines, index]))
        first = self.xp.searchsorted(index[order], self.xp.arange(len(words)))
        return ids[order[first[:, None] + self.xp.arange(self.k)]]

    def _exact_cosines(self, words, others):
        left, right = self.embedding[words].astype(np.float64), self.embedding[others].astype(np.float64)
        return self.xp.einsum("pd,pd->p", left, right) / (self.norms[words] * self.norms[others])


class _Candidates:
    """Pairs of a word and one that may be among its k nearest.

    Attributes:
        index, ids, cosines: (pairs,), int64, int64 and float32: place of the word, id of the other, their cosine; after
            :meth:`sift`.
        count (int): number of pairs.
    """

    def __init__(self, xp, words, k):
        self._xp, self._words, self._k = xp, words, k
        self._parts = []
        self.count = 0

    def add(self, index, ids, cosines):
        self._parts.append((index, ids, cosines))
        self.count += len(index)

    def sift(self):
        """Leave out what is surely not among the k nearest; return the k-th largest cosine of each word (words,).

        Every word has k candidates at least.
        """
        xp = self._xp
        index, ids, cosines = (xp.concatenate(arrays) for arrays in zip(*self._parts))
        order = xp.lexsort(xp.stack([-cosines, index]))
        first = xp.searchsorted(index[order], xp.arange(self._words))
        bound = cosines[order[first + self._k - 1]]
        kept = cosines >= (bound - 2 * MARGIN)[index]
        self.index, self.ids, self.cosines = index[kept], ids[kept], cosines[kept]
        self._parts, self.count = [(self.index, self.ids, self.cosines)], len(self.index)
        return bound
