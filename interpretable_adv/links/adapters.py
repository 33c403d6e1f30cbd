"""Stock links as parts of a network of :mod:`interpretable_adv.links.protocols`."""

from typing import Any

import chainer

from iadv_foundation.arithmetic.links.embedding import sum_rows


class StockEmbedding(chainer.Chain):
    """Any ``chainer.links.EmbedID`` as an :class:`interpretable_adv.links.protocols.Embedding`.

    Args:
        link (chainer.links.EmbedID): becomes a part of this one.  Its ``ignore_label`` is not asked: each id is a word.

    Examples:
        >>> import chainer.links as L
        >>> from interpretable_adv import Embedding, StockEmbedding
        >>> embedding = StockEmbedding(L.EmbedID(20, 8))
        >>> isinstance(embedding, Embedding), embedding.matrix().shape
        (True, (20, 8))
    """

    def __init__(self, link: chainer.links.EmbedID) -> None:
        super().__init__()
        with self.init_scope():
            self.link = link

    def matrix(self) -> chainer.Variable:
        return self.link.W

    def catch_up(self, ids: Any = None) -> None:
        """Nothing is ever late: the optimiser updates the whole matrix."""

    def backward(self, matrix: chainer.Variable, looked_up: list[tuple[Any, Any]]) -> None:
        for ids, gradient in looked_up:
            summed = sum_rows(ids, gradient, len(matrix))
            matrix.grad = summed if matrix.grad is None else matrix.grad + summed
