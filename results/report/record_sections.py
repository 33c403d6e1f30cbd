"""What attacks on runs and measurements of their perturbations left on disk, as the report shows it."""

import dataclasses
import math

from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage.run_folder import RunFolder
from interpretable_adv.analysis import records
from interpretable_adv.methods import METHODS

from ..analysed import choose_examples, weights_of
from ..document import MISSING
from .charts import Scale, path

EXAMPLES = 4  # adversarial texts of each run
AROUND = 10  # words shown on both sides of a replaced one
THRESHOLDS = (0.5, 0.7, 0.9)
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 420, 210, 34, 30, 8, 12  # of the chart of cosines


@dataclasses.dataclass(frozen=True)
class Row:
    """A run in a table.

    Attributes:
        method, title, anchor (str)
        cells (list of str)
    """

    method: str
    title: str
    anchor: str
    cells: list


@dataclasses.dataclass(frozen=True)
class Example:
    """An adversarial text.

    Attributes:
        method, title, anchor (str): of the run that was fooled.
        document (int): its number in the test split.
        pieces (list of (str, str or None)): the words in order; the second is what a replaced word became; "…" for
            words left out.
        before, after (str): what the network says.
        correction (str): of the errors, from the data; "" where there is none.
    """

    method: str
    title: str
    anchor: str
    document: int
    pieces: list
    before: str
    after: str
    correction: str


def attacked(found, problems):
    """The attacks on the test split that stand in the run folders, a section for each corpus.

    Args:
        found (pandas.DataFrame): of :func:`results.report.run_cards.find_runs`.
        problems (list of str): takes up the records that cannot be read, or were made with other weights than the
            run's.

    Returns:
        list of dict: ``corpus``, ``columns`` (list of str), ``rows`` (list of Row), ``examples`` (list of Example),
        ``notes`` (list of str).
    """
    sections = []
    for corpus, lines in _with_weights(found):
        attacks = [(run, *read) for run, read in _records(lines, records.attack_path, records.read_attack, problems)]
        if attacks:
            sections.append(
                {
                    "corpus": corpus,
                    "columns": _ATTACK_COLUMNS,
                    "rows": [_row(run, _rates(counts)) for run, counts, _ in attacks],
                    "examples": [
                        example for run, counts, texts in attacks for example in _examples(run, counts["task"], texts)
                    ],
                    "notes": _attack_notes([counts for _, counts, _ in attacks]),
                }
            )
    return sections


def interpretability(found, problems):
    """The measurements of perturbations that stand in the run folders, a section for each corpus.

    Args: see :func:`attacked`.

    Returns:
        list of dict: ``corpus``, ``columns`` (list of str), ``rows`` (list of Row), ``curves`` (list of (method, SVG
        path)), ``x`` and ``y`` (ticks: list of (coordinate, label)).
    """
    sections = []
    for corpus, lines in _with_weights(found):
        measured = list(_records(lines, records.interpretability_path, records.read_interpretability, problems))
        if measured:
            x, y = Scale([0, 1], LEFT, WIDTH - RIGHT, 5), Scale([0, 100], HEIGHT - BOTTOM, TOP, 4)
            sections.append(
                {
                    "corpus": corpus,
                    "columns": _INTERPRETABILITY_COLUMNS,
                    "rows": [_row(run, _shares(record)) for run, record in measured],
                    "curves": [
                        (run["method"], _survival(x, y, record["cosine_above"]))
                        for run, record in measured
                        if record["words"]
                    ],
                    "x": [(x(tick), f"{tick:g}") for tick in x.ticks],
                    "y": [(y(tick), f"{tick:g}") for tick in y.ticks],
                }
            )
    return sections


def figure4(study, problems):
    """Figure 4 as data: the sentences and explanations of :func:`results.figure4.explain_figure4`.

    Args:
        study (results.study.Study)
        problems (list of str): takes up what cannot be read.

    Returns:
        list of dict, one for each sentence: ``corpus``, ``index`` in the test split, ``longest`` (the rule's limit of
        words, or None), ``gold`` (str, "" for error detection), and ``methods``, a list of dict with ``method``,
        ``title``, ``space`` and ``words`` (list of dict, see :mod:`interpretable_adv.analysis.explanation`).  Empty
        where the runs are missing or no sentence fits.
    """
    from ..figure4 import explain_figure4

    try:
        found = explain_figure4(study)
    except DamagedFileError as error:
        problems.append(str(error))
        return []
    except UserError:
        return []
    return [
        _sentence(one["longest"], [explanation.to_json() for explanation in one["explanations"].values()])
        for one in found.values()
    ]


