"""What stands below Tables 3 to 6, in words."""

from data_prep.corpus import corpora_folder, read_record

from ..comparison import SEPARATOR, documents_of_another_test_set
from ..document import MISSING
from ..intervals import CONFIDENCE, RESAMPLES
from ..published import PAPER, load
from ..sanity.record import read_sanity
from ..setting import MARK
from ..verdicts import CANNOT_TELL, COMPATIBLE, NOT_COMPATIBLE
from .contrast_notes import contrast_notes

_LEVEL = 1 - CONFIDENCE


def notes(comparison, measured, study):
    """All of it (list of str).

    Args:
        comparison (results.published.Comparison)
        measured (results.comparison.Measured)
        study (results.study.Study)
    """
    frame = measured.frame
    found = [
        *_verdict_notes(comparison, measured),
        *contrast_notes(comparison, measured),
        *_published_notes(comparison, frame),
        f"Ours: recipe {study.recipe}, scale {study.scale}, mean and standard deviation over n seeds; "
        f"{MISSING} where there is no finished run"
        + ("; difference: ours - published" if frame["published"].notna().any() else ""),
        *_interval_notes(frame),
        *_over_baseline_notes(comparison, measured),
        *_start_notes(comparison, frame),
        *(f"Other than in the paper: {text}" for text in frame["table2"].dropna().unique() if text),
    ]
    if frame["n"].isna().all():
        found.append(f"There is no finished run of recipe {study.recipe}, scale {study.scale} for this table")
    if frame["dagger"].any():
        found.append("† semi-supervised: also learns from unlabeled text")
    reasons = dict.fromkeys(reason for marker in frame["marker"] if marker for reason in marker.split(SEPARATOR))
    if reasons:
        judged = frame.loc[frame["marker"] != "", "difference"].notna().any()
        meaning = "a difference may come from that" if judged else "so not comparable with the published number"
        found.append(f"{MARK} not the paper's setting, {meaning}: {SEPARATOR.join(reasons)}")
    for corpus in frame["corpus"].unique():
        found += _corpus_notes(corpus, frame[frame["corpus"] == corpus], study)
    return found


def _verdict_notes(comparison, measured):
    """The verdicts of each column counted, and, once, what they mean."""
    found = []
    for dataset, column in measured.columns.items():
        lines = measured.frame[(measured.frame["dataset"] == dataset) & measured.frame["difference"].notna()]
        where = f" on {load().title(dataset)}" if len(comparison.datasets) > 1 else ""
        if len(lines):
            found.append(
                f"Verdicts{where}: "
                + ", ".join(
                    f"{(lines['verdict'] == word).sum()} {word}" for word in (NOT_COMPATIBLE, CANNOT_TELL, COMPATIBLE)
                )
            )
            if column.seeds is not None:
                found[-1] += _before_correction(lines)
        if column.seeds is not None:
            found.append(_seed_note(column.seeds, where, lines))
    if measured.frame["difference"].notna().any():
        found.append(
            "Verdict: could one more run of ours have given the published number? The interval behind the difference "
            "is a 95 % prediction interval for one run: Student t, the standard deviation between seeds times the root "
            "of 1 + 1/n, widened by Holm's correction for the number of rows. "
            f"{NOT_COMPATIBLE.capitalize()}: 0 lies outside it. {CANNOT_TELL.capitalize()}: 0 lies inside, but half "
            "the interval is wider than the published gain over the baseline (for the baseline, the largest gain), so "
            "that a row without that gain could lie inside, too; or no row has two seeds. "
            f"{COMPATIBLE.capitalize()}: 0 lies inside, and half the interval is narrower than the gain"
        )
        found += _other_test_set(measured)
    return found


def _before_correction(lines):
    """Which rows are outside by themselves (str)."""
    alone = lines.loc[lines["difference_p"] < _LEVEL, "title"].tolist()
    return f". Without the correction, outside: {', '.join(alone) if alone else 'none'}"


