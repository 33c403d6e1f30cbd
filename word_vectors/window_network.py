"""The network over a window of words that error- and grammaticality-specific embeddings are learnt with."""

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np

from iadv_foundation.arithmetic.links import Embedding
from iadv_foundation.arithmetic.random import generator
from word_vectors.substitution_hinge import substitution_hinge

#: Random embeddings start uniformly distributed on (-START, START), as the classifiers' do.
START = 0.1


class WindowNetwork(chainer.Chain):
    r"""One hidden layer over the embeddings of a window x of w words, with two outputs (Kaneko et al. 2017).

    .. math:: h(x) = \tanh(W_h [e_1; ...; e_w] + b_h), \quad f(x) = v \cdot h(x), \quad q(x) = W_q h(x) + b_q

    f scores how well the word in the middle goes with its context, q are the logits of its being correct or not.  The
    score's own bias cancels out in every loss and is left out.  :math:`W_h` lies in two parts, for the context and for
    the word in the middle, so that the part of the context is computed once for all substitutes.

    Args:
        vocabulary_size (int): V.
        size (int): D, of an embedding.
        width (int): w, words of a window.
        hidden_size (int): H.

    Attributes:
        embedding (iadv_foundation.arithmetic.links.Embedding): W (V, D).
        context, centre (chainer.links.Linear): the parts of the hidden layer; the bias is the context's.
        score (chainer.Parameter): v (H,).
        grammaticality (chainer.links.Linear): q.
    """

    def __init__(self, vocabulary_size, size, width, hidden_size):
        super().__init__()
        with self.init_scope():
            self.embedding = Embedding(vocabulary_size, size)
            self.context = L.Linear((width - 1) * size, hidden_size)
            self.centre = L.Linear(size, hidden_size, nobias=True)
            self.score = chainer.Parameter(0, (hidden_size,))
            self.grammaticality = L.Linear(hidden_size, 2)

    def initialize(self, seed, vectors=None):
        """Draw the weights: normal with variance 1 / (number of inputs), Chainer's default; biases stay 0.

        Args:
            seed (int)
            vectors (numpy.ndarray or None): (V, D), where the embeddings start; None: at random.
        """
        hidden, size = self.centre.W.shape
        window = size + self.context.W.shape[1]
        for name, parameter, inputs in (
            ("context", self.context.W, window),
            ("centre", self.centre.W, window),
            ("score", self.score, hidden),
            ("grammaticality", self.grammaticality.W, hidden),
        ):
            drawn = generator(seed, f"initial weights {name}").standard_normal(parameter.shape)
            parameter.array[...] = self.xp.asarray(drawn * inputs**-0.5)
        if vectors is None:
            vectors = START * (2 * generator(seed, "initial weights embedding").random(self.embedding.W.shape) - 1)
        self.embedding.W.array[...] = self.xp.asarray(vectors)

    def forward(self, windows, labels, substitutes):
        """The two losses, each as a mean over N windows.

        Args:
            windows: array int (N, w).
            labels: array int (N,), 1 where the word in the middle is wrong.
            substitutes (numpy.ndarray): int (N, K), words to put in its place.

        Returns:
            two chainer.Variable (): the hinge loss, added up over the K substitutes, and the cross-entropy.
        """
        context, hidden = self._hidden(windows)
        distinct, which = _distinct(substitutes, len(self.embedding.W))
        words = self.centre(self.embedding(self.device.send(distinct)))
        scores = F.matmul(hidden, self.score)
        hinge = substitution_hinge(context, words, self.score, scores, self.device.send(which))
        return hinge / len(windows), F.softmax_cross_entropy(self.grammaticality(hidden), labels)

    def logits(self, windows):
        """Logits of the word in the middle being correct (0) or wrong (1): (N, 2) for ``windows``, array int (N, w)."""
        return self.grammaticality(self._hidden(windows)[1])

    def _hidden(self, windows):
        """What the context gives the hidden layer, and the hidden layer: two of (N, H)."""
        middle = windows.shape[1] // 2
        around = self.xp.delete(windows, middle, axis=1)
        neighbours = self.embedding(around.reshape(-1)).reshape(len(windows), -1)
        context = self.context(neighbours)
        return context, F.tanh(context + self.centre(self.embedding(windows[:, middle])))


def _distinct(words, vocabulary_size):
    """The distinct words, int32 (U,), and the place in that list of each word, int32 of the shape of ``words``."""
    occurs = np.zeros(vocabulary_size, bool)
    occurs[words] = True
    places = np.cumsum(occurs, dtype=np.int32)
    return np.flatnonzero(occurs).astype(np.int32), places[words] - 1
