"""How the point of a space is chosen, and how long the perturbation then is: the last step of every method."""
import dataclasses

from interpretable_adv.perturbation.normalisation import RELEASED_FLOOR, Sentences, Words, normalise, require_finite


@dataclasses.dataclass(frozen=True, eq=False)
class Scaling:
    """From coordinates of any length to a perturbation of the right one.

    Attributes:
        space: see :mod:`interpretable_adv.perturbation.spaces`.
        sentences (Sentences): of the batch.
        scope (str): a key of :data:`SCOPES`, what has the length.
        rule (str): ``"safe"`` or ``"released"`` of :data:`interpretable_adv.perturbation.normalisation.RULES`.
    """

    space: object
    sentences: Sentences
    scope: str = "sentence"
    rule: str = "safe"

    def __call__(self, coordinates, length):
        """The perturbation r (N, D) in the direction of ``coordinates``, ``length`` (float) long.

        Raises:
            UserError: the coordinates are not finite, so training has diverged.
        """
        return SCOPES[self.scope](self, coordinates, length)

    def coordinates(self, coordinates, length):
        """The coordinates, in the direction of ``coordinates``, of the perturbation that a call with the same arguments gives.

        Raises:
            UserError: as a call.
        """
        if self.scope == "sentence":
            return self.over_sentence(coordinates, length)
        if self.scope == "word":
            return self.over_word(coordinates, length)
        unit = self.unit_alpha(coordinates)
        r = self.space.to_embedding(unit)
        squares = self.sentences.total((r * r).sum(axis=1))
        products = self.sentences.total((r * self.over_sentence(r, length)).sum(axis=1))
        xp = self.space.xp
        return unit * (products / xp.where(squares > 0, squares, 1)).astype(unit.dtype)[:, None]

    def slope(self, gradient):
        """The gradient at the coordinates (N, coordinates) where the perturbation is zero.

        The authors' code takes that of their scope through its normalisation of each word's r, whose derivative at r = 0 is
        1 / sqrt(1e-6): slopes a thousand times as large, so that few of them are lost beside the 1e-5 of :meth:`unit_alpha`.

        Args:
            gradient: float (N, D), at the embedded words.
        """
        slope = self.space.pull_back(gradient)
        return slope / RELEASED_FLOOR if (self.scope, self.rule) == ("released", "released") else slope

    def over_sentence(self, vectors, length):
        """``vectors`` so that a sentence's, concatenated, have a length."""
        return normalise(vectors, length, self.sentences, self.rule)

    def over_word(self, vectors, length):
        """``vectors`` so that each word's has a length."""
        return normalise(vectors, length, Words, self.rule)

    def unit_alpha(self, coordinates):
        """``coordinates`` so that each word's have length 1, by the authors' code divided by their length + 1e-5."""
        return normalise(coordinates, 1, Words, {"safe": "safe", "released": "chainer"}[self.rule])


def _sentence_coordinates(scaling, coordinates, length):
    return scaling.space.to_embedding(scaling.over_sentence(coordinates, length))


def _word_coordinates(scaling, coordinates, length):
    return scaling.space.to_embedding(scaling.over_word(coordinates, length))


def _sentence_perturbation(scaling, coordinates, length):
    return scaling.over_sentence(scaling.space.to_embedding(scaling.unit_alpha(coordinates)), length)


#: ``"sentence"``: a sentence's coordinates have length epsilon (Eq. 9, 14).  ``"word"``: each word's have (Eq. 17 and 20 read
#: literally).  ``"released"``: the authors' code, each word's coordinates have length 1, then r over the sentence epsilon.
SCOPES = {"sentence": _sentence_coordinates, "word": _word_coordinates, "released": _sentence_perturbation}


def perturb(choice, scaling, epsilon, slope=None, generator=None):
    """The perturbation of a batch.

    Args:
        choice (str): a key of :data:`CHOICES`.
        scaling (Scaling): of the space it is looked for in.
        epsilon (float): its length.
        slope: float (N, coordinates), gradient of the divergence at the coordinates; for the choices that follow it.
        generator (numpy.random.Generator): for the choices that draw.

    Returns:
        r, float (N, D): to be added to the embedded words; zero in a sentence (for ``"best"``, at a word) whose slope is.

    Raises:
        UserError: the slope is not finite, so training has diverged.
    """
    return scaling(CHOICES[choice](scaling.space, slope, generator), epsilon)


def _gradient(space, slope, generator):
    """The direction in which the divergence grows fastest (Eq. 9, 17, 20, 21)."""
    return slope


def _best(space, slope, generator):
    """One neighbour of each word, towards which the divergence grows fastest."""
    xp = space.xp
    require_finite(slope)  # one-hot coordinates would hide it
    # Neither a neighbour without a direction nor one along which nothing changes, as at a word without a gradient.
    leads = space.has_direction() & (slope != 0)
    index = xp.where(leads, slope, -xp.inf).argmax(axis=1)
    return space.one_hot(index) * leads.any(axis=1, keepdims=True)


def _rand(space, slope, generator):
    """One neighbour of each word, each as likely as the others."""
    words, neighbours = space.coordinates_shape
    return space.one_hot(space.xp.asarray(generator.integers(0, neighbours, words)))


def _random(space, slope, generator):
    """A random direction, all equally likely."""
    return space.random(generator)


#: From (space, slope, generator) to coordinates.  ``"best"`` and ``"rand"`` need a space of directions.
CHOICES = {"gradient": _gradient, "best": _best, "rand": _rand, "random": _random}
