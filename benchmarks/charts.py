"""Charts of records: how many times faster ours is than each peer, and how cost grows."""

from matplotlib import ticker
from matplotlib.figure import Figure

from iadv_foundation.console.pictures import drawing
from iadv_foundation.storage import files

# Okabe and Ito's palette: told apart with any kind of colour vision.
_COLOURS = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"
_INK = "#222222"
_METADATA = {"Date": None, "Creator": None}
_PANELS = 4


def draw(records, folder):
    """Draw one chart for each benchmark into ``<folder>/<benchmark>.svg``, each wholly or not at all.

    Args:
        records (list of benchmarks.measuring.Record)
        folder (pathlib.Path)

    Returns:
        list of pathlib.Path: the files written.
    """
    by_benchmark = {}
    for record in records:
        by_benchmark.setdefault(record.benchmark, []).append(record)
    paths = []
    with drawing(**{"svg.hashsalt": "benchmarks"}):
        for benchmark, its_records in by_benchmark.items():
            figure = (_growth if benchmark == "scaling" else _ratios)(its_records)
            paths.append(folder / f"{benchmark}.svg")
            with files.replacing(paths[-1]) as partial:
                figure.savefig(partial, format="svg", metadata=_METADATA)
    return paths


def _ratios(records):
    """A bar for each record, grouped by size, from ratio 1: to the right ours is faster."""
    peers = list(dict.fromkeys(record.peer for record in records))
    figure = Figure(figsize=(8, 1.2 + 0.24 * len(records)), layout="constrained")
    axes = figure.subplots()
    labels = []
    for position, record in enumerate(records):
        first = position == 0 or record.size != records[position - 1].size
        labels.append(record.size if first else "")
        axes.barh(
            position,
            record.ratio - 1,
            0.8,
            left=1,
            color=_COLOURS[peers.index(record.peer) % len(_COLOURS)],
            label=record.peer if record.peer not in [earlier.peer for earlier in records[:position]] else None,
        )
        axes.annotate(
            f"{record.ratio:.2f}",
            (max(record.ratio, 1), position),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=_INK,
        )
        if first and position:
            axes.axhline(position - 0.5, color="#cccccc", linewidth=0.6)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(ticker.NullFormatter())
    axes.axvline(1, color=_INK, linewidth=0.8)
    axes.margins(x=0.12)
    axes.set_yticks(range(len(records)), labels)
    axes.set_ylim(len(records) - 0.4, -0.6)  # the first record on top
    axes.set_xlabel("seconds of the peer / seconds of ours")
    axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"{records[0].benchmark}: how many times faster ours is", fontsize=11)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def _growth(records):
    """A panel on logarithmic axes for each quantity, with the fitted exponent."""
    quantities = list(dict.fromkeys(record.more["quantity"] for record in records))
    figure = Figure(figsize=(3.2 * _PANELS, 3.2), layout="constrained")
    panels = figure.subplots(1, _PANELS, sharey=True)
    for axes, quantity in zip(panels, quantities, strict=False):  # a run may have measured some of them only
        its_records = [record for record in records if record.more["quantity"] == quantity]
        values = [record.more["value"] for record in its_records]
        axes.plot(values, [record.ours_s for record in its_records], "o-", color=_COLOURS[0], label="measured")
        axes.plot(
            values, [record.peer_s for record in its_records], ":", color=_INK, label="in proportion to the smallest"
        )
        axes.set_xscale("log")
        axes.set_xticks(values, [f"{value:g}" for value in values])
        axes.xaxis.set_minor_formatter(ticker.NullFormatter())
        axes.set_yscale("log")
        for formatter in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
            formatter("{x:g}")
        exponent = its_records[0].more.get("exponent")
        axes.set_title(quantity if exponent is None else f"{quantity}: exponent {exponent:.2f}", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].set_ylabel("seconds for one AdvT update")
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=2, frameon=False)
    return figure
