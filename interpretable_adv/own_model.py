"""Perturbations of texts, and what they say about them, for a Chainer model of one's own, whatever it is built from.

The model is a function from embedded texts to logits, and its embedding a matrix with a row for each word; nothing else
of it is asked for.  ``perturb`` is for a look, :class:`TextPerturber` for a training loop.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import chainer
import chainer.functions as F
import numpy as np
from chainer import backend
from chainer.backends import cuda

from iadv_foundation.arithmetic.random import generator
from iadv_foundation.errors import UsageError
from interpretable_adv.analysis.explanation import TOP, Explanation, explain_text
from interpretable_adv.analysis.perturbations import Perturbation
from interpretable_adv.analysis.targets import TargetFinder
from interpretable_adv.given_texts import given_texts
from interpretable_adv.perturbation.divergences import divergence_of
from interpretable_adv.perturbation.normalisation import Sentences
from interpretable_adv.perturbation.perturber import Found, Perturber

if TYPE_CHECKING:
    from iadv_foundation.arithmetic.arrays import Array, FloatArray, IntArray
    from interpretable_adv.given_texts import GivenTexts
    from interpretable_adv.methods import Method

    #: Numbers of words or what belongs to them: an array for each text, or one array with a row for each.
    Words = Sequence[IntArray] | Sequence[Sequence[int]] | IntArray
    #: Embedded texts -> logits, both as the caller's model has them.
    Logits = Callable[[Any], Any]


def perturb(
    network: Logits,
    embedding: Any,
    words: Words,
    labels: Any = None,
    method: str | Method = "iadvt",
    epsilon: float | None = None,
    **options: Any,
) -> PerturbedTexts:
    """Perturb embedded texts so that a network's loss grows (Eq. 8, 9, 12-15), or its output changes (Eq. 18-22).

    For training, where neighbours are to be found once an epoch and not at each update, see :class:`TextPerturber`.

    Args:
        network: from embedded texts to logits.  The embedded texts are as ``words`` is: a list of chainer.Variable
            (length, D), or one chainer.Variable (B, length, D).  Logits are chainer.Variable (B, classes), or one row
            for each word where every word has a label: (N, classes), a list of (length, classes), or
            (B, length, classes).
        embedding: the matrix (V, D) that the words are rows of: an array, a chainer.Parameter, or a link whose ``W`` it
            is, such as ``chainer.links.EmbedID``.
        words: texts of any lengths, as numbers of words: a list of int arrays, or an int array (B, length) that is
            filled up with ``padding``.
        labels: int (B,), or for each word as ``words``; by default the network's own predictions.  The VAT family does
            not look at them.
        method: a key of :data:`interpretable_adv.METHODS` with a perturbation, or a Method of one's own.
        epsilon: length of the perturbation of a text, in the space of directions of the weights alpha; by default the
            paper's.
        options: see :class:`TextPerturber`.

    Returns:
        PerturbedTexts: ``r``, to be added to the embedded words, and what it says.

    Raises:
        UsageError: there is no such method or setting, or network, words and labels do not fit together.
        UserError: a gradient is not finite.

    Examples:
        >>> import interpretable_adv
        >>> import chainer.functions as F, chainer.links as L, numpy as np
        >>> embed, gru, output = L.EmbedID(20, 8), L.NStepGRU(1, 8, 6, 0), L.Linear(6, 2)
        >>> def network(texts):  # list of (length, 8) -> (texts, 2)
        ...     return output(gru(None, texts)[0][0])
        >>> words, labels = [np.array([3, 5, 7]), np.array([2, 9])], np.array([0, 1])
        >>> found = interpretable_adv.perturb(network, embed, words, labels, method="advt", epsilon=5)
        >>> [r.shape for r in found.r], [round(float(np.linalg.norm(r)), 3) for r in found.r]
        ([(3, 8), (2, 8)], [5.0, 5.0])
        >>> loss = F.softmax_cross_entropy(network([embed(w) + r for w, r in zip(words, found.r)]), labels)
        >>> found = interpretable_adv.perturb(network, embed, words, labels, method="iadvt", neighbours=4)
        >>> [alpha.shape for alpha in found.alpha], [len(targets) for targets in found.targets]
        ([(3, 4), (2, 4)], [3, 2])
    """
    return TextPerturber(method, epsilon, **options)(network, embedding, words, labels)


class TextPerturber:
    """Finds the perturbations of batch after batch by one method.

    Args:
        method: a key of :data:`interpretable_adv.METHODS` with a perturbation, or a Method of one's own.
        epsilon: see :func:`perturb`.
        padding: the number of a word that fills up texts, which is none.  A row of the matrix that stands for it, such
            as 0, must be below ``specials``.
        specials: words with a number below it are never a neighbour: ``<pad>``, ``<eos>``, ``<unk>``.  One more than
            ``padding`` at least.
        fixed: numbers of words that are not perturbed, such as that of ``<eos>``.
        seed: of what is drawn, which then depends on it and on the number of the call alone; drawn anew by default.
        settings: in place of those of recipe ``paper``: keys of ``[perturbation]`` in ``configs/recipes/paper.toml``,
            such as ``neighbours`` (K), ``xi`` and ``power_iterations``.

    Raises:
        UsageError: there is no such method or setting.

    Examples:
        >>> import chainer.links as L, numpy as np
        >>> from interpretable_adv import TextPerturber
        >>> embed, output = L.EmbedID(20, 8, ignore_label=-1), L.Linear(None, 2)
        >>> perturber = TextPerturber("iadvt", epsilon=3, neighbours=4)
        >>> perturber.begin_epoch(embed)  # the neighbours of all words, for the batches that follow
        >>> words = np.array([[3, 5, 7], [2, 9, -1]])
        >>> perturber(output, embed, words, np.array([0, 1])).r.shape
        (2, 3, 8)
    """

    def __init__(
        self,
        method: str | Method = "iadvt",
        epsilon: float | None = None,
        *,
        padding: int = -1,
        specials: int | None = None,
        fixed: Sequence[int] = (),
        seed: int | None = None,
        **settings: Any,
    ) -> None:
        self.padding, self.fixed, self.seed = padding, tuple(fixed), seed
        self.specials = max(padding + 1, 0) if specials is None else specials
        if padding >= self.specials:
            raise UsageError(f"padding {padding} would be a neighbour of words: give specials={padding + 1} or more")
        lengths = {} if epsilon is None else {"epsilon_free": epsilon, "epsilon_directions": epsilon}
        once = {} if "neighbour_refresh" in settings else {"neighbour_refresh": "iteration"}
        self._perturber = Perturber(method, specials=self.specials, **{**lengths, **once, **settings})
        self._calls = 0

    @property
    def method(self) -> Method:
        """What the perturbations are made by."""
        return self._perturber.method

    @property
    def epsilon(self) -> float:
        """Length of a perturbation, in the space of directions of its weights alpha."""
        return self._perturber.epsilon

    def begin_epoch(self, embedding: Any) -> None:
        """Find the neighbours of all words; until the next call they stay, though training moves the embeddings."""
        if self._perturber.neighbours is not None:
            self._perturber.neighbours.policy = "epoch"
        self._perturber.begin_epoch(_matrix_of(embedding))

    def __call__(self, network: Logits, embedding: Any, words: Words, labels: Any = None) -> PerturbedTexts:
        """Perturb a batch; see :func:`perturb`.  No gradient reaches the network's parameters.

        Dropout that the network draws itself is drawn anew in each pass through it, unless
        ``chainer.using_config("train", False)`` switches it off.
        """
        matrix = _matrix_of(embedding)
        texts = given_texts(words, self.padding, matrix)
        embedded = matrix[texts.ids]

        def logits_of(packed: chainer.Variable) -> chainer.Variable:
            return texts.rows(network(texts.as_given(packed)))

        with chainer.no_backprop_mode():
            clean = logits_of(chainer.Variable(embedded)).array
        wanted = clean.argmax(axis=1).astype(np.int32) if labels is None else texts.labels(labels, len(clean))
        self._calls += 1
        found = self._perturber(
            logits_of,
            divergence_of(self.method, clean, wanted, texts.count),
            texts.ids,
            matrix,
            Sentences(texts.sentence, texts.count),
            embedded=embedded,
            perturbable=self._perturbable(texts.ids),
            draw=None if self.seed is None else functools.partial(self._generator, self._calls - 1),
        )
        return PerturbedTexts(self, texts, matrix, found, clean, wanted, labels is not None)

    def _generator(self, number: int, purpose: str) -> np.random.Generator:
        drawn: np.random.Generator = generator(self.seed, f"perturbation {purpose}", number)
        return drawn

    def _perturbable(self, ids: Array) -> Array | None:
        if not self.fixed:
            return None
        xp = backend.get_array_module(ids)
        return ~xp.isin(ids, xp.asarray(self.fixed))


class PerturbedTexts:
    """The perturbations of a batch of texts.

    What there is of each word is given as the words were: a list with an array for each text, or one array
    (B, length, ...) with zeros, or -1 for numbers of words, at the padding.  ``targets`` and ``explain`` look the words
    up in the embedding matrix as it is when they are first asked for: ask before an optimiser changes it.

    Attributes:
        method: what it was made by.
        epsilon: length of the perturbation of a text, in the space of directions of its weights.
        logits: float (rows, classes), of the clean network.

    Examples:
        >>> import interpretable_adv
        >>> import chainer.functions as F, numpy as np
        >>> matrix = np.array([[0, 1], [1, 0], [1, 1], [2, 1]], "f")  # a network that adds up the words of a text
        >>> found = interpretable_adv.perturb(
        ...     lambda texts: F.stack([F.sum(text, axis=0) for text in texts]), matrix, [[0, 2], [3]], [0, 1],
        ...     method="iadvt", epsilon=1, neighbours=2)
        >>> [targets.tolist() for targets in found.targets]
        [[2, 0], [1]]
        >>> [word["target"] for word in found.explain(["red", "green", "blue", "grey"])[0].words]
        ['blue', 'red']
    """

    def __init__(
        self,
        perturber: TextPerturber,
        texts: GivenTexts,
        matrix: FloatArray,
        found: Found,
        logits: FloatArray,
        labels: IntArray,
        labelled: bool,
    ) -> None:
        self.method, self.epsilon, self.logits = perturber.method, perturber.epsilon, logits
        self._texts, self._matrix, self._found = texts, matrix, found
        self._labels, self._labelled = labels, labelled

    @property
    def r(self) -> Any:
        """The perturbation: float (length, D) of each text, to be added to its embedded words."""
        return self._texts.give_back(self._found.r)

    @property
    def alpha(self) -> Any:
        """The weights of the directions (Eq. 12): float (length, K) of each text; None in the free space."""
        return self._texts.give_back(self._found.coordinates) if self.method.space == "directions" else None

    @property
    def neighbours(self) -> Any:
        """The words that the directions lead to: int (length, K) of each text; None in the free space."""
        if self.method.space != "directions":
            return None
        return self._texts.give_back(self._found.space.neighbours, -1)

    @property
    def targets(self) -> Any:
        """The word that each word points to (section 6.4), -1 for none: int (length,) of each text.

        The one with the largest weight alpha or, in the free space, with the highest cosine to the direction to it.
        """
        pointing = np.concatenate([self._find(one).ids[:, 0] for one in self._perturbations])
        return self._texts.give_back(pointing, -1)

    def explain(
        self, vocabulary: Sequence[str], classes: Sequence[str] | None = None, name: str = "own model", top: int = TOP
    ) -> list[Explanation]:
        """What the perturbation says about each text, in words; a notebook shows it as the picture of Figure 4.

        Args:
            vocabulary: the words by their numbers.
            classes: names of the labels; by default their numbers.
            name: of the network, for titles.
            top: words to name for each word, the target and its runners-up.

        Returns:
            interpretable_adv.analysis.explanation.Explanation of each text, in their order.
        """
        classes = [str(number) for number in range(self.logits.shape[1])] if classes is None else list(classes)
        if len(classes) != self.logits.shape[1]:
            raise UsageError(f"{len(classes)} names of classes, and the network has {self.logits.shape[1]} of them")
        if len(vocabulary) < len(self._matrix):
            raise UsageError(f"{len(vocabulary)} words in the vocabulary, and the matrix has {len(self._matrix)} rows")
        about = {
            "run": name,
            "trained_by": None,
            "checkpoint_sha256": None,
            "corpus": None,
            "task": "labelling" if self._per_word else "classification",
            "epsilon": float(self.epsilon),
        }
        return [
            explain_text(
                one,
                self._find(one, top),
                vocabulary,
                classes,
                {**about, "source": f"text {number}"},
                labelled=self._labelled,
            )
            for number, one in enumerate(self._perturbations, 1)
        ]

    @functools.cached_property
    def _find(self) -> TargetFinder:
        return TargetFinder(self._matrix)

    @property
    def _per_word(self) -> bool:
        return self._texts.per_word(len(self.logits))

    @functools.cached_property
    def _perturbations(self) -> list[Perturbation]:
        """The perturbation of each text by itself."""
        texts, found = self._texts, self._found
        of_words: dict[str, Array] = {"ids": texts.ids, "embedded": found.space.embedded, "r": found.r}
        if found.gradient is not None:
            of_words["gradient"] = found.gradient * texts.count  # of the text, not of the mean over the batch
        if self.method.space == "directions":
            of_words.update(neighbours=found.space.neighbours, alpha=found.coordinates)
        outputs = {"log_probabilities": F.log_softmax(self.logits).array, "target": self._labels}
        parts: dict[str, Any] = {name: texts.apart(array) for name, array in of_words.items()}
        for name, array in outputs.items():
            parts[name] = texts.apart(array) if self._per_word else np.split(cuda.to_cpu(array), texts.count)
        alone = [{name: each[index] for name, each in parts.items()} for index in range(texts.count)]
        return [Perturbation(self.method, **{"gradient": None, **one}) for one in alone]


def _matrix_of(embedding: Any) -> FloatArray:
    """The array (V, D) of a matrix that may be a link's, a parameter or an array already.

    Raises:
        UsageError: it is none of them.
    """
    found: Any = getattr(embedding, "W", embedding)
    found = found.array if isinstance(found, chainer.Variable) else found
    if getattr(found, "ndim", 0) != 2 or found.dtype.kind != "f":
        raise UsageError(
            "embedding: a matrix (words, size) of floating-point numbers expected, or a link with one as W"
        )
    matrix: FloatArray = found
    return matrix
