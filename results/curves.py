"""Learning curves: the dev result of each epoch, mean and standard deviation over seeds, a line for each method."""
import json

import matplotlib
import numpy as np
import pandas
from matplotlib.figure import Figure

from core.cli import closest
from core.errors import DamagedFileError
from core.run_folder import RunFolder
from results.comparison import compare
from results.figures import NUMBERS, STYLE, save_figure
from results.published import load
from results.runs import collect
from results.setting import MARK
from results.tables.comparisons import headings

MONITOR = {"f05": ("dev/f05", "dev F0.5 (%)"), "error_rate": ("dev/error_rate", "dev error rate (%)")}
# Okabe and Ito's palette with grey for yellow, told apart with any kind of colour vision; line styles for more than eight.
_COLOURS = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#888888")
_DASHES = ("solid", "dashed")


def draw_curves(number, setting):
    """Draw the learning curves of a table's runs into ``figures/<recipe>/<scale>/curves<number>.png`` and ``.svg``, each wholly or not at all.

    Args:
        number (str): one of :data:`results.figures.NUMBERS`.
        setting (results.setting.Setting)

    Returns:
        list of pathlib.Path: the files written.

    Raises:
        UsageError: there is no such table.
        DamagedFileError: a finished run or its log cannot be read.
    """
    comparison = load().comparison(int(closest(number, NUMBERS, "table with a figure")))
    with matplotlib.rc_context(STYLE):
        return save_figure(_figure(comparison, setting), setting.folder("figures") / f"curves{number}")


def _figure(comparison, setting):
    datasets = list(comparison.datasets)
    figure = Figure(figsize=(2 + 6 * len(datasets) ** 0.8, 6), layout="constrained")
    every_axes = figure.subplots(1, len(datasets), squeeze=False)[0]
    monitor, name = MONITOR[comparison.measure]
    frame = compare(comparison, setting)
    for axes, dataset in zip(every_axes, datasets):
        corpus = setting.corpus_for(dataset)
        lines = frame[(frame["dataset"] == dataset) & frame["method"].notna()]
        _lines(axes, lines, collect(setting, [corpus], lines["method"]), monitor)
        title = load().dataset(dataset).title
        axes.set_title(title if corpus == dataset else f"{title} (ours: {corpus}{MARK})", fontsize=10)
        axes.set_xlabel("epoch")
        axes.set_ylabel(name)
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True)
    shown = "mean over seeds ± standard deviation, dotted once a seed has stopped"
    title = f"Learning curves of Table {comparison.number}: {name} by epoch\n{shown}"
    figure.suptitle(f"{title}\n{headings(comparison, setting, frame)[1]}".strip(), fontsize=10)
    handles, names = every_axes[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, names, loc="outside lower center", ncols=3, frameon=False)
    return figure


def _lines(axes, lines, runs, monitor):
    """Draw a line for each method that has runs; the others keep their colour for themselves.

    Args:
        axes (matplotlib.axes.Axes)
        lines (pandas.DataFrame): of :func:`results.comparison.compare`, one for each method.
        runs (pandas.DataFrame): of :func:`results.runs.collect`.
        monitor (str): what the logs call the observation.
    """
    for index, line in enumerate(lines.to_dict("records")):
        logs = [read_curve(folder, monitor) for folder in runs.loc[runs["method"] == line["method"], "folder"]]
        if not logs:
            continue
        epochs, mean, deviation, complete = pool(logs)
        colour, dashes = _COLOURS[index % len(_COLOURS)], _DASHES[index // len(_COLOURS) % len(_DASHES)]
        label = f"{line['title'].split(' [')[0]}{MARK if line['marker'] else ''} (n = {len(logs)})"
        style = {"color": colour, "marker": "o", "markersize": 2.5}
        axes.plot(epochs[:complete], mean[:complete], linestyle=dashes, linewidth=1.6, label=label, **style)
        axes.plot(epochs[complete - 1:], mean[complete - 1:], linestyle="dotted", linewidth=1.2, **style)
        axes.fill_between(epochs, mean - deviation, mean + deviation, color=colour, alpha=0.12, linewidth=0)


def read_curve(folder, monitor):
    """A run's observation by epoch, from its ``log.jsonl``: numpy.ndarray float (epochs,).

    Raises:
        DamagedFileError: the log is missing or cannot be read, or an epoch has no such observation.
    """
    path = RunFolder(folder).log
    try:
        entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if not entries or [entry["epoch"] for entry in entries] != list(range(1, len(entries) + 1)):
            raise ValueError("its epochs are not 1, 2, ...")
        return np.array([float(entry[monitor]) for entry in entries])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(f"{path} is missing or damaged ({error}); remove the run's folder and repeat the command that "
                               "made it") from None


def pool(curves):
    """Mean and deviation over seeds, of those that have got so far.

    Args:
        curves (list of numpy.ndarray): float (epochs of the run,), at least one.

    Returns:
        tuple: epochs from 1, int (E,), E those of the longest run; mean and standard deviation (0 for a single seed), float
        (E,); number of epochs that all seeds have (int).
    """
    table = pandas.DataFrame(dict(enumerate(map(pandas.Series, curves))))
    deviation = table.std(axis=1, ddof=1).fillna(0.0)
    return np.arange(1, len(table) + 1), table.mean(axis=1).to_numpy(), deviation.to_numpy(), min(map(len, curves))
