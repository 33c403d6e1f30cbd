"""One training step written plainly on stock Chainer links, with as many passes as the authors' released code makes.

======================  ====================  ==============================================================
method                  labelled batch        pool batch
======================  ====================  ==============================================================
baseline                forward, backward
AdvT, iAdvT             3 forward, 3 backward
VAT, iVAT               forward, backward     clean forward; forward and backward for the perturbation; forward
                                              and backward of the loss
======================  ====================  ==============================================================

The formulas are those of recipe ``paper``, so that with dropout 0 a step equals this project's.  Three things are
kinder to Chainer than the released code is; they save memory and some time: a pass is back-propagated before the next
one starts, because NStepLSTM keeps a copy of its weights for every time step on a CPU; the pool's clean pass keeps no
graph; and no gradient is sent from the directions into the vectors of the neighbours.
"""

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np
from chainer import optimizer_hooks, optimizers

from benchmarks.devices import CPU, as_numpy
from benchmarks.peers.chainer_stock import copy_lstm, ours_of_lstm


class ChainerStep:
    """A network and its optimiser; each call is one update.

    Args:
        method (interpretable_adv.perturbation.Method): with choice ``"gradient"``, or the baseline.
        config (interpretable_adv.settings.Config): sizes, dropout, epsilon, xi and the optimiser's settings.
        weights (dict of str to numpy.ndarray): as :func:`benchmarks.step.weights_of` gives them.
        neighbours (numpy.ndarray): int (V, K), for a method of directions.
        eos (int): id of the word that is not perturbed.
        device (benchmarks.devices.Cpu)
    """

    def __init__(self, method, config, weights, neighbours=None, eos=0, device=CPU):
        self.method, self.settings, self.eos, self.device = method, config.perturbation, eos, device
        self.neighbours = None if neighbours is None else device.send(neighbours)
        self.network = Classifier(weights, config.model.dropout)
        self.network.to_device(device.chainer)
        self.optimizer = optimizers.Adam(alpha=config.training.learning_rate)
        self.optimizer.setup(self.network)
        self.optimizer.add_hook(optimizer_hooks.GradientClipping(config.training.gradient_clipping))

    def __call__(self, documents, labels, pool=None, start=None):
        """Update the network once.

        Args:
            documents (list of numpy.ndarray): int32 (length,), ids of each labelled document.
            labels (numpy.ndarray): int32 (B,).
            pool (list of numpy.ndarray): documents of the VAT family's divergence.
            start (list of numpy.ndarray): for each of the pool's documents the random start, (length, D) or (length,
                K); drawn here by default.

        Returns:
            list of float: the clean loss and, but for the baseline, the perturbed one.
        """
        labels = self.device.send(labels)

        def cross_entropy(logits):
            return F.softmax_cross_entropy(logits, labels)

        text, divergence, perturbation = documents, cross_entropy, None
        if self.method.divergence == "kl":
            text, divergence = pool, self._divergence_from_clean(pool)
        if self.method.divergence is not None:
            perturbation = self._perturbation(text, divergence, start)
        self.network.cleargrads()
        loss = cross_entropy(self._logits(documents))
        loss.backward()
        losses = [float(loss.array)]
        if perturbation is not None:
            loss = self.settings.loss_weight * divergence(self._logits(text, perturbation))
            loss.backward()
            losses.append(float(loss.array))
        self.network.hold_second_bias()
        self.optimizer.update()
        return losses

    def weights(self):
        """The network's weights as :func:`benchmarks.step.weights_of` gives them."""
        return self.network.weights()

    def _logits(self, documents, perturbation=None):
        words = Words(documents, self.device)
        embedded = self.network.embedded(words.ids)
        return self.network(embedded if perturbation is None else embedded + perturbation, words)

    def _divergence_from_clean(self, documents):
        with chainer.no_backprop_mode():
            clean = self._logits(documents)
        p, log_p = F.softmax(clean).array, F.log_softmax(clean).array
        return lambda logits: F.sum(p * (log_p - F.log_softmax(logits))) / len(documents)

    def _perturbation(self, documents, divergence, start):
        """r (N, D) from a forward and backward pass of its own."""
        words = Words(documents, self.device)
        embedded = self.network.embedded(words.ids)
        directions, size, epsilon = None, embedded.shape[1], self.settings.epsilon_free
        if self.method.space == "directions":
            directions, size = (
                self.network.directions(embedded.array, self.neighbours[words.ids]),
                self.neighbours.shape[1],
            )
            epsilon = self.settings.epsilon_directions
        perturbable = (words.ids != self.eos)[:, None].astype(np.float32)
        xp = self.network.xp
        first = xp.zeros((len(words.ids), size), np.float32)
        if self.method.divergence == "kl":
            first = (
                xp.random.standard_normal(first.shape).astype(np.float32)
                if start is None
                else self.device.send(np.concatenate(start))
            )
            first = words.scaled(first * perturbable, self.settings.xi)
        coordinates = chainer.Variable(first)
        loss = divergence(self.network(embedded + _to_embedding(coordinates, directions), words))
        self.network.cleargrads()
        loss.backward()
        r = _to_embedding(words.scaled(coordinates.grad * perturbable, epsilon), directions)
        return chainer.as_array(r)


