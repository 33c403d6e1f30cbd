"""The second loss of a training update: what a method adds to the clean cross-entropy (Eq. 8, 15, 18, 22)."""
import dataclasses

import chainer

from foundation.arithmetic.random import dropout_mask, generator
from interpretable_adv.functions import kl_divergence
from interpretable_adv.perturbation import (DirectionSpace, FreeSpace, NeighbourTable, Scaling, Sentences, perturb,
                                            virtual_gradient)
from interpretable_adv.perturbation.normalisation import RELEASED_FLOOR
from interpretable_adv.training.losses import cross_entropy, normalizer, summed_cross_entropy
from interpretable_adv.training.passes import Pass


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
    """What all methods with a perturbation share.

    Args:
        network (chainer.Chain): see :mod:`interpretable_adv.links`.
        method (interpretable_adv.methods.Method): the row of Table 3.
        config (interpretable_adv.config.Config): of the run.
        vocabulary (data_prep.corpus.Vocabulary): tells the specials.
        seed (int): of the run.
        training_words (numpy.ndarray): bool (V,), words of the labelled training text.
        perturbed_words (numpy.ndarray or None): bool (V,), words of the text whose words are perturbed; None for any words.
    """

    def __init__(self, network, method, config, vocabulary, seed, training_words, perturbed_words):
        self.network, self.method, self.config, self.vocabulary, self.seed = network, method, config, vocabulary, seed
        self.average_over = config.training.average_over
        settings = config.perturbation
        self.neighbours = None
        if method.space == "directions":
            released = settings.neighbour_rule == "released"
            self.neighbours = NeighbourTable(settings.neighbours, settings.neighbour_refresh,
                                             first_word=0 if released else vocabulary.specials,
                                             drop_self="rank" if released else "vector",
                                             known=training_words if released else None, looked_up=perturbed_words)
        self.epsilon = settings.epsilon_directions if method.space == "directions" else settings.epsilon_free
        weighted = settings.loss_weight_for in ("all", method.divergence)
        self.weight = settings.loss_weight if weighted else 1.0

    def begin_epoch(self, matrix):
        """Make the table of neighbours for the embedding matrix (V, D) of this moment."""
        if self.neighbours is not None:
            self.network.embedding.catch_up()
            self.neighbours.refresh(matrix)

    def serialize(self, serializer):
        """Keep the table of neighbours in a snapshot."""
        if self.neighbours is not None:
            self.neighbours.serialize(serializer["neighbours"])

    def new_pass(self, matrix, batch, update, number, text):
        """A pass over ``batch`` (of ``text``: a name) with its own dropout masks, one set for each ``number``."""
        return Pass(self.network, matrix, batch, self.config.model.dropout, (self.seed, text, update, number))

    def later_pass(self, one, matrix, update, number, text):
        """The pass for a further use of the batch of ``one``: the same masks again, or fresh ones, as the recipe says."""
        if self.config.perturbation.dropout_masks == "shared":
            return one
        return self.new_pass(matrix, one.batch, update, number, text)

    def scaling(self, one, matrix, update):
        """The space of the method around the words of a pass, and how lengths are measured in it."""
        settings = self.config.perturbation
        batch = one.batch
        perturbable = None if settings.perturb_eos else batch.ids != self.vocabulary.eos
        sentences = Sentences(batch.sentence, len(batch.layout.lengths))
        if self.method.space == "free":
            return Scaling(FreeSpace(one.embedded, perturbable), sentences, settings.scope_free, settings.normalisation)
        embedding = self.network.embedding
        if settings.neighbour_refresh == "iteration":
            embedding.catch_up()
        neighbours = self.neighbours.lookup(batch.ids, matrix)
        embedding.catch_up(neighbours)
        floor = RELEASED_FLOOR if settings.normalisation == "released" else 0.0
        space = DirectionSpace(neighbours, matrix, one.embedded, perturbable=perturbable, floor=floor,
                               **self._neighbour_masks(one, update))
        return Scaling(space, sentences, settings.scope_directions, settings.normalisation)

    def _neighbour_masks(self, one, update):
        if self.config.perturbation.dropout_masks == "shared" or one.mask is None:
            return {"mask": one.mask}
        return {"neighbour_mask": FreshNeighbourMasks(one.embedded, self.config, self.seed, update)}

    def generator(self, purpose, update):
        """Random numbers for one purpose of one update."""
        return generator(self.seed, f"perturbation {purpose}", update)


