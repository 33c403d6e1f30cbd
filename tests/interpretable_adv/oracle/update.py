"""A whole training update, plainly: no packing, no spaces, no shared passes, one document after the other, in float64.

Of the product it takes the start weights, the configuration's numbers and what is drawn by name (order of documents,
dropout masks, random directions), which are inputs of an update; none of its arithmetic.
"""

import dataclasses

import chainer.functions as F
import numpy as np

from iadv_foundation.arithmetic.random import dropout_mask, generator
from tests.interpretable_adv.oracle import directions as by_force
from tests.interpretable_adv.oracle.network import Network
from tests.interpretable_adv.oracle.perturbations import LENGTHS, RECIPES, Situation


def positions(lengths):
    """Where the words of each document lie in a packed batch: all first words, then all second ones; lengths fall."""
    order = [(t, document) for t in range(max(lengths)) for document, length in enumerate(lengths) if t < length]
    return [[order.index((t, document)) for t in range(length)] for document, length in enumerate(lengths)]


@dataclasses.dataclass
class Text:
    """Documents of a batch, longest first: lists of ids (T,) and of labels, and where the words are when packed."""

    ids: list
    labels: list
    places: list

    @classmethod
    def of(cls, documents):
        documents = sorted(documents, key=lambda document: -len(document[0]))
        ids, labels = ([document[part] for document in documents] for part in (0, 1))
        return cls(ids, labels, positions([len(each) for each in ids]))


@dataclasses.dataclass
class Update:
    """What came out of one update.

    Attributes:
        reported (dict of str to float): the losses.
        gradients (dict of str to numpy.ndarray): by the names of the parameters, before clipping.
        r (list of numpy.ndarray): a perturbation (T, D) for each document, longest first.
    """

    reported: dict
    gradients: dict
    r: list


