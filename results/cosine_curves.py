"""The picture on interpretability: how near perturbations come to the directions of words, and how often texts made
from them fool the network.
"""

import textwrap

import numpy as np
from matplotlib.figure import Figure

from iadv_foundation.console.pictures import drawing
from interpretable_adv.methods import METHODS

from .analysed import DATASETS, read_analyses
from .figures import save_figure, style_of
from .published import load
from .setting import MARK
from .tables.adversarial import SEPARATOR
from .tables.pointing_table import NAME


def draw_interpretability(study):
    """Draw ``figures/<recipe>/<scale>/interpretability.png`` and ``.svg``, each wholly or not at all;
    a method nobody measured has no line.

    Args:
        study (results.study.Study)

    Returns:
        list of pathlib.Path: the files written.

    Raises:
        UserError: see :func:`results.analysed.read_analyses`.
    """
    analysed = read_analyses(study)
    with drawing():
        figure = Figure(figsize=(9.5, 3.4 * len(DATASETS) + 0.8), layout="constrained")
        rows = figure.subplots(len(DATASETS), 2, squeeze=False)
        for (cosines, success), dataset in zip(rows, DATASETS.values(), strict=True):
            for one in analysed:
                if one.dataset == dataset:
                    _draw_cosines(cosines, one)
                    _draw_success(success, one)
            corpus = study.corpus_for(dataset)
            name = load().dataset(dataset).title
            name = name if corpus == dataset else f"{name} (ours: {corpus}{MARK})"
            _describe(
                cosines,
                f"{name}: perturbations near a word's direction",
                "cosine to the nearest direction",
                "words above (%)",
                (0, 1),
            )
            _describe(
                success,
                f"{name}: texts that fool the network",
                "words replaced, at most",
                "of the texts attacked (%)",
                None,
            )
        handles = {
            name: handle for axes in rows.flat for handle, name in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        if handles:
            figure.legend(
                handles.values(), handles.keys(), loc="outside lower center", ncols=len(handles), frameon=False
            )
        reasons = dict.fromkeys(reason for one in analysed for reason in one.reasons)
        warning = textwrap.wrap(f"{MARK} not the paper's setting: {SEPARATOR.join(reasons)}", 120) if reasons else []
        figure.suptitle("\n".join(["Perturbations as words", *warning]), fontsize=10)
        return save_figure(figure, study.folder("figures") / NAME)


def _draw_cosines(axes, one):
    if one.interpretability:
        curves = np.array(
            [record["cosine_above"] for record in one.interpretability.values() if record["words"]], float
        )
        if len(curves):
            _line(axes, one.method, np.arange(curves.shape[1]) / curves.shape[1], curves)


def _draw_success(axes, one):
    attacks = [counts for counts, _ in one.attacks.values() if counts["right"]]
    most = min((counts["max_words"] for counts in attacks), default=0)
    if attacks:
        curves = np.array([100 * np.array(counts["fooled_by_words"][:most]) / counts["right"] for counts in attacks])
        _line(axes, one.method, np.arange(1, most + 1), curves)


def _line(axes, method, x, curves):
    """The mean of curves (runs, points), with the range of the runs behind it."""
    colour, dashes = style_of(method)
    axes.plot(
        x, curves.mean(axis=0), linestyle=dashes, color=colour, marker="o", markersize=3, label=METHODS[method].title
    )
    if len(curves) > 1:
        axes.fill_between(x, curves.min(axis=0), curves.max(axis=0), color=colour, alpha=0.2, linewidth=0)


def _describe(axes, title, x, y, limits):
    axes.set_title(title, fontsize=9)
    axes.set(xlabel=x, ylabel=y, ylim=(0, 102))
    if limits:
        axes.set_xlim(limits)
    else:
        axes.xaxis.get_major_locator().set_params(integer=True)
    if not axes.lines:
        axes.text(0.5, 0.5, "-", transform=axes.transAxes, ha="center", va="center")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
