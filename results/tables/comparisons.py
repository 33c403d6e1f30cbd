"""How Tables 3 to 6 are shown."""
import pandas

from results.comparison import SEPARATOR, measure
from results.document import MISSING, Document
from results.leaking import mark_leaks
from results.published import load
from results.setting import MARK
from results.tables.contrasts import contrast_lines
from results.tables.notes import notes
from results.tables.orderings import OrderedDocument, find_orderings, show_p
from results.tables.per_run import per_run

_PRECISION_RECALL = "Precision / recall"
HEADINGS = {"error_rate": "Test error rate (%) on {}, lower is better", "f05": "Test F0.5 (%) on {}, larger is better"}


def comparison_document(comparison, setting):
    """Make one of Tables 3 to 6.

    Args:
        comparison (results.published.Comparison)
        setting (results.setting.Setting)

    Returns:
        results.document.Document: with the orderings of its rows where two of them have two seeds on the paper's data.

    Raises:
        UserError, DamagedFileError: see :func:`results.comparison.compare`.
    """
    measured = measure(comparison, setting)
    frame = measured.frame
    cells, leaks = mark_leaks(pandas.DataFrame([_cells(line) for line in frame.to_dict("records")]), frame, setting)
    if len(comparison.datasets) == 1:
        cells = cells.drop(columns="Data set")
    if comparison.measure != "f05":
        cells = cells.drop(columns=_PRECISION_RECALL)
    attached = {"runs": per_run(comparison, setting)}
    if measured.contrasts:
        attached["contrast"] = contrast_lines(comparison, measured)
    parts = {"number": comparison.number, "title": " - ".join(filter(None, headings(comparison, setting, frame))),
             "cells": cells, "raw": frame, "left": 1 + (len(comparison.datasets) > 1),
             "notes": notes(comparison, measured, setting) + leaks,
             "strong": frozenset((place, "Published") for place, bold in enumerate(frame["bold"]) if bold)}
    orderings = find_orderings(comparison, measured, setting)
    if orderings["p"].isna().all():
        return Document(**parts, attached=attached)
    return OrderedDocument(**parts, attached={**attached, "orderings": orderings})


def headings(comparison, setting, frame):
    """What a table or figure shows, and in what its measured numbers are not the paper's: two str, the second may be empty."""
    names = [load().dataset(name).title for name in comparison.datasets]
    title = HEADINGS[comparison.measure].format(", ".join(names))
    if setting.recipe != "paper":
        title += f", ours by recipe {setting.recipe}"
    reasons = [reason for dataset in comparison.datasets for reason in setting.substitution(dataset)] + setting.reduction()
    if not reasons and frame["marker"].any():
        reasons = [f"see {MARK}"]
    return title, f"not the paper's setting: {SEPARATOR.join(reasons)}" if reasons else ""


def _cells(line):
    """One line as shown: dict of heading to str."""
    mark = MARK if line["marker"] else ""
    deviation = "" if pandas.isna(line["std"]) else f" ± {line['std']:.2f}"
    measured = not pandas.isna(line["mean"])
    return {
        "Data set": load().dataset(line["dataset"]).title,
        "Method": line["title"] + ("†" if line["dagger"] else ""),
        "Published": MISSING if pandas.isna(line["published"]) else str(line["published"]),
        "Ours (mean ± sd)": f"{line['mean']:.2f}{deviation}{mark}" if measured else MISSING,
        "n": MISSING if pandas.isna(line["n"]) else str(line["n"]),
        _PRECISION_RECALL: (f"{line['precision']:.2f} / {line['recall']:.2f}{mark}" if not pandas.isna(line["precision"])
                            else MISSING),
        "95 % interval": f"[{line['low']:.2f}, {line['high']:.2f}]{mark}" if measured else MISSING,
        "Difference": _with_interval(line, "difference", mark),
        "Verdict": line["verdict"] + (mark if line["verdict"] != MISSING else ""),
        "Over baseline": _with_interval(line, "over_baseline", mark),
        **{heading: MISSING if pandas.isna(line[name]) else f"{show_p(line[name])}{mark}"
           for heading, name in (("p", "over_baseline_p"), ("p (Holm)", "over_baseline_p_holm"))},
    }


def _with_interval(line, name, mark):
    """A difference with its interval, as far as both are known (str)."""
    if pandas.isna(line[name]):
        return MISSING
    interval = "" if pandas.isna(line[f"{name}_low"]) else f" [{line[f'{name}_low']:+.2f}, {line[f'{name}_high']:+.2f}]"
    return f"{line[name]:+.2f}{interval}{mark}"
