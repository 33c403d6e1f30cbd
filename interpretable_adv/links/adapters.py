"""Stock links as parts of a network of :mod:`interpretable_adv.links.protocols`."""
import chainer


class StockEmbedding(chainer.Chain):
    """Any ``chainer.links.EmbedID`` as an :class:`interpretable_adv.links.protocols.Embedding`.

    Args:
        link (chainer.links.EmbedID): is part of this one afterwards.
    """

    def __init__(self, link):
        super().__init__()
        with self.init_scope():
            self.link = link

    def matrix(self):
        return self.link.W

    def catch_up(self, ids=None):
        """Nothing is ever late: the optimiser updates the whole matrix."""

    def backward(self, matrix, looked_up):
        total = self.xp.zeros_like(matrix.array) if matrix.grad is None else matrix.grad
        for ids, gradient in looked_up:
            self.xp.add.at(total, ids, gradient)
        matrix.grad = total
