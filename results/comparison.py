"""Tables 3 to 6: for each method the published number beside what our runs measured."""
import pandas

from results.published import load
from results.runs import collect, other_than_table2, reported_changes, summarise
from results.sanity.record import ROW_TITLES, read_sanity
from results.significance import against_baseline
from results.starts import changed_vector_settings, describe_starts

COLUMNS = [
    "table", "dataset", "corpus", "method", "title", "dagger", "published",
    "mean", "std", "n", "precision", "recall", "low", "high", "interval", "difference", "inside", "seeds", "marker",
    "preparation", "start", "table2",
    "over_baseline", "over_baseline_low", "over_baseline_high", "over_baseline_p",
]
MISSING = {"difference": None, "inside": "-", "marker": "", "start": "", "table2": ""}
SEPARATOR = "; "


def compare(comparison, setting):
    """Put the published and the measured numbers of one table side by side.

    Args:
        comparison (results.published.Comparison)
        setting (results.setting.Setting)

    Returns:
        pandas.DataFrame with the columns :data:`COLUMNS`, for each data set a line for each row of the paper and the two
        sanity rows. Numbers are in percent, ``published`` as :class:`decimal.Decimal`; what was not measured is missing,
        never guessed. ``precision`` and ``recall``, of F0.5, are means over seeds; ``inside`` is "yes", "no" or "-"; ``seeds``
        has spaces between; ``marker`` says in what the measurement departs from the setting that ``configs/`` have for the
        paper's, and ``table2`` in which hyper-parameters that departs from the paper's Table 2, at its own sizes;
        ``preparation`` is the SHA-256 of the prepared corpus; ``start`` says which word vectors the embeddings
        started from, where they did from some; ``over_baseline`` and what follows are of
        :func:`results.significance.against_baseline`, for F0.5 alone.

    Raises:
        DamagedFileError: a finished run or a sanity record cannot be read.
    """
    records = []
    for column, dataset in enumerate(comparison.datasets):
        place = {"table": comparison.number, "dataset": dataset, "corpus": setting.corpus_for(dataset)}
        runs = collect(setting, [place["corpus"]], [row.method for row in comparison.rows if row.method])
        over_baseline = against_baseline(runs) if comparison.measure == "f05" else {}
        for row in comparison.rows:
            published = row.published[column]
            measured = _measured(runs[runs["method"] == row.method], published, setting, dataset)
            records.append({**place, "method": row.method, "title": row.title, "dagger": row.dagger,
                            "published": published, **measured, **over_baseline.get(row.method, {})})
        records += [{**place, **row} for row in _sanity_rows(setting, dataset, comparison.measure)]
    numbers = {name: float for name in COLUMNS if name in ("precision", "recall") or name.startswith("over_baseline")}
    return pandas.DataFrame(records, columns=COLUMNS).astype({"n": "Int64", **numbers})


def _measured(runs, published, setting, dataset):
    """The measured half of a line (dict); ``runs`` are those of one method on one corpus."""
    if runs.empty:
        return MISSING
    summary = summarise(runs)
    reasons = [*setting.substitution(dataset), *setting.reduction(), *_incomplete(setting, dataset, runs["complete"].all())]
    reasons += reported_changes(runs) + changed_vector_settings(runs, setting.out, setting.scale)
    return {
        **summary,
        "precision": runs["precision"].mean(), "recall": runs["recall"].mean(),
        "seeds": " ".join(str(seed) for seed in summary["seeds"]),
        "difference": summary["mean"] - float(published),
        "inside": "yes" if summary["low"] <= float(published) <= summary["high"] else "no",
        "marker": SEPARATOR.join(reasons),
        "preparation": " ".join(sorted(set(runs["preparation"]))),
        "start": SEPARATOR.join(describe_starts(runs, setting.out)),
        "table2": "" if setting.reduction() else SEPARATOR.join(other_than_table2(runs, load().dataset(dataset).task)),
    }


def _sanity_rows(setting, dataset, measure):
    """The lines of the linear and the trivial model (two dict); their scale is always the full one."""
    corpus = setting.corpus_for(dataset)
    record = read_sanity(setting.out, corpus)
    rows = [{**MISSING, "title": title, "dagger": False} for title in ROW_TITLES[measure]]
    if record is not None:
        reasons = [*setting.substitution(dataset), *_incomplete(setting, dataset, record.corpus_complete)]
        for row, measured in zip(rows, record.rows):
            row.update(mean=measured.value, low=measured.low, high=measured.high, interval=record.interval,
                       marker=SEPARATOR.join(reasons), preparation=record.corpus_sha256)
    return rows


def _incomplete(setting, dataset, complete):
    """Says that a corpus has not the paper's counts; a stand-in never has, which is said anyway."""
    if complete or setting.substitution(dataset):
        return []
    return [f"{dataset} is not complete (Table 1)"]
