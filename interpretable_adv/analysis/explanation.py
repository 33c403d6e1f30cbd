"""What a perturbation says about a text, in words and numbers that JSON can hold.

The keys of :meth:`Explanation.to_json`:

===================== ==================================================================================================
``run``               ``CORPUS METHOD seed N``: the run whose network was looked at (str)
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

import dataclasses

import numpy as np

from interpretable_adv.analysis.reading import listed
from interpretable_adv.analysis.targets import TargetFinder

TOP = 5


@dataclasses.dataclass(frozen=True, eq=False)
class Explanation:
    """One text explained.

    Attributes:
        about (dict): all keys but ``words``, see above.
        words (list of dict): see above.
    """

    about: dict
    words: list

    def to_json(self):
        """A dict that JSON can hold, see above."""
        return {**self.about, "words": self.words}

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
        run, method = self.run, perturbation.method
        classes, per_word = list(run.traits.classes), run.traits.per_word
        outputs = [
            {"gold": classes[gold] if labelled else None, "prediction": classes[predicted], "probabilities": row}
            for gold, predicted, row in zip(
                perturbation.target.tolist(),
                perturbation.prediction.tolist(),
                np.exp(perturbation.log_probabilities).tolist(),
                strict=True,
            )
        ]
        unknown = {"gold": None, "prediction": None, "probabilities": None}
        against = ("gold" if labelled else "prediction") if method.divergence == "cross_entropy" else "output"
        about = {
            "run": run.title,
            "trained_by": run.method.name,
            "checkpoint_sha256": run.checkpoint_sha256,
            "corpus": run.traits.name,
            "task": run.traits.task,
            "classes": classes,
            "method": method.name,
            "method_title": method.title,
            "space": method.space,
            "epsilon": float(self.perturber.epsilon),
            "source": "text",
            "split": None,
            "index": None,
            "against": against,
            "dropped": [],
            "cut": 0,
            **(unknown if per_word else outputs[0]),
            **origin,
        }
        words = self._words(perturbation, written)
        for word, output in zip(words, outputs if per_word else [unknown] * len(words), strict=True):
            word.update(output)
        return Explanation(about, words)

    def _words(self, perturbation, written):
        vocabulary = self.run.traits.vocabulary.words
        targets, strength = self._find(perturbation, self.top), perturbation.strength.astype(np.float64)
        scores, pointing = targets.scores[:, 0], targets.ids[:, 0] >= 0
        toward = scores if perturbation.alpha is not None else scores * strength
        relative, relative_toward = _relative(strength), _relative(np.maximum(toward, 0))
        words = []
        for place, number in enumerate(perturbation.ids):
            points = bool(pointing[place])
            named = (
                [
                    {"word": vocabulary[target], "score": float(score)}
                    for target, score in zip(targets.ids[place], targets.scores[place], strict=True)
                ]
                if points
                else []
            )
            words.append(
                {
                    "word": vocabulary[number],
                    "written": written[place] if written else vocabulary[number],
                    "strength": float(strength[place]),
                    "relative": float(relative[place]),
                    "target": named[0]["word"] if points else None,
                    "score": named[0]["score"] if points else None,
                    "toward": float(toward[place]),
                    "relative_toward": float(relative_toward[place]),
                    "runners_up": named[1:],
                }
            )
        return words


def _relative(values):
    largest = values.max()
    return values / largest if largest > 0 else np.zeros_like(values)