def _seed_note(seeds, where, lines):
    low, high = seeds.deviation_interval()
    text = (
        f"Standard deviation of one run between seeds{where}, pooled over all rows with two seeds or more: "
        f"{seeds.deviation:.2f} (95 % interval {low:.2f} to {high:.2f}, {seeds.degrees} degrees of freedom)"
    )
    together = (lines["difference_high"] - lines["difference_low"]) / 2
    widths = dict.fromkeys(
        f"with {number} {'seeds' if number > 1 else 'seed'} {alone:.2f} for one row alone, "
        f"{half:.2f} after the correction"
        for number, alone, half in zip(lines["n"], lines["prediction_half_width"], together, strict=True)
    )
    return text + (f". Half the prediction interval: {SEPARATOR.join(widths)}" if widths else "")


def _other_test_set(measured):
    others = [
        load().title(name)
        for name, column in measured.columns.items()
        if documents_of_another_test_set(column.runs, name)
    ]
    return (
        [
            f"{', '.join(others)}: our test set is not the paper's (it does not say which documents those are, or ours "
            "is a subset); the prediction interval has the sampling variance of both"
        ]
        if others
        else []
    )


def _published_notes(comparison, frame):
    if frame["published"].isna().all():
        return []
    quoted = [row for row in comparison.rows if row.quoted]
    found = [f"Published: {PAPER}" + (", bold as there" if frame["bold"].any() else "")]
    if quoted:
        found[0] += "; quoted there from other papers: " + SEPARATOR.join(
            f"{', '.join(map(str, row.published))} from {row.quoted}{'' if row.method else ', not run here'}"
            for row in quoted
        )
    found += [f"{row.title}: {row.note}" for row in comparison.rows if row.note]
    return found + [f"Footnote {footnote.number} of the paper: {footnote.text}" for footnote in comparison.footnotes]


def _interval_notes(frame):
    kinds = {
        "methods": frame.loc[frame["n"].notna(), "interval"],
        "sanity check": frame.loc[frame["n"].isna(), "interval"].dropna(),
    }
    parts = [f"{rows}: {', '.join(kind.unique())}" for rows, kind in kinds.items() if len(kind)]
    return [f"95 % interval, {SEPARATOR.join(parts)}"] if parts else []


def _over_baseline_notes(comparison, measured):
    """How rows are compared with the baseline, or what that would need."""
    if measured.frame["n"].isna().all():
        return []
    if measured.frame["over_baseline"].isna().all():
        return [
            "Over baseline, p and orderings need at least two seeds of both rows, a verdict two seeds of any row: one "
            "run does not tell what another seed would change"
        ]
    documents = (
        f"test sentences (a bootstrap draws them {RESAMPLES} times, the same ones for every run; F0.5 is pooled "
        "over the drawn tokens run by run)"
        if comparison.measure == "f05"
        else "test documents (differences of errors document by document, means over seeds)"
    )
    return [
        "Over baseline: mean over seeds minus the baseline's, with its 95 % interval and two-sided p; p (Holm) is "
        f"corrected for all rows of the column. Student t; the variance is that of the {documents} plus that of both "
        f"means over seeds, degrees of freedom by Satterthwaite. {MISSING} where one of the two rows does not have "
        "two seeds"
    ]


def _start_notes(comparison, frame):
    """Which word vectors each number comes from; nothing where none of ours does."""
    if not (frame["start"] != "").any():
        return []
    titles = {}
    for title, start in zip(frame["title"], frame["start"], strict=True):
        if start:
            titles.setdefault(start, []).append(title)
    ours = SEPARATOR.join(f"{', '.join(rows)}: {start}" for start, rows in titles.items())
    known = [(row, comparison.starts[row.method]) for row in comparison.rows if row.method in comparison.starts]
    published = SEPARATOR.join(f"{row.title}: {start.vectors}, as {start.said_by} say" for row, start in known)
    quoted = [f"Embeddings behind the published numbers start from - {published}"] if published else []
    return [f"Embeddings of ours start from - {ours}", *quoted]


def _corpus_notes(corpus, lines, study):
    found = []
    folder = corpora_folder(study.out) / corpus
    if (folder / "corpus.json").is_file():
        found.append(f"{corpus} - {read_record(folder)['description']}")
    sanity = read_sanity(study.out, corpus)
    if sanity is not None:
        found.append(f"Sanity check on {corpus}: {sanity.description}")
    preparations = {digest for digests in lines["preparation"].dropna() for digest in digests.split()}
    if len(preparations) > 1:
        found.append(
            f"WARNING: the runs on {corpus} come from {len(preparations)} different preparations of it; "
            "prepare it once and repeat the runs"
        )
    return found
