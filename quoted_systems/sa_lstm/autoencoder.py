"""The sequence autoencoder: an LSTM reads a document to its ``<eos>`` and then writes it again, with the same weights.

To the LSTM that is one sequence, the document and behind it the document once more without its last word; from the
``<eos>`` on it predicts each word of the document from those before it.
"""

import dataclasses
import math

import chainer
import chainer.functions as F
import numpy as np
from chainer import training

from iadv_foundation.arithmetic.links import Embedding, PackedLSTM
from iadv_foundation.arithmetic.packing import Layout
from iadv_foundation.arithmetic.random import generator
from iadv_foundation.errors import UserError
from pretrain_lm.adaptive_softmax import AdaptiveSoftmax

_LARGEST = math.log(1e300)
_WORDS_AT_ONCE = 8192


@dataclasses.dataclass(frozen=True, eq=False)
class Copies:
    """A packed batch of documents, each with its copy: N words, of which M are written again.

    Attributes:
        layout (iadv_foundation.arithmetic.packing.Layout)
        inputs (numpy.ndarray): int32 (N,).
        predicts (numpy.ndarray): bool (N,), where a word is predicted.
        targets (numpy.ndarray): int32 (M,), which, in packed order.
    """

    layout: Layout
    inputs: np.ndarray
    predicts: np.ndarray
    targets: np.ndarray

    @classmethod
    def of(cls, text, documents):
        """Those of some documents, int (B,), of a :class:`pretrain_lm.running_text.Text`."""
        documents = np.asarray(documents)
        lengths = text.lengths[documents]
        layout = Layout.of(2 * lengths - 1)
        of_word, step = layout.order[layout.sentence], layout.step
        own, number = lengths[of_word], documents[of_word]
        inputs = text.read(number, np.where(step < own, step, step - own))
        predicts = step >= own - 1
        return cls(layout, inputs, predicts, text.read(number[predicts], (step - own + 1)[predicts]))

    def windows(self, length):
        """Cut into windows of a number of steps: yields (slice of the words, batch sizes, slice of the targets)."""
        starts = np.append(self.layout.starts, len(self.inputs))
        before = np.concatenate([[0], np.cumsum(self.predicts)])
        for first in range(0, len(self.layout.batch_sizes), length):
            end = min(first + length, len(self.layout.batch_sizes))
            words = slice(int(starts[first]), int(starts[end]))
            yield words, self.layout.batch_sizes[first:end], slice(int(before[words.start]), int(before[words.stop]))


class Autoencoder(chainer.Chain):
    """Embeddings, an LSTM and an adaptive softmax.

    Args:
        vocabulary_size (int): V.
        settings (quoted_systems.sa_lstm.settings.AutoencoderSettings)
        cutoffs (tuple of int): see :class:`pretrain_lm.adaptive_softmax.AdaptiveSoftmax`.
    """

    def __init__(self, vocabulary_size, settings, cutoffs):
        super().__init__()
        with self.init_scope():
            self.embedding = Embedding(vocabulary_size, settings.embedding_size)
            self.lstm = PackedLSTM(settings.embedding_size, settings.hidden_size, settings.forget_bias)
            self.output = AdaptiveSoftmax(settings.hidden_size, vocabulary_size, cutoffs)

    def losses(self, copies, bptt_length, kept=None):
        """Negative log-likelihoods of what is written, window by window; the state goes from each to the next as
        numbers.

        Args:
            copies (Copies)
            bptt_length (int): steps of a window.
            kept (numpy.ndarray or None): bool (N,), words of the input whose vectors are not dropped; None for all.

        Yields:
            chainer.Variable: (targets of the window,), where a window has any.
        """
        alive, size = len(copies.layout.lengths), self.lstm.w_h.shape[0]
        state = tuple(self.xp.zeros((alive, size), self.lstm.w_h.dtype) for _ in range(2))
        for words, batch_sizes, targets in copies.windows(bptt_length):
            state = tuple(array[: batch_sizes[0]] for array in state)
            learns = targets.stop > targets.start
            with chainer.using_config("enable_backprop", chainer.config.enable_backprop and learns):
                x = look_up(self.embedding, copies.inputs[words], None if kept is None else kept[words])
                h, state = self.lstm(x, batch_sizes, state)
            if learns:
                predicts = np.flatnonzero(copies.predicts[words])
                yield self.output(F.get_item(h, self.xp.asarray(predicts)), self.xp.asarray(copies.targets[targets]))


def look_up(embedding, ids, kept=None):
    """Words' vectors, chainer.Variable (N, D); 0 where the bool (N,) ``kept`` is false."""
    x = embedding(embedding.xp.asarray(ids))
    return x if kept is None else x * embedding.xp.asarray(kept[:, None].astype(x.dtype))


def kept_words(count, dropout, *name):
    """Which of some words word dropout leaves: bool (count,), named by seed, purpose and update;
    None where it drops none.
    """
    return generator(*name).random(count) >= dropout if dropout else None


class Updater(training.updaters.StandardUpdater):
    """One update: a batch of documents, the mean over the words that are written, gradients of all windows added up.

    Args:
        iterator (interpretable_adv.training.order.PermutationIterator)
        optimizer (iadv_foundation.training.Adam): set up with an :class:`Autoencoder`.
        text (pretrain_lm.running_text.Text)
        settings (quoted_systems.sa_lstm.settings.AutoencoderSettings)
        seed (int)
    """

    def __init__(self, iterator, optimizer, text, settings, seed):
        super().__init__(iterator, optimizer)
        self.text, self.settings, self.seed = text, settings, seed

    def update_core(self):
        optimizer, settings = self.get_optimizer("main"), self.settings
        model, copies = optimizer.target, Copies.of(self.text, next(self.get_iterator("main")))
        kept = kept_words(len(copies.inputs), settings.word_dropout, self.seed, "dropout of words", self.iteration)
        model.cleargrads()
        total = 0
        with np.errstate(over="ignore", invalid="ignore"):  # the training loop tells of divergence, in one line
            for losses in model.losses(copies, settings.bptt_length, kept):
                loss = F.sum(losses) / len(copies.targets)
                loss.backward()
                total = total + loss.array
            optimizer.update()
        chainer.report({"loss": total})


def perplexity(model, text, bptt_length):
    """exp of the mean negative log-likelihood of a word that is written again (float), over all documents of a text.

    Raises:
        UserError: it is not a finite number.
    """
    order = np.argsort(-text.lengths, kind="stable")
    filled, total = np.cumsum(2 * text.lengths[order]) // _WORDS_AT_ONCE, 0.0
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        for documents in np.split(order, np.flatnonzero(np.diff(filled)) + 1):
            for losses in model.losses(Copies.of(text, documents), bptt_length):
                total += float(losses.array.sum(dtype="float64"))
    mean = total / text.tokens
    if not mean < _LARGEST:
        raise UserError(
            f"training diverged: the mean negative log-likelihood is {mean}; choose a smaller autoencoder.learning_rate"
        )
    return math.exp(mean)
