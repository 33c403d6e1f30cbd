r"""Region embeddings: an LSTM learns, without labels, which words come next (or, backwards, which came before).

At a word of a document, z = O h + b predicts for every word v of the vocabulary whether v is among the next five words.
Of the words that are not, only some are looked at, in each mini-batch the same ones: those that other places of the
mini-batch are to predict, and others drawn at random.  The loss of a place is

.. math:: \sum_{v \in P} (1 - z_v)^2 + \frac{|P|}{|A|} \sum_{v \in A} z_v^2

with P the words that come and A those that are absent, so that both sums weigh the same (Johnson and Zhang 2015
"balance the loss originating from the presence and absence of words"; how they draw is not in the paper).
"""

import dataclasses

import chainer
import chainer.functions as F
import numpy as np
from chainer import initializers

from iadv_foundation.arithmetic.links import Embedding
from iadv_foundation.arithmetic.packing import Layout
from iadv_foundation.arithmetic.random import generator
from quoted_systems.onehot_bilstm.layers import OneHotLSTM
from quoted_systems.updating import DocumentUpdater

_DOCUMENTS_AT_ONCE = 100
_NONE = -1


@dataclasses.dataclass(frozen=True, eq=False)
class Chunks:
    """Pieces of documents, packed: N words.

    Attributes:
        layout (iadv_foundation.arithmetic.packing.Layout)
        numbers (numpy.ndarray): int32 (N,), words, -1 for one that is not in the vocabulary.
        regions (numpy.ndarray): int32 (N, region), what is to be predicted at each word; -1 where there is none.
    """

    layout: Layout
    numbers: np.ndarray
    regions: np.ndarray

    @classmethod
    def of(cls, documents, chunk, region, reverse):
        """The pieces of some documents.

        Args:
            documents (list of numpy.ndarray): int32 (words,) each, at least one word in each.
            chunk (int): words of a piece; the last one of a document may have fewer.
            region (int): words that are predicted; beyond the end of the piece, too.
            reverse (bool): predict the words before, not the next ones.
        """
        numbers, regions, lengths = np.concatenate(documents), [], []
        for document in documents:
            padding = np.full(region, _NONE, np.int32)
            padded = np.concatenate([padding, document, padding])
            # Row t: the region words before document[t], or behind it.
            first = 0 if reverse else region + 1
            regions.append(np.lib.stride_tricks.sliding_window_view(padded, region)[first : first + len(document)])
            whole, rest = divmod(len(document), chunk)
            lengths += [chunk] * whole + [rest] * (rest > 0)
        layout = Layout.of(lengths)
        return cls(layout, numbers[layout.take], np.concatenate(regions)[layout.take])


class RegionModel(chainer.Chain):
    """One of the two region embeddings.

    Args:
        words (int): V.
        settings (quoted_systems.onehot_bilstm.settings.RegionSettings)
        reverse (bool): read backwards, predict the words before.
    """

    def __init__(self, words, settings, reverse):
        super().__init__()
        self.reverse = reverse
        with self.init_scope():
            self.lstm = OneHotLSTM(words, settings.size, settings.initial_scale, reverse=reverse)
            self.outputs = Embedding(words, settings.size, initializers.Normal(settings.initial_scale))
            self.output_biases = Embedding(words, 1, initializers.Zero())

    def loss(self, chunks, negatives, draw):
        """The loss of the module's text, averaged over the places that have something to predict.

        Args:
            chunks (Chunks)
            negatives (int): words to draw for each word of a region.
            draw (numpy.random.Generator)

        Returns:
            chainer.Variable: scalar, 0 where no place has anything to predict.
        """
        places, rows, columns, candidates = self.targets(chunks.regions, negatives, draw)
        if not len(places):
            return chainer.Variable(self.xp.zeros((), self.outputs.W.dtype))
        h = self.lstm(self.xp.asarray(chunks.numbers), chunks.layout.batch_sizes)
        h, candidates = F.get_item(h, self.xp.asarray(places)), self.xp.asarray(candidates)
        (loss,) = BalancedSquares(self.xp.asarray(rows), self.xp.asarray(columns)).apply(
            (h, self.outputs(candidates), self.output_biases(candidates))
        )
        return loss / len(places)

    def targets(self, regions, negatives, draw):
        """What is to be predicted where.

        Args:
            regions (numpy.ndarray): int32 (N, region), see :class:`Chunks`.
            negatives (int), draw (numpy.random.Generator): see :meth:`loss`.

        Returns:
            int (M,), the places with a word to predict; two int (P,), each pair of a place among these, rising, and a
            word that comes there, by its place in what follows; int (C,), the words that are looked at, rising.
        """
        words = len(self.outputs.W)
        places = np.flatnonzero((regions >= 0).any(axis=1))
        wanted = regions[places]
        drawn = draw.integers(0, words, negatives * regions.shape[1])
        candidates = np.union1d(wanted[wanted >= 0], drawn)
        rows, columns = np.nonzero(wanted >= 0)
        pairs = np.unique(rows * len(candidates) + np.searchsorted(candidates, wanted[rows, columns]))
        return places, *np.divmod(pairs, max(len(candidates), 1)), candidates


