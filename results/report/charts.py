"""Shapes of the report's charts; the template draws them as SVG, so that they follow the theme and are read aloud."""

import dataclasses
import math

import numpy as np
import pandas

from data_prep.corpus import corpora_folder, read_record
from iadv_foundation.storage import files

from ..curves import pool
from ..intervals import student_t, wilson
from ..logs import MONITOR, curve_of
from ..rows import ROWS

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 240, 132, 30, 20, 8, 8  # of one learning curve, in units of its own


class Scale:
    """A linear axis with round ticks.

    Args:
        values (iterable of float): what it must hold; NaN and None are passed over; at least one number.
        start, end (float): coordinates of its ends.
        count (int): about how many ticks.
    """

    def __init__(self, values, start, end, count=4):
        values = [float(value) for value in values if not pandas.isna(value)]
        low, high = min(values), max(values)
        low, high = (low - 1, high + 1) if low == high else (low, high)
        step = _round_step((high - low) / count)
        self.low, self.high = math.floor(low / step) * step, math.ceil(high / step) * step
        self.start, self.end = start, end
        self.ticks = [round(self.low + step * number, 6) for number in range(round((self.high - self.low) / step) + 1)]

    def __call__(self, value):
        """Coordinate of a value (float)."""
        return round(self.start + (self.end - self.start) * (value - self.low) / (self.high - self.low), 2)


def _round_step(step):
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= step - 1e-12)


@dataclasses.dataclass(frozen=True)
class Interval:
    """A line of an interval chart: coordinates in percent of the width, None where none was measured or published."""

    mean: float | None
    low: float | None
    high: float | None
    published: float | None


def intervals(lines, trivial):
    """The measured numbers of one data set with their intervals, and the published ones.

    Args:
        lines (pandas.DataFrame): of :func:`results.comparison.compare`, one data set.
        trivial (str): title of the line that would dwarf the others and is left out.

    Returns:
        (list of Interval or None, one for each line; list of (position, label) of the axis's ticks).
    """
    shown = lines[lines["title"] != trivial]
    numbers = pandas.concat([shown["published"].astype(float), shown["low"], shown["high"], shown["mean"]]).dropna()
    if numbers.empty:
        return [None] * len(lines), []
    scale = Scale(numbers, 2, 98)

    def place(value):
        return None if pandas.isna(value) else scale(float(value))

    names = ("mean", "low", "high", "published")
    rows = [
        None if line["title"] == trivial else Interval(*(place(line[name]) for name in names))
        for line in lines.to_dict("records")
    ]
    return rows, [(scale(tick), f"{tick:g}") for tick in scale.ticks]


@dataclasses.dataclass(frozen=True)
class Curve:
    """The dev results of one method by epoch; paths are of SVG.

    Attributes:
        method, title (str)
        line (str): the mean, as far as all seeds have got.
        rest (str): the mean from there on, or "".
        band (str): its 95 % interval, or "" where none is known.
        reference (str): the baseline's mean, or "".
        best (tuple of float): place of the best epoch.
        label (str): the whole curve in a sentence.
    """

    method: str
    title: str
    line: str
    rest: str
    band: str
    reference: str
    best: tuple
    label: str


@dataclasses.dataclass(frozen=True)
class Panel:
    """The curves of one corpus on common axes.

    Attributes:
        corpus, name (str): name is that of the measure.
        curves (list of Curve)
        x, y (list of (coordinate, label)): ticks.
        interval (str): what the bands are.
    """

    corpus: str
    name: str
    curves: list
    x: list
    y: list
    interval: str


def learning_curves(runs, out):
    """The learning curves of all corpora.

    Args:
        runs (pandas.DataFrame): of :func:`results.report.run_cards.find_runs`; those without a log have no curve.
        out (pathlib.Path): the folder of everything made.

    Returns:
        list of Panel
    """
    logged = runs[runs["run"].map(lambda run: run.files.log.is_file()).astype(bool)]
    return [_panel(corpus, lines, out) for corpus, lines in logged.groupby("corpus", sort=False)]


