"""What training and analysis need of a network: any object with these works, whatever it is built from.

The perturbation itself needs less: a function from embedded words to logits, see
:class:`interpretable_adv.perturbation.perturber.Perturber`.
"""
from typing import Any, Protocol, runtime_checkable

from foundation.arithmetic.packing import Layout


@runtime_checkable
class Embedding(Protocol):
    """An embedding matrix with one row for each word of the vocabulary."""

    def matrix(self) -> Any:
        """The matrix that words are looked up in in this update: chainer.Variable (V, D), whose array is read."""
        ...

    def catch_up(self, ids: Any = None) -> None:
        """Bring the rows of the words ``ids``, int of any shape, by default all, up to date before they are read."""
        ...

    def backward(self, matrix: Any, looked_up: list) -> None:
        """Add the gradients at looked-up words to those of the parameters.

        Args:
            matrix: what :meth:`matrix` returned for this update.
            looked_up: list of (ids, int (N,); gradient, float (N, D)), all uses of the matrix.
        """
        ...


@runtime_checkable
class Network(Protocol):
    """An embedding and a function from embedded words to logits; perturbations are added between the two."""

    embedding: Embedding
    ffnn_size: int  # of what is dropped out a second time

    def logits(self, embedded: Any, layout: Layout, ffnn_mask: Any = None) -> Any:
        """Logits, chainer.Variable (rows, classes), of packed words, chainer.Variable (N, D).

        ``ffnn_mask``, (rows, ffnn size), is the second dropout mask, or None.
        """
        ...

    def rows(self, layout: Layout) -> int:
        """Number of rows of the logits: one for each document, or one for each word."""
        ...
