"""Figure 4: the perturbations of iAdvT-Text beside those of AdvT-Text,
one sentence with a sentiment and one with an error.

The sentences are chosen by a rule that does not look at the perturbations, so that it favours neither method.  Of the
test documents of 6 to 15 words that the networks of both methods label rightly, it is the one that both are surest of:
the one whose smallest probability of a true label is largest, the first of equal ones.  As in the paper, the document
with a sentiment is a positive one (the last class), and the sentence for error detection has one error; it has no
unknown word.  Where a corpus has no such document, longer ones may be taken, up to 30, 60 and any number of words.
"""

import textwrap

import numpy as np
from matplotlib.figure import Figure

from iadv_foundation.console.pictures import drawing
from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from iadv_foundation.storage.run_folder import RunFolder
from interpretable_adv.analysis import pictures
from interpretable_adv.analysis.explanation import Explainer
from interpretable_adv.analysis.perturbations import RunPerturber
from interpretable_adv.trained import open_run

from .published import load
from .setting import MARK

DATASETS = ("imdb", "fce")
PAIR = ("iadvt", "advt")  # of the paper's figure, in its order
RULE = (
    "Sentences: of the test documents of {shortest} to {longest} words that both networks label rightly, with the last "
    "class (sentiment) or one error and no unknown word (error detection), the one that both are surest of."
)
_SHORTEST, _LONGEST = 6, (15, 30, 60, np.inf)
_LEGEND = {
    "directions": "in the bar: neighbour with the largest α, right: α",
    "free": "in the bar: word with the highest cosine, right: cosine",
}


def explain_figure4(study):
    """Choose the sentences and explain them.

    Args:
        study (results.study.Study)

    Returns:
        dict of str to dict: data set (imdb, fce) -> ``longest`` (int or inf, most words that a document was allowed)
        and ``explanations`` (dict of str to interpretable_adv.analysis.explanation.Explanation, by method).  Data sets
        without both runs are left out.

    Raises:
        UserError: no data set has both runs, or no test document of one is right under both.
    """
    found = {}
    for dataset in DATASETS:
        folders = {method: run_folder(study, dataset, method) for method in PAIR}
        if all(folder and RunFolder(folder).is_finished for folder in folders.values()):
            runs = {method: open_run(folder) for method, folder in folders.items()}
            index, longest = choose(list(runs.values()))
            found[dataset] = {
                "longest": longest,
                "explanations": {
                    method: Explainer(RunPerturber(run, method)).document("test", index) for method, run in runs.items()
                },
            }
    if not found:
        names = " or ".join(study.corpus_for(dataset) for dataset in DATASETS)
        raise UserError(
            f"Figure 4 needs runs of {' and '.join(PAIR)} (seed 0) on {names} at recipe {study.recipe}, "
            f"scale {study.scale} in {study.out}: python -m interpretable_adv train makes them"
        )
    return found


def run_folder(study, dataset, method):
    """Where the run with seed 0 of a method on the corpus for a data set stands (pathlib.Path), or None without one."""
    runs = study.runs([study.corpus_for(dataset)], [method])
    return next((folder for seed, folder in zip(runs["seed"], runs["folder"], strict=True) if seed == 0), None)


def choose(runs):
    """The test document to show, by the rule above.

    Args:
        runs (list of interpretable_adv.trained.TrainedRun): on one corpus.

    Returns:
        (int, float): index in test, and the limit of words that it was found under.

    Raises:
        UserError: no test document is right under all runs.
    """
    documents, corpus = runs[0].documents("test"), runs[0].corpus
    predictions = [files.load_arrays(RunFolder(run.folder).predictions)[0] for run in runs]
    labels = predictions[0]["labels"]
    true = [one["probabilities"][np.arange(len(labels)), labels] for one in predictions]
    right = np.logical_and.reduce([one["predictions"] == labels for one in predictions])
    surest = np.minimum.reduce(true)
    words = documents.lengths
    if documents.per_token:
        starts = np.cumsum(words) - words
        known = np.asarray(corpus.splits["test"].ids) != corpus.vocabulary.unk
        usable = np.logical_and.reduceat(right & known, starts) & (np.add.reduceat(labels == 1, starts) == 1)
        surest = np.minimum.reduceat(surest, starts)
    else:
        usable = right & (labels == len(corpus.classes) - 1)
        words = words - 1  # without <eos>
    for longest in _LONGEST:
        candidates = np.flatnonzero(usable & (words >= _SHORTEST) & (words <= longest))
        if len(candidates):
            return int(candidates[surest[candidates].argmax()]), longest
    raise UserError(
        f"Figure 4: no test document of {corpus.name} with {_SHORTEST} words or more is right under all of "
        f"{', '.join(run.title for run in runs)}: train longer"
    )


def draw_figure4(study):
    """Draw Figure 4 into ``figures/<recipe>/<scale>/figure4.png`` and ``.svg``, and write its numbers into ``.json``.

    Args:
        study (results.study.Study)

    Returns:
        list of pathlib.Path: the files written.

    Raises:
        UserError: see :func:`explain_figure4`.
    """
    found = explain_figure4(study)
    with drawing():
        figure = _figure(found, study)
        stem = study.folder("figures") / "figure4"
        paths = [stem.with_suffix(suffix) for suffix in (".png", ".svg", ".json")]
        for path in paths[:2]:
            pictures.save(figure, path)
    files.write_json(
        paths[2],
        {
            dataset: {method: one.to_json() for method, one in row["explanations"].items()}
            for dataset, row in found.items()
        },
    )
    return paths


def _figure(found, study):
    heights = [len(row["explanations"][PAIR[0]].words) + 2.5 for row in found.values()]
    figure = Figure(figsize=(9, 1.3 + 0.25 * sum(heights)), layout="constrained")
    every_axes = figure.subplots(len(found), len(PAIR), squeeze=False, height_ratios=heights)
    for line, (dataset, row) in zip(every_axes, found.items(), strict=True):
        for axes, explanation in zip(line, row["explanations"].values(), strict=True):
            about = explanation.about
            pictures.draw_bars(axes, explanation.words, about)
            corpus = "" if about["corpus"] == dataset else f" (ours: {about['corpus']}{MARK})"
            pictures.put(
                axes.set_title,
                f"{about['method_title']}, {load().dataset(dataset).title}{corpus}, "
                f"{about['source']}\n{_LEGEND[about['space']]}",
                fontsize=8,
            )
    substitutes = [text for dataset in found for text in study.substitution(dataset)] + study.reduction()
    longest = max(row["longest"] for row in found.values())
    rule = RULE.format(shortest=_SHORTEST, longest="any number of" if longest == np.inf else longest)
    warning = f"{MARK} {'; '.join(substitutes)}" if substitutes else ""
    marks = "; * the error, ? marked by the network" if "fce" in found else ""
    figure.suptitle(
        "Figure 4: perturbations of sentences, iAdvT-Text beside AdvT-Text\n"
        f"shade: strength towards the word in the bar{marks}\n{warning}".strip(),
        fontsize=10,
    )
    figure.supxlabel(textwrap.fill(rule, 130), fontsize=7.5)
    return figure
