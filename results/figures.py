"""Bar charts of the published numbers beside the measured ones."""

import pandas
from matplotlib.figure import Figure

from iadv_foundation.console.cli import closest
from iadv_foundation.console.pictures import drawing, save

from .comparison import compare, table_of_paper
from .numbers import CHARTS
from .published import load
from .rows import ROWS
from .sanity.record import ROW_TITLES
from .setting import MARK
from .tables.methods_table import headings

# Okabe and Ito's palette: told apart with any kind of colour vision, and by lightness in grey.
_PUBLISHED, _MEASURED, _INK = "#E69F00", "#0072B2", "#222222"
_BAR = 0.38


def draw(number, study):
    """Draw the numbers of one of Tables 3 to 6, see :func:`draw_comparison`.

    Args:
        number (str): one of :data:`results.numbers.CHARTS`.
        study (results.study.Study)

    Raises:
        UsageError: there is no figure for that table.
    """
    return draw_comparison(paper_table(number, study), study)


def paper_table(number, study):
    """One of Tables 3 to 6 (results.published.Comparison), by its number as the command line has it.

    Raises:
        UsageError: there is no figure for that table.
    """
    return table_of_paper(int(closest(number, CHARTS, "table with a figure")), study)


def draw_comparison(comparison, study):
    """Draw the numbers of a table into ``figures/<recipe>/<scale>/table<number>.png`` and ``.svg`` (of a table of ours:
    ``<name>.png``), each wholly or not at all.

    Args:
        comparison (results.published.Comparison)
        study (results.study.Study)

    Returns:
        list of pathlib.Path: the files written.

    Raises:
        UserError: no run of the table can be read.
    """
    frame = compare(comparison, study)
    trivial = ROW_TITLES[comparison.measure][1]  # Its bar would dwarf all others; the table has its number.
    frame = frame[frame["title"] != trivial]
    with drawing():
        stem = f"table{comparison.number}" if comparison.in_paper else comparison.number
        return save_figure(_figure(comparison, study, frame), study.folder("figures") / stem)


def style_of(method):
    """Colour and dashes of a method's lines (pair of str): dashed where it learns from unlabelled text too, dashes
    and dots where it is not in the paper.
    """
    method = ROWS[method]
    if not method.in_paper:
        return method.colour, "dashdot"
    return method.colour, "dashed" if method.semi_supervised else "solid"


def save_figure(figure, stem):
    """Write ``figure`` (matplotlib.figure.Figure) to ``<stem>.png`` and ``.svg``; returns both (list of
    pathlib.Path).
    """
    paths = [stem.with_name(f"{stem.name}.{suffix}") for suffix in ("png", "svg")]
    for path in paths:
        save(figure, path)
    return paths


def _figure(comparison, study, frame):
    datasets = list(comparison.datasets)
    lines = len(frame) // len(datasets)
    figure = Figure(figsize=(2.6 + 5.4 * len(datasets) ** 0.7, 1.6 + 0.42 * lines), layout="constrained")
    every_axes = figure.subplots(1, len(datasets), sharey=True, squeeze=False)[0]
    ours = "ours, with 95 % interval" + (f" ({MARK} not the paper's setting)" if frame["marker"].any() else "")
    for axes, dataset in zip(every_axes, datasets, strict=True):
        _bars(axes, frame[frame["dataset"] == dataset].reset_index(drop=True), ours)
        corpus = study.corpus_for(dataset)
        title = load().title(dataset)
        axes.set_title(title if corpus == dataset else f"{title} (ours: {corpus}{MARK})", fontsize=10)
        axes.set_xlabel("F0.5 (%)" if comparison.measure == "f05" else "error rate (%)")
    every_axes[0].set_ylim(lines - 0.4, -0.6)  # the first line on top
    title, warning = headings(comparison, study, frame)
    number = f"Table {comparison.number}: " if comparison.in_paper else ""
    figure.suptitle(f"{number}{title}\n{warning}".strip(), fontsize=11)
    handles, names = every_axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=2, frameon=False)
    return figure


def _bars(axes, lines, ours):
    """Two bars for each line of one data set, the number beside each; nothing where there is no number.

    Args:
        axes (matplotlib.axes.Axes)
        lines (pandas.DataFrame): of :func:`results.comparison.compare`.
        ours (str): what the legend says of the measured bars.
    """
    positions = pandas.Series(range(len(lines)), dtype=float)
    published = lines["published"].astype(float)
    offset = _BAR / 2 if published.notna().any() else 0
    if offset:
        axes.barh(positions - offset, published, _BAR, color=_PUBLISHED, label="published")
    errors = [(lines["mean"] - lines["low"]).clip(lower=0), (lines["high"] - lines["mean"]).clip(lower=0)]
    axes.barh(
        positions + offset,
        lines["mean"],
        _BAR,
        color=_MEASURED,
        xerr=errors,
        ecolor=_INK,
        capsize=2.5,
        error_kw={"linewidth": 1},
        label=ours,
    )
    for position, row in zip(positions, lines.to_dict("records"), strict=True):
        if not pandas.isna(row["published"]):
            _number(axes, float(row["published"]), position - offset, str(row["published"]))
        if not pandas.isna(row["mean"]):
            mark = MARK if row["marker"] else ""
            _number(axes, max(row["mean"], row["high"]), position + offset, f"{row['mean']:.2f}{mark}")
    axes.set_yticks(
        positions,
        [title + ("†" if dagger else "") for title, dagger in zip(lines["title"], lines["dagger"], strict=True)],
    )
    axes.margins(x=0.16)
    axes.set_xlim(left=0)
    axes.spines[["top", "right"]].set_visible(False)


def _number(axes, x, y, text):
    axes.annotate(text, (x, y), xytext=(3, 0), textcoords="offset points", va="center", fontsize=8, color=_INK)
