"""How Tables 3 to 6, and those of ours in their form, are shown."""

import pandas

from ..comparison import SEPARATOR, measure
from ..document import MISSING, Document
from ..leaking import mark_leaks
from ..published import load
from ..setting import MARK
from .contrast_notes import contrast_lines
from .notes import notes
from .orderings import OrderedDocument, find_orderings, show_p
from .per_run import per_run

_PRECISION_RECALL = "Precision / recall"
#: Of a row that the paper's table does not have.
NEW = "¶"
_OF_PAPER = ["Published", "Difference", "Verdict"]
HEADINGS = {"error_rate": "Test error rate (%) on {}, lower is better", "f05": "Test F0.5 (%) on {}, larger is better"}


def comparison_document(comparison, study):
    """Make one of Tables 3 to 6, or a table of ours in their form.

    Args:
        comparison (results.published.Comparison)
        study (results.study.Study)

    Returns:
        results.document.Document: with the orderings of its rows where two of them have two seeds, not on a stand-in.

    Raises:
        UserError, DamagedFileError: see :func:`results.comparison.compare`.
    """
    measured = measure(comparison, study)
    frame = measured.frame
    cells, leaks = mark_leaks(
        pandas.DataFrame([_cells(comparison, line) for line in frame.to_dict("records")]), frame, measured.columns
    )
    if len(comparison.datasets) == 1:
        cells = cells.drop(columns="Data set")
    if comparison.measure != "f05":
        cells = cells.drop(columns=_PRECISION_RECALL)
    if not comparison.in_paper and frame["published"].isna().all():
        cells = cells.drop(columns=_OF_PAPER)
    attached = {"runs": per_run(comparison, measured.columns)}
    if measured.contrasts:
        attached["contrast"] = contrast_lines(measured)
    parts = {
        "number": comparison.number,
        "title": " - ".join(filter(None, headings(comparison, study, frame))),
        "cells": cells,
        "raw": frame,
        "left": 1 + (len(comparison.datasets) > 1),
        "notes": [
            *notes(comparison, measured, study),
            *leaks,
            *_new_notes(comparison, frame),
            *(f"{one}" for one in measured.skipped),
        ],
        "strong": frozenset((place, "Published") for place, bold in enumerate(frame["bold"]) if bold),
    }
    orderings = find_orderings(comparison, measured, study)
    if orderings["p"].isna().all():
        return Document(**parts, attached=attached)
    return OrderedDocument(**parts, attached={**attached, "orderings": orderings})


def headings(comparison, study, frame):
    """What a table or figure shows, and in what its measured numbers are not the paper's:
    two str, the second may be empty.
    """
    names = [load().title(name) for name in comparison.datasets]
    title = HEADINGS[comparison.measure].format(", ".join(names))
    if study.recipe != "paper":
        title += f", ours by recipe {study.recipe}"
    if not comparison.in_paper:
        title += f", scale {study.scale}"
    reasons = list(dict.fromkeys(reason for dataset in comparison.datasets for reason in study.departures(dataset)))
    if not reasons and frame["marker"].any():
        reasons = [f"see {MARK}"]
    return title, f"not the paper's setting: {SEPARATOR.join(reasons)}" if reasons else ""


def _new_notes(comparison, frame):
    new = any(comparison.is_new(*pair) for pair in zip(frame["method"], frame["published"], strict=True))
    where = "not in this table of the paper" if comparison.in_paper else "not a method of the paper"
    return [f"{NEW} {where}"] if new else []


def _cells(comparison, line):
    """One line as shown: dict of heading to str."""
    mark = MARK if line["marker"] else ""
    deviation = "" if pandas.isna(line["std"]) else f" ± {line['std']:.2f}"
    measured = not pandas.isna(line["mean"])
    return {
        "Data set": load().title(line["dataset"]),
        "Method": line["title"]
        + ("†" if line["dagger"] else "")
        + (NEW if comparison.is_new(line["method"], line["published"]) else ""),
        "Published": MISSING if pandas.isna(line["published"]) else str(line["published"]),
        "Ours (mean ± sd)": f"{line['mean']:.2f}{deviation}{mark}" if measured else MISSING,
        "n": MISSING if pandas.isna(line["n"]) else str(line["n"]),
        _PRECISION_RECALL: (
            f"{line['precision']:.2f} / {line['recall']:.2f}{mark}" if not pandas.isna(line["precision"]) else MISSING
        ),
        "95 % interval": f"[{line['low']:.2f}, {line['high']:.2f}]{mark}" if measured else MISSING,
        "Difference": _with_interval(line, "difference", mark),
        "Verdict": line["verdict"] + (mark if line["verdict"] != MISSING else ""),
        "Over baseline": _with_interval(line, "over_baseline", mark),
        **{
            heading: MISSING if pandas.isna(line[name]) else f"{show_p(line[name])}{mark}"
            for heading, name in (("p", "over_baseline_p"), ("p (Holm)", "over_baseline_p_holm"))
        },
    }


def _with_interval(line, name, mark):
    """A difference with its interval, as far as both are known (str)."""
    if pandas.isna(line[name]):
        return MISSING
    interval = "" if pandas.isna(line[f"{name}_low"]) else f" [{line[f'{name}_low']:+.2f}, {line[f'{name}_high']:+.2f}]"
    return f"{line[name]:+.2f}{interval}{mark}"
