"""Learning curves: the dev result of each epoch, and below it how much harder the perturbation made the training
documents.

Mean and standard deviation over seeds, a line for each method.
"""

import numpy as np
import pandas
from matplotlib.figure import Figure

from .comparison import measure
from .figures import drawing, paper_table, save_figure, style_of
from .leaking import read_difference
from .logs import MONITOR, curve_of
from .published import load
from .setting import MARK
from .tables.methods_table import headings


def draw_curves(number, study):
    """Draw the learning curves of one of Tables 3 to 6, see :func:`draw_curves_of`.

    Args:
        number (str): one of :data:`results.numbers.CHARTS`.
        study (results.study.Study)

    Raises:
        UsageError: there is no such table.
    """
    return draw_curves_of(paper_table(number, study), study)


def draw_curves_of(comparison, study):
    """Draw the learning curves of a table's runs into ``figures/<recipe>/<scale>/curves<number>.png`` and ``.svg``
    (of a table of ours: ``<name>-curves.png``), each wholly or not at all.

    Args:
        comparison (results.published.Comparison)
        study (results.study.Study)

    Returns:
        list of pathlib.Path: the files written.

    Raises:
        UserError: no run of the table can be read.
    """
    stem = f"curves{comparison.number}" if comparison.in_paper else f"{comparison.number}-curves"
    with drawing():
        return save_figure(_figure(comparison, study), study.folder("figures") / stem)


def _figure(comparison, study):
    datasets = list(comparison.datasets)
    monitor, name = MONITOR[comparison.measure]
    measured = measure(comparison, study)
    frame, curves, differences = measured.frame, {}, {}
    for dataset in datasets:
        lines = frame[(frame["dataset"] == dataset) & frame["method"].notna()]
        runs = measured.columns[dataset].runs
        curves[dataset] = _curves(lines, runs, lambda run: curve_of(run, monitor))
        differences[dataset] = _curves(lines, runs, read_difference)
    rows = 2 if any(differences.values()) else 1
    figure = Figure(figsize=(2 + 6 * len(datasets) ** 0.8, 6 + 3 * (rows - 1)), layout="constrained")
    every_axes = figure.subplots(rows, len(datasets), squeeze=False, sharex="col", height_ratios=[5, 3][:rows])
    for column, dataset in zip(every_axes.T, datasets, strict=True):
        title, corpus = load().title(dataset), study.corpus_for(dataset)
        column[0].set_title(title if corpus == dataset else f"{title} (ours: {corpus}{MARK})", fontsize=10)
        _draw(column[0], curves[dataset], name)
        if rows > 1:
            column[1].axhline(0, color="#888888", linewidth=0.8)
            _draw(column[1], differences[dataset], "train loss:\nperturbed - clean")
        column[-1].set_xlabel("epoch")
    shown = "mean over seeds ± standard deviation, dotted once a seed has stopped"
    if rows > 1:
        shown += (
            "\nbelow, where perturbed documents have labels: under 0 the perturbation makes them easier, labels leak"
        )
    of_table = f" of Table {comparison.number}" if comparison.in_paper else ""
    title = f"Learning curves{of_table}: {name} by epoch\n{shown}"
    figure.suptitle(f"{title}\n{headings(comparison, study, frame)[1]}".strip(), fontsize=10)
    handles, names = every_axes[0][0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, names, loc="outside lower center", ncols=3, frameon=False)
    return figure


def _curves(lines, runs, read):
    """What is to be drawn of one data set: for each line that has it, its method, label and curves (list).

    Args:
        lines (pandas.DataFrame): of :func:`results.comparison.compare`, one for each method.
        runs (pandas.DataFrame): of :meth:`results.study.Study.runs`; one without a log has no curve.
        read (callable): results.runs.Run -> numpy.ndarray float (epochs,), or None where it has no such curve.
    """
    found = []
    for line in lines.to_dict("records"):
        curves = [read(run) for run in runs.loc[runs["method"] == line["method"], "run"] if run.files.log.is_file()]
        curves = [curve for curve in curves if curve is not None]
        if curves:
            mark = MARK if line["marker"] else ""
            found.append((line["method"], f"{line['title'].split(' [')[0]}{mark} (n = {len(curves)})", curves))
    return found


def _draw(axes, lines, name):
    """Draw lines of :func:`_curves`; a method has one colour everywhere, also where others have no runs.

    Args:
        axes (matplotlib.axes.Axes)
        lines (list): see above.
        name (str): of what they show.
    """
    for method, label, curves in lines:
        epochs, mean, deviation, complete = pool(curves)
        colour, dashes = style_of(method)
        style = {"color": colour, "marker": "o", "markersize": 2.5}
        axes.plot(epochs[:complete], mean[:complete], linestyle=dashes, linewidth=1.6, label=label, **style)
        axes.plot(epochs[complete - 1 :], mean[complete - 1 :], linestyle="dotted", linewidth=1.2, **style)
        axes.fill_between(epochs, mean - deviation, mean + deviation, color=colour, alpha=0.12, linewidth=0)
    axes.set_ylabel(name)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.get_major_locator().set_params(integer=True)


def pool(curves):
    """Mean and deviation over seeds, of those that have got so far.

    Args:
        curves (list of numpy.ndarray): float (epochs of the run,), at least one.

    Returns:
        tuple: epochs from 1, int (E,), E those of the longest run; mean and standard deviation (0 for a single seed),
        float (E,); number of epochs that all seeds have (int).
    """
    table = pandas.DataFrame(dict(enumerate(map(pandas.Series, curves))))
    deviation = table.std(axis=1, ddof=1).fillna(0.0)
    return np.arange(1, len(table) + 1), table.mean(axis=1).to_numpy(), deviation.to_numpy(), min(map(len, curves))
