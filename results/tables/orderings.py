"""Which of Table 6's published orderings hold: every two of its rows, compared on the same test sentences."""
import dataclasses
import itertools

import pandas

from results.document import MISSING, Document, escape_latex
from results.intervals import CONFIDENCE, holm
from results.runs import collect
from results.setting import MARK
from results.significance import compare_pairs

COLUMNS = ["higher", "lower", "published", "difference", "low", "high", "p", "p_holm", "verdict", "marker"]
HOLDS, REVERSED, OPEN, ONE_SEED = "holds", "reversed", "open", "one seed"


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
        table = self._cells().to_markdown(index=False, disable_numparse=True, colalign=["left"] * 2 + ["right"] * 6)
        return f"{super().to_markdown()}\n## Published orderings\n\n{table}\n\n- {self._note()}\n"

    def to_latex(self):
        """The table and its orderings as two ``table`` environments (str)."""
        tabular = self._cells().map(escape_latex).to_latex(index=False, escape=False, column_format="llrrrrrr")
        return "\n".join([super().to_latex(), r"\begin{table}", r"\centering\footnotesize",
                          rf"\caption{{Published orderings of Table {self.number}. {escape_latex(self._note())}}}",
                          tabular.rstrip("\n"), r"\end{table}", ""])

    def _cells(self):
        """The orderings as shown (pandas.DataFrame of str)."""
        return pandas.DataFrame([_cells(line) for line in self.orderings.to_dict("records")])

    def _note(self):
        level = 1 - CONFIDENCE
        return (f"Each two rows with a published order, by the test above. {HOLDS.capitalize()}, {REVERSED}: ours "
                f"differ that way or the other, and p after Holm's correction for all pairs measured is below {level:.2f}; "
                f"{OPEN}: these runs do not tell; {ONE_SEED}: a row has only one, and another seed may change its place; "
                f"{MISSING}: not measured. The paper gives no seeds and no intervals: its own orderings may be chance")


def find_orderings(comparison, frame, setting):
    """Compare every two rows of Table 6 whose published numbers differ.

    Args:
        comparison (results.published.Comparison): a table of F0.5 on one data set.
        frame (pandas.DataFrame): of :func:`results.comparison.compare`.
        setting (results.setting.Setting)

    Returns:
        pandas.DataFrame with the columns :data:`COLUMNS`: titles of the row with the higher and of that with the lower
        published number, by falling numbers; the published difference; ours with its interval and p, missing where it was not
        measured; p after Holm's correction; verdict; in what either row departs from the paper's setting.

    Raises:
        UserError: the predictions of a run are missing.
        DamagedFileError: they cannot be read.
    """
    rows = sorted((row for row in comparison.rows if row.method), key=lambda row: -row.published[0])
    pairs = [(one, other) for one, other in itertools.combinations(rows, 2) if one.published > other.published]
    runs = collect(setting, [setting.corpus_for(comparison.datasets[0])], [row.method for row in rows])
    found = compare_pairs(runs, [(one.method, other.method) for one, other in pairs])
    adjusted = dict(zip(found, holm([one.p for one in found.values()]))) if found else {}
    lines = frame.dropna(subset="method").set_index("method")
    records = []
    for one, other in pairs:
        key = (one.method, other.method)
        reasons = dict.fromkeys(marker for marker in lines.loc[list(key), "marker"] if marker)
        record = {"higher": one.title, "lower": other.title, "published": float(one.published[0] - other.published[0]),
                  "verdict": MISSING, "marker": "; ".join(reasons)}
        if key in found:
            record |= dataclasses.asdict(found[key])
            verdict = _verdict(found[key].difference, adjusted[key]) if lines.loc[list(key), "n"].min() > 1 else ONE_SEED
            record |= {"p_holm": float(adjusted[key]), "verdict": verdict}
        records.append(record)
    return pandas.DataFrame(records, columns=COLUMNS)


def _verdict(difference, p):
    if p >= 1 - CONFIDENCE:
        return OPEN
    return HOLDS if difference > 0 else REVERSED


def show_p(p):
    """A p-value as shown (str)."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _cells(line):
    """One ordering as shown: dict of heading to str."""
    names = {"Higher in the paper": line["higher"], "Lower": line["lower"], "Published": f"+{line['published']:.2f}"}
    if pandas.isna(line["difference"]):
        return {**names, **dict.fromkeys(("Ours", "95 % interval", "p", "p (Holm)", "Verdict"), MISSING)}
    mark = MARK if line["marker"] else ""
    shown = {"Ours": f"{line['difference']:+.2f}", "95 % interval": f"[{line['low']:+.2f}, {line['high']:+.2f}]",
             "p": show_p(line["p"]), "p (Holm)": show_p(line["p_holm"]), "Verdict": line["verdict"]}
    return {**names, **{heading: f"{text}{mark}" for heading, text in shown.items()}}
