"""What training and analysis need of a network: any Chainer link with these works, whatever it is built from.

``isinstance`` looks for the names alone.  An array is one of NumPy or CuPy, on the link's device.  V is the size of the
vocabulary, D that of an embedding, N the number of words of a batch and B that of its documents.

The perturbation itself needs less: a function from embedded words to logits, see
:class:`interpretable_adv.perturbation.perturber.Perturber`.
"""

from typing import Any, Protocol, runtime_checkable

import chainer

from iadv_foundation.arithmetic.packing import Layout

Array = Any  # NumPy and CuPy have no type in common.


@runtime_checkable
class Embedding(Protocol):
    """An embedding matrix with one row for each word of the vocabulary.

    Examples:
        >>> import chainer.links as L
        >>> from interpretable_adv import Embedding, StockEmbedding
        >>> isinstance(L.EmbedID(20, 8), Embedding), isinstance(StockEmbedding(L.EmbedID(20, 8)), Embedding)
        (False, True)
    """

    def matrix(self) -> chainer.Variable:
        """The matrix that words are looked up in in this update: float (V, D), whose array is read."""
        ...

    def catch_up(self, ids: Array | None = None) -> None:
        """Bring the rows of the words ``ids``, int of any shape, by default all, up to date before they are read."""
        ...

    def backward(self, matrix: chainer.Variable, looked_up: list[tuple[Array, Array]]) -> None:
        """Add the gradients at looked-up words to those of the parameters.

        Args:
            matrix: (V, D), what :meth:`matrix` returned for this update.
            looked_up: (ids, int (N,); gradient, float (N, D)) of each use of the matrix.
        """
        ...


@runtime_checkable
class Network(Protocol):
    """An embedding and a function from embedded words to logits; perturbations are added between the two.

    Attributes:
        embedding: see :class:`Embedding`.
        ffnn_size: number of columns of the second dropout mask.
        xp: NumPy or CuPy, as every ``chainer.Link`` has it.

    Examples:
        >>> from interpretable_adv import Network, load_model
        >>> from interpretable_adv.demo import MODELS
        >>> isinstance(load_model(MODELS["iadvt"]).run.network, Network)
        True
    """

    embedding: Embedding
    ffnn_size: int
    xp: Any

    def cleargrads(self) -> None:
        """Forget the gradients of all parameters, as every ``chainer.Link`` does."""
        ...

    def logits(self, embedded: chainer.Variable, layout: Layout, ffnn_mask: Array | None = None) -> chainer.Variable:
        """Logits of a batch.

        Args:
            embedded: float (N, D), packed words, dropped out and perturbed.
            layout: where they lie.
            ffnn_mask: (rows, :attr:`ffnn_size`), the second dropout mask, or None for no dropout.

        Returns:
            float (rows, classes); it can be differentiated by ``embedded``.
        """
        ...

    def rows(self, layout: Layout) -> int:
        """Number of rows of the logits: B, one for each sorted document, or N, one for each packed word."""
        ...
