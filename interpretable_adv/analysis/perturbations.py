"""The perturbations of given documents under a trained network: what a training update would add to their words,
without dropout, whatever number of documents is looked at.

By the released normalisation the length of a perturbation depends on the scale of the gradient, which in training is
that of a mean over the batch.  Here a document's gradient has the scale it has in a training batch of the usual length
(:func:`interpretable_adv.functions.losses.usual_normalizer`).
"""

import dataclasses
import functools

import chainer
import numpy as np
from chainer.backends import cuda

from iadv_foundation.arithmetic.random import generator
from iadv_foundation.console.cli import closest
from iadv_foundation.errors import UsageError
from interpretable_adv.functions.losses import usual_normalizer
from interpretable_adv.links.passes import Pass
from interpretable_adv.methods import METHODS
from interpretable_adv.perturbation.divergences import divergence_of
from interpretable_adv.perturbation.normalisation import Sentences
from interpretable_adv.perturbation.perturber import Perturber


@dataclasses.dataclass(frozen=True, eq=False)
class Perturbation:
    """The perturbation of the N words of one document, in their own order; all arrays are NumPy's.

    Attributes:
        method (interpretable_adv.methods.Method): what it was made by.
        ids: int32 (N,), the words.
        log_probabilities: float32 (1, classes), or (N, classes) where every word has a label; of the clean network.
        target: int32 (1,) or (N,), the classes whose cross-entropy the AdvT family increases.
        embedded: float32 (N, D), the words as the network sees them.
        gradient: float32 (N, D), of the document's divergence at the words (VAT family: a step of length xi away); None
            where it was not looked for.
        r: float32 (N, D), the perturbation (Eq. 9, 12, 18); zero at words that are not perturbed.
        neighbours: int32 (N, K), ids of the words that the directions lead to (Eq. 11); None in the free space.
        alpha: float32 (N, K), weights of the directions (Eq. 12); None in the free space.
        slope: float32 (N, K), derivative of the divergence along each direction d_k; None in the free space.
    """

    method: object
    ids: np.ndarray
    log_probabilities: np.ndarray
    target: np.ndarray
    embedded: np.ndarray
    gradient: np.ndarray | None
    r: np.ndarray
    neighbours: np.ndarray | None = None
    alpha: np.ndarray | None = None
    slope: np.ndarray | None = None

    @functools.cached_property
    def strength(self):
        """float32 (N,): length of each word's part of the perturbation."""
        return np.linalg.norm(self.r, axis=1)

    @property
    def prediction(self):
        """int64, like ``target``: the classes that the clean network predicts."""
        return self.log_probabilities.argmax(axis=1)


class RunPerturber:
    """Finds perturbations under one trained network.

    Args:
        run (interpretable_adv.trained.TrainedRun)
        method (str or None): a key of :data:`interpretable_adv.methods.METHODS` with a perturbation; the network need
            not have been trained by it.  None for the run's own, or ``"iadvt"`` where that has none.
        seed (int): of everything that is drawn.
        many (bool): whether so many documents will come that the neighbours of all words are worth finding at once.

    Raises:
        UsageError: there is no such method, or it has no perturbation.
    """

    def __init__(self, run, method=None, seed=0, many=False):
        self.run, self.seed = run, seed
        self.method = (
            METHODS[closest(method, METHODS, "method")]
            if method
            else run.method
            if run.method.perturbs
            else METHODS["iadvt"]
        )
        if not self.method.perturbs:
            raise UsageError(
                f"--method {method}: it has no perturbation; choose from "
                f"{', '.join(name for name, one in METHODS.items() if one.perturbs)}"
            )
        config, traits = run.config, run.traits
        self._perturber = Perturber(
            self.method,
            config.perturbation,
            traits.vocabulary.specials,
            traits.occurring,
            catch_up=run.network.embedding.catch_up,
            neighbour_refresh="epoch" if many else "iteration",
        )
        from_pool = self.method.semi_supervised and traits.unlabeled
        batch_size = config.training.unlabeled_batch_size if from_pool else config.training.batch_size
        self._divisor = usual_normalizer(config.training, batch_size, traits.labels_per_document)
        self.matrix = run.network.embedding.matrix().array

    @property
    def epsilon(self):
        """Length of the coordinates over a sentence, or over each word, as the run's configuration has it (float)."""
        return self._perturber.epsilon

    def __call__(self, batch, number=0):
        """The perturbations of a batch.

        Args:
            batch (interpretable_adv.documents.Batch): where it has no labels, the network's own predictions take their
                place, as the classes whose cross-entropy the AdvT family increases.
            number (int): names what is drawn for this batch.

        Returns:
            list of Perturbation, in the order in which the documents were given.
        """
        with chainer.using_config("train", False):
            one = Pass(self.run.network, self.matrix, batch)
            with chainer.no_backprop_mode():
                logits = one.logits(chainer.Variable(one.embedded))
                log_probabilities = chainer.functions.log_softmax(logits).array
            labels = batch.labels
            if labels is None:
                labels = log_probabilities.argmax(axis=1).astype(np.int32)
            found = self._find(one, divergence_of(self.method, logits.array, labels, self._divisor), number)
            gradient, _ = found.problem.start
        gradients = gradient * self._divisor  # what is reported is of each document's own
        of_words = {"ids": batch.ids, "embedded": one.embedded, "gradient": gradients, "r": found.r}
        if self.method.space == "directions":
            of_words.update(
                neighbours=found.space.neighbours, alpha=found.coordinates, slope=found.space.pull_back(gradients)
            )
        outputs = {"log_probabilities": log_probabilities, "target": labels}
        return self._by_document(batch.layout, of_words, outputs)

    def generator(self, purpose, number):
        """Random numbers for one purpose of one batch."""
        return generator(self.seed, f"perturbation {purpose}", number)

    def _find(self, one, divergence, number):
        batch, vocabulary = one.batch, self.run.traits.vocabulary
        perturbable = None if self.run.config.perturbation.perturb_eos else batch.ids != vocabulary.eos
        return self._perturber(
            one.logits,
            divergence,
            batch.ids,
            self.matrix,
            Sentences(batch.sentence, len(batch.layout.lengths)),
            embedded=one.embedded,
            perturbable=perturbable,
            draw=lambda purpose: self.generator(purpose, number),
        )

    def _by_document(self, layout, of_words, of_outputs):
        """Cut packed arrays into documents: a list of Perturbation."""
        per_word = self.run.traits.per_word
        unpack = {
            name: layout.unpack(cuda.to_cpu(array))
            for name, array in {**of_words, **(of_outputs if per_word else {})}.items()
        }
        place = np.argsort(layout.order)
        lengths = layout.lengths[place]
        ends = np.cumsum(lengths)
        documents = []
        for index, (start, end) in enumerate(zip(ends - lengths, ends, strict=True)):
            found = {name: array[start:end] for name, array in unpack.items()}
            if not per_word:
                row = slice(place[index], place[index] + 1)
                found.update({name: cuda.to_cpu(array)[row] for name, array in of_outputs.items()})
            documents.append(Perturbation(self.method, **found))
        return documents
