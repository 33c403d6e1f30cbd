"""The classifier: a bi-LSTM on one-hot vectors and region embeddings, the largest value over time, a linear output."""

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np
from chainer import initializers
from chainer.backends import cuda

from iadv_foundation.arithmetic.functions import packed_max
from iadv_foundation.arithmetic.random import dropout_mask, generator
from quoted_systems.onehot_bilstm.layers import OneHotLSTM
from quoted_systems.updating import DocumentUpdater

_WORDS_AT_ONCE = 8192


class Classifier(chainer.Chain):
    """Both directions see the words and both region embeddings, which do not learn any more.

    Args:
        words (int): V.
        settings (quoted_systems.onehot_bilstm.settings.Configuration)
        classes (int)
        regions (list of quoted_systems.onehot_bilstm.regions.RegionModel): are no part of the chain, so that neither
            optimiser nor snapshots have them.
    """

    def __init__(self, words, settings, classes, regions):
        super().__init__()
        self.regions, self.weight_decay = [region.lstm for region in regions], settings.bilstm.weight_decay
        size, scale = settings.bilstm.size, settings.bilstm.initial_scale
        side = len(regions) * settings.regions.size
        with self.init_scope():
            self.ahead = OneHotLSTM(words, size, scale, side)
            self.back = OneHotLSTM(words, size, scale, side, reverse=True)
            self.output = L.Linear(2 * size, classes, initialW=initializers.Normal(scale))

    def device_resident_accept(self, visitor):
        """The region embeddings go where the classifier goes."""
        super().device_resident_accept(visitor)
        for region in self.regions:
            region.device_resident_accept(visitor)

    def pooled(self, numbers, layout):
        """The largest value over time of each hidden unit, chainer.Variable (B, 2H), of B packed documents."""
        numbers = self.xp.asarray(numbers)
        with chainer.no_backprop_mode():
            side = self.xp.concatenate([region(numbers, layout.batch_sizes).array for region in self.regions], axis=1)
        sizes = layout.batch_sizes
        return F.concat([packed_max(lstm(numbers, sizes, side), sizes) for lstm in (self.ahead, self.back)], axis=1)

    def loss(self, numbers, layout, labels, mask=None):
        """Half the squared distance of the outputs from the class's unit vector, averaged over the documents, and
        weight decay.

        Args:
            numbers, layout: a packed batch of B documents.
            labels (numpy.ndarray): int (B,), in the layout's order.
            mask: (B, 2H), of dropout, or None.

        Returns:
            chainer.Variable: scalar.
        """
        pooled = self.pooled(numbers, layout)
        outputs = self.output(pooled if mask is None else pooled * self.xp.asarray(mask))
        difference = outputs - self.xp.asarray(np.eye(outputs.shape[1], dtype=np.float32)[labels])
        decay = self.weight_decay / 2 * F.sum(self.output.W * self.output.W)
        return F.sum(difference * difference) / (2 * len(labels)) + decay


class Updater(DocumentUpdater):
    """One update on some documents.

    Args:
        iterator, optimizer, documents, settings, seed: see :class:`quoted_systems.updating.DocumentUpdater`; the
        documents
            (quoted_systems.onehot_bilstm.documents.NumberedDocuments) are those of train.
        labels (numpy.ndarray): int (documents,).
    """

    def __init__(self, iterator, optimizer, documents, labels, settings, seed):
        super().__init__(iterator, optimizer, documents, settings, seed)
        self.labels = labels

    def loss(self, model, indices):
        numbers, layout = self.documents.batch(indices)
        shape = len(indices), model.output.W.shape[1]
        mask = dropout_mask(generator(self.seed, "dropout", self.iteration), shape, self.settings.dropout)
        return model.loss(numbers, layout, self.labels[indices[layout.order]], mask)

    @staticmethod
    def reported(loss):
        return loss.array.astype(np.float64)  # its square may be too large for float32


def predict(model, documents):
    """The outputs for every class, float32 (documents, classes), in the order of the documents."""
    found = np.empty((len(documents), model.output.W.shape[0]), np.float32)
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        for indices, numbers, layout in documents.batches_by_length(_WORDS_AT_ONCE):
            found[indices[layout.order]] = cuda.to_cpu(model.output(model.pooled(numbers, layout)).array)
    return found
