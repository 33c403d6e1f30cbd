"""Tables 3 to 6, and tables of ours in their form: for each method the published number beside what our runs
measured.
"""

import dataclasses

import pandas

from iadv_foundation.console.cli import closest
from iadv_foundation.errors import UserError

from .contrast import find_contrast, sampling_of_both
from .published import Comparison, load, row_of
from .rows import ROWS
from .runs import summarise
from .sanity.record import ROW_TITLES, read_sanity
from .settings_used import other_than_published, reported_changes
from .significance import BASELINE
from .starts import changed_vector_settings, describe_starts
from .verdicts import judge, published_gains

_DIFFERENCE = [
    "difference",
    "difference_low",
    "difference_high",
    "prediction_half_width",
    "difference_p",
    "difference_p_holm",
]
_OVER_BASELINE = ["over_baseline", "over_baseline_low", "over_baseline_high", "over_baseline_p", "over_baseline_p_holm"]
COLUMNS = [
    "table",
    "dataset",
    "corpus",
    "method",
    "title",
    "dagger",
    "bold",
    "published",
    "mean",
    "std",
    "n",
    "precision",
    "recall",
    "low",
    "high",
    "interval",
    *_DIFFERENCE,
    "verdict",
    "seeds",
    "marker",
    "preparation",
    "start",
    "table2",
    *_OVER_BASELINE,
]
MISSING = {"verdict": "-", "marker": "", "start": "", "table2": ""}
SEPARATOR = "; "


@dataclasses.dataclass(frozen=True)
class Measured:
    """Everything that one of Tables 3 to 6 is made of.

    Attributes:
        frame (pandas.DataFrame): of :func:`compare`.
        columns (dict of str to results.significance.Column): data set -> its runs.
        contrasts (dict of str to results.contrast.Contrast): data set -> its contrast, where there is one.
        skipped (list of results.study.Skipped): runs of these data sets that cannot be read.
    """

    frame: pandas.DataFrame
    columns: dict
    contrasts: dict
    skipped: list


def table_of_paper(number, study):
    """Table 3, 4, 5 or 6 (results.published.Comparison) with a row for each other method that has runs on its data
    sets.

    Args:
        number (int)
        study (results.study.Study)
    """
    comparison = load().comparison(number)
    return comparison.extended(study.methods_on(study.corpus_for(dataset) for dataset in comparison.datasets))


def table_of_corpus(corpus, study, methods=None):
    """A table of one corpus (results.published.Comparison), any that has runs, with the published numbers that there
    are.

    Args:
        corpus (str): its name.
        study (results.study.Study)
        methods (iterable of str or None): names of the rows, in order; None for those of the paper's table and all
            with runs.

    Raises:
        UsageError: there is no such method.
        UserError: no method has a run on the corpus that can be read.
    """
    runs = study.runs([corpus])
    if runs.empty:
        reasons = "".join(f"; {one.error}" for one in study.skipped([corpus])[:1])
        raise UserError(
            f"there is no finished run on {corpus} of recipe {study.recipe}, scale {study.scale} "
            f"in {study.out}, or none that can be read{reasons}"
        )
    paper = next((one for one in load().comparisons if corpus in one.datasets), None)
    rows = (
        {
            row.method: row.model_copy(update={"published": (paper.published_of(row, corpus),)})
            for row in paper.rows
            if row.method
        }
        if paper
        else {}
    )
    wanted = (
        [closest(method, ROWS, "method") for method in methods]
        if methods is not None
        else [*rows, *(method for method in study.methods_on([corpus]) if method not in rows)]
    )
    labelling = runs["run"].iloc[0].metrics.task == "labelling"
    return Comparison(
        number=f"compare-{corpus}",
        measure="f05" if labelling else "error_rate",
        datasets=(corpus,),
        rows=tuple(rows.get(method) or row_of(method) for method in dict.fromkeys(wanted)),
        starts=paper.starts if paper else {},
        footnotes=paper.footnotes if paper else (),
    )


def compare(comparison, study):
    """Put the published and the measured numbers of one table side by side.

    Args:
        comparison (results.published.Comparison)
        study (results.study.Study)

    Returns:
        pandas.DataFrame with the columns :data:`COLUMNS`, for each data set a line for each row of the table and the
        two sanity rows. Numbers are in percent, ``published`` as :class:`decimal.Decimal`; what was not measured is
        missing, never guessed. ``precision`` and ``recall``, of F0.5, are means over seeds; ``low`` and ``high`` are of
        ``mean``. ``difference`` is ours minus published, with its prediction interval after Holm's correction;
        ``prediction_half_width`` is that before it; ``verdict`` is of :mod:`results.verdicts` or "-"; all of them are
        missing where a sample stands in for the data set or the networks are smaller. ``seeds``
        has spaces between; ``marker`` says in what the measurement departs from the setting that ``configs/`` have for
        the paper's, and ``table2`` in which hyper-parameters that departs from the paper's Table 2 and text, at its own
        sizes; ``preparation`` is the SHA-256 of the prepared corpus; ``start`` says which word vectors the embeddings
        started from, where they did from some; ``over_baseline`` and what follows are of
        :meth:`results.significance.Column.against_baseline`.

    Raises:
        UserError: there are runs of these data sets, and none of them can be read.
        DamagedFileError: a sanity record cannot be read.
    """
    return measure(comparison, study).frame


