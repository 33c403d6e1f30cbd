"""Adversarial texts made from perturbations (section 6.5, Table 7): the words with the strongest perturbation are
replaced by the words that they point to, one after the other, until the network is fooled.

A document is attacked where the network gets it right.  Its positions are ranked once, by the strength of the
perturbation of the unchanged text; a position counts for one replacement, and replacements stay while further ones are
made.

Classification: the network is fooled when it predicts another class than the document's.

Labelling: a document is a sentence with an error, right where every word's prediction is.  The network is fooled when
it marks no word of the changed sentence any more, as in Table 7.  The sentence must still contain its errors: a word
labelled as an error stays as it is, or is replaced by a word that is not its correction (in Table 7 it is that word
that is replaced).  The corrections come from the data; where it has none, every other word is taken for another error.
Another word, or other words around it, may have made the sentence right, which nobody checks; so sentences whose
erroneous words were left untouched are also counted by themselves.

Texts of one's own have the labels that their table gives them; without those, and always where every word has a label,
the network's predictions for the unchanged texts count as the truth.
"""

import dataclasses

import numpy as np

from data_prep.corpus import read_corrections
from interpretable_adv.analysis.perturbations import RunPerturber
from interpretable_adv.analysis.selection import at_least_one, documents_of, perturbations_of, select
from interpretable_adv.analysis.targets import TargetFinder
from interpretable_adv.evaluation.prediction import labels_of, predict

ERROR = 1  # the class of a wrong word
MAX_WORDS = 10


@dataclasses.dataclass(frozen=True)
class Replacement:
    """One word put in the place of another.

    Attributes:
        position (int): in the document, from 0.
        word, target (int): ids of what stood there and of what stands there now.
        strength (float): of the perturbation there.
        score (float): alpha of the direction (method with directions) or cosine to it (free perturbations).
    """

    position: int
    word: int
    target: int
    strength: float
    score: float


@dataclasses.dataclass(frozen=True, eq=False)
class Attempt:
    """The attack on one document of N words.

    Attributes:
        document (int): its number in the split; of texts of one's own, the row, from 1.
        ids, changed: int32 (N,), before and after; of a failure, with all replacements.
        label (int or numpy.ndarray): the class, for labelling the classes of the words, int (N,).
        before, after: float32 (1, classes), for labelling (N, classes): log-probabilities of both texts.
        replacements (list of Replacement): those made, in their order.
        fooled (bool): whether the last of them fooled the network.
        passed_over (int): positions left alone since they point to the correction of the error there.
    """

    document: int
    ids: np.ndarray
    changed: np.ndarray
    label: object
    before: np.ndarray
    after: np.ndarray
    replacements: list
    fooled: bool
    passed_over: int


@dataclasses.dataclass(frozen=True, eq=False)
class Attack:
    """The attack on a split, or on texts of one's own.

    Attributes:
        method (str): that the perturbations were made by.
        split (str): its name; of texts of one's own, that of their file.
        limit (int or None), max_words (int): as asked for.
        documents (int): that could be attacked if the network got them right: all, for labelling those with an error.
        attempts (list of Attempt): on the documents that it does get right, in their order.
        corrections (dict of int to list of dict): of the attacked documents, see
            :func:`data_prep.corpus.read_corrections`.
        labels (str): ``"gold"``, or ``"prediction"`` where the network's predictions count as the truth.
    """

    method: str
    split: str
    limit: int | None
    max_words: int
    documents: int
    attempts: list
    corrections: dict
    labels: str = "gold"


def attack(run, split="test", method=None, limit=None, max_words=MAX_WORDS):
    """Attack a split.

    Args:
        run (interpretable_adv.trained.TrainedRun)
        split (str): ``"test"``, ``"dev"`` or ``"train"``.
        method (str or None): makes the perturbations; None for the run's own, see :class:`Perturber`.
        limit (int or None): the first documents only.
        max_words (int): most replacements in a document.

    Returns:
        Attack

    Raises:
        UsageError: an argument is none of the allowed.
    """
    at_least_one("max-words", max_words)
    documents = select(run, split, limit)
    perturber = RunPerturber(run, method, run.stored["seed"], many=True)
    attackable, victims, corrections = _attack(
        perturber, documents, lambda indices: _corrections(run.corpus, split, indices), max_words
    )
    return Attack(perturber.method.name, split, limit, max_words, attackable, victims, corrections)