def _panel(corpus, runs, out):
    labelling = runs["run"].iloc[0].metrics.task == "labelling"
    measure = "f05" if labelling else "error_rate"
    monitor, name = MONITOR[measure]
    documents = None if labelling else _dev_documents(corpus, set(runs["preparation"]), out)
    found = {}
    for method, lines in runs.groupby("method", sort=False):
        logs = [curve_of(run, monitor) for run in lines["run"]]
        found[method] = (*pool(logs), _band(logs, documents), len(logs))
    every = [value for _, mean, _, _, band, _ in found.values() for value in (*mean, *(band[np.isfinite(band)]))]
    y = Scale(every, HEIGHT - BOTTOM, TOP, 3)
    x = Scale([1, *(epochs[-1] for epochs, *_ in found.values())], LEFT, WIDTH - RIGHT, 4)
    x.low = 1 if x.high > 1 else 0
    baseline = found.get("baseline")
    curves = []
    for method, (epochs, mean, _, complete, band, seeds) in found.items():
        best = int(np.argmax(mean) if labelling else np.argmin(mean))
        curves.append(
            Curve(
                method,
                ROWS[method].title,
                path(x, y, epochs[:complete], mean[:complete]),
                path(x, y, epochs[complete - 1 :], mean[complete - 1 :]) if complete < len(epochs) else "",
                _area(x, y, epochs, band),
                path(x, y, *baseline[:2]) if baseline and method != "baseline" else "",
                (x(epochs[best]), y(mean[best])),
                f"{ROWS[method].title}: {name} {mean[0]:.1f} after the first epoch, best {mean[best]:.1f} after epoch "
                f"{epochs[best]}, {mean[-1]:.1f} after the last, {epochs[-1]}; {seeds} seed{'s' * (seeds > 1)}",
            )
        )
    return Panel(
        corpus,
        name,
        curves,
        [(x(tick), f"{tick:g}") for tick in x.ticks if tick >= 1 and tick == int(tick)],
        [(y(tick), f"{tick:g}") for tick in y.ticks],
        _interval_name([entry[5] for entry in found.values()], documents),
    )


def _dev_documents(corpus, preparations, out):
    """Number of dev documents behind the logs (int), or None where that preparation is no longer at hand."""
    folder = corpora_folder(out) / corpus
    if not (folder / "corpus.json").is_file():
        return None
    record = read_record(folder)
    return record["splits"]["dev"]["documents"] if preparations == {files.digest_of_json(record["files"])} else None


def _band(logs, documents):
    """95 % interval of the mean by epoch, float (epochs, 2): over seeds, or of a single run's dev error;
    NaN where unknown.
    """
    band = []
    for epoch in range(max(map(len, logs))):
        values = [log[epoch] for log in logs if len(log) > epoch]
        if len(values) > 1:
            band.append(student_t(values))
        elif len(logs) == 1 and documents:
            band.append(wilson(round(values[0] * documents / 100), documents))
        else:
            band.append((math.nan, math.nan))
    return np.array(band)


def _interval_name(seeds, documents):
    kinds = []
    if max(seeds) > 1:
        kinds.append("Student t over seeds")
    if min(seeds) == 1:
        kinds.append(
            f"one run: Wilson score interval of the {documents:,} dev documents"
            if documents
            else "one run: no interval, the log has only the pooled score"
        )
    return "; ".join(kinds)


def path(x, y, xs, ys):
    """An SVG path through points (str)."""
    return "M" + "L".join(f"{x(a):g} {y(b):g}" for a, b in zip(xs, ys, strict=True))


def _area(x, y, xs, band):
    known = np.isfinite(band).all(axis=1)
    if not known.any():
        return ""
    xs, low, high = np.asarray(xs)[known], band[known, 0], band[known, 1]
    return path(x, y, [*xs, *xs[::-1]], [*high, *low[::-1]]) + "Z"
