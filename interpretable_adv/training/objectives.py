"""The second loss of a training update: lambda times the loss of perturbed documents (Eq. 8, 15, 18, 22)."""

import dataclasses

import chainer

from iadv_foundation.arithmetic.random import dropout_mask, generator
from interpretable_adv.functions.losses import cross_entropy, normalizer
from interpretable_adv.links.passes import Pass
from interpretable_adv.perturbation.divergences import CrossEntropy, VirtualDivergence
from interpretable_adv.perturbation.normalisation import Sentences
from interpretable_adv.perturbation.perturber import Perturber


@dataclasses.dataclass(frozen=True, eq=False)
class Clean:
    """The clean pass of an update over labelled documents, already back-propagated.

    Attributes:
        one (Pass): the pass.
        logits: (rows, classes), an array.
        gradient: (N, D), of the cross-entropy at the embedded words.
    """

    one: Pass
    logits: object
    gradient: object


@dataclasses.dataclass(frozen=True, eq=False)
class Perturbed:
    """The perturbed pass of an update.

    Attributes:
        one (Pass): the pass, whose embedded words get gradients from ``loss``.
        loss (chainer.Variable): scalar, weighted by lambda.
        cross_entropy: of the perturbed documents, a scalar array without lambda; None where they have no labels.
    """

    one: Pass
    loss: chainer.Variable
    cross_entropy: object


class PerturbedLoss:
    """What both families share.

    Args:
        network (chainer.Chain): see :mod:`interpretable_adv.links`.
        method (interpretable_adv.methods.Method): one with a perturbation.
        config (interpretable_adv.settings.Config): of the run.
        vocabulary (data_prep.corpus.Vocabulary): tells the specials.
        seed (int): of the run.
        training_words (numpy.ndarray): bool (V,), words of the labelled training text.
        perturbed_words (numpy.ndarray or None): bool (V,), words of the text whose words are perturbed; None for any
            words.
    """

    def __init__(self, network, method, config, vocabulary, seed, training_words, perturbed_words):
        self.network, self.config, self.vocabulary, self.seed = network, config, vocabulary, seed
        self.average_over = config.training.average_over
        self.perturber = Perturber(
            method,
            config.perturbation,
            vocabulary.specials,
            training_words,
            perturbed_words,
            network.embedding.catch_up,
        )
        weighted = config.perturbation.loss_weight_for in ("all", method.divergence)
        self.weight = config.perturbation.loss_weight if weighted else 1.0

    def new_pass(self, matrix, batch, update, number, text):
        """A pass over ``batch`` (of ``text``: a name) with its own dropout masks, one set for each ``number``."""
        return Pass(self.network, matrix, batch, self.config.model.dropout, (self.seed, text, update, number))

    def later_pass(self, one, matrix, update, number, text):
        """The pass for a further use of the batch of ``one``: the same masks, or fresh ones, as the recipe says."""
        if self.config.perturbation.dropout_masks == "shared":
            return one
        return self.new_pass(matrix, one.batch, update, number, text)

    def perturbation(self, at, divergence, matrix, update, gradient=None):
        """The perturbation r (N, D) of the words of a pass.

        Args:
            at (interpretable_adv.links.passes.Pass): the pass that tells how the divergence grows.
            divergence (callable): see :mod:`interpretable_adv.perturbation.divergences`.
            matrix: (V, D), the embedding matrix of this update.
            update (int): names what is drawn.
            gradient: float (N, D), of the divergence at the words, where that is known already.
        """
        batch = at.batch
        perturbable = None if self.config.perturbation.perturb_eos else batch.ids != self.vocabulary.eos
        return self.perturber(
            at.logits,
            divergence,
            batch.ids,
            matrix,
            Sentences(batch.sentence, len(batch.layout.lengths)),
            embedded=at.embedded,
            gradient=gradient,
            perturbable=perturbable,
            draw=lambda purpose: self.generator(purpose, update),
            **self._neighbour_masks(at, update),
        ).r

    def generator(self, purpose, update):
        """Random numbers for one purpose of one update."""
        return generator(self.seed, f"perturbation {purpose}", update)

    def _neighbour_masks(self, one, update):
        if self.config.perturbation.dropout_masks == "shared" or one.mask is None:
            return {"mask": one.mask}
        return {"neighbour_mask": FreshNeighbourMasks(one.embedded, self.config, self.seed, update)}


class AdversarialLoss(PerturbedLoss):
    """Cross-entropy of labelled documents at a perturbation that increases it (AdvT family, Eq. 8 and 15)."""

    def __call__(self, clean, matrix, update):
        """The :class:`Perturbed` pass of this update; see :class:`Clean` for ``clean``."""
        at, gradient, batch = clean.one, clean.gradient, clean.one.batch
        if self.config.perturbation.gradient_pass == "separate":
            at, gradient = self.later_pass(clean.one, matrix, update, 1, "labelled"), None
        divergence = CrossEntropy(batch.labels, normalizer(clean.logits, batch, self.average_over))
        r = self.perturbation(at, divergence, matrix, update, gradient)
        one = self.later_pass(clean.one, matrix, update, 2, "labelled")
        loss = divergence(one.logits(one.words(r)))
        return Perturbed(one, self.weight * loss, loss.array)


class VirtualAdversarialLoss(PerturbedLoss):
    """KL divergence of the output under a perturbation from the clean one, on labelled and unlabelled documents
    (VAT family, Eq. 18 and 22).

    Attributes:
        batches (iterator or None): batches of D'; None where the corpus has no unlabelled documents, so that the
            labelled batch of the update serves.
    """

    batches = None

    def __call__(self, clean, matrix, update):
        """The :class:`Perturbed` pass of this update; see :class:`Clean` for ``clean``."""
        if self.batches is None:
            text, one, logits = "labelled", clean.one, clean.logits
        else:
            text = "unlabelled"
            one = self.new_pass(matrix, next(self.batches), update, 0, text)
            with chainer.no_backprop_mode():
                logits = one.logits(chainer.Variable(one.embedded)).array
        divergence = VirtualDivergence(logits, normalizer(logits, one.batch, self.average_over))
        r = self.perturbation(self.later_pass(one, matrix, update, 1, text), divergence, matrix, update)
        one = self.later_pass(one, matrix, update, 2, text)
        perturbed = one.logits(one.words(r))
        labelled = None
        if self.batches is None:
            with chainer.no_backprop_mode():
                labelled = cross_entropy(perturbed.array, one.batch, self.average_over).array
        return Perturbed(one, self.weight * divergence(perturbed), labelled)


class FreshNeighbourMasks:
    """Independent dropout masks for the vectors of a batch's neighbours (recipe ``authors``), made anew for each slice.

    Args:
        embedded: (N, D), for shape and type.
        config (interpretable_adv.settings.Config): of the run.
        seed, update (int): name the masks.
    """

    def __init__(self, embedded, config, seed, update):
        self.size, self.xp = embedded.shape[1], chainer.backend.get_array_module(embedded)
        self.neighbours, self.dropout = config.perturbation.neighbours, config.model.dropout
        self.seed, self.update = seed, update

    def __call__(self, words):
        shape = words.stop - words.start, self.neighbours, self.size
        draws = generator(self.seed, "dropout neighbours", self.update, words.start)
        return self.xp.asarray(dropout_mask(draws, shape, self.dropout))


#: The losses by what a method's perturbation is to increase.
LOSSES = {"cross_entropy": AdversarialLoss, "kl": VirtualAdversarialLoss}
