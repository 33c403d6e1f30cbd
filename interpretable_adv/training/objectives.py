"""The second loss of a training update: what a method adds to the clean cross-entropy (Eq. 8, 15, 18, 22)."""
import dataclasses

from core import compat  # noqa: F401  (before chainer)
import chainer

from core.random import dropout_mask, generator
from interpretable_adv.functions import kl_divergence
from interpretable_adv.perturbation import (DirectionSpace, FreeSpace, NeighbourTable, Scaling, Sentences, perturb,
                                            virtual_gradient)
from interpretable_adv.training.losses import cross_entropy, normalizer
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
                                             drop_self="rank" if released else "id",
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
        space = DirectionSpace(neighbours, matrix, one.embedded, perturbable=perturbable,
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
        """(pass, loss) of this update; see :class:`Clean` for ``clean``."""
        at, gradient = clean.one, clean.gradient
        if self.config.perturbation.gradient_pass == "separate":
            at = self.later_pass(clean.one, matrix, update, 1, "labelled")
            gradient = self.divergence_gradient(at) if self.method.needs_gradient else None
        r = perturb(self.method.choice, self.scaling(at, matrix, update), self.epsilon, gradient,
                    self.generator("choice", update))
        one = self.later_pass(clean.one, matrix, update, 2, "labelled")
        return one, self.weight * cross_entropy(one.logits(one.words(r)), one.batch, self.average_over)

    def divergence_gradient(self, one, *_):
        """The gradient (N, D) of the cross-entropy at the embedded words of ``one`` (Pass), without a perturbation."""
        words = chainer.Variable(one.embedded)
        gradient, = chainer.grad([cross_entropy(one.logits(words), one.batch, self.average_over)], [words])
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
        """(pass, loss) of this update; see :class:`Clean` for ``clean``."""
        if self.batches is None:
            text, one, logits = "labelled", clean.one, clean.logits
        else:
            text = "unlabelled"
            one = self.new_pass(matrix, next(self.batches), update, 0, text)
            with chainer.no_backprop_mode():
                logits = one.logits(chainer.Variable(one.embedded)).array
        at = self.later_pass(one, matrix, update, 1, text)
        scaling = self.scaling(at, matrix, update)
        gradient = self.divergence_gradient(at, logits, scaling, update) if self.method.needs_gradient else None
        r = perturb(self.method.choice, scaling, self.epsilon, gradient, self.generator("choice", update))
        one = self.later_pass(one, matrix, update, 2, text)
        divisor = normalizer(logits, one.batch, self.average_over)
        return one, self.weight * kl_divergence(logits, one.logits(one.words(r)), divisor)

    def divergence_gradient(self, one, logits, scaling, update):
        """The gradient (N, D) of the KL divergence a step away from the embedded words of ``one`` (Pass).

        Args:
            one (interpretable_adv.training.passes.Pass)
            logits: (rows, classes), the clean ones, an array.
            scaling (interpretable_adv.perturbation.Scaling): of the space of the method around ``one``.
            update (int): names the random start.
        """
        settings = self.config.perturbation
        start = settings.ivat_start if self.method.space == "directions" else "random"
        step = dataclasses.replace(scaling, scope=settings.xi_scope)
        return virtual_gradient(lambda r: one.logits(one.embedded + r), logits, step, settings.xi, settings.power_iterations,
                                start, self.generator("start", update), normalizer(logits, one.batch, self.average_over))


#: The losses by what a method's perturbation is to increase.
LOSSES = {"cross_entropy": AdversarialLoss, "kl": VirtualAdversarialLoss}
