"""A table ready to be shown, and its three files: Markdown, CSV and LaTeX."""

import dataclasses
import re
from pathlib import Path

import pandas

from iadv_foundation.storage import files

MISSING = "-"
# Shrinks what is too wide for the page, and nothing else.
_FIT = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "†": r"$^\dagger$",
        "¶": r"\P{}",
        "‡": r"$^\ddagger$",
        "§": r"\S{}",
        "±": r"$\pm$",
        "→": r"$\rightarrow$",
    }
)


@dataclasses.dataclass(frozen=True)
class Document:
    """A table of the paper beside what was measured.

    Attributes:
        number (int or str): the table's number in the paper; a name, for a table that the paper does not have.
        title (str): one line; also says where the numbers are not the paper's setting.
        cells (pandas.DataFrame): str, as shown; the columns are the headings.
        raw (pandas.DataFrame): the same numbers unrounded, for the CSV file.
        left (int): how many columns from the left hold names; the others hold numbers and are set flush right.
        notes (list of str): what stands below.
        attached (dict of str to pandas.DataFrame): further CSV files, ``<stem>-<name>.csv``.
        strong (frozenset of (int, str)): row number and heading of the cells in bold face.
        lead (str): what Markdown says above the table; empty for nothing.
    """

    number: int | str
    title: str
    cells: pandas.DataFrame
    raw: pandas.DataFrame
    left: int
    notes: list
    attached: dict = dataclasses.field(default_factory=dict, kw_only=True)
    strong: frozenset = dataclasses.field(default=frozenset(), kw_only=True)
    lead: str = dataclasses.field(default="", kw_only=True)

    @property
    def heading(self):
        """Number and title (str)."""
        return f"Table {self.number}: {self.title}" if isinstance(self.number, int) else self.title

    @property
    def stem(self):
        """Name of its files without their endings (str)."""
        return f"table{self.number}" if isinstance(self.number, int) else self.number

    def to_markdown(self):
        """The whole document as Markdown (str)."""
        alignment = ["left" if column < self.left else "right" for column in range(self.cells.shape[1])]
        shown = self._emphasised(self.cells, "**{}**")
        table = shown.to_markdown(index=False, disable_numparse=True, colalign=alignment)
        notes = "".join(f"- {note}\n" for note in self.notes)
        lead = f"{self.lead}\n\n" if self.lead else ""
        return f"# {self.heading}\n\n{lead}{table}\n\n{notes}"

    def to_csv(self):
        """The unrounded numbers as CSV (str)."""
        return _csv(self.raw)

    def attached_csv(self, name):
        """One of :attr:`attached` as CSV (str)."""
        return _csv(self.attached[name])

    def to_latex(self):
        """A ``table`` environment (str); the document that takes it in must load the packages booktabs and graphicx."""
        alignment = "l" * self.left + "r" * (self.cells.shape[1] - self.left)
        shown = self._emphasised(self.cells.map(escape_latex), r"\textbf{{{}}}").rename(columns=escape_latex)
        tabular = shown.to_latex(index=False, escape=False, column_format=alignment)
        notes = " ".join(f"{escape_latex(note)}." for note in self.notes)
        return "\n".join(
            [
                r"% needs \usepackage{booktabs,graphicx}",
                r"\begin{table}",
                r"\centering\footnotesize",
                rf"\caption{{{escape_latex(self.title)}}}",
                rf"\label{{table:{self.number}}}",
                _FIT,
                tabular.rstrip("\n") + "}",
                rf"\par\smallskip\begin{{minipage}}{{\linewidth}}\raggedright {notes}\end{{minipage}}",
                r"\end{table}",
                "",
            ]
        )

    def _emphasised(self, cells, form):
        """The cells with those of :attr:`strong` in a form of bold face (pandas.DataFrame)."""
        cells = cells.copy()
        for row, heading in self.strong:
            column = cells.columns.get_loc(heading)
            cells.iat[row, column] = form.format(cells.iat[row, column])
        return cells

    def write(self, folder):
        """Write ``table<number>.md`` (or ``<name>.md``), ``.csv`` and ``.tex`` and what is attached into a folder, each
        file wholly or not at all.
        """
        for suffix, text in (
            (".md", self.to_markdown()),
            (".csv", self.to_csv()),
            (".tex", self.to_latex()),
            *((f"-{name}.csv", self.attached_csv(name)) for name in self.attached),
        ):
            files.write_text(Path(folder) / f"{self.stem}{suffix}", text)


def _csv(frame):
    return frame.to_csv(index=False, lineterminator="\n")


def escape_latex(text):
    """Text as LaTeX shows it (str), marks and minus signs included."""
    return re.sub(r"(?<!\w)-(?=\d)", "$-$", text.translate(_LATEX))
