"""Which published orderings of the rows of Tables 3 to 6 hold, and which other ones ours establish: every two rows,
on the same test documents.
"""

import dataclasses
import itertools
import math

import pandas

from ..document import MISSING, Document, escape_latex
from ..intervals import CONFIDENCE, holm
from ..power import POWER, Design
from ..published import load
from ..setting import MARK

COLUMNS = [
    "dataset",
    "better",
    "worse",
    "published",
    "difference",
    "low",
    "high",
    "p",
    "p_holm",
    "verdict",
    "seeds_alone",
    "seeds_holm",
    "smallest_gap",
    "smallest_gap_holm",
    "marker",
]
HOLDS, REVERSED, OPEN, ONE_SEED, ESTABLISHED = "holds", "reversed", "open", "one seed", "established"
NEVER, MANY = "never", 100
_BETTER, _NEEDED = "Better in the paper", "Seeds needed (alone / Holm)"
_LEVEL = 1 - CONFIDENCE


@dataclasses.dataclass(frozen=True)
class OrderedDocument(Document):
    """A comparison table, and below it the orderings of its rows.

    ``attached["orderings"]`` is what :func:`find_orderings` returns.
    """

    @property
    def orderings(self):
        """The orderings, unrounded (pandas.DataFrame)."""
        return self.attached["orderings"]

    def to_markdown(self):
        """The whole document as Markdown (str)."""
        cells = self._cells()
        left = 2 + ("Data set" in cells)
        table = cells.to_markdown(
            index=False, disable_numparse=True, colalign=["left"] * left + ["right"] * (cells.shape[1] - left)
        )
        notes = "".join(f"- {note}\n" for note in self._notes())
        return f"{super().to_markdown()}\n## {self._title()}\n\n{table}\n\n{notes}"

    def to_latex(self):
        """The table and its orderings as two ``table`` environments (str)."""
        cells = self._cells()
        left = 2 + ("Data set" in cells)
        tabular = cells.map(escape_latex).to_latex(
            index=False, escape=False, column_format="l" * left + "r" * (cells.shape[1] - left)
        )
        notes = " ".join(f"{escape_latex(note)}." for note in self._notes())
        return "\n".join(
            [
                super().to_latex(),
                r"\begin{table}",
                r"\centering\footnotesize",
                rf"\caption{{{self._title()}{self._of_table()}. {notes}}}",
                tabular.rstrip("\n"),
                r"\end{table}",
                "",
            ]
        )

    def _title(self):
        return "Orderings" if self.orderings["published"].isna().all() else "Published orderings"

    def _of_table(self):
        return f" of Table {self.number}" if isinstance(self.number, int) else ""

    def _cells(self):
        """The orderings as shown (pandas.DataFrame of str)."""
        cells = pandas.DataFrame([_cells(line) for line in self.orderings.to_dict("records")])
        if self.orderings["published"].isna().all():
            cells = cells.drop(columns=["Published", _NEEDED]).rename(columns={_BETTER: "Better"})
        return cells if self.orderings["dataset"].nunique() > 1 else cells.drop(columns="Data set")

    def _notes(self):
        published = self.orderings["published"].notna()
        return [
            *_power_notes(self.orderings),
            *(_published_notes() if published.any() else ()),
            *(_other_notes(published.any()) if not published.all() else ()),
        ]


def _published_notes():
    """How the pairs with a published order are to be read (list of str)."""
    return [
        "Each two rows with a published order, the better one first; differences are better - worse. "
        f"{HOLDS.capitalize()}, {REVERSED}: ours differ that way or the other, and p after Holm's correction for all "
        f"pairs measured is below {_LEVEL:.2f}; {OPEN}: these runs do not tell; {ONE_SEED}: a row has only one, and "
        f"another seed may change its place; {MISSING}: not measured. The paper gives no seeds and no intervals: its "
        "own orderings may be chance",
        f"Seeds needed: of each row, for a power of {100 * POWER:.0f} % if the published gap were the true one; alone "
        f"at {_LEVEL:.2f}, and at the first step of Holm's correction; {NEVER}: this test set is too small for that "
        "gap, however many seeds are run",
    ]


def _other_notes(beside_published):
    """How the pairs without a published order are to be read (list of str)."""
    return [
        f"{'Pairs without a published order' if beside_published else 'Each two rows'}, the better one by our means "
        f"first; differences are better - worse. {ESTABLISHED.capitalize()}: p after Holm's correction for all these "
        f"pairs is below {_LEVEL:.2f}; {OPEN}: these runs do not tell"
    ]


def find_orderings(comparison, measured, study):
    """Compare every two rows of each column: those whose published numbers differ, and those of which one has none.

    Args:
        comparison (results.published.Comparison)
        measured (results.comparison.Measured)
        study (results.study.Study)

    Returns:
        pandas.DataFrame with the columns :data:`COLUMNS`: data set; titles of the better and of the worse row by the
        published numbers, the best first, then those without a published order by our means; the published
        difference, better - worse; ours with its interval and p, missing where it was not measured with two seeds; p
        after Holm's correction for all pairs of the column with a published order, or for all without; verdict; seeds
        of each row that the published gap would need, alone and at Holm's first step (str), and the smallest gap that
        the fewest seeds measured find; in what either row departs from the paper's setting.  Data sets that a sample
        stands in for are left out.
    """
    records = [
        record
        for dataset in comparison.datasets
        if not study.substitution(dataset)
        for record in _of_column(comparison, measured, dataset)
    ]
    return pandas.DataFrame(records, columns=COLUMNS)