def measure(comparison, study):
    """The same with the runs of each column, for what else is made of them (:class:`Measured`)."""
    corpora = [study.corpus_for(dataset) for dataset in comparison.datasets]
    skipped = study.skipped(corpora)
    if skipped and study.runs(corpora).empty:
        raise UserError(
            f"none of the {len(skipped)} finished runs on {', '.join(corpora)} can be read; the first: "
            f"{skipped[0].error}"
        )
    records, columns, contrasts = [], {}, {}
    for dataset, corpus in zip(comparison.datasets, corpora, strict=True):
        place = {"table": comparison.number, "dataset": dataset, "corpus": corpus}
        column = columns[dataset] = study.column(corpus, comparison.methods)
        records += [{**place, **line} for line in _lines(comparison, column, study, dataset)]
        records += [{**place, **row} for row in _sanity_rows(study, dataset, comparison.measure)]
        contrast = find_contrast(
            comparison.published(dataset),
            column,
            study.comparable(dataset),
            documents_of_another_test_set(column.runs, dataset),
        )
        contrasts |= {dataset: contrast} if contrast else {}
    numbers = dict.fromkeys(("precision", "recall", *_DIFFERENCE, *_OVER_BASELINE), float)
    frame = pandas.DataFrame(records, columns=COLUMNS).astype({"n": "Int64", **numbers})
    return Measured(frame, columns, contrasts, skipped)


def _lines(comparison, column, study, dataset):
    """The lines of one column (list of dict)."""
    over_baseline = column.against_baseline()
    verdicts = _verdicts(comparison, column, dataset) if study.comparable(dataset) else {}
    return [
        {
            "method": row.method,
            "title": row.title,
            "dagger": row.dagger,
            "bold": row.bold,
            "published": comparison.published_of(row, dataset),
            **_measured(column.runs[column.runs["method"] == row.method], column.seeds, study, dataset),
            **verdicts.get(row.method, {}),
            **over_baseline.get(row.method, {}),
        }
        for row in comparison.rows
    ]


def _measured(runs, seeds, study, dataset):
    """The measured half of a line (dict); ``runs`` are those of one method on one corpus."""
    if runs.empty:
        return MISSING
    summary = summarise(runs, seeds)
    reasons = [*study.departures(dataset), *_incomplete(study, dataset, runs["complete"].all())]
    reasons += reported_changes(runs) + changed_vector_settings(runs, study.out, study.scale)
    return {
        **MISSING,
        **summary,
        "precision": runs["precision"].mean(),
        "recall": runs["recall"].mean(),
        "seeds": " ".join(str(seed) for seed in summary["seeds"]),
        "marker": SEPARATOR.join(reasons),
        "preparation": " ".join(sorted(set(runs["preparation"]))),
        "start": SEPARATOR.join(describe_starts(runs, study.out)),
        "table2": ""
        if not load().has(dataset) or study.reduction()
        else SEPARATOR.join(other_than_published(runs, load().dataset(dataset).task)),
    }


def _verdicts(comparison, column, dataset):
    """Method with runs -> ours minus published with its prediction interval, and the verdict (dict of str to dict)."""
    published, quoted = comparison.published(dataset), {row.method for row in comparison.rows if row.quoted}
    methods, gains = (
        [method for method in column.numbers if method in published],
        published_gains(published, BASELINE, quoted),
    )
    if not methods:
        return {}
    means = column.runs.groupby("method")["value"].mean()
    differences = [float(means[method]) - float(published[method]) for method in methods]
    found = judge(
        differences,
        [column.numbers[method] for method in methods],
        [gains.get(method, 0.0) for method in methods],
        column.seeds,
        [_sampling(method, column, dataset) for method in methods],
    )
    return {
        method: {
            "difference": difference,
            "difference_low": difference - half,
            "difference_high": difference + half,
            "prediction_half_width": alone,
            "difference_p": p,
            "difference_p_holm": corrected,
            "verdict": word,
        }
        for method, difference, half, alone, p, corrected, word in zip(
            methods, differences, found.together, found.alone, found.p, found.p_holm, found.words, strict=True
        )
    }


def _sampling(method, column, dataset):
    """Variance that the test sets add to ours minus published: 0 where both were measured on the same one (float)."""
    documents = documents_of_another_test_set(column.runs[column.runs["method"] == method], dataset)
    sample = column.sample_of([method])
    return sampling_of_both(sample, {method: 1.0}, documents) if documents and sample else 0.0


def documents_of_another_test_set(runs, dataset):
    """How many documents the paper's test set has, where ours is another sample (int), else None.

    Ours is another where the paper does not say which documents are its test set, and where the corpus is a subset.

    Args:
        runs (pandas.DataFrame): lines of :class:`results.study.Study`.
        dataset (str): the paper's, or another corpus.
    """
    if not load().has(dataset):
        return None
    published = load().dataset(dataset)
    return published.documents["test"] if len(runs) and (published.own_split or not runs["complete"].all()) else None


def _sanity_rows(study, dataset, measure):
    """The lines of the linear and the trivial model (two dict); their scale is always the full one."""
    corpus = study.corpus_for(dataset)
    record = read_sanity(study.out, corpus)
    rows = [{**MISSING, "title": title, "dagger": False, "bold": False} for title in ROW_TITLES[measure]]
    if record is not None:
        reasons = [*study.substitution(dataset), *_incomplete(study, dataset, record.corpus_complete)]
        for row, measured in zip(rows, record.rows, strict=True):
            row.update(
                mean=measured.value,
                low=measured.low,
                high=measured.high,
                interval=record.interval,
                marker=SEPARATOR.join(reasons),
                preparation=record.corpus_sha256,
            )
    return rows


def _incomplete(study, dataset, complete):
    """Says that a corpus does not have the paper's counts; a stand-in never has, which is said anyway."""
    if complete or study.substitution(dataset) or not load().has(dataset):
        return []
    return [f"{dataset} is not complete (Table 1)"]
