"""Adaptive softmax: a softmax over a large vocabulary in which a frequent word costs little (Grave et al. 2017).

Words are ranked by falling frequency and cut into clusters.  The head is a softmax over the words of the first cluster
and one entry for each tail cluster; each tail cluster is a softmax over its own words, computed from a projection of
the hidden state that is smaller the rarer its words are::

    p(word of the head) = head(word)        p(word of tail k) = head(tail k) * tail_k(word)

A tail cluster is computed, forward and backward, only for the positions whose target lies in it, and not at all where
there is none.  There are no biases.
"""

import itertools

import chainer
import numpy as np
from chainer import backend

LARGE_VOCABULARY = 40000
LARGE_VOCABULARY_CUTOFFS = (2000, 10000)
SMALLEST_CLUSTERED_VOCABULARY = 1000


def cutoffs_for(vocabulary_size, wanted=()):
    """The ranks at which tail clusters begin.

    Args:
        vocabulary_size (int): V.
        wanted (iterable of int): rising ranks; those from V on are left out, so one such value alone asks for a plain
            softmax.  Empty: 2000 and 10000, as in the released code, for V >= 40,000; a twentieth and a quarter of a
            smaller vocabulary, which leaves the head about the same share of all tokens (seven in ten where word counts
            follow Zipf's law); no tail for V < 1000, where one product for all words is fastest.

    Returns:
        tuple of int: rising, all below V; empty for a plain softmax.
    """
    if wanted:
        return tuple(int(cutoff) for cutoff in wanted if cutoff < vocabulary_size)
    if vocabulary_size < SMALLEST_CLUSTERED_VOCABULARY:
        return ()
    return tuple(
        cutoff * min(vocabulary_size, LARGE_VOCABULARY) // LARGE_VOCABULARY for cutoff in LARGE_VOCABULARY_CUTOFFS
    )