def _to_embedding(coordinates, directions):
    """r (N, D) at coordinates (N, D), or (N, K) with directions (N, K, D)."""
    if directions is None:
        return coordinates
    weights = F.broadcast_to(F.expand_dims(coordinates, 2), directions.shape)
    return F.sum(weights * directions, axis=1)


class Words:
    """The words of some documents, one document after the other.

    Attributes:
        ids: int32 (N,), on the device.
        document: int (N,), number of each word's document, on the device.
        starts (numpy.ndarray): int (B,), where each document starts.
    """

    def __init__(self, documents, device):
        lengths = np.array([len(document) for document in documents])
        self.starts = np.cumsum(lengths) - lengths
        self.ids, self.document = device.send((np.concatenate(documents), np.repeat(np.arange(len(lengths)), lengths)))

    def scaled(self, vectors, length):
        """``vectors`` (N, anything) so that each document's, concatenated, have this length."""
        xp = chainer.backend.get_array_module(vectors)
        norms = xp.sqrt(xp.bincount(self.document, (vectors * vectors).sum(axis=1)))
        return vectors * (length / xp.maximum(norms, 1e-12))[self.document, None].astype(np.float32)


class Classifier(chainer.Chain):
    """The text classifier.

    NStepLSTM has two biases where one does the same; the second stays zero, so that an update is that of one.

    Args:
        weights (dict of str to numpy.ndarray): see :class:`ChainerStep`.
        dropout (float): on the embeddings and after the ReLU.
    """

    def __init__(self, weights, dropout):
        super().__init__()
        self.dropout = dropout
        size, hidden = len(weights["w_x"]), len(weights["w_h"])
        with self.init_scope():
            self.embed = L.EmbedID(*weights["embedding"].shape, initialW=weights["embedding"])
            self.lstm = L.NStepLSTM(1, size, hidden, 0.0)
            self.ffnn = L.Linear(
                hidden, len(weights["ffnn_w"]), initialW=weights["ffnn_w"], initial_bias=weights["ffnn_b"]
            )
            self.output = L.Linear(
                len(weights["ffnn_w"]),
                len(weights["output_w"]),
                initialW=weights["output_w"],
                initial_bias=weights["output_b"],
            )
        copy_lstm(self.lstm[0], weights["w_x"], weights["w_h"], weights["b"])

    def embedded(self, ids):
        """The dropped out embeddings (N, D) of ``ids`` (N,)."""
        return F.dropout(self.embed(ids), self.dropout)

    def forward(self, embedded, words):
        """Logits (B, classes) from the embeddings (N, D) of ``words`` (:class:`Words`)."""
        h, _, _ = self.lstm(None, None, F.split_axis(embedded, words.starts[1:], axis=0))
        return self.output(F.dropout(F.relu(self.ffnn(h[0])), self.dropout))

    def directions(self, embedded, neighbours):
        """Unit vectors (N, K, D) from embedded words (N, D) to their neighbours, int (N, K), which are dropped out for
        themselves; zero where the two are one point."""
        with chainer.no_backprop_mode():
            vectors = self.embedded(neighbours)
            return F.normalize(vectors - F.broadcast_to(embedded[:, None], vectors.shape), eps=1e-12, axis=2).array

    def hold_second_bias(self):
        """Leave the second bias out of clipping and update."""
        for gate in range(4, 8):
            getattr(self.lstm[0], f"b{gate}").grad[...] = 0

    def weights(self):
        """See :meth:`ChainerStep.weights`."""
        w_x, w_h, b = ours_of_lstm(self.lstm[0], "array")
        return {
            "embedding": as_numpy(self.embed.W.array).copy(),
            "w_x": w_x,
            "w_h": w_h,
            "b": b,
            **{
                f"{name}_{kind.lower()}": as_numpy(getattr(getattr(self, name), kind).array).copy()
                for name in ("ffnn", "output")
                for kind in ("W", "b")
            },
        }


def memory_of_step(model, longest, vocabulary_size):
    """Bytes that a step needs, about: NStepLSTM stacks its weights anew for each time step, and keeps all the stacks
    and a gradient at each until a pass is back-propagated.  The embeddings, two gradients and Adam's two moments come
    on top.

    Args:
        model (interpretable_adv.settings.ModelConfig): sizes.
        longest (int): length of the longest document.
        vocabulary_size (int): V.
    """
    stacked = 4 * 4 * model.hidden_size * (model.embedding_size + model.hidden_size)
    return 2 * longest * stacked + 5 * 4 * vocabulary_size * model.embedding_size
