"""What a perturbation says about a text, in words and numbers that JSON can hold.

The keys of :meth:`Explanation.to_json`:

===================== ==================================================================================================
``run``               ``CORPUS METHOD seed N``: the run whose network was looked at (str); of a model of a user's own
                      its name, and the next three are null
``trained_by``        the method it was trained by, a key of :data:`interpretable_adv.methods.METHODS` (str)
``checkpoint_sha256`` SHA-256 of its weights: all below holds for these alone (str)
``corpus``, ``task``  name of the corpus; ``classification`` or ``labelling`` (str)
``classes``           names of the labels, in their order (list of str)
``method``            the method that made the perturbation, a key of METHODS; need not be ``trained_by`` (str)
``method_title``      the same as the tables print it (str)
``space``             ``directions``: scores are weights alpha (Eq. 12); ``free``: scores are cosines (section 6.4)
                      (str)
``epsilon``           length of the perturbation's coordinates: r, or alpha in the direction space (float)
``source``            where the text comes from: ``test 12``, a file's name, or ``text`` (str)
``split``, ``index``  the document's place in its corpus (str, int); null for a user's text
``against``           what the growing loss is taken from: the labels, ``gold`` or, where there are none,
                      ``prediction``; for methods with the divergence from the network's own output, ``output`` (str)
``gold``              the class it belongs to (str); null where not known, and for labelling
``prediction``        the class the network gives it without a perturbation (str); null for labelling
``probabilities``     of all classes, in the order of ``classes`` (list of float); null for labelling
``dropped``           words of a user's text that the vocabulary does not have and the corpus leaves out, in order (list
                      of str)
``cut``               known words left out because the run reads no more than ``training.max_words`` of a text (int)
``words``             the words, in order (list), see below
===================== ==================================================================================================

Of each word:

===================== ==================================================================================================
``word``              as the network reads it (str), ``<unk>`` for one that the vocabulary does not have
``written``           as it stands in the text, in the tokeniser's letters (str)
``strength``          length of the word's part of the perturbation, |r_t| (float)
``relative``          ``strength`` by the largest of the text, 0 to 1 (float)
``target``            the word that it points to (str): largest alpha, or highest cosine; null for a word not perturbed
``score``             that alpha or cosine (float); null without a target.  An alpha below 0 means that even this
                      direction lowers the loss: the perturbation leads away from all neighbours
``toward``            strength towards the target (float): alpha, or |r_t| times the cosine; 0 without a target
``relative_toward``   ``toward``, where positive, by the largest of the text, 0 to 1 (float): the shade of Figure
                      4's bars
``runners_up``        the next best targets, best first: list of ``{"word": str, "score": float}``
``gold``              the word's label (str); null where not known, and for classification
``prediction``        the label the network gives it (str); null for classification
``probabilities``     of all classes (list of float); null for classification
===================== ==================================================================================================
"""

import contextlib
import dataclasses
import tempfile
from pathlib import Path

import numpy as np

from iadv_foundation.errors import UsageError
from interpretable_adv.analysis.reading import listed
from interpretable_adv.analysis.targets import TargetFinder

TOP = 5
#: The keys of :attr:`Explanation.about`, in their order.
KEYS = (
    "run",
    "trained_by",
    "checkpoint_sha256",
    "corpus",
    "task",
    "classes",
    "method",
    "method_title",
    "space",
    "epsilon",
    "source",
    "split",
    "index",
    "against",
    "dropped",
    "cut",
    "gold",
    "prediction",
    "probabilities",
)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """One text explained.

    Attributes:
        about (dict): all keys but ``words``, see above.
        words (list of dict): see above.

    Examples:
        >>> from interpretable_adv import explain
        >>> from interpretable_adv.demo import MODELS
        >>> explanation = explain(MODELS["advt"], "A moving film .")
        >>> [word["written"] for word in explanation.words], explanation.about["space"]
        (['a', 'moving', 'film', '.', '<eos>'], 'free')
    """

    about: dict
    words: list

    def __repr__(self):
        pointing = [f"{word['written']} -> {word['target']}" for word in self.words if word["target"]]
        return f"<{self.about['run']}, perturbed by {self.about['method_title']}: {', '.join(pointing)}>"

    def to_json(self):
        """A dict that JSON can hold, see above."""
        return {**self.about, "words": self.words}

    def draw(self, path):
        """Draw it, as in Figure 4, into a file (PNG, SVG or PDF by its suffix).

        Raises:
            UsageError: the suffix is none of these, or there are more words than a picture can show.
        """
        from interpretable_adv.analysis import pictures  # here: what does not draw needs no matplotlib

        pictures.check_picture(Path(path), len(self.words))
        pictures.draw_explanation(self, Path(path))

    def _repr_png_(self):
        """The picture that a notebook shows (bytes); None where there are more words than a picture can show."""
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(UsageError):
            self.draw(Path(folder) / "explanation.png")
            return (Path(folder) / "explanation.png").read_bytes()

    def notices(self):
        """What a reader should know of how a text of theirs was read: list of str, a line each."""
        about, unknown = self.about, [word["written"] for word in self.words if word["written"] != word["word"]]
        lines = [
            f"{'1 word is' if len(words) == 1 else f'{len(words):,} words are'} not in the vocabulary and {what}: "
            f"{listed(words)}"
            for words, what in ((about["dropped"], "left out, as in training"), (unknown, "read as <unk>"))
            if words
        ]
        if about["cut"]:
            lines.append(
                f"the run reads {len(self.words) - 1:,} known words and <eos> of a text (training.max_words); "
                f"{about['cut']:,} more are left out"
            )
        return lines