class FreshNeighbourMasks:
    """Independent dropout masks for the vectors of a batch's neighbours (recipe ``authors``), made anew for each slice.

    Args:
        embedded: (N, D), for shape and type.
        config (interpretable_adv.config.Config): of the run.
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


class AdversarialLoss(PerturbedLoss):
    """Cross-entropy of labelled documents at a perturbation that increases it (AdvT family, Eq. 8 and 15)."""

    def __call__(self, clean, matrix, update):
        """The :class:`Perturbed` pass of this update; see :class:`Clean` for ``clean``."""
        at, gradient = clean.one, clean.gradient
        if self.config.perturbation.gradient_pass == "separate":
            at = self.later_pass(clean.one, matrix, update, 1, "labelled")
            divisor = normalizer(clean.logits, at.batch, self.average_over)
            gradient = self._gradient(at, divisor) if self.method.needs_gradient else None
        scaling = self.scaling(at, matrix, update)
        slope = scaling.slope(gradient) if self.method.needs_gradient else None
        r = perturb(self.method.choice, scaling, self.epsilon, slope, self.generator("choice", update))
        one = self.later_pass(clean.one, matrix, update, 2, "labelled")
        loss = cross_entropy(one.logits(one.words(r)), one.batch, self.average_over)
        return Perturbed(one, self.weight * loss, loss.array)

    def ascent(self, one, logits, scaling, update, divisor):
        """Where the cross-entropy of the documents of ``one`` grows, without a perturbation.

        Args:
            one (interpretable_adv.training.passes.Pass)
            logits: not needed here.
            scaling (interpretable_adv.perturbation.Scaling): of the space of the method around ``one``.
            update (int): not needed here.
            divisor (float): divides the cross-entropy, summed over the documents.

        Returns:
            the gradient at the embedded words, float (N, D), and the slope, that at the coordinates, float (N, coordinates).
        """
        gradient = self._gradient(one, divisor)
        return gradient, scaling.slope(gradient)

    @staticmethod
    def _gradient(one, divisor):
        words = chainer.Variable(one.embedded)
        gradient, = chainer.grad([summed_cross_entropy(one.logits(words), one.batch) / divisor], [words])
        return gradient.array


class VirtualAdversarialLoss(PerturbedLoss):
    """KL divergence of the output under a perturbation from the clean one, on labelled and unlabelled documents
    (VAT family, Eq. 18 and 22).

    Attributes:
        batches (iterator or None): batches of D'; None where the corpus has no unlabelled documents, so that the labelled
            batch of the update serves.
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
        divisor = normalizer(logits, one.batch, self.average_over)
        at = self.later_pass(one, matrix, update, 1, text)
        scaling = self.scaling(at, matrix, update)
        slope = self.ascent(at, logits, scaling, update, divisor)[1] if self.method.needs_gradient else None
        r = perturb(self.method.choice, scaling, self.epsilon, slope, self.generator("choice", update))
        one = self.later_pass(one, matrix, update, 2, text)
        perturbed = one.logits(one.words(r))
        labelled = None
        if self.batches is None:
            with chainer.no_backprop_mode():
                labelled = cross_entropy(perturbed.array, one.batch, self.average_over).array
        return Perturbed(one, self.weight * kl_divergence(logits, perturbed, divisor), labelled)

    def ascent(self, one, logits, scaling, update, divisor):
        """Where the KL divergence of the documents of ``one`` grows, a step away from the embedded words.

        Args:
            one (interpretable_adv.training.passes.Pass)
            logits: (rows, classes), the clean ones, an array.
            scaling (interpretable_adv.perturbation.Scaling): of the space of the method around ``one``.
            update (int): names the random start.
            divisor (float): divides the divergence, summed over the documents.

        Returns:
            the gradient at the perturbed words, float (N, D), and the slope, that at the coordinates, float (N, coordinates).
        """
        settings = self.config.perturbation
        start = settings.ivat_start if self.method.space == "directions" else "random"
        step = dataclasses.replace(scaling, scope=settings.xi_scope)
        return virtual_gradient(lambda r: one.logits(one.embedded + r), logits, step, settings.xi, settings.power_iterations,
                                start, self.generator("start", update), divisor)


#: The losses by what a method's perturbation is to increase.
LOSSES = {"cross_entropy": AdversarialLoss, "kl": VirtualAdversarialLoss}