def attack_texts(run, texts, name, method=None, limit=None, max_words=MAX_WORDS):
    """Attack texts of one's own.

    Args:
        run (interpretable_adv.trained.TrainedRun)
        texts (list of interpretable_adv.analysis.texts.Text): that have been read, at least one; all with a ``label``
            or none.
        name (str): of their file.
        method, limit, max_words: see :func:`attack`; the limit has been kept already.

    Returns:
        Attack: of rows in place of documents.

    Raises:
        UsageError: an argument is none of the allowed.
    """
    at_least_one("max-words", max_words)
    ids, per_token = [text.reading.ids for text in texts], run.traits.per_word
    perturber = RunPerturber(run, method, run.stored["seed"], many=True)
    gold = not per_token and texts[0].label is not None
    if gold:
        labels = [run.traits.classes.index(text.label) for text in texts]
    else:
        unlabelled = documents_of(ids, None, per_token)
        found = _by_document(predict(run.network, unlabelled), unlabelled)
        labels = [one.argmax(axis=1).astype(np.int32) for one in found]
        labels = labels if per_token else [int(label[0]) for label in labels]
    attackable, attempts, _ = _attack(perturber, documents_of(ids, labels, per_token), lambda indices: {}, max_words)
    attempts = [dataclasses.replace(one, document=texts[one.document].row) for one in attempts]
    return Attack(
        perturber.method.name, name, limit, max_words, attackable, attempts, {}, "gold" if gold else "prediction"
    )


def _attack(perturber, documents, corrections_of, max_words):
    """Attack documents with labels.

    Args:
        perturber (interpretable_adv.analysis.perturbations.RunPerturber)
        documents (interpretable_adv.documents.Documents)
        corrections_of (callable): from the numbers of documents (list of int) to their corrections (dict).
        max_words (int)

    Returns:
        how many can be attacked (int), list of Attempt on those that the network gets right, and their corrections
        (dict).
    """
    run = perturber.run
    log_probabilities = _by_document(predict(run.network, documents), documents)
    labels = _by_document(labels_of(documents), documents)
    attackable = [index for index, label in enumerate(labels) if not documents.per_token or (label == ERROR).any()]
    right = [index for index in attackable if (log_probabilities[index].argmax(axis=1) == labels[index]).all()]
    corrections = corrections_of(right)
    victims = []
    enough = {index: max_words + len(corrections.get(index, ())) for index in right}
    for index, perturbation, ranked in _ranked(
        perturber, documents, np.array(right, np.int64), run.traits.vocabulary, enough
    ):
        label = labels[index] if documents.per_token else int(labels[index][0])
        victims.append(
            _Victim(
                index,
                perturbation.ids,
                label,
                log_probabilities[index],
                ranked,
                _spellings(corrections.get(index, ()), run.traits.vocabulary),
            )
        )
    victims.sort(key=lambda victim: victim.document)
    alive = victims
    for _ in range(max_words):
        alive = [victim for victim in alive if not victim.fooled and victim.replace_next()]
        if not alive:
            break
        texts = documents_of(
            [victim.changed for victim in alive], [victim.label for victim in alive], documents.per_token
        )
        for victim, found in zip(alive, _by_document(predict(run.network, texts), texts), strict=True):
            victim.after, victim.fooled = found, is_fooled(found.argmax(axis=1), victim.label, documents.per_token)
    return len(attackable), [victim.attempt() for victim in victims], corrections


def is_fooled(prediction, label, per_token):
    """Whether a prediction for a changed text, int (1,) or (N,), is what an attack is after (bool).

    Args:
        prediction (numpy.ndarray)
        label (int or numpy.ndarray): of the document.
        per_token (bool): labelling.
    """
    return not (prediction == ERROR).any() if per_token else bool(prediction[0] != label)


