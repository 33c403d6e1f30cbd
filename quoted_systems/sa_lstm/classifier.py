"""The classifier that begins with the autoencoder's embeddings and LSTM."""

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np
from chainer.backends import cuda

from iadv_foundation.arithmetic.links import Embedding, PackedLSTM
from iadv_foundation.arithmetic.packing import Layout
from iadv_foundation.arithmetic.random import dropout_mask, generator
from quoted_systems.sa_lstm.autoencoder import kept_words, look_up
from quoted_systems.updating import DocumentUpdater

_WORDS_AT_ONCE = 8192


class Classifier(chainer.Chain):
    """Embeddings, an LSTM, a ReLU layer and one output for each class.

    Args:
        vocabulary_size (int): V.
        settings (quoted_systems.sa_lstm.settings.Configuration)
        classes (int)
    """

    def __init__(self, vocabulary_size, settings, classes):
        super().__init__()
        sizes = settings.autoencoder
        self.bptt_length = sizes.bptt_length
        with self.init_scope():
            self.embedding = Embedding(vocabulary_size, sizes.embedding_size)
            self.lstm = PackedLSTM(sizes.embedding_size, sizes.hidden_size, sizes.forget_bias)
            self.hidden = L.Linear(sizes.hidden_size, settings.fine_tuning.classifier_size)
            self.output = L.Linear(settings.fine_tuning.classifier_size, classes)

    def begin_as(self, autoencoder):
        """Take over an autoencoder's embeddings and LSTM."""
        for link in ("embedding", "lstm"):
            getattr(self, link).copyparams(getattr(autoencoder, link))

    def states(self, batch, kept=None):
        """Hidden states of the words that gradients reach, the last ``bptt_length`` of each document.

        Args:
            batch (interpretable_adv.documents.Batch)
            kept (numpy.ndarray or None): bool (N,), words of the batch whose vectors are not dropped; None for all.

        Returns:
            chainer.Variable (M, H), and where they lie (iadv_foundation.arithmetic.packing.Layout).
        """
        rows, layout, state = np.arange(len(batch.ids)), batch.layout, None
        if layout.lengths[0] > self.bptt_length:
            earlier, rows, layout = split(batch.layout, self.bptt_length)
            with chainer.no_backprop_mode():
                state = self._state_after(batch, *earlier, kept)
        x = look_up(self.embedding, batch.ids[self.xp.asarray(rows)], None if kept is None else kept[rows])
        h, _ = self.lstm(x, layout.batch_sizes, state)
        return h, layout

    def _state_after(self, batch, rows, layout, kept):
        """States (h, c) of all sorted documents after the words at some rows; zeros where it has none among them."""
        x = look_up(self.embedding, batch.ids[self.xp.asarray(rows)], None if kept is None else kept[rows])
        _, final = self.lstm(x, layout.batch_sizes)
        state = tuple(self.xp.zeros((len(batch.layout.lengths), array.shape[1]), array.dtype) for array in final)
        for whole, part in zip(state, final, strict=True):
            whole[: len(part)] = part
        return state

    def logits(self, h, mask=None):
        """Logits (rows, classes) of hidden states (rows, H), with a mask of dropout on the ReLU layer or None."""
        hidden = F.relu(self.hidden(h))
        return self.output(hidden if mask is None else hidden * self.xp.asarray(mask))

    def loss(self, batch, label_gain, dropout=0.0, kept=None, name=()):
        """Cross-entropy of the documents' classes, averaged over the batch.

        Args:
            batch (interpretable_adv.documents.Batch): with labels (B,).
            label_gain (str): ``"last"`` or ``"linear"``: a document's is the mean over its words, word t of T weighs t
                / T. (Words that no gradient reaches are left out.)
            dropout (float): on the ReLU layer.
            kept (numpy.ndarray or None): see :meth:`states`.
            name (tuple): names the mask of dropout: (seed, purpose, update).

        Returns:
            chainer.Variable: scalar.
        """
        h, layout = self.states(batch, kept)
        if label_gain == "last":
            h, rows, weights = F.get_item(h, self.xp.asarray(layout.last)), slice(None), np.ones(len(layout.lengths))
        else:
            rows, weights = layout.sentence, linear_gain(batch.layout, layout)
        mask = dropout_mask(generator(*name), (len(h), self.hidden.W.shape[0]), dropout) if dropout else None
        losses = F.softmax_cross_entropy(self.logits(h, mask), batch.labels[rows], reduce="no")
        return F.sum(losses * self.xp.asarray(weights.astype(losses.dtype))) / len(layout.lengths)


def linear_gain(whole, layout):
    """Weights of the words at which a class is predicted: they rise linearly to the last word, a document's add up to
    1.

    Args:
        whole (iadv_foundation.arithmetic.packing.Layout): of the documents.
        layout (iadv_foundation.arithmetic.packing.Layout): of the last words of each that count, documents in the same
            order.

    Returns:
        numpy.ndarray: float64 (words of ``layout``,).
    """
    place = layout.step + 1 + (whole.lengths - layout.lengths)[layout.sentence]
    return place / np.bincount(layout.sentence, place)[layout.sentence]


def split(layout, length):
    """Split a packed batch into what comes before the last words of each document, and those.

    Args:
        layout (iadv_foundation.arithmetic.packing.Layout): at least one document is longer than ``length``.
        length (int): the most last words of a document.

    Returns:
        (rows, Layout) of the words before, int (words,), for the documents that have any, which come first; rows and
        Layout of the last words.  Both are packed, and the documents' order stays.
    """
    before = np.maximum(layout.lengths - length, 0)
    is_before = layout.step < before[layout.sentence]
    last = np.flatnonzero(~is_before)
    step = layout.step[last] - before[layout.sentence[last]]
    last = last[np.lexsort((layout.sentence[last], step))]
    return (np.flatnonzero(is_before), Layout.of(before[before > 0])), last, Layout.of(layout.lengths - before)


class Updater(DocumentUpdater):
    """One update of the fine-tuning; ``documents`` (interpretable_adv.documents.Documents) are those of train."""

    def loss(self, model, indices):
        settings, batch = self.settings, self.documents.batch(indices, model.xp)
        kept = kept_words(
            len(batch.ids), settings.word_dropout, self.seed, "dropout of words of fine-tuning", self.iteration
        )
        name = self.seed, "dropout of the ReLU layer", self.iteration
        return model.loss(batch, settings.label_gain, settings.dropout, kept, name)


def predict(model, documents):
    """Probabilities of every class, float32 (documents, classes),
    in the order of interpretable_adv.documents.Documents.
    """
    found = np.empty((len(documents), model.output.W.shape[0]), np.float32)
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        for indices, batch in documents.batches_by_length(_WORDS_AT_ONCE, model.xp):
            h, layout = model.states(batch)
            probabilities = F.softmax(model.logits(F.get_item(h, model.xp.asarray(layout.last))))
            found[indices[batch.layout.order]] = cuda.to_cpu(probabilities.array)
    return found
