"""A trained network of this project for programs and notebooks: labels, explanations and adversarial texts."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from iadv_foundation.errors import UserError
from interpretable_adv.analysis import texts as reading
from interpretable_adv.analysis.attack import MAX_WORDS, attack_texts
from interpretable_adv.analysis.explanation import TOP, Explainer, Explanation
from interpretable_adv.analysis.perturbations import RunPerturber
from interpretable_adv.analysis.predictions import records_of
from interpretable_adv.trained import TrainedRun, open_run

if TYPE_CHECKING:
    from iadv_foundation.arithmetic.arrays import FloatArray
    from interpretable_adv.analysis.attack import Attempt
    from interpretable_adv.methods import Method

    PathLike = str | os.PathLike[str]


@dataclasses.dataclass(frozen=True, eq=False)
class Prediction:
    """What a network says of a text.

    Attributes:
        text: as it was given.
        label: the class of the text; for labelling those of its words (list of str).
        probabilities: float32 (classes,), in the order of :attr:`Model.classes`; for labelling (words, classes).
        words: for labelling the words that have labels; empty for classification.
        unknown: words that the vocabulary does not have, each once: left out, for labelling read as ``<unk>``.

    Examples:
        >>> import interpretable_adv
        >>> from interpretable_adv.demo import MODELS
        >>> prediction = interpretable_adv.predict(MODELS["iadvt"], "A moving filmm .")
        >>> prediction.label, prediction.probabilities.shape, prediction.unknown
        ('fresh', (2,), ['filmm'])
    """

    text: str
    label: str | list[str]
    probabilities: FloatArray
    words: list[str]
    unknown: list[str]


@dataclasses.dataclass(frozen=True, eq=False)
class AdversarialText:
    """The attack on a text, see :mod:`interpretable_adv.analysis.attack`.

    Attributes:
        text: as it was given.
        words: as the network reads them.
        changed: the same with words replaced by those that the perturbation points to.
        replaced: place from 0 -> the word that stands there now.
        fooled: whether the network now says something else (labelling: marks no word any more).

    Examples:
        >>> import interpretable_adv
        >>> from interpretable_adv.demo import MODELS
        >>> attacked, = interpretable_adv.load_model(MODELS["advt"]).attack(["A moving film ."])
        >>> place = min(attacked.replaced)
        >>> attacked.changed[place] == attacked.replaced[place] != attacked.words[place]
        True
    """

    text: str
    words: list[str]
    changed: list[str]
    replaced: dict[int, str]
    fooled: bool


def load_model(path: PathLike, device: int = -1, out: PathLike = "out") -> Model:
    """Open a trained network.

    Args:
        path: a run folder or a model bundle.
        device: number of a GPU, or -1 for the CPU.
        out: the folder of everything made that the corpus of a run folder stands in which was moved away from there.

    Raises:
        UserError: it is neither, not finished, or its corpus is not the one it was trained on.
        DamagedFileError: it is damaged.

    Examples:
        >>> import interpretable_adv
        >>> from interpretable_adv.demo import MODELS
        >>> model = interpretable_adv.load_model(MODELS["iadvt"])
        >>> model.classes, model.method.name, len(model.vocabulary) > 1000
        (['rotten', 'fresh'], 'iadvt', True)
    """
    return Model(open_run(path, device, out))


class Model:
    """A trained network with its vocabulary.

    Args:
        run: a run that was opened, see :func:`interpretable_adv.trained.open_run`.

    Examples:
        >>> import interpretable_adv
        >>> from interpretable_adv.demo import MODELS
        >>> interpretable_adv.load_model(MODELS["iadvt"]).task
        'classification'
    """

    def __init__(self, run: TrainedRun) -> None:
        self.run = run

    def __repr__(self) -> str:
        return f"<{self.run.title}: {len(self.classes)} classes, {len(self.vocabulary)} words>"

    @property
    def classes(self) -> list[str]:
        """Names of the labels, in the order of the logits."""
        return list(self.run.traits.classes)

    @property
    def vocabulary(self) -> list[str]:
        """The words, in the order of the rows of the embedding matrix."""
        return list(self.run.traits.vocabulary.words)

    @property
    def task(self) -> str:
        """``"classification"`` of texts or ``"labelling"`` of words."""
        return str(self.run.traits.task)

    @property
    def method(self) -> Method:
        """How it was trained."""
        return self.run.method

    @property
    def embeddings(self) -> FloatArray:
        """The embedding matrix, float32 (V, D), as the network looks words up."""
        matrix: FloatArray = self.run.network.embedding.matrix().array
        return matrix

    @overload
    def predict(self, texts: str) -> Prediction: ...  # type: ignore[overload-overlap]  # str is a Sequence[str]

    @overload
    def predict(self, texts: Sequence[str]) -> list[Prediction]: ...

    def predict(self, texts: str | Sequence[str]) -> Prediction | list[Prediction]:
        """Labels and probabilities of a text or of each of several, without dropout or perturbation.

        Raises:
            UserError: no word of a text is known; names it.

        Examples:
            >>> import interpretable_adv
            >>> from interpretable_adv.demo import MODELS
            >>> model = interpretable_adv.load_model(MODELS["iadvt"])
            >>> model.predict("A moving and very funny film .").label
            'fresh'
            >>> [one.label for one in model.predict(["A moving film .", "A dull and boring film ."])]
            ['fresh', 'rotten']
        """
        found = [_prediction(record, self.classes) for record in records_of(self._read(texts), self.run)]
        return found[0] if isinstance(texts, str) else found

    @overload
    def explain(  # type: ignore[overload-overlap]  # str is a Sequence[str]
        self, texts: str, method: str | None = None, top: int = TOP
    ) -> Explanation: ...

    @overload
    def explain(self, texts: Sequence[str], method: str | None = None, top: int = TOP) -> list[Explanation]: ...

    def explain(
        self, texts: str | Sequence[str], method: str | None = None, top: int = TOP
    ) -> Explanation | list[Explanation]:
        """Which words of a text, or of each of several, a perturbation changes most, and the words it points to.

        Args:
            texts: one or several.
            method: a key of :data:`interpretable_adv.METHODS` with a perturbation; by default the one that the network
                was trained by, or ``"iadvt"`` where that has none.
            top: words to name for each word, the target and its runners-up.

        Returns:
            interpretable_adv.analysis.explanation.Explanation, with ``words`` and ``to_json()``; a notebook shows it as
            a picture, and ``draw(path)`` writes that to a file.

        Raises:
            UsageError: there is no such method, or it has no perturbation.
            UserError: no word of a text is known; names it.

        Examples:
            >>> import interpretable_adv
            >>> from interpretable_adv.demo import MODELS
            >>> model = interpretable_adv.load_model(MODELS["iadvt"])
            >>> explanation = model.explain("A moving and very funny film .", method="iadvt")
            >>> explanation.about["prediction"], [word["word"] for word in explanation.words][:3]
            ('fresh', ['a', 'moving', 'and'])
            >>> max(explanation.words, key=lambda word: word["strength"])["target"] in model.vocabulary
            True
        """
        explainer = Explainer(RunPerturber(self.run, method), top)
        found = [explainer.reading(text.reading) for text in self._read(texts)]
        return found[0] if isinstance(texts, str) else found

    def attack(
        self,
        texts: Sequence[str],
        labels: Sequence[str] | None = None,
        method: str | None = None,
        max_words: int = MAX_WORDS,
    ) -> list[AdversarialText | None]:
        """Replace words by those that their perturbation points to, until the network says something else.

        Args:
            texts: several.
            labels: their true classes; by default, and always for labelling, the network's own predictions.
            method: see :meth:`explain`.
            max_words: most replacements in a text.

        Returns:
            The attack on each text; None where the network is wrong already, or (labelling) marks no word.

        Raises:
            UsageError: an argument is none of the allowed.
            UserError: no word of a text is known; names it.

        Examples:
            >>> import interpretable_adv
            >>> from interpretable_adv.demo import MODELS
            >>> model = interpretable_adv.load_model(MODELS["iadvt"])
            >>> found, = model.attack(["A moving and very funny film ."], max_words=4)
            >>> found.changed != found.words, len(found.replaced) <= 4
            (True, True)
        """
        read = self._read(texts, labels)
        if not read:
            return []
        attack = attack_texts(self.run, read, "texts", method, None, max_words)
        attempts = {one.document: one for one in attack.attempts}
        return [self._adversarial(text.content or "", attempts.get(text.row)) for text in read]

    def _read(self, texts: str | Sequence[str], labels: Sequence[str] | None = None) -> list[reading.Text]:
        """Texts as the network reads them.

        Raises:
            UserError: one cannot be read, or has a label that is none of the classes.
        """
        given = reading.given([texts] if isinstance(texts, str) else list(texts))
        if labels is not None:
            given = [dataclasses.replace(text, label=label) for text, label in zip(given, labels, strict=True)]
        read = list(reading.read(given, self.run))
        if labels is not None:
            read = list(reading.labelled(read, self.classes))
        for text in read:
            if text.problem:
                raise UserError(f"{text.place}: {text.problem}")
        return read

    def _adversarial(self, text: str, attempt: Attempt | None) -> AdversarialText | None:
        if attempt is None:
            return None
        words = self.run.traits.vocabulary.words
        return AdversarialText(
            text,
            [words[number] for number in attempt.ids],
            [words[number] for number in attempt.changed],
            {one.position: words[one.target] for one in attempt.replacements},
            attempt.fooled,
        )


def predict(path: PathLike, texts: str | Sequence[str]) -> Prediction | list[Prediction]:
    """Open a trained network and label texts; see :func:`load_model` and :meth:`Model.predict`.

    Examples:
        >>> import interpretable_adv
        >>> from interpretable_adv.demo import MODELS
        >>> interpretable_adv.predict(MODELS["advt"], "A dull and boring film .").label
        'rotten'
    """
    return load_model(path).predict(texts)


def explain(
    path: PathLike, texts: str | Sequence[str], method: str | None = None, top: int = TOP
) -> Explanation | list[Explanation]:
    """Open a trained network and explain texts; see :func:`load_model` and :meth:`Model.explain`.

    Examples:
        >>> import interpretable_adv
        >>> from interpretable_adv.demo import MODELS
        >>> interpretable_adv.explain(MODELS["advt"], "A dull and boring film .").about["method_title"]
        'AdvT-Text'
    """
    return load_model(path).explain(texts, method, top)


def _prediction(record: dict[str, Any], classes: list[str]) -> Prediction:
    outputs = record.get("words", [record])
    labels = [one["label"] for one in outputs]
    probabilities = np.array([[one["probabilities"][name] for name in classes] for one in outputs], np.float32)
    of_words = "words" in record
    return Prediction(
        record["text"],
        labels if of_words else labels[0],
        probabilities if of_words else probabilities[0],
        [one["word"] for one in outputs] if of_words else [],
        record["unknown"],
    )