class _Victim:
    """A document under attack.

    Args:
        document, ids, label, before: see :class:`Attempt`.
        ranked (list of Replacement): possible ones, the strongest first.
        forbidden (dict of int to set of int): position -> ids that would mend the error there.
    """

    def __init__(self, document, ids, label, before, ranked, forbidden):
        self.document, self.ids, self.label, self.before = document, ids, label, before
        self.changed, self.after = ids.copy(), before
        self.replacements, self.fooled, self.passed_over = [], False, 0
        self._left, self._forbidden = iter(ranked), forbidden

    def replace_next(self):
        """Make the next replacement; returns whether there was one left (bool)."""
        for one in self._left:
            if one.target in self._forbidden.get(one.position, ()):
                self.passed_over += 1
                continue
            self.changed[one.position] = one.target
            self.replacements.append(one)
            return True
        return False

    def attempt(self):
        """What became of it (Attempt)."""
        return Attempt(
            self.document,
            self.ids,
            self.changed,
            self.label,
            self.before,
            self.after,
            self.replacements,
            self.fooled,
            self.passed_over,
        )


def _ranked(perturber, documents, indices, vocabulary, enough):
    """Yield (index, Perturbation, list of Replacement with the strongest first) of some documents.

    A position without a perturbation, and one that points to no word but a special one, has no replacement: what would
    stand there is no text.

    Args:
        perturber (Perturber)
        documents (interpretable_adv.documents.Documents)
        indices (numpy.ndarray): int, which of them.
        vocabulary (data_prep.corpus.Vocabulary)
        enough (dict of int to int): how many positions of a document will be looked at.
    """
    finder = TargetFinder(perturber.matrix, vocabulary.specials)
    for some, perturbations in perturbations_of(perturber, documents, indices):
        orders = [np.argsort(-one.strength, kind="stable") for one in perturbations]
        if perturber.method.space == "free":  # each position costs a look at the whole vocabulary
            orders = [order[: enough[index]] for index, order in zip(some, orders, strict=True)]
            targets = finder.by_cosine(
                np.concatenate([one.r[order] for one, order in zip(perturbations, orders, strict=True)]),
                np.concatenate([one.ids[order] for one, order in zip(perturbations, orders, strict=True)]),
            )
            found = list(zip(targets.ids[:, 0], targets.scores[:, 0], strict=True))
        else:
            found = [
                (targets.ids[place, 0], targets.scores[place, 0])
                for targets, order in zip(map(finder, perturbations), orders, strict=True)
                for place in order
            ]
        found = iter(found)
        for index, one, order in zip(some, perturbations, orders, strict=True):
            strength = one.strength
            ranked = [
                Replacement(int(position), int(one.ids[position]), int(word), float(strength[position]), float(score))
                for position, (word, score) in zip(order, found, strict=False)  # what is left is the next document's
            ]
            yield (
                int(index),
                one,
                [each for each in ranked if each.target >= vocabulary.specials and each.target != each.word],
            )


def _by_document(rows, documents):
    """Cut what :func:`predict` or :func:`labels_of` returned into documents: list of arrays."""
    lengths = documents.lengths if documents.per_token else np.ones(len(documents), np.int64)
    return np.split(rows, np.cumsum(lengths)[:-1])


def _corrections(corpus, split, indices):
    """The corrections of some documents: dict of int to list of dict; empty where the corpus has none."""
    if f"{split}.corrections.jsonl" not in corpus.record["files"]:
        return {}
    found = {}
    for one in read_corrections(corpus, split):
        found.setdefault(one["document"], []).append(one)
    return {index: found[index] for index in indices if index in found}


def _spellings(corrections, vocabulary):
    """The words that would mend an error, in any letter case: dict of position to set of int."""
    found = {}
    for one in corrections:
        for spelling in {one["correct"], one["correct"].lower(), one["correct"].capitalize()}:
            found.setdefault(one["position"], set()).add(vocabulary.id_of(spelling))
    return found