class Oracle:
    """Makes one update after the other.

    Args:
        ours (chainer.Chain): the network before the first update.
        method (interpretable_adv.methods.Method)
        recipe (str): ``"paper"`` or ``"authors"``.
        config (interpretable_adv.settings.Config): for its numbers.
        labelled, pool: lists of (ids, label or None); pool None where there is none.
        vocabulary (data_prep.corpus.Vocabulary)
        seed (int)
        dtype: of the product's arrays, in which it draws.
    """

    def __init__(self, ours, method, recipe, config, labelled, pool, vocabulary, seed, dtype):
        self.network, self.method, self.recipe, self.config = Network(ours, config.model), method, recipe, config
        self.texts = {"labelled": labelled, "unlabelled": pool}
        self.vocabulary, self.seed, self.dtype = vocabulary, seed, dtype
        self.per_word = self.network.per_word = np.ndim(labelled[0][1]) == 1
        # The mean is over documents, whose words add up (Eq. 2), or as in the released code over labels.
        self.over_labels = recipe == "authors" or config.training.average_over == "labels"
        self.number, self.usual_divisor, self.masked_at_once = 0, None, None
        self.moments = dict.fromkeys(self.network.weights, (0, 0))

    # What is drawn

    def batch(self, text, purpose, size):
        """The batch of this update; each epoch is a permutation, its last batch may be smaller."""
        documents = self.texts[text]
        batches = -(-len(documents) // size)
        epoch, place = divmod(self.number, batches)
        order = generator(self.seed, purpose, epoch).permutation(len(documents))[place * size : (place + 1) * size]
        return Text.of([documents[index] for index in order]), place == 0

    def masks(self, text, name, number):
        """Dropout masks of a pass: of the words (T, D) of each document, and after the activation."""
        words, size = sum(map(len, text.ids)), self.config.model.embedding_size
        rows = words if self.per_word else len(text.ids)
        of_words, of_ffnn = (
            self._mask(f"dropout {where} {name}", shape, number)
            for where, shape in (("embedding", (words, size)), ("ffnn", (rows, self.config.model.ffnn_size)))
        )
        if of_words is None:
            return [None] * len(text.ids), [None] * len(text.ids)
        rows = text.places if self.per_word else [[index] for index in range(len(text.ids))]
        return [of_words[place] for place in text.places], [of_ffnn[row] for row in rows]

    def _mask(self, purpose, shape, number):
        draws = generator(self.seed, purpose, self.number, number)
        mask = dropout_mask(draws, shape, self.config.model.dropout)
        return None if mask is None else mask.astype(np.float64)

    def neighbour_masks(self, text):
        """Masks (T, K, D) of the neighbours' own, for each document (recipe ``authors``)."""
        words, shape = sum(map(len, text.ids)), (self.config.perturbation.neighbours, self.config.model.embedding_size)
        if self.config.model.dropout == 0:
            return [1.0] * len(text.ids)
        step = self.masked_at_once or words
        mask = np.concatenate(
            [
                self._mask("dropout neighbours", (min(step, words - start), *shape), start)
                for start in range(0, words, step)
            ]
        )
        return [mask[place] for place in text.places]

    def draws(self, text, purpose, coordinates):
        """For each document N(0, 1) (T, coordinates), or for the choice ``rand`` numbers (T,) below ``coordinates``."""
        draw, words = generator(self.seed, f"perturbation {purpose}", self.number), sum(map(len, text.ids))
        if purpose == "choice" and self.method.choice == "rand":
            drawn = draw.integers(0, coordinates, words)
        else:
            drawn = draw.standard_normal((words, coordinates), dtype=self.dtype)
        return [drawn[place] for place in text.places]

    # The update

    def update(self):
        """The next :class:`Update`; the weights then are those after it."""
        training, perturbation = self.config.training, self.config.perturbation
        self.network.cleargrads()
        self.matrix = self.network.matrix()
        text, starts_epoch = self.batch("labelled", "order of labelled documents", training.batch_size)
        if self.method.space == "directions" and (starts_epoch or perturbation.neighbour_refresh == "iteration"):
            self.neighbours = self._neighbours()
        masks = self.masks(text, "labelled", 0)
        clean = [self._logits(ids, *mask) for ids, *mask in zip(text.ids, *masks, strict=True)]
        loss = sum(self._cross_entropies(text, clean)) / self._divisor(text)
        r, total, reported = [], loss, {"loss": loss}
        if self.method.divergence:
            r, second, harder = self._perturbed(text, clean)
            every = self.recipe == "paper" or self.method.divergence == "cross_entropy"
            second *= perturbation.loss_weight if every else 1
            reported["perturbed_loss"] = second
            if harder is not None:
                reported["perturbed_minus_clean"] = harder - loss
            total = loss + second
        total.backward()
        gradients = self.network.gradients()
        self._adam(gradients)
        self.number += 1
        return Update({name: float(value.array) for name, value in reported.items()}, gradients, r)

    def _neighbours(self):
        k, matrix = self.config.perturbation.neighbours, self.matrix.array
        if self.recipe == "paper":
            return by_force.paper_neighbours(matrix, k, self.vocabulary.specials)
        training_words = sorted({int(word) for ids, _ in self.texts["labelled"] for word in ids})
        return by_force.authors_neighbours(matrix, k, training_words)

    def _words(self, ids, mask):
        words = F.embed_id(ids, self.matrix)
        return words if mask is None else words * mask

    def _logits(self, ids, mask, ffnn_mask, r=0.0):
        return self.network.logits(self._words(ids, mask) + r, ffnn_mask)

    def looked_at(self, documents, number, divisor):
        """Perturbations (T, D) of ``documents``, (ids, label) from long to short, by the weights as they are.

        Args:
            number (int): names what is drawn.
            divisor (float): what the summed loss is divided by, however many documents there are.
        """
        self.number, self.usual_divisor, self.matrix = number, divisor, self.network.matrix()
        if self.method.space == "directions":
            self.neighbours = self._neighbours()
        text, masks = Text.of(documents), [[None] * len(documents)] * 2
        return self.perturbations(text, [self._logits(ids, None, None) for ids in text.ids], masks)

    def _divisor(self, text):
        if self.usual_divisor is not None:
            return self.usual_divisor
        return sum(map(len, text.ids)) if self.over_labels and self.per_word else len(text.ids)

    @staticmethod
    def _cross_entropies(text, logits):
        return [
            -F.sum(F.select_item(F.log_softmax(each), np.atleast_1d(label)))
            for each, label in zip(logits, text.labels, strict=True)
        ]

    @staticmethod
    def _divergences(clean, logits):
        """KL(clean || other) of each document; no derivative by the clean ones."""
        return [
            F.sum(F.softmax(p.array) * (F.log_softmax(p.array) - F.log_softmax(q)))
            for p, q in zip(clean, logits, strict=True)
        ]

    def _perturbed(self, text, clean):
        """The perturbations, the loss at them, and there the cross-entropy of documents that have labels."""
        name = "labelled"
        if self.method.divergence == "kl" and self.texts["unlabelled"] is not None:
            name, size = "unlabelled", self.config.training.unlabeled_batch_size
            text, _ = self.batch(name, "order of labelled and unlabelled documents", size)
            clean = [self._logits(ids, *mask) for ids, *mask in zip(text.ids, *self.masks(text, name, 0), strict=True)]
        fresh = self.recipe == "authors"
        r = self.perturbations(text, clean, self.masks(text, name, 1 if fresh else 0))
        masks = self.masks(text, name, 2 if fresh else 0)
        logits = [self._logits(ids, *mask) for ids, *mask in zip(text.ids, *masks, r, strict=True)]
        harder = sum(self._cross_entropies(text, logits)) / self._divisor(text) if name == "labelled" else None
        return r, sum(self._each(text, clean, logits)) / self._divisor(text), harder

    def _each(self, text, clean, logits):
        if self.method.divergence == "kl":
            return self._divergences(clean, logits)
        return self._cross_entropies(text, logits)

    def perturbations(self, text, clean, masks):
        """A perturbation (T, D) for each document of ``text``, found at the words under ``masks``."""
        settings, directed = self.config.perturbation, self.method.space == "directions"
        coordinates = settings.neighbours if directed else self.config.model.embedding_size
        starts, choices = self.draws(text, "start", coordinates), self.draws(text, "choice", coordinates)
        found = []
        for index, ids in enumerate(text.ids):
            words = self._words(ids, masks[0][index]).array
            perturbable = np.ones(len(ids)) if self.recipe == "authors" else (ids != self.vocabulary.eos).astype(float)
            found.append(
                RECIPES[self.recipe](
                    Situation(
                        self.method,
                        self._divergence_of(text, index, clean, words, masks[1][index]),
                        self._directions(text, index, words, masks[0][index], perturbable) if directed else None,
                        perturbable,
                        starts[index],
                        choices[index],
                        epsilon=settings.epsilon_directions if directed else settings.epsilon_free,
                        xi=settings.xi,
                        scope=settings.scope_directions if directed else settings.scope_free,
                        xi_scope=settings.xi_scope,
                        power_iterations=settings.power_iterations,
                        settings=settings,
                    )
                )
            )
        return found

    def _divergence_of(self, text, index, clean, words, ffnn_mask):
        """A document's part of the loss as a function of its perturbation."""
        one, divisor = Text([text.ids[index]], [text.labels[index]], []), self._divisor(text)

        def divergence(r):
            return self._each(one, clean[index : index + 1], [self.network.logits(words + r, ffnn_mask)])[0] / divisor

        return divergence

    def _directions(self, text, index, words, mask, perturbable):
        neighbours = self.matrix.array[self.neighbours[text.ids[index]]]
        if self.recipe == "authors":
            neighbours = neighbours * self.neighbour_masks(text)[index]
        elif mask is not None:
            neighbours = neighbours * mask[:, None]
        return by_force.directions(words, neighbours, LENGTHS[self.recipe]) * perturbable[:, None, None]

    def _adam(self, gradients, beta1=0.9, beta2=0.999, eps=1e-8):
        """Adam (Kingma and Ba 2015) after clipping by the norm over all parameters."""
        training, t = self.config.training, self.number + 1
        norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients.values()))
        step = training.learning_rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        for name, weight in self.network.weights.items():
            gradient = gradients[name] * min(1, training.gradient_clipping / norm)
            m, v = self.moments[name]
            m, v = beta1 * m + (1 - beta1) * gradient, beta2 * v + (1 - beta2) * gradient**2
            self.moments[name] = m, v
            weight.array -= step * m / (np.sqrt(v) + eps)