def _sentence(longest, explanations):
    first = explanations[0]
    return {
        "corpus": first["corpus"],
        "index": first["index"],
        "longest": longest if math.isfinite(longest) else None,
        "gold": first["gold"] or "",
        "methods": [
            {"method": one["trained_by"], "title": one["method_title"], "space": one["space"], "words": one["words"]}
            for one in explanations
        ],
    }


def _with_weights(found):
    for corpus, lines in found.groupby("corpus", sort=False):
        yield corpus, [run for run in lines.to_dict("records") if RunFolder(run["folder"]).is_finished]


def _records(runs, path_of, read, problems):
    """Yield (run, what was read) of the runs that have the record."""
    for run in runs:
        if path_of(run["folder"]).is_file():
            try:
                yield run, read(path_of(run["folder"]), weights_of(run["folder"]))
            except UserError as error:
                problems.append(str(error))


def _row(run, cells):
    return Row(run["method"], f"{METHODS[run['method']].title}, seed {run['seed']}", run["anchor"], cells)


def _number(value, digits=2):
    return MISSING if value is None else f"{value:,.{digits}f}"


# ---- attacks ----

_ATTACK_COLUMNS = [
    "Documents",
    "Right before (%)",
    "Right under attack (%)",
    "Fooled by one word (%)",
    "Fooled (%)",
    "Fooled, of all (%)",
    "Words changed",
    "Perplexity before",
    "Perplexity after",
]


def _rates(counts):
    from interpretable_adv.analysis.adversarial_texts import rates

    shares, perplexity = rates(counts), counts["perplexity"] or {"original": None, "changed": None}
    return [
        f"{counts['documents']:,}",
        *(
            _number(shares[name])
            for name in ("right", "right_under_attack", "success_by_one", "success", "success_of_all")
        ),
        _number(counts["words_changed"]),
        _number(perplexity["original"], 0),
        _number(perplexity["changed"], 0),
    ]


def _attack_notes(every):
    counts = every[0]
    labelling = counts["task"] == "labelling"
    most = max(one["max_words"] for one in every)
    notes = [
        f"Words are replaced by those that the perturbation points to, the strongest first, until the network is "
        f"fooled, at most {most} of a document. Fooled: share of the documents that the network gets right before; “of "
        "all” counts the others too."
    ]
    if labelling:
        notes.append(
            "Documents here are sentences with an error; the network is fooled when it marks none of it any more. "
            "The corrections come from the data, not from the network."
        )
    if any(one["limit"] for one in every):
        notes.append(f"Only the first {min(one['limit'] for one in every if one['limit']):,} documents were looked at.")
    if any(one["perturbed_by"] != one["method"] for one in every):
        notes.append(
            "; ".join(
                f"{METHODS[one['method']].title}: perturbed by {METHODS[one['perturbed_by']].title}"
                for one in every
                if one["perturbed_by"] != one["method"]
            )
        )
    return notes


def _examples(run, task, texts):
    chosen = choose_examples(texts, task, EXAMPLES)
    return [
        Example(
            run["method"],
            METHODS[run["method"]].title,
            run["anchor"],
            text["document"],
            pieces(text),
            _said(text["before"], text["original"]),
            _said(text["after"], text["changed"]),
            "; ".join(f"{one['written']} → {one['correct'] or '(nothing)'}" for one in text["corrections"]),
        )
        for text in chosen
    ]


def pieces(text):
    """The words of an adversarial text with what became of them (list of (str, str or None)), long stretches left
    out.
    """
    replaced = {one["position"]: one["target"] for one in text["replacements"]}
    shown = {place for position in replaced for place in range(position - AROUND, position + AROUND + 1)}
    found, skipped = [], False
    for place, word in enumerate(text["original"]):
        if place in shown:
            found.append((word, replaced.get(place)))
        elif not skipped:
            found.append(("…", None))
        skipped = place not in shown
    return found


def _said(prediction, words):
    if isinstance(prediction, str):
        return prediction
    marked = [word for word, label in zip(words, prediction, strict=False) if label]  # as the record has them
    return f"marks {', '.join(marked)}" if marked else "marks nothing"


# ---- interpretability ----

_INTERPRETABILITY_COLUMNS = [
    "Words",
    *(f"Cosine > {threshold} (%)" for threshold in THRESHOLDS),
    "Special target (%)",
    "Entropy of α",
    "Gini of strengths",
]


def _shares(record):
    above = record["cosine_above"]
    return [
        f"{record['words']:,}",
        *(_number(above[round(threshold * len(above))]) for threshold in THRESHOLDS),
        _number(record["special_targets"]),
        _number(record["alpha_entropy"]),
        _number(record["strength_gini"]),
    ]


def _survival(x, y, above):
    """Share of words above each cosine, as a path; at 1 there is none."""
    return path(x, y, [step / len(above) for step in range(len(above) + 1)], [*above, 0])
