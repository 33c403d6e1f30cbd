"""Training of ``paragraph-vectors``: the vectors of both models, then the network on them."""

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np
from chainer.backends import cuda

from iadv_foundation.arithmetic.random import dropout_mask, generator
from iadv_foundation.training import Adam
from interpretable_adv.training.order import PermutationIterator
from quoted_systems.paragraph_vectors.vectors import make
from quoted_systems.parts import fit_classifier
from quoted_systems.run import Outcome
from quoted_systems.starting import seeded
from quoted_systems.texts import Words
from quoted_systems.updating import DocumentUpdater

_AT_ONCE = 4096


class VectorNetwork(chainer.Chain):
    """A hidden layer of tanh units and one output for each class.

    Args:
        in_size, hidden_size, classes (int)
        dropout (float): of both layers' inputs, in training.
    """

    def __init__(self, in_size, hidden_size, classes, dropout):
        super().__init__()
        self.dropout = dropout
        with self.init_scope():
            self.hidden = L.Linear(in_size, hidden_size)
            self.output = L.Linear(hidden_size, classes)

    def forward(self, vectors, masks=(None, None)):
        """Logits (documents, classes) of documents' vectors (documents, in_size);
        a mask of dropout for each layer or None.
        """
        first, second = (1 if mask is None else self.xp.asarray(mask) for mask in masks)
        return self.output(F.tanh(self.hidden(vectors * first)) * second)

    def masks(self, documents, seed, update):
        """The two masks of an update, which the seed and its number name (pair)."""
        layers = self.hidden, self.output
        return tuple(
            dropout_mask(generator(seed, f"dropout {one.name}", update), (documents, one.W.shape[1]), self.dropout)
            for one in layers
        )


class Updater(DocumentUpdater):
    """One update on some documents.

    Args:
        iterator, optimizer, seed: see :class:`quoted_systems.updating.DocumentUpdater`.
        vectors, labels: (documents, size) and int (documents,), on the network's device.
    """

    def __init__(self, iterator, optimizer, vectors, labels, seed):
        super().__init__(iterator, optimizer, vectors, None, seed)
        self.labels = labels

    def loss(self, model, indices):
        logits = model(self.documents[indices], model.masks(len(indices), self.seed, self.iteration))
        return F.softmax_cross_entropy(logits, self.labels[indices])


def train(job):
    """Train, or go on training.

    Args:
        job (quoted_systems.run.Job)

    Returns:
        quoted_systems.run.Outcome

    Raises:
        UserError: no word is frequent enough, or training diverged.
        TimeLimitReached: the time limit is over; the same command goes on.
    """
    words = Words.of(job.corpus)
    made = [make(name, job, words) for name in ("dm", "dbow")]
    vectors = {
        split: np.concatenate([arrays[split] for arrays, _ in made], axis=1) for split in ("train", "dev", "test")
    }
    network, fitted = fit_network(job, standardised(vectors))
    outputs = {split: predict(network, array) for split, array in standardised(vectors).items() if split != "train"}
    seconds = fitted.seconds + sum(seconds for _, seconds in made)
    return Outcome(
        outputs["dev"].argmax(axis=1),
        outputs["test"].argmax(axis=1),
        outputs["test"],
        fitted.best_epoch,
        fitted.epochs,
        fitted.updates,
        seconds,
        {"words": len(words)},
    )


def standardised(vectors):
    """Vectors with mean 0 and variance 1 in train, column by column: split -> float32 (documents, size) (dict)."""
    mean, deviation = vectors["train"].mean(axis=0), vectors["train"].std(axis=0)
    return {
        split: ((array - mean) / np.maximum(deviation, 1e-12)).astype(np.float32) for split, array in vectors.items()
    }


def fit_network(job, vectors):
    """Train the network on vectors of all splits (dict): it at its best, and iadv_foundation.training.Fitted."""
    settings = job.settings.vector_network
    labels = np.asarray(job.corpus.splits["train"].labels)
    network = seeded(
        job.seed,
        lambda: VectorNetwork(
            vectors["train"].shape[1], settings.hidden_size, len(job.corpus.classes), settings.dropout
        ),
    )
    network.to_device(job.device)
    iterator = PermutationIterator(np.ones(len(labels)), settings.batch_size, job.seed, "order of labelled documents")
    updater = Updater(
        iterator,
        Adam(settings.learning_rate, gradient_clipping=5.0).setup(network),
        *(network.xp.asarray(array) for array in (vectors["train"], labels)),
        job.seed,
    )
    fitted = fit_classifier(
        job,
        network,
        updater,
        lambda: predict(network, vectors["dev"]),
        "classifier of paragraph vectors",
        max_epochs=settings.max_epochs,
        patience=settings.patience,
        words_per_epoch=len(labels),
    )
    return network, fitted


def predict(network, vectors):
    """Probabilities of every class, float32 (documents, classes), from a :class:`VectorNetwork` and vectors."""
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        parts = [
            F.softmax(network(network.xp.asarray(vectors[start : start + _AT_ONCE]))).array
            for start in range(0, len(vectors), _AT_ONCE)
        ]
    return np.concatenate([cuda.to_cpu(part) for part in parts])
