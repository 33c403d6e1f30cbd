"""How Tables 3 to 6 are shown."""
import pandas

from data_prep.corpus import corpora_folder, read_record
from results.comparison import SEPARATOR, compare
from results.document import MISSING, Document
from results.intervals import RESAMPLES
from results.leaking import mark_leaks
from results.published import PAPER, load
from results.sanity.record import read_sanity
from results.setting import MARK
from results.tables.orderings import OrderedDocument, find_orderings, show_p
from results.tables.per_run import per_run

_OVER_BASELINE = ("Over baseline", "p")
_PRECISION_RECALL = "Precision / recall"
HEADINGS = {"error_rate": "Test error rate (%) on {}, lower is better", "f05": "Test F0.5 (%) on {}, larger is better"}


def comparison_document(comparison, setting):
    """Make one of Tables 3 to 6.

    Args:
        comparison (results.published.Comparison)
        setting (results.setting.Setting)

    Returns:
        results.document.Document: with the orderings of its rows where F0.5 was measured for the baseline and another row.

    Raises:
        UserError, DamagedFileError: see :func:`results.comparison.compare`.
    """
    frame = compare(comparison, setting)
    cells, leaks = mark_leaks(pandas.DataFrame([_cells(line) for line in frame.to_dict("records")]), frame, setting)
    if len(comparison.datasets) == 1:
        cells = cells.drop(columns="Data set")
    if comparison.measure != "f05":
        cells = cells.drop(columns=[_PRECISION_RECALL, *_OVER_BASELINE])
    parts = {"number": comparison.number, "title": " - ".join(filter(None, headings(comparison, setting, frame))),
             "cells": cells, "raw": frame, "left": 1 + (len(comparison.datasets) > 1),
             "notes": _notes(comparison, frame, setting) + leaks}
    runs = per_run(comparison, setting)
    if frame["over_baseline"].isna().all():
        return Document(**parts, attached={"runs": runs})
    return OrderedDocument(**parts, attached={"runs": runs, "orderings": find_orderings(comparison, frame, setting)})


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
        "Difference": MISSING if pandas.isna(line["difference"]) else f"{line['difference']:+.2f}{mark}",
        "Published inside": line["inside"] + (mark if line["inside"] != MISSING else ""),
        **_over_baseline(line, mark),
    }


def _over_baseline(line, mark):
    """The cells on the difference to the baseline (dict of heading to str)."""
    if pandas.isna(line["over_baseline"]):
        return dict.fromkeys(_OVER_BASELINE, MISSING)
    both = (f"{line['over_baseline']:+.2f} [{line['over_baseline_low']:+.2f}, {line['over_baseline_high']:+.2f}]{mark}",
            f"{show_p(line['over_baseline_p'])}{mark}")
    return dict(zip(_OVER_BASELINE, both))


def _notes(comparison, frame, setting):
    """What stands below the table: list of str."""
    quoted = frame.loc[frame["method"].isna() & frame["published"].notna(), "title"].tolist()
    from_elsewhere = f"; {', '.join(quoted)}: quoted there from the papers they name, not run here" if quoted else ""
    notes = [
        f"Published: {PAPER}{from_elsewhere}",
        f"Ours: recipe {setting.recipe}, scale {setting.scale}, mean and standard deviation over n seeds; "
        f"{MISSING} where there is no finished run; difference: ours - published",
        *_interval_notes(frame),
        *_over_baseline_notes(frame),
        *_start_notes(comparison, frame),
        *(f"Other than in Table 2: {text}" for text in frame["table2"].dropna().unique() if text),
    ]
    if frame["n"].isna().all():
        notes.append(f"There is no finished run of recipe {setting.recipe}, scale {setting.scale} for this table")
    if frame["dagger"].any():
        notes.append("† semi-supervised: also learns from unlabeled text")
    reasons = dict.fromkeys(reason for marker in frame["marker"] if marker for reason in marker.split(SEPARATOR))
    if reasons:
        notes.append(f"{MARK} not the paper's setting, so not comparable with the published number: {SEPARATOR.join(reasons)}")
    for corpus in frame["corpus"].unique():
        notes += _corpus_notes(corpus, frame[frame["corpus"] == corpus], setting)
    return notes


def _interval_notes(frame):
    kinds = {
        "one run": frame.loc[frame["n"].eq(1).fillna(False), "interval"],
        "several runs": frame.loc[frame["n"].gt(1).fillna(False), "interval"],
        "sanity check": frame.loc[frame["n"].isna(), "interval"].dropna(),
    }
    parts = [f"{rows}: {', '.join(kind.unique())}" for rows, kind in kinds.items() if len(kind)]
    return [f"95 % interval, {SEPARATOR.join(parts)}"] if parts else []


def _over_baseline_notes(frame):
    if frame["over_baseline"].isna().all():
        return []
    several = frame["n"].gt(1).fillna(False).any()
    seeds = (", plus that of a mean over seeds, with one variance for all rows that have several; Student t, as many degrees of "
             "freedom as both parts have together (Satterthwaite)" if several else
             "; what another seed would change is not covered, no row has two")
    return ["Over baseline: mean over seeds minus the baseline's, with 95 % interval and two-sided p. Its variance is that of a "
            f"paired bootstrap ({RESAMPLES} times, test sentences are drawn with replacement, the same ones for every seed of "
            f"both rows; F0.5 is pooled over the drawn tokens seed by seed, then averaged){seeds}"]


def _start_notes(comparison, frame):
    """Which word vectors each number comes from; nothing where none of ours does."""
    if not (frame["start"] != "").any():
        return []
    titles = {}
    for title, start in zip(frame["title"], frame["start"]):
        if start:
            titles.setdefault(start, []).append(title)
    ours = SEPARATOR.join(f"{', '.join(rows)}: {start}" for start, rows in titles.items())
    known = [row for row in comparison.rows if row.method in comparison.starts]
    published = SEPARATOR.join(f"{row.title}: {comparison.starts[row.method]}" for row in known)
    quoted = [f"Embeddings behind the published numbers start from - {published}"] if published else []
    return [f"Embeddings of ours start from - {ours}", *quoted]


def _corpus_notes(corpus, lines, setting):
    notes = []
    folder = corpora_folder(setting.out) / corpus
    if (folder / "corpus.json").is_file():
        notes.append(f"{corpus} - {read_record(folder)['description']}")
    sanity = read_sanity(setting.out, corpus)
    if sanity is not None:
        notes.append(f"Sanity check on {corpus}: {sanity.description}")
    preparations = {digest for digests in lines["preparation"].dropna() for digest in digests.split()}
    if len(preparations) > 1:
        notes.append(f"WARNING: the runs on {corpus} come from {len(preparations)} different preparations of it; "
                     "prepare it once and repeat the runs")
    return notes
