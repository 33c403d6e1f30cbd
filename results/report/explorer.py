"""What the page's explorer shows: the same test documents under all trained networks,
perturbed by the network's own method.
"""

import dataclasses

import numpy as np

from data_prep.corpus import Corpus, corpora_folder
from iadv_foundation.errors import UserError
from iadv_foundation.storage.run_folder import RunFolder
from interpretable_adv.methods import METHODS

SENTENCES = 24  # of each corpus
SHORTEST, LONGEST = 6, 40  # words, without <eos>
DIRECTIONS = 10
_MEANING = {
    "directions": "Weights alpha of the directions to its nearest words (Eq. 12); below 0 the perturbation leads away "
    "from a word.",
    "free": "Cosines of the perturbation with the directions to the words it comes nearest to (section 6.4).",
}


@dataclasses.dataclass(frozen=True)
class Explorer:
    """The explorer's data.

    Attributes:
        corpora (list of dict): what ``script.js`` reads, JSON values only; see :func:`_corpus`.
        notes (list of str): runs that could not be shown, and why.
    """

    corpora: list
    notes: list

    def first(self, sentences):
        """The same with at most so many sentences of each corpus (Explorer)."""
        corpora = [
            {
                **corpus,
                "sentences": corpus["sentences"][:sentences],
                "runs": [{**run, "documents": run["documents"][:sentences]} for run in corpus["runs"]],
            }
            for corpus in self.corpora
        ]
        return Explorer(corpora if sentences else [], self.notes)


def explore(runs, out):
    """Perturb test documents under the trained networks: for each corpus and method, the run with the lowest seed.

    Args:
        runs (pandas.DataFrame): of :func:`results.report.run_cards.find_runs`.
        out (pathlib.Path): the folder of everything made.

    Returns:
        Explorer: a run or a corpus that cannot be opened, or does not fit the other, is named in its notes.
    """
    found, notes = [], []
    for corpus, lines in runs.groupby("corpus", sort=False):
        chosen = []
        for method, same in lines.groupby("method", sort=False):
            if method not in METHODS or not METHODS[method].needs_gradient:
                continue
            weighted = [run for run in same.to_dict("records") if RunFolder(run["folder"]).is_finished]
            chosen += weighted[:1]
            if not weighted:
                notes.append(f"{corpus}, {METHODS[method].title}: the weights are no longer at hand")
        if chosen and not (corpora_folder(out) / corpus / "corpus.json").is_file():
            notes.append(f"{corpus}: the prepared corpus is no longer at hand")
        elif chosen:
            try:
                found.append(_corpus(Corpus.open(corpora_folder(out) / corpus), chosen, notes))
            except UserError as error:
                notes.append(f"{corpus}: {error}")
    return Explorer([one for one in found if one["sentences"] and one["runs"]], notes)


def choose(corpus, longest=LONGEST):
    """Numbers of test documents by the rule that :func:`rule` states (list of int)."""
    split = corpus.splits["test"]
    per_word = corpus.task == "labelling"
    words = split.lengths - (not per_word)  # a classified document ends with <eos>
    fit = np.flatnonzero((words >= SHORTEST) & (words <= longest))
    if per_word:
        return [int(index) for index in fit if split[index][1].any()][:SENTENCES]
    groups = [fit[split.labels[fit] == label] for label in range(len(corpus.classes))]
    turns = [(place, label, int(index)) for label, group in enumerate(groups) for place, index in enumerate(group)]
    return [index for _, _, index in sorted(turns)[:SENTENCES]]


def rule(task, longest=LONGEST):
    """How :func:`choose` chooses, in words (str)."""
    which = (
        "that hold at least one error, in the order of the test split"
        if task == "labelling"
        else "in the order of the test split, taken from the classes in turn"
    )
    return f"the first documents of {SHORTEST} to {longest} words {which}"


def _corpus(corpus, runs, notes):
    """A corpus with its sentences and runs (dict); what cannot be shown is added to ``notes`` (list of str)."""
    per_word = corpus.task == "labelling"
    limits = [] if per_word else [run["configuration"]["training"]["max_words"] for run in runs]
    longest = min(
        [LONGEST, *(limit - 1 for limit in limits if limit)]
    )  # what is cut would not be the same for all runs
    indices, vocabulary = choose(corpus, longest), Vocabulary()
    words = corpus.vocabulary.words
    documents = [corpus.splits["test"][index] for index in indices]
    shown = []
    for run in runs if indices else ():
        try:
            shown.append(_run(run, indices, vocabulary))
        except UserError as error:
            notes.append(f"{corpus.name}, {METHODS[run['method']].title}: {error}")
    return {
        "name": corpus.name,
        "title": corpus.title,
        "label": f"{corpus.title} ({corpus.name})",
        "task": corpus.task,
        "classes": list(corpus.classes),
        "rule": rule(corpus.task, longest),
        "sentences": [
            {"index": index, "words": [words[number] for number in ids], "gold": label.tolist() if per_word else label}
            for index, (ids, label) in zip(indices, documents, strict=True)
        ],
        "runs": shown,
        "vocabulary": vocabulary.words,
    }


def _run(run, indices, vocabulary):
    """What one trained network makes of the documents (dict)."""
    from interpretable_adv.analysis.explanation import Explainer
    from interpretable_adv.analysis.perturbations import RunPerturber
    from interpretable_adv.trained import open_run

    trained = open_run(run["folder"])
    explainer = Explainer(RunPerturber(trained, run["method"], many=True), top=DIRECTIONS)
    explanations = explainer(
        trained.documents("test").batch(indices, trained.network.xp),
        [{"source": f"test {index}", "split": "test", "index": index} for index in indices],
    )
    method = METHODS[run["method"]]
    return {
        "method": method.name,
        "title": method.title,
        "seed": run["seed"],
        "anchor": run["anchor"],
        "meaning": _MEANING[method.space],
        "checkpoint": trained.checkpoint_sha256,
        "documents": [compact(explanation.to_json(), vocabulary) for explanation in explanations],
    }


class Vocabulary:
    """Words named by numbers, so that the page holds each of them once."""

    def __init__(self):
        self._numbers = {}

    def __getitem__(self, word):
        return self._numbers.setdefault(word, len(self._numbers))

    @property
    def words(self):
        """The words in the order of their numbers (list of str)."""
        return list(self._numbers)


def compact(explanation, vocabulary):
    """The part of an explanation that the page shows.

    Args:
        explanation (dict): of :meth:`interpretable_adv.analysis.explanation.Explanation.to_json`.
        vocabulary (Vocabulary): grows by the words that directions lead to.

    Returns:
        dict: ``strength`` (list of float) and ``directions`` (list of lists of [number of a word, score], best first;
        empty for words that are not perturbed) of the words; ``prediction`` (list of int) and ``probability`` (list of
        float), one for the document or one for each word.
    """
    classes, words = explanation["classes"], explanation["words"]
    outputs = words if explanation["task"] == "labelling" else [explanation]
    predictions = [classes.index(output["prediction"]) for output in outputs]
    return {
        "strength": [_rounded(word["strength"]) for word in words],
        "directions": [
            [[vocabulary[one["word"]], _rounded(one["score"])] for one in _directions(word)] for word in words
        ],
        "prediction": predictions,
        "probability": [
            _rounded(output["probabilities"][label]) for output, label in zip(outputs, predictions, strict=True)
        ],
    }


def _directions(word):
    return [] if word["target"] is None else [{"word": word["target"], "score": word["score"]}, *word["runners_up"]]


def _rounded(number):
    return float(f"{number:.4g}")
