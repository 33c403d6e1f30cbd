"""The two spaces a perturbation r (N, D) of N embedded words is looked for in, behind one interface.

A space has coordinates: r itself in :class:`FreeSpace`, the weights alpha of Eq. 12 in :class:`DirectionSpace`.  Going
from coordinates to r is linear, so a gradient at r goes back to the coordinates by the transposed map, without a second
graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from chainer import backend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iadv_foundation.arithmetic.arrays import BoolArray, FloatArray, IntArray

#: Bytes of neighbour vectors in hand at once: what stays in a processor's cache; on a GPU enough to keep it busy.
CHUNK_BYTES = {"cpu": 1 << 20, "gpu": 1 << 28}


class Space:
    """What both spaces share.

    Attributes:
        xp: module of the arrays (numpy or cupy).
        embedded: float (N, D), the words as the network sees them.
        dtype (numpy.dtype): of coordinates and perturbations.
        coordinates_shape (tuple): (N, coordinates of a word).
    """

    def __init__(self, embedded: FloatArray, coordinates: int, perturbable: BoolArray | None) -> None:
        self.xp = backend.get_array_module(embedded)
        self.embedded, self.dtype = embedded, embedded.dtype
        self.coordinates_shape = (len(embedded), coordinates)
        self.perturbable = perturbable

    def random(self, generator: np.random.Generator) -> FloatArray:
        """Coordinates drawn from N(0, I); zero at words that are not perturbed.

        Args:
            generator (numpy.random.Generator): or CuPy's.
        """
        return self.restrict(self.xp.asarray(generator.standard_normal(self.coordinates_shape, dtype=self.dtype)))

    def restrict(self, vectors: FloatArray) -> FloatArray:
        """``vectors`` (N, anything) with zeros at the words that are not perturbed; the argument is not changed."""
        return vectors if self.perturbable is None else vectors * self.perturbable[:, None]

    def to_embedding(self, coordinates: FloatArray) -> FloatArray:
        """The perturbation r (N, D) at coordinates."""
        raise NotImplementedError

    def pull_back(self, gradient: FloatArray) -> FloatArray:
        """The gradient at the coordinates, from the gradient (N, D) at the embedded words."""
        raise NotImplementedError


class FreeSpace(Space):
    """Any vector for each word (Eq. 7-9): the coordinates are r itself.

    Args:
        embedded: float (N, D), the words as the network sees them.
        perturbable: bool (N,), words that may be perturbed, or None for all.

    Examples:
        >>> import numpy as np
        >>> from interpretable_adv import FreeSpace
        >>> space = FreeSpace(np.ones((2, 3), "f"), perturbable=np.array([True, False]))
        >>> space.to_embedding(np.full((2, 3), 5.0)).tolist()
        [[5.0, 5.0, 5.0], [0.0, 0.0, 0.0]]
    """

    def __init__(self, embedded: FloatArray, perturbable: BoolArray | None = None) -> None:
        super().__init__(embedded, embedded.shape[1], perturbable)

    def to_embedding(self, coordinates: FloatArray) -> FloatArray:
        """The perturbation r (N, D) at coordinates (N, D)."""
        return self.restrict(coordinates)

    def pull_back(self, gradient: FloatArray) -> FloatArray:
        """The gradient (N, D) at the coordinates, from the gradient (N, D) at the embedded words."""
        return self.restrict(gradient)


class DirectionSpace(Space):
    r"""Combinations of the directions from each word to its K nearest words (Eq. 11-13).

    .. math:: d_k = \frac{w_k - w}{\|w_k - w\|}, \quad r = \sum_k \alpha_k d_k

    w is the word as the network sees it.  d_k is zero where w_k = w (footnote 2) and at words that are not perturbed.
    The directions are never all in memory: each use makes them anew for a few words at a time.

    Args:
        neighbours: int (N, K), ids of each word's neighbours.
        embedding: float (V, D), embedding matrix.
        embedded: float (N, D), the words as the network sees them, dropped out or not.
        mask: dropout mask (N, D) that is in ``embedded`` and is to apply to a word's neighbours as well, or None.
        perturbable: bool (N,), words that may be perturbed, or None for all.
        neighbour_mask: instead of ``mask``, masks of the neighbours' own: a function from a slice of words to a mask
            (words in the slice, K, D), the same at every call.
        floor (float): d_k is (w_k - w) / sqrt(floor^2 + |w_k - w|^2); 0 for the equation as printed.

    Examples:
        >>> import numpy as np
        >>> from interpretable_adv import DirectionSpace
        >>> matrix = np.array([[0, 0], [4, 0], [0, 2]], "f")
        >>> space = DirectionSpace(np.array([[1, 2]]), matrix, matrix[[0]])  # word 0, its neighbours 1 and 2
        >>> space.to_embedding(np.array([[3, 0.5]], "f")).tolist()
        [[3.0, 0.5]]
        >>> space.pull_back(np.array([[7, 9]], "f")).tolist()
        [[7.0, 9.0]]
    """

    def __init__(
        self,
        neighbours: IntArray,
        embedding: FloatArray,
        embedded: FloatArray,
        mask: FloatArray | None = None,
        perturbable: BoolArray | None = None,
        neighbour_mask: Callable[[slice], FloatArray] | None = None,
        floor: float = 0.0,
    ) -> None:
        super().__init__(embedded, neighbours.shape[1], perturbable)
        self.neighbours, self.embedding = neighbours, embedding
        self.mask, self.neighbour_mask, self.floor = mask, neighbour_mask, floor
        self._inverse_length: Any = None  # (N, K), once it is known

    def to_embedding(self, coordinates: FloatArray) -> FloatArray:
        """The perturbation r (N, D) at coordinates alpha (N, K) (Eq. 12)."""
        r = self.xp.empty_like(self.embedded)
        for words, vectors in self._sweep():
            weights = coordinates[words] * self._inverse_length[words]
            some = self.xp.matmul(weights[:, None], vectors)[:, 0]
            if self.mask is not None:
                some *= self.mask[words]
            some -= weights.sum(axis=1, keepdims=True) * self.embedded[words]
            r[words] = some
        return r

    def pull_back(self, gradient: FloatArray) -> FloatArray:
        """The gradient (N, K) at alpha, d_k . g, from the gradient g (N, D) at the embedded words."""
        product = self.xp.empty(self.coordinates_shape, self.dtype)
        for words, vectors in self._sweep():
            some = gradient[words]
            masked = some if self.mask is None else some * self.mask[words]
            product[words] = self.xp.matmul(vectors, masked[:, :, None])[..., 0]
            product[words] -= self.xp.einsum("nd,nd->n", some, self.embedded[words])[:, None]
            product[words] *= self._inverse_length[words]
        return product

    def one_hot(self, index: IntArray) -> FloatArray:
        """Coordinates (N, K): 1 at neighbour ``index`` (N,) of each word, else 0; zero at words not perturbed."""
        return self.restrict((self.xp.arange(self.coordinates_shape[1]) == index[:, None]).astype(self.dtype))

    def has_direction(self) -> BoolArray:
        """Whether a neighbour gives a direction (footnote 2), bool (N, K); none does at a word not perturbed."""
        if self._inverse_length is None:
            for _ in self._sweep():
                pass
        usable: BoolArray = self._inverse_length > 0
        return usable

    def _sweep(self) -> Iterator[tuple[slice, FloatArray]]:
        """Yield a slice of words and their neighbours' vectors w_k (words, K, D), for a few words at a time.

        ``mask`` and w are left to the caller, who can apply them more cheaply to a product.  The first sweep makes
        ``_inverse_length`` (N, K) on its way, each slice's before it is yielded.
        """
        unmeasured = self._inverse_length is None
        if unmeasured:
            self._inverse_length = self.xp.empty(self.coordinates_shape, self.dtype)
        for words in self._chunks():
            vectors = self.xp.take(self.embedding, self.neighbours[words], axis=0)
            if self.neighbour_mask is not None:
                vectors *= self.neighbour_mask(words)
            if unmeasured:
                self._inverse_length[words] = self._inverse_lengths(words, vectors)
            yield words, vectors

    def _chunks(self) -> Iterator[slice]:
        """Yield slices of words whose neighbour vectors are few enough to be in hand at once."""
        count, neighbours = self.coordinates_shape
        budget = CHUNK_BYTES["cpu" if self.xp is np else "gpu"]
        step = max(1, budget // (neighbours * self.embedded.shape[1] * self.dtype.itemsize))
        for start in range(0, count, step):
            yield slice(start, min(start + step, count))

    def _inverse_lengths(self, words: slice, vectors: FloatArray) -> FloatArray:
        """1 / |w_k - w| (words in the slice, K), zero where there is no direction and at words not perturbed."""
        own = self.embedded[words, None]
        if self.mask is None:
            differences = vectors - own
        else:
            differences = vectors * self.mask[words, None]
            differences -= own
        squares = self.xp.einsum("nkd,nkd->nk", differences, differences)
        usable = squares > 0
        if self.perturbable is not None:
            usable &= self.perturbable[words, None]
        return usable / self.xp.sqrt(self.xp.where(usable, squares + self.floor**2, 1))