def _of_column(comparison, measured, dataset):
    column, published = measured.columns[dataset], comparison.published(dataset)
    if column.seeds is None:
        return []
    lines = measured.frame[measured.frame["dataset"] == dataset].dropna(subset="method").set_index("method")
    best_first = sorted(published, key=published.get, reverse=comparison.measure == "f05")
    pairs = [pair for pair in itertools.combinations(best_first, 2) if published[pair[0]] != published[pair[1]]]
    found, corrected = _differences(column, pairs)
    needs = _needs(column, len(found))
    records = []
    for better, worse in pairs:
        gap = float(published[better] - published[worse])
        records.append(
            {
                **_record(dataset, lines, (better, worse), found, corrected),
                "published": gap,
                **needs(gap),
                "verdict": _verdict(gap, column, (better, worse), found, corrected),
            }
        )
    return records + _without_published_order(comparison, dataset, column, lines, published)


def _without_published_order(comparison, dataset, column, lines, published):
    """The pairs that were measured and of which a row has no published number (list of dict)."""
    means = lines["mean"].dropna()
    best_first = means.sort_values(ascending=comparison.measure != "f05", kind="stable").index
    pairs = [pair for pair in itertools.combinations(best_first, 2) if not set(pair) <= set(published)]
    found, corrected = _differences(column, pairs)
    return [
        {
            **_record(dataset, lines, pair, found, corrected),
            "published": math.nan,
            "verdict": ESTABLISHED if corrected[pair] < _LEVEL else OPEN,
        }
        for pair in found
    ]


def _differences(column, pairs):
    """Pair -> difference, of those that can be compared, and pair -> p after Holm's correction for these (two dict)."""
    found = {pair: one for pair in pairs if (one := column.difference({pair[0]: 1, pair[1]: -1})) is not None}
    return found, dict(zip(found, holm([one.p for one in found.values()]), strict=True)) if found else {}


def _record(dataset, lines, pair, found, corrected):
    """What every pair has (dict)."""
    reasons = dict.fromkeys(marker for marker in lines.loc[list(pair), "marker"] if marker)
    record = {
        "dataset": dataset,
        "better": lines.at[pair[0], "title"],
        "worse": lines.at[pair[1], "title"],
        "marker": "; ".join(reasons),
    }
    return {**record, **dataclasses.asdict(found[pair]), "p_holm": float(corrected[pair])} if pair in found else record


def _verdict(gap, column, pair, found, corrected):
    if pair not in found:
        return ONE_SEED if min(column.numbers.get(method, 0) for method in pair) == 1 else MISSING
    if corrected[pair] >= _LEVEL:
        return OPEN
    return HOLDS if found[pair].difference * gap > 0 else REVERSED


def _needs(column, pairs):
    """What a gap would need (function of a float to a dict)."""
    design = Design.of(column) if pairs else None
    if design is None:
        return lambda gap: {}
    fewest = min(number for number in column.numbers.values() if number > 1)
    levels = {"": _LEVEL, "_holm": _LEVEL / pairs}
    smallest = {f"smallest_gap{name}": design.smallest_gap(fewest, level) for name, level in levels.items()}

    def seeds(gap, level):
        number = design.seeds_needed(gap, level)
        return NEVER if number is None else str(number) if number <= MANY else f">{MANY}"

    return lambda gap: {"seeds_alone": seeds(gap, levels[""]), "seeds_holm": seeds(gap, levels["_holm"]), **smallest}


def _power_notes(orderings):
    """How many published gaps can be found at all, a line for each data set (list of str)."""
    found = []
    for dataset, lines in orderings.dropna(subset="seeds_alone").groupby("dataset", sort=False):
        never, alone = lines["seeds_alone"].eq(NEVER), lines["seeds_alone"].isin([NEVER, f">{MANY}"])
        corrected = lines["seeds_holm"].isin([NEVER, f">{MANY}"])
        where = f" on {load().title(dataset)}" if orderings["dataset"].nunique() > 1 else ""
        largest = f" (up to {lines.loc[alone, 'published'].abs().max():.2f})" if alone.any() else ""
        first = lines.iloc[0]
        found.append(
            f"{alone.sum()} of the {len(lines)} published gaps{where}{largest} are out of reach on this test set: "
            f"{never.sum()} however many seeds are run, {(alone & ~never).sum()} need more than {MANY}. After the "
            f"correction {corrected.sum()} are. With the seeds measured a true gap must be {first['smallest_gap']:.2f} "
            f"to be found in 80 of 100 studies, and {first['smallest_gap_holm']:.2f} after the correction"
        )
    return found


def show_p(p):
    """A p-value as shown (str)."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _cells(line):
    """One ordering as shown: dict of heading to str."""
    mark = MARK if line["marker"] else ""
    ours = dict.fromkeys(("Ours", "95 % interval", "p", "p (Holm)"), MISSING)
    if not pandas.isna(line["difference"]):
        texts = (
            f"{line['difference']:+.2f}",
            f"[{line['low']:+.2f}, {line['high']:+.2f}]",
            show_p(line["p"]),
            show_p(line["p_holm"]),
        )
        ours = {heading: f"{text}{mark}" for heading, text in zip(ours, texts, strict=True)}
    known = not pandas.isna(line["seeds_alone"])
    return {
        "Data set": load().title(line["dataset"]),
        _BETTER: line["better"],
        "Worse": line["worse"],
        "Published": MISSING if pandas.isna(line["published"]) else f"{line['published']:+.2f}",
        **ours,
        "Verdict": line["verdict"] + (mark if line["verdict"] != MISSING else ""),
        _NEEDED: f"{line['seeds_alone']} / {line['seeds_holm']}" if known else MISSING,
    }
