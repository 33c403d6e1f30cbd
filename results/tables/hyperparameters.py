"""Table 2: hyper-parameters as published and as the runs used them."""

import pandas

from ..document import MISSING, Document
from ..published import FAMILIES, PAPER, load
from ..rows import is_of_paper
from ..setting import MARK
from ..settings_used import reported_changes, setting_of


def hyperparameters_document(study):
    """Make Table 2 from the configurations of the finished runs of all tables; without a run nothing is resolved.

    Args:
        study (results.study.Study)

    Returns:
        results.document.Document: ``raw`` has a line for each hyper-parameter and task.
    """
    runs = {task: _runs_of(task, study) for task in FAMILIES}
    reasons = {task: _reasons(task, study, runs[task]) for task in FAMILIES}
    cells, lines = [], []
    for row in load().hyperparameters:
        shown = {"Part": row.group, "Hyper-parameter": row.name}
        for task in FAMILIES:
            used = _used(row, task, runs[task])
            shown[f"{task} published"] = row.published[task]
            shown[f"{task} ours"] = used + MARK if used and reasons[task] else used or MISSING
            lines.append(
                {
                    "table": 2,
                    "group": row.group,
                    "name": row.name,
                    "task": task,
                    "published": row.published[task],
                    "used": used,
                    "runs": len(runs[task]),
                    "marker": "; ".join(reasons[task]),
                }
            )
        cells.append(shown)
    heading = f" - not the paper's sizes: ours at scale {study.scale}" if study.reduction() else ""
    return Document(
        number=2,
        title=f"Summary of hyper-parameters{heading}",
        cells=pandas.DataFrame(cells),
        raw=pandas.DataFrame(lines),
        left=2,
        notes=_notes(study, reasons),
    )


def _runs_of(task, study):
    datasets = [dataset.name for dataset in load().datasets if dataset.task == task]
    methods = dict.fromkeys(
        method for comparison in load().comparisons for method in comparison.methods if is_of_paper(method)
    )
    return study.runs([study.corpus_for(dataset) for dataset in datasets], methods)


def _reasons(task, study, runs):
    """In what the runs of a task depart from the paper's setting: list of str, empty without runs."""
    if runs.empty:
        return []
    datasets = [dataset.name for dataset in load().datasets if dataset.task == task]
    measured = set(runs["corpus"])
    substitutions = [
        reason
        for dataset in datasets
        if study.corpus_for(dataset) in measured
        for reason in study.substitution(dataset)
    ]
    return [*substitutions, *study.reduction(), *reported_changes(runs)]


def _used(row, task, runs):
    """The value that the runs of a task used, all values if they differ, and "" without runs (str)."""
    if runs.empty:
        return ""
    if row.setting is None:
        return row.published[task]
    values = {setting_of(configuration, row.setting) for configuration in runs["configuration"]} - {
        None
    }  # None: not read
    values = sorted(map(str, values))
    return " / ".join(row.published[task] if value == row.published[task].lower() else value for value in values)


def _notes(study, reasons):
    notes = [
        f"Published: {PAPER}",
        f"Ours: what the finished runs of recipe {study.recipe}, scale {study.scale} used, from their config.json; "
        f"{MISSING} where there is no finished run; direction and algorithm are built in and cannot be set",
    ]
    notes.append(
        "In the text, not in Table 2: "
        + "; ".join(f"{row.name} {row.published} for {row.of} ({row.place})" for row in load().perturbation)
    )
    marked = dict.fromkeys(reason for task in FAMILIES for reason in reasons[task])
    return notes + ([f"{MARK} not the paper's setting: {'; '.join(marked)}"] if marked else [])