class Explainer:
    """Explains texts by one method under one network.

    Args:
        perturber (interpretable_adv.analysis.perturbations.RunPerturber)
        top (int): words to name for each word, the target and its runners-up; at least 1.
    """

    def __init__(self, perturber, top=TOP):
        self.perturber, self.run, self.top = perturber, perturber.run, top
        self._find = TargetFinder(perturber.matrix)

    def document(self, split, index):
        """Explain document ``index`` of a split (str): :class:`Explanation`."""
        batch = self.run.documents(split).batch([index], self.run.network.xp)
        return self(batch, [{"source": f"{split} {index}", "split": split, "index": int(index)}])[0]

    def reading(self, reading):
        """Explain a user's text (interpretable_adv.analysis.reading.Reading): :class:`Explanation`."""
        batch = reading.batch(self.run.network.xp)
        return self(
            batch, [{"source": reading.source, "dropped": reading.dropped, "cut": reading.cut}], [reading.written]
        )[0]

    def __call__(self, batch, origins=None, written=None):
        """Explain the documents of a batch.

        Args:
            batch (interpretable_adv.documents.Batch): B documents, with labels or without.
            origins (list of dict): for each document what is known of ``source``, ``split``, ``index``, ``dropped``,
                ``cut``.
            written (list of list of str): for each document its words as they were written, where they differ.

        Returns:
            list of :class:`Explanation`, in the order in which the documents were given.
        """
        perturbations = self.perturber(batch)
        origins = origins or [{}] * len(perturbations)
        written = written or [None] * len(perturbations)
        return [
            self._explain(*one, batch.labels is not None) for one in zip(perturbations, origins, written, strict=True)
        ]

    def _explain(self, perturbation, origin, written, labelled):
        run = self.run
        about = {
            "run": run.title,
            "trained_by": run.method.name,
            "checkpoint_sha256": run.checkpoint_sha256,
            "corpus": run.traits.name,
            "task": run.traits.task,
            "epsilon": float(self.perturber.epsilon),
            **origin,
        }
        targets, vocabulary = self._find(perturbation, self.top), run.traits.vocabulary.words
        return explain_text(perturbation, targets, vocabulary, list(run.traits.classes), about, labelled, written)


def explain_text(perturbation, targets, vocabulary, classes, about, labelled=False, written=None):
    """Explain one text.

    Args:
        perturbation (interpretable_adv.analysis.perturbations.Perturbation): of its words.
        targets (interpretable_adv.analysis.targets.Targets): the words that they point to.
        vocabulary (list of str): the words by their numbers.
        classes (list of str): names of the labels.
        about (dict): what is known of network and text; at least ``run``, ``trained_by``, ``checkpoint_sha256``,
            ``corpus``, ``task`` and ``epsilon``, see above.
        labelled (bool): whether the text's labels are those of ``perturbation.target``.
        written (list of str or None): its words as they were written, where they differ.

    Returns:
        Explanation
    """
    method, per_word = perturbation.method, about["task"] == "labelling"
    outputs = _outputs(perturbation, classes, labelled)
    unknown = {"gold": None, "prediction": None, "probabilities": None}
    against = ("gold" if labelled else "prediction") if method.divergence == "cross_entropy" else "output"
    about = {
        "source": "text",
        "split": None,
        "index": None,
        "dropped": [],
        "cut": 0,
        **about,
        "classes": classes,
        "method": method.name,
        "method_title": method.title,
        "space": method.space,
        "against": against,
        **(unknown if per_word else outputs[0]),
    }
    words = _words(perturbation, targets, vocabulary, written)
    for word, output in zip(words, outputs if per_word else [unknown] * len(words), strict=True):
        word.update(output)
    return Explanation({name: about[name] for name in KEYS}, words)


def _outputs(perturbation, classes, labelled):
    """What the clean network says, of the text or of each word (list of dict)."""
    return [
        {"gold": classes[gold] if labelled else None, "prediction": classes[predicted], "probabilities": row}
        for gold, predicted, row in zip(
            perturbation.target.tolist(),
            perturbation.prediction.tolist(),
            np.exp(perturbation.log_probabilities).tolist(),
            strict=True,
        )
    ]


def _words(perturbation, targets, vocabulary, written):
    strength = perturbation.strength.astype(np.float64)
    scores, pointing = targets.scores[:, 0], targets.ids[:, 0] >= 0
    toward = scores if perturbation.alpha is not None else scores * strength
    relative, relative_toward = _relative(strength), _relative(np.maximum(toward, 0))
    words = []
    for place, number in enumerate(perturbation.ids):
        named = _named(targets, place, vocabulary) if pointing[place] else []
        words.append(
            {
                "word": vocabulary[number],
                "written": written[place] if written else vocabulary[number],
                "strength": float(strength[place]),
                "relative": float(relative[place]),
                "target": named[0]["word"] if named else None,
                "score": named[0]["score"] if named else None,
                "toward": float(toward[place]),
                "relative_toward": float(relative_toward[place]),
                "runners_up": named[1:],
            }
        )
    return words


def _named(targets, place, vocabulary):
    """The words that a word points to, best first (list of dict)."""
    return [
        {"word": vocabulary[target], "score": float(score)}
        for target, score in zip(targets.ids[place], targets.scores[place], strict=True)
    ]


def _relative(values):
    largest = values.max()
    return values / largest if largest > 0 else np.zeros_like(values)
