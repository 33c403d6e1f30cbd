"""Tables as the report shows them: cells of :class:`results.document.Document`, intervals drawn, runs linked."""

import dataclasses

import pandas

from ..document import MISSING, Document
from ..published import load
from ..sanity.record import ROW_TITLES
from ..tables import build
from ..tables.methods_table import comparison_document
from .charts import intervals
from .run_cards import anchor

_OURS, _PUBLISHED = "Ours (mean ± sd)", "Published"


@dataclasses.dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text (str): as the document has it.
        number (bool): set flush right.
        link (str or None): anchor of the first run behind the number.
        strong (bool): bold in the paper.
    """

    text: str
    number: bool
    link: str | None = None
    strong: bool = False


@dataclasses.dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        cells (list of Cell)
        method (str or None): the method's name here.
        kind (str): ``"method"``, ``"quoted"`` from another paper, or ``"sanity"``.
        interval (results.report.charts.Interval or None)
    """

    cells: list
    method: str | None
    kind: str
    interval: object


@dataclasses.dataclass(frozen=True)
class Table:
    """A table with results for one data set, or a table without results.

    Attributes:
        document (results.document.Document)
        title (str): the data set's, or "".
        name (str): the table and the data set, for the heading.
        corpus (str or None): what ours was measured on.
        headings (list of Cell)
        rows (list of Row)
        ticks (list of (position, label)): of the interval chart; empty where there is none.
    """

    document: Document
    title: str
    name: str
    corpus: str | None
    headings: list
    rows: list
    ticks: list


def comparison_tables(comparison, study):
    """One of Tables 3 to 6 or in their form, one :class:`Table` for each data set (list).

    Args:
        comparison (results.published.Comparison)
        study (results.study.Study)

    Raises:
        UserError: see :func:`results.comparison.compare`.
    """
    document = comparison_document(comparison, study)
    tables = []
    for dataset in comparison.datasets:
        chosen = (document.raw["dataset"] == dataset).to_numpy()
        lines = document.raw[chosen].reset_index(drop=True)
        cells = _said(document.cells[chosen].drop(columns="Data set", errors="ignore"))
        shapes, ticks = intervals(lines, ROW_TITLES[comparison.measure][1])
        rows = [
            _row(line, dict(zip(cells, texts, strict=True)), shape)
            for line, texts, shape in zip(lines.to_dict("records"), cells.itertuples(index=False), shapes, strict=True)
        ]
        corpus, title = study.corpus_for(dataset), load().title(dataset)
        name = f"Table {comparison.number}: {title}" if comparison.in_paper else title
        headings = [Cell(name, place > 0) for place, name in enumerate(cells)]
        tables.append(Table(document, title, name, corpus, headings, rows, ticks))
    return tables


def _said(cells):
    """The columns in which some row says something; the page has no room for the others (pandas.DataFrame)."""
    kept = [name for name in cells if name in (_OURS, _PUBLISHED) or (cells[name] != MISSING).any()]
    return cells[kept]


def _row(line, cells, interval):
    method = line["method"] if isinstance(line["method"], str) else None
    kind = "method" if method else "quoted" if not pandas.isna(line["published"]) else "sanity"
    measured = method and not pandas.isna(line["mean"])
    link = anchor(line["corpus"], method, line["seeds"].split()[0]) if measured else None
    return Row(
        [
            Cell(text, name != "Method", link if name == _OURS else None, name == _PUBLISHED and line["bold"])
            for name, text in cells.items()
        ],
        method,
        kind,
        interval,
    )


def plain_table(number, study):
    """Table 1 or 2 (:class:`Table`)."""
    document = build(str(number), study)
    rows = [
        Row([Cell(text, place >= document.left) for place, text in enumerate(texts)], None, "method", None)
        for texts in document.cells.itertuples(index=False)
    ]
    headings = [Cell(name, place >= document.left) for place, name in enumerate(document.cells)]
    return Table(document, "", document.heading, None, headings, rows, [])