class BalancedSquares(chainer.FunctionNode):
    """The losses of the module's text, added up: scalar, from h (M, H), O (C, H) and b (C, 1).

    It cannot be differentiated twice.

    Args:
        rows, columns: int (P,), places and words, among M and C, of the words that come; each pair once.
    """

    def __init__(self, rows, columns):
        super().__init__()
        self.present = rows, columns

    def forward(self, inputs):
        h, outputs, biases = inputs
        xp = chainer.backend.get_array_module(h)
        differences = h.dot(outputs.T)
        differences += biases.T
        differences[self.present] -= 1
        number = xp.bincount(self.present[0], minlength=len(h)).astype(h.dtype)
        self.weights = number / xp.maximum(
            len(outputs) - number, 1
        )  # of an absent word at each place; a present one has 1
        squares = differences[self.present] ** 2
        loss = (self.weights * xp.einsum("mc,mc->m", differences, differences)).sum()
        loss += ((1 - self.weights[self.present[0]]) * squares).sum()
        self.differences = differences
        self.retain_inputs((0, 1))
        return (xp.asarray(loss, h.dtype),)

    def backward(self, target_input_indexes, grad_outputs):
        if chainer.config.enable_backprop:
            raise RuntimeError("BalancedSquares cannot be differentiated twice")
        h, outputs = (variable.array for variable in self.get_retained_inputs())
        gradient = 2 * grad_outputs[0].array * self.weights[:, None] * self.differences
        gradient[self.present] = 2 * grad_outputs[0].array * self.differences[self.present]
        gradients = {
            0: lambda: gradient.dot(outputs),
            1: lambda: gradient.T.dot(h),
            2: lambda: gradient.sum(axis=0)[:, None],
        }
        return tuple(chainer.as_variable(gradients[index]()) for index in target_input_indexes)


class Updater(DocumentUpdater):
    """One update on the chunks of some documents (quoted_systems.onehot_bilstm.documents.NumberedDocuments)."""

    def loss(self, model, indices):
        settings = self.settings
        chunks = Chunks.of([self.documents[index] for index in indices], settings.chunk, settings.region, model.reverse)
        return model.loss(chunks, settings.negatives, generator(self.seed, "absent words", self.iteration))

    @staticmethod
    def reported(loss):
        return loss.array.astype(np.float64)  # its square may be too large for float32


def mean_loss(model, documents, settings, seed):
    """The loss of all places of some documents (float), with absent words that do not change from call to call."""
    total = places = 0
    for start in range(0, len(documents), _DOCUMENTS_AT_ONCE):
        some = [documents[index] for index in range(start, min(start + _DOCUMENTS_AT_ONCE, len(documents)))]
        chunks = Chunks.of(some, settings.chunk, settings.region, model.reverse)
        number = int((chunks.regions >= 0).any(axis=1).sum())
        loss = model.loss(chunks, settings.negatives, generator(seed, "absent words of dev", start))
        total, places = total + float(loss.array) * number, places + number
    return total / max(places, 1)
