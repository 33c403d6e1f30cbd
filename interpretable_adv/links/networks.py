"""The paper's two networks (Figure 2): a text classifier and a sequence tagger, with LSTMs or other encoders.

Both are an ``embedding`` and a function from embedded words to logits.  A perturbation is added between the two, so the
code that finds one needs to know nothing else of the network.
"""

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import initializers

from interpretable_adv.links.encoders import encoder_named
from interpretable_adv.links.word_embedding import WordEmbedding

_ACTIVATIONS = {"relu": F.relu, "tanh": F.tanh}
#: None: as the link has it, uniform.
_EMBEDDINGS = {"uniform": None, "normal": initializers.Normal(1.0)}


class _Network(chainer.Chain):
    """What both networks share.

    Args:
        word_counts (numpy.ndarray): int (V,), how often each word occurs in the text that made the vocabulary.
        model (interpretable_adv.settings.ModelConfig): sizes.
        classes (int): number of classes.
    """

    def __init__(self, word_counts, model, classes):
        super().__init__()
        encoder = encoder_named(model.encoder, self.of_words)(model)  # the first to draw its start weights
        self.ffnn_size = model.ffnn_size
        self.activation = _ACTIVATIONS[model.activation]
        with self.init_scope():
            self.embedding = WordEmbedding(
                word_counts, model.embedding_size, model.normalise_embeddings, _EMBEDDINGS[model.random_embeddings]
            )
            self.encoder = encoder
            self.ffnn = L.Linear(encoder.size, model.ffnn_size)
            self.output = L.Linear(model.ffnn_size, classes)

    def logits(self, embedded, layout, ffnn_mask=None):
        """Logits q of Eq. 1 and 3.

        Args:
            embedded (chainer.Variable): (N, D), packed words as the encoder sees them, dropped out and perturbed.
            layout (iadv_foundation.arithmetic.packing.Layout): where they lie.
            ffnn_mask: dropout mask (rows, ffnn size) after the activation, or None.

        Returns:
            chainer.Variable (rows, classes); the rows are those of :meth:`rows`.
        """
        hidden = self.activation(self.ffnn(self.encoder(embedded, layout)))
        if ffnn_mask is not None:
            hidden = hidden * ffnn_mask
        return self.output(hidden)


class TextClassifier(_Network):
    """One hidden state of each document goes through a feed-forward network (section 3.2, Figure 2 left)."""

    of_words = False

    @staticmethod
    def rows(layout):
        """Number of rows of the logits: one for each of the B sorted sequences."""
        return len(layout.lengths)


class SequenceTagger(_Network):
    """Every word's hidden state goes through a feed-forward network (section 3.3, Figure 2 right)."""

    of_words = True

    @staticmethod
    def rows(layout):
        """Number of rows of the logits: one for each of the N packed words."""
        return int(layout.batch_sizes.sum())


_NETWORKS = {"classification": TextClassifier, "labelling": SequenceTagger}


def build_network(task, word_counts, model, classes):
    """The network for a task, ``"classification"`` or ``"labelling"``; the arguments are :class:`TextClassifier`'s."""
    return _NETWORKS[task](word_counts, model, classes)
