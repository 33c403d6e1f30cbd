r"""Error- and grammaticality-specific word embeddings (Kaneko, Sakaizawa and Komachi, IJCNLP 2017).

A network with one hidden layer looks at a window x of words around each word of the training text.  It learns to score
the window higher than the same window with another word in its middle, and to tell whether that word is correct:

.. math:: L(x) = \lambda \sum_{k=1}^K \max(0, 1 - f(x) + f(x_k)) - (1 - \lambda) \log softmax(q(x))_{label}

with lambda = 0.01, K = 20 substitutes, windows of 3 words and 15 epochs, as the ``GWE.py`` that the authors released
has them.  With random substitutes these are their grammaticality-specific embeddings (GWE); where a corpus has
corrections, so that the substitutes are first of all what learners write by mistake, both kinds in one (E&GWE).  What
is left of the network afterwards are its embeddings, those of the last epoch.

Otherwise than in the released code an update takes many windows, and L is its mean over them (there one sentence, over
which cross-entropies are averaged but hinge losses added up: lambda = 0.12 weighs the two as 0.01 does there);
sentences are padded; random substitutes are drawn by frequency, not uniformly, and never the word itself; embeddings
enter the hidden layer without a tanh of their own.
"""

import dataclasses
import hashlib
import math
import sys
import time

import chainer
import chainer.functions as F
import numpy as np

from iadv_foundation.arithmetic.memory import keep_freed_memory
from iadv_foundation.arithmetic.random import generator
from iadv_foundation.errors import UserError
from iadv_foundation.training import Adam
from word_vectors import store
from word_vectors.confusions import Substitutes, confusion_table
from word_vectors.window_network import WindowNetwork
from word_vectors.windows import windows_of

#: Windows that are classified together when the network is measured.
_MEASURED_AT_ONCE = 1 << 13


def train(corpus, settings, start_vectors, folder, seed, quiet=False, device=None):
    """Train the embeddings of a corpus's words on its training split, and write them.

    Args:
        corpus (data_prep.corpus.Corpus): labels of words, 0 correct and 1 wrong; its corrections are used where it has
            any.
        settings (word_vectors.vector_settings.GweSettings)
        start_vectors (numpy.ndarray or None): float32 (V, D), where the embeddings start; None: at random.
        folder: of the result, see :func:`word_vectors.store.save`.
        seed (int)
        quiet (bool): no progress on the screen.
        device (chainer.backend.Device or None): None for the CPU.

    Returns:
        dict: the record that was written; bit-identical from run to run on one machine.

    Raises:
        UserError: the corpus does not label words, or the training diverged.
        UsageError: a width of the window without a middle.
        ValueError: the start vectors do not fit vocabulary and settings.
    """
    keep_freed_memory()
    if corpus.task != "labelling":
        raise UserError(f"corpus {corpus.name} does not label words: choose one that does, such as fce")
    examples, table = Examples.of(corpus, "train", settings.window), confusion_table(corpus, settings.substitutes)
    counts = np.bincount(corpus.splits["train"].ids, minlength=len(corpus.vocabulary))
    substitutes = Substitutes(counts, table)
    network = _network(corpus, settings, start_vectors, seed)
    network.to_device(device or chainer.get_device("@numpy"))
    optimizer = Adam(settings.learning_rate, gradient_clipping=math.inf).setup(network)
    for epoch in range(1, settings.epochs + 1):
        started = time.perf_counter()
        losses = _epoch(network, optimizer, examples, substitutes, settings, seed, epoch)
        if not quiet:
            speed = len(examples) / (time.perf_counter() - started)
            print(
                f"GWE {corpus.name}: epoch {epoch}/{settings.epochs}  hinge {losses['hinge']:.3f}  "
                f"cross-entropy {losses['cross_entropy']:.4f}  {speed:,.0f} words/s",
                file=sys.stderr,
                flush=True,
            )
    optimizer.catch_up()
    vectors = chainer.get_device("@numpy").send(network.embedding.W.array)
    found = np.bincount(examples.windows.reshape(-1), minlength=len(vectors)) > 0
    record = {
        "settings": settings.model_dump(),
        "seed": seed,
        "corpus_sha256": corpus.sha256,
        "vocabulary_sha256": corpus.vocabulary.sha256,
        "start_sha256": _digest(start_vectors),
        "words": len(examples),
        "confusion_pairs": int(np.count_nonzero(table >= 0)),
        "updates": int(optimizer.t),
        **losses,
        **_measure(network, corpus, settings),
        "coverage": store.coverage(corpus, found),
    }
    store.save(folder, vectors, found, record)
    return record


