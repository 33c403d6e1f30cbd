"""Tables 3 to 6: for each method the published number beside what our runs measured."""
import dataclasses

import pandas

from results.contrast import find_contrast, sampling_of_both
from results.published import load
from results.runs import collect, other_than_published, reported_changes, summarise
from results.sanity.record import ROW_TITLES, read_sanity
from results.significance import BASELINE, Column
from results.starts import changed_vector_settings, describe_starts
from results.verdicts import judge, published_gains

_DIFFERENCE = ["difference", "difference_low", "difference_high", "prediction_half_width", "difference_p",
               "difference_p_holm"]
_OVER_BASELINE = ["over_baseline", "over_baseline_low", "over_baseline_high", "over_baseline_p", "over_baseline_p_holm"]
COLUMNS = [
    "table", "dataset", "corpus", "method", "title", "dagger", "bold", "published",
    "mean", "std", "n", "precision", "recall", "low", "high", "interval", *_DIFFERENCE, "verdict", "seeds", "marker",
    "preparation", "start", "table2", *_OVER_BASELINE,
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
    """

    frame: pandas.DataFrame
    columns: dict
    contrasts: dict


def compare(comparison, setting):
    """Put the published and the measured numbers of one table side by side.

    Args:
        comparison (results.published.Comparison)
        setting (results.setting.Setting)

    Returns:
        pandas.DataFrame with the columns :data:`COLUMNS`, for each data set a line for each row of the paper and the
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
        UserError: the predictions of a run are missing.
        DamagedFileError: a finished run or a sanity record cannot be read.
    """
    return measure(comparison, setting).frame


def measure(comparison, setting):
    """The same with the runs of each column, for what else is made of them (:class:`Measured`)."""
    records, columns, contrasts = [], {}, {}
    for dataset in comparison.datasets:
        place = {"table": comparison.number, "dataset": dataset, "corpus": setting.corpus_for(dataset)}
        column = Column(collect(setting, [place["corpus"]], [row.method for row in comparison.rows if row.method]))
        columns[dataset] = column
        records += [{**place, **line} for line in _lines(comparison, column, setting, dataset)]
        records += [{**place, **row} for row in _sanity_rows(setting, dataset, comparison.measure)]
        contrast = find_contrast(comparison.published(dataset), column, setting.comparable(dataset),
                                 documents_of_another_test_set(column.runs, dataset))
        contrasts |= {dataset: contrast} if contrast else {}
    numbers = {name: float for name in ("precision", "recall", *_DIFFERENCE, *_OVER_BASELINE)}
    frame = pandas.DataFrame(records, columns=COLUMNS).astype({"n": "Int64", **numbers})
    return Measured(frame, columns, contrasts)


def _lines(comparison, column, setting, dataset):
    """The lines of one column (list of dict)."""
    over_baseline = column.against_baseline()
    verdicts = _verdicts(comparison.published(dataset), column, dataset) if setting.comparable(dataset) else {}
    return [{
        "method": row.method, "title": row.title, "dagger": row.dagger, "bold": row.bold,
        "published": row.published[comparison.datasets.index(dataset)],
        **_measured(column.runs[column.runs["method"] == row.method], column.seeds, setting, dataset),
        **verdicts.get(row.method, {}), **over_baseline.get(row.method, {}),
    } for row in comparison.rows]


def _measured(runs, seeds, setting, dataset):
    """The measured half of a line (dict); ``runs`` are those of one method on one corpus."""
    if runs.empty:
        return MISSING
    summary = summarise(runs, seeds)
    reasons = [*setting.substitution(dataset), *setting.reduction(), *_incomplete(setting, dataset, runs["complete"].all())]
    reasons += reported_changes(runs) + changed_vector_settings(runs, setting.out, setting.scale)
    return {
        **MISSING,
        **summary,
        "precision": runs["precision"].mean(), "recall": runs["recall"].mean(),
        "seeds": " ".join(str(seed) for seed in summary["seeds"]),
        "marker": SEPARATOR.join(reasons),
        "preparation": " ".join(sorted(set(runs["preparation"]))),
        "start": SEPARATOR.join(describe_starts(runs, setting.out)),
        "table2": "" if setting.reduction() else SEPARATOR.join(
            other_than_published(runs, load().dataset(dataset).task)),
    }


def _verdicts(published, column, dataset):
    """Method with runs -> ours minus published with its prediction interval, and the verdict (dict of str to dict)."""
    methods, gains = list(column.numbers), published_gains(published, BASELINE)
    if not methods:
        return {}
    means = column.runs.groupby("method")["value"].mean()
    differences = [float(means[method]) - float(published[method]) for method in methods]
    found = judge(differences, [column.numbers[method] for method in methods], [gains[method] for method in methods],
                  column.seeds, [_sampling(method, column, dataset) for method in methods])
    return {method: {
        "difference": difference, "difference_low": difference - half, "difference_high": difference + half,
        "prediction_half_width": alone, "difference_p": p, "difference_p_holm": corrected, "verdict": word,
    } for method, difference, half, alone, p, corrected, word in zip(
        methods, differences, found.together, found.alone, found.p, found.p_holm, found.words)}


def _sampling(method, column, dataset):
    """Variance that the test sets add to ours minus published: 0 where both were measured on the same one (float)."""
    documents = documents_of_another_test_set(column.runs[column.runs["method"] == method], dataset)
    sample = column.sample_of([method])
    return sampling_of_both(sample, {method: 1.0}, documents) if documents and sample else 0.0


def documents_of_another_test_set(runs, dataset):
    """How many documents the paper's test set has, where ours is another sample (int), else None.

    Ours is another where the paper does not say which documents are its test set, and where the corpus is a subset.

    Args:
        runs (pandas.DataFrame): lines of :func:`results.runs.collect`.
        dataset (str): the paper's.
    """
    published = load().dataset(dataset)
    return published.documents["test"] if len(runs) and (published.own_split or not runs["complete"].all()) else None


def _sanity_rows(setting, dataset, measure):
    """The lines of the linear and the trivial model (two dict); their scale is always the full one."""
    corpus = setting.corpus_for(dataset)
    record = read_sanity(setting.out, corpus)
    rows = [{**MISSING, "title": title, "dagger": False, "bold": False} for title in ROW_TITLES[measure]]
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
