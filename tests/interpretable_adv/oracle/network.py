"""The networks of Figure 2 written plainly: one document at a time, one word at a time, all derivatives by Chainer."""

import chainer
import chainer.functions as F
import numpy as np

ACTIVATIONS = {"relu": F.relu, "tanh": F.tanh}


def lstm(x, w_x, w_h, b):
    """Hidden states (T, H) of the words ``x`` (T, D); the product's weights, gates in the order i, f, o, g."""
    size = len(w_h)
    from_words = F.matmul(x, w_x)
    h = c = chainer.Variable(np.zeros((1, size)))
    states = []
    for t in range(len(x)):
        i, f, o, g = F.split_axis(from_words[t : t + 1] + F.matmul(h, w_h) + b[None], 4, axis=1)
        c = F.sigmoid(f) * c + F.sigmoid(i) * F.tanh(g)
        h = F.sigmoid(o) * F.tanh(c)
        states.append(h)
    return F.concat(states, axis=0)


def gru(x, weights, where):
    """Hidden states (T, H) of the words ``x`` (T, D), as Chainer documents its GRU."""
    w, b = ([weights[f"{where}/{name}{number}"] for number in range(6)] for name in "wb")
    h = chainer.Variable(np.zeros((1, len(w[0]))))
    states = []
    for t in range(len(x)):
        word = x[t : t + 1]
        r = F.sigmoid(F.linear(word, w[0], b[0]) + F.linear(h, w[3], b[3]))
        z = F.sigmoid(F.linear(word, w[1], b[1]) + F.linear(h, w[4], b[4]))
        h = (1 - z) * F.tanh(F.linear(word, w[2], b[2]) + r * F.linear(h, w[5], b[5])) + z * h
        states.append(h)
    return F.concat(states, axis=0)


def first_maxima(x):
    """The largest value in each column of ``x`` (T, H), the first of equal ones: (1, H)."""
    return F.stack(
        [x[max(range(len(x)), key=lambda t: (x.array[t, feature], -t)), feature] for feature in range(x.shape[1])]
    )[None]


class Network:
    """A float64 copy of a network of the product.

    Args:
        ours (chainer.Chain): see :mod:`interpretable_adv.links`; taken apart into its arrays.
        model (interpretable_adv.settings.ModelConfig): tells activation and normalisation.

    Attributes:
        weights (dict of str to chainer.Variable): by the names that ``namedparams`` gives them.
    """

    def __init__(self, ours, model):
        self.weights = {name: chainer.Variable(each.array.astype(np.float64)) for name, each in ours.namedparams()}
        self.activation = ACTIVATIONS[model.activation]
        self.per_word = "/encoder/w_x" not in self.weights
        self.frequency = ours.embedding.frequency.astype(np.float64) if model.normalise_embeddings else None

    def gradients(self):
        """What ``backward`` has left at the weights (dict of str to numpy.ndarray)."""
        return {
            name: np.zeros(weight.shape) if weight.grad is None else weight.grad.copy()
            for name, weight in self.weights.items()
        }

    def cleargrads(self):
        for weight in self.weights.values():
            weight.cleargrad()

    def matrix(self):
        """The vectors of all words, chainer.Variable (V, D), where asked for normalised (Miyato et al. 2017)."""
        matrix = self.weights["/embedding/W"]
        if self.frequency is None:
            return matrix
        weights = F.broadcast_to(chainer.Variable(self.frequency), matrix.shape)
        centred = matrix - F.broadcast_to(F.sum(weights * matrix, axis=0, keepdims=True), matrix.shape)
        variance = F.sum(weights * centred * centred, axis=0, keepdims=True)
        return centred / F.broadcast_to(F.sqrt(variance + 1e-6), matrix.shape)

    def logits(self, x, ffnn_mask):
        """Logits of one document, (1, classes) or (T, classes), from its words ``x``, chainer.Variable (T, D)."""
        if "/encoder/gru/0/w0" in self.weights:
            ahead = gru(x, self.weights, "/encoder/gru/0")
            hidden = (
                F.concat([ahead, F.flip(gru(F.flip(x, 0), self.weights, "/encoder/gru/1"), 0)], axis=1)
                if self.per_word
                else ahead[-1:]
            )
        elif "/encoder/windows/W" in self.weights:
            nothing = chainer.Variable(np.zeros((1, x.shape[1])))
            words = [nothing, *F.split_axis(x, len(x), axis=0), nothing]
            hidden = F.concat(
                [F.relu(self._linear("/encoder/windows", F.concat(words[t : t + 3], axis=1))) for t in range(len(x))],
                axis=0,
            )
            hidden = hidden if self.per_word else first_maxima(hidden)
        elif "/encoder/w_x" in self.weights:
            hidden = lstm(x, *self._lstm("/encoder"))[-1:]
        else:
            ahead, back = lstm(x, *self._lstm("/encoder/ahead")), lstm(F.flip(x, 0), *self._lstm("/encoder/back"))
            hidden = F.concat([ahead, F.flip(back, 0)], axis=1)
        hidden = self.activation(self._linear("/ffnn", hidden))
        return self._linear("/output", hidden if ffnn_mask is None else hidden * ffnn_mask)

    def _lstm(self, where):
        return [self.weights[f"{where}/{name}"] for name in ("w_x", "w_h", "b")]

    def _linear(self, where, x):
        return F.linear(x, self.weights[f"{where}/W"], self.weights[f"{where}/b"])