@dataclasses.dataclass(frozen=True)
class Examples:
    """Windows of a split.

    Attributes:
        windows (numpy.ndarray): int32 (N, w), see :func:`word_vectors.windows.windows_of`.
        labels (numpy.ndarray): int32 (N,), of the words in the middle.
    """

    windows: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, corpus, split, width):
        """Those of a split (str) of a corpus; ``<eos>`` is the padding."""
        split = corpus.splits[split]
        return cls(windows_of(split, width, corpus.vocabulary.eos), np.asarray(split.labels, np.int32))

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, rows):
        return Examples(self.windows[rows], self.labels[rows])


def _network(corpus, settings, start_vectors, seed):
    shape = len(corpus.vocabulary), settings.size
    if start_vectors is not None and start_vectors.shape != shape:
        raise ValueError(f"the start vectors are {start_vectors.shape}, vocabulary and settings ask for {shape}")
    network = WindowNetwork(*shape, settings.window, settings.hidden_size)
    network.initialize(seed, start_vectors)
    return network


def _digest(vectors):
    """SHA-256 of vectors, or None for None."""
    return None if vectors is None else hashlib.sha256(np.ascontiguousarray(vectors, np.float32)).hexdigest()


def _epoch(network, optimizer, examples, substitutes, settings, seed, epoch):
    """One pass over the examples in random order.

    Returns:
        dict: ``hinge``, added up over substitutes, and ``cross_entropy``, means over the windows while it learnt.
    """
    order = generator(seed, "order of windows", epoch).permutation(len(examples))
    totals = np.zeros(2)
    for update, start in enumerate(range(0, len(order), settings.batch_size)):
        batch = examples[order[start : start + settings.batch_size]]
        rng = generator(seed, "substitutes", epoch, update)
        drawn = substitutes.draw(batch.windows[:, settings.window // 2], batch.labels, rng)
        hinge, entropy = network(network.device.send(batch.windows), network.device.send(batch.labels), drawn)
        loss = settings.hinge_weight * hinge + (1 - settings.hinge_weight) * entropy
        network.cleargrads()
        loss.backward()
        optimizer.update()
        totals += len(batch) * np.array([float(hinge.array), float(entropy.array)])
    if not np.isfinite(totals).all():
        raise UserError(f"training diverged in epoch {epoch}; choose a smaller gwe.learning_rate")
    return dict(zip(("hinge", "cross_entropy"), (totals / len(order)).tolist(), strict=True))


def _measure(network, corpus, settings):
    """How well the network tells wrong words of the dev split: accuracy, the majority's, and mean cross-entropy."""
    examples, predictions, entropy = Examples.of(corpus, "dev", settings.window), [], 0.0
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        for start in range(0, len(examples), _MEASURED_AT_ONCE):
            some = examples[start : start + _MEASURED_AT_ONCE]
            logits, labels = network.logits(network.device.send(some.windows)), network.device.send(some.labels)
            predictions.append(chainer.get_device("@numpy").send(logits.array.argmax(axis=1)))
            entropy += len(some) * float(F.softmax_cross_entropy(logits, labels).array)
    wrong, number = np.concatenate(predictions) == 1, len(examples)
    majority = np.bincount(examples.labels, minlength=2).max()
    return {
        "dev_accuracy": float(np.mean(wrong == (examples.labels == 1))),
        "dev_majority": float(majority / number),
        "dev_cross_entropy": entropy / number,
    }