class AdaptiveSoftmax(chainer.Chain):
    """Output layer: hidden states to the probability of the next word.

    Args:
        in_size (int): H, size of a hidden state.
        vocabulary_size (int): V.
        cutoffs (tuple of int): see :func:`cutoffs_for`; K tail clusters.
        factor (int): tail cluster k = 1..K sees a projection of size H / factor^k (at least 1).
        rank (numpy.ndarray): int (V,), rank of each id, a permutation; by default ids are already ranked.

    Attributes:
        head (chainer.Parameter): (words of the head + K, H).
        tail_<k>.projection, tail_<k>.words (chainer.Parameter): (H / factor^k, H) and (words of the cluster, H /
            factor^k).
    """

    def __init__(self, in_size, vocabulary_size, cutoffs, factor=4, rank=None):
        super().__init__()
        self.cutoffs = tuple(cutoffs)
        self.add_persistent("rank", np.asarray(np.arange(vocabulary_size) if rank is None else rank, dtype=np.int32))
        bounds = (*self.cutoffs, vocabulary_size)
        with self.init_scope():
            self.head = chainer.Parameter(chainer.initializers.LeCunNormal(), (bounds[0] + len(self.cutoffs), in_size))
            for k, (begin, end) in enumerate(itertools.pairwise(bounds), start=1):
                setattr(self, f"tail_{k}", Tail(in_size, max(1, in_size // factor**k), end - begin))

    @property
    def tails(self):
        """The tail clusters, most frequent words first: list of :class:`Tail`."""
        return [self[f"tail_{k}"] for k in range(1, len(self.cutoffs) + 1)]

    def forward(self, h, targets):
        """Negative log-likelihood of each target.

        Args:
            h (chainer.Variable): float (N, H).
            targets (numpy.ndarray or cupy.ndarray): int (N,), ids.

        Returns:
            chainer.Variable: (N,).
        """
        weights = [weight for tail in self.tails for weight in (tail.projection, tail.words)]
        (loss,) = AdaptiveSoftmaxLoss(self.rank[targets], self.cutoffs).apply((h, self.head, *weights))
        return loss

    def log_probability(self, h):
        """Logarithm of the probability of every word.

        Args:
            h (numpy.ndarray or cupy.ndarray): float (N, H).

        Returns:
            numpy.ndarray or cupy.ndarray: (N, V), columns are ids.
        """
        xp = backend.get_array_module(h)
        head = _log_softmax(xp, h.dot(self.head.array.T))
        head_words = self.head.shape[0] - len(self.cutoffs)
        parts = [head[:, :head_words]]
        for k, tail in enumerate(self.tails):
            logits = h.dot(tail.projection.array.T).dot(tail.words.array.T)
            parts.append(_log_softmax(xp, logits) + head[:, head_words + k, None])
        return xp.concatenate(parts, axis=1)[:, self.rank]


class Tail(chainer.Link):
    """Weights of one tail cluster: projection (D, H) and words (C, D)."""

    def __init__(self, in_size, projected_size, words):
        super().__init__()
        with self.init_scope():
            self.projection = chainer.Parameter(chainer.initializers.LeCunNormal(), (projected_size, in_size))
            self.words = chainer.Parameter(chainer.initializers.LeCunNormal(), (words, projected_size))


class AdaptiveSoftmaxLoss(chainer.FunctionNode):
    """Negative log-likelihood (N,) of targets, from h (N, H), the head and, for each tail cluster,
    projection and words.

    It cannot be differentiated twice.

    Args:
        ranks (numpy.ndarray or cupy.ndarray): int (N,), rank of each target.
        cutoffs (tuple of int): where the tail clusters begin.

    Attributes:
        hit (list of int): the tail clusters (0 is the first) in which targets lie; only they are computed.
    """

    def __init__(self, ranks, cutoffs):
        super().__init__()
        self.ranks, self.cutoffs = ranks, cutoffs

    def forward(self, inputs):
        h, head = inputs[:2]
        xp = backend.get_array_module(h)
        cluster = sum(((self.ranks >= cutoff).astype(np.int32) for cutoff in self.cutoffs), xp.zeros_like(self.ranks))
        head_words = len(head) - len(self.cutoffs)
        self.head_softmax = _Softmax(xp, h.dot(head.T), xp.where(cluster == 0, self.ranks, head_words - 1 + cluster))
        loss = self.head_softmax.loss
        self.hit, self.tails = [], []
        for k, begin in enumerate(self.cutoffs):
            rows = xp.flatnonzero(cluster == k + 1)
            if not rows.size:
                continue
            projection, words = inputs[2 + 2 * k : 4 + 2 * k]
            projected = h[rows].dot(projection.T)
            softmax = _Softmax(xp, projected.dot(words.T), self.ranks[rows] - begin)
            loss[rows] += softmax.loss
            self.hit.append(k)
            self.tails.append((rows, projected, softmax))
        self.retain_inputs(tuple(range(len(inputs))))
        return (loss,)

    def backward(self, target_input_indexes, grad_outputs):
        if chainer.config.enable_backprop:
            raise RuntimeError("the adaptive softmax cannot be differentiated twice")
        inputs = [variable.array for variable in self.get_retained_inputs()]
        h, head = inputs[:2]
        grad_loss = grad_outputs[0].array
        gradients = [None] * len(inputs)
        grad_logits = self.head_softmax.gradient(grad_loss)
        grad_h = gradients[0] = grad_logits.dot(head)
        gradients[1] = grad_logits.T.dot(h)
        for k, (rows, projected, softmax) in zip(self.hit, self.tails, strict=True):
            projection, words = inputs[2 + 2 * k : 4 + 2 * k]
            grad_logits = softmax.gradient(grad_loss[rows])
            grad_projected = grad_logits.dot(words)
            grad_h[rows] += grad_projected.dot(projection)
            gradients[2 + 2 * k] = grad_projected.T.dot(h[rows])
            gradients[3 + 2 * k] = grad_logits.T.dot(projected)
        return tuple(
            None if gradients[index] is None else chainer.as_variable(gradients[index])
            for index in target_input_indexes
        )


class _Softmax:
    """Cross-entropy of a softmax and its gradient.

    Takes ``logits`` (n, C) over as its own memory; targets int (n,).
    """

    def __init__(self, xp, logits, targets):
        self.at_targets = xp.arange(len(logits)), targets
        logits -= logits.max(axis=1, keepdims=True)
        target_logits = logits[self.at_targets]
        self.exponentials = xp.exp(logits, out=logits)
        self.sums = self.exponentials.sum(axis=1)
        self.loss = xp.log(self.sums) - target_logits

    def gradient(self, grad_loss):
        """Gradient (n, C) at the logits for a gradient (n,) at the loss."""
        gradient = self.exponentials * (grad_loss / self.sums)[:, None]
        gradient[self.at_targets] -= grad_loss
        return gradient


def _log_softmax(xp, logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - xp.log(xp.exp(shifted).sum(axis=1, keepdims=True))
