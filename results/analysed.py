"""What ``attack`` and ``interpretability`` left in the run folders."""

import dataclasses

from iadv_foundation.storage import files, seal
from iadv_foundation.storage.run_folder import RunFolder
from interpretable_adv.analysis.records import (
    EXAMPLES,
    attack_path,
    interpretability_path,
    read_attack,
    read_interpretability,
)
from interpretable_adv.methods import METHODS

from .settings_used import reported_changes

#: Data sets of the paper's Table 7.
DATASETS = {"SEC": "imdb", "GED": "fce"}
#: The methods that section 6.5 compares: those of the paper that follow the gradient.
COMPARED = tuple(name for name, method in METHODS.items() if method.in_paper and method.choice == "gradient")


@dataclasses.dataclass(frozen=True)
class Analysed:
    """The analyses of one method's runs on one data set.

    Attributes:
        dataset, corpus, method (str)
        attacks (dict of int to (dict, list of dict)): seed -> counts and adversarial texts, see
            :mod:`interpretable_adv.analysis.records`.
        interpretability (dict of int to dict): seed -> record.
        reasons (list of str): in what these numbers are not the paper's setting.
    """

    dataset: str
    corpus: str
    method: str
    attacks: dict
    interpretability: dict
    reasons: list


def read_analyses(study):
    """The analyses of the finished runs of a setting, on its test splits.

    Args:
        study (results.study.Study)

    Returns:
        list of Analysed: for each data set, each method of :data:`COMPARED`, with empty dicts where nobody made any,
        and each other one that has analyses.

    Raises:
        UserError: an analysis was made with other weights than those that stand beside it.
        DamagedFileError: one cannot be read.
    """
    found = []
    for dataset in DATASETS.values():
        corpus = study.corpus_for(dataset)
        runs = study.runs([corpus])
        others = (
            method
            for method, folder in zip(runs["method"], runs["folder"], strict=True)
            if attack_path(folder).is_file() or interpretability_path(folder).is_file()
        )
        for method in dict.fromkeys((*COMPARED, *others)):
            own = runs[runs["method"] == method]
            attacks, records = {}, {}
            for seed, folder in zip(own["seed"], own["folder"], strict=True):
                for path, read, into in (
                    (attack_path(folder), read_attack, attacks),
                    (interpretability_path(folder), read_interpretability, records),
                ):
                    if path.is_file():
                        into[seed] = read(path, weights_of(folder))
            reasons = [] if own.empty else [*study.departures(dataset), *reported_changes(own)]
            limited = {counts["limit"] for counts, _ in attacks.values()} | {one["limit"] for one in records.values()}
            reasons += [f"the first {limit} documents only" for limit in sorted(limited - {None})]
            if not own["complete"].all() and not study.substitution(dataset):
                reasons.append("the corpus does not have the paper's counts")
            found.append(Analysed(dataset, corpus, method, attacks, records, reasons))
    return found


def weights_of(folder):
    """SHA-256 of the best weights of a run (str); where they are no longer there, what its seal says, or None."""
    run = RunFolder(folder)
    return files.digest_of_file(run.best) if run.best.is_file() else seal.Record(run.metrics).digests.get(run.best.name)


def choose_examples(texts, task, number=EXAMPLES):
    """The adversarial texts that are shown: those with fewest words changed; of these, the ones whose perplexity
    rises least by factor (without a language model the shortest); of equal ones the first.  Classification: no two of
    the same class, while there are others.

    Args:
        texts (list of dict): of one attack.
        task (str): ``"classification"`` or ``"labelling"``.
        number (int): how many.

    Returns:
        list of dict.
    """

    def rank(text):
        perplexity = text["perplexity"]
        rise = perplexity["changed"] / perplexity["original"] if perplexity else len(text["original"])
        return len(text["replacements"]), rise, text["document"]

    ordered, seen = sorted(texts, key=rank), set()
    if task == "classification":
        first = [text for text in ordered if not (text["label"] in seen or seen.add(text["label"]))]
        ordered = first + [text for text in ordered if text not in first]
    return ordered[:number]
