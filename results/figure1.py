"""Figure 1 from a trained network: a word, its neighbours, and the two kinds of perturbation, projected to a plane.

The word is the one of Figure 4's first sentence, punctuation marks aside, that iAdvT-Text perturbs most; both
perturbations are of that sentence under the network trained by iAdvT-Text.  The plane is that of the two largest
principal components of the directions d_k (Eq. 11) to the word's neighbours, with the word at the origin.  A
perturbation's arrow has the mean length of the drawn directions times the share of its length that lies in the plane: a
short arrow stands for one that leads elsewhere.  With weights alpha below 0 a combination of directions leads away from
the neighbours.
"""

import numpy as np
from matplotlib.figure import Figure

from iadv_foundation.console.pictures import drawing
from interpretable_adv.analysis import pictures
from interpretable_adv.analysis.perturbations import RunPerturber
from interpretable_adv.methods import METHODS
from interpretable_adv.trained import open_run

from .figure4 import PAIR, explain_figure4, run_folder
from .setting import MARK

_INK = "#222222"


def project(embedded, neighbours, perturbations):
    """Project a word's neighbours and perturbations to the plane of the directions' principal components.

    Args:
        embedded: float (D,), the word.
        neighbours: float (K, D), K >= 2.
        perturbations: list of float (D,), none of them zero.

    Returns:
        tuple: places of the neighbours with the word at the origin (K, 2); the perturbations as unit vectors projected
        (P, 2), so that their lengths are the shares that lie in the plane.
    """
    differences = np.asarray(neighbours, np.float64) - embedded
    directions = differences / np.linalg.norm(differences, axis=1, keepdims=True)
    plane = np.linalg.svd(directions, full_matrices=False)[2][:2]
    plane *= np.sign(plane[np.arange(2), np.abs(plane).argmax(axis=1)])[
        :, None
    ]  # else the sign is the library's choice
    units = np.asarray(perturbations, np.float64)
    units = units / np.linalg.norm(units, axis=1, keepdims=True)
    return differences @ plane.T, units @ plane.T


def draw_figure1(study):
    """Draw Figure 1 into ``figures/<recipe>/<scale>/figure1.png`` and ``.svg``.

    Args:
        study (results.study.Study)

    Returns:
        list of pathlib.Path: the files written.

    Raises:
        UserError: see :func:`results.figure4.explain_figure4`.
    """
    dataset, row = next(iter(explain_figure4(study).items()))
    run = open_run(run_folder(study, dataset, "iadvt"))
    about = row["explanations"]["iadvt"].about
    batch = run.documents(about["split"]).batch([about["index"]])
    found = {method: RunPerturber(run, method)(batch)[0] for method in sorted(PAIR)}
    ours = found["iadvt"]
    matrix, names = run.network.embedding.matrix().array, run.corpus.vocabulary.words
    lettered = np.array([any(map(str.isalpha, names[number])) for number in ours.ids])
    place = int((ours.strength * lettered).argmax())
    points, arrows = project(
        ours.embedded[place], matrix[ours.neighbours[place]], [one.r[place] for one in found.values()]
    )
    labels = [names[number] for number in ours.neighbours[place]]
    with drawing():
        figure = _figure(names[ours.ids[place]], labels, points, dict(zip(found, arrows, strict=True)))
        mark = f" {MARK}" if study.substitution(dataset) or study.reduction() else ""
        pictures.put(
            figure.suptitle,
            f"Figure 1: “{names[ours.ids[place]]}” in {about['corpus']} {about['source']}{mark}, "
            f"under the network of {run.title}",
            fontsize=10,
        )
        paths = [study.folder("figures") / f"figure1{suffix}" for suffix in (".png", ".svg")]
        for path in paths:
            pictures.save(figure, path)
    return paths


def _figure(word, labels, points, arrows):
    figure = Figure(figsize=(7, 6), layout="constrained")
    axes = figure.subplots()
    axes.margins(0.15)
    axes.scatter(*points.T, s=14, color=_INK, zorder=3)
    axes.scatter(0, 0, s=40, color=_INK, zorder=3)
    length = np.linalg.norm(points, axis=1).mean()
    for point, label in zip(points, labels, strict=True):
        axes.plot(*zip((0, 0), point, strict=True), color="#bbbbbb", linewidth=0.8, zorder=1)
        pictures.put(axes.annotate, label, xy=point, xytext=(4, 4), textcoords="offset points", color=_INK)
    pictures.put(
        axes.annotate, word, xy=(0, 0), xytext=(-6, -12), textcoords="offset points", fontweight="bold", ha="right"
    )
    for method, arrow in arrows.items():
        name, colour = METHODS[method].title, METHODS[method].colour
        axes.annotate("", length * arrow, (0, 0), arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 2})
        axes.plot(
            [], [], color=colour, linewidth=2, label=f"{name}: {100 * np.linalg.norm(arrow):.0f} % of it in this plane"
        )
    axes.update_datalim(length * np.array(list(arrows.values())))
    axes.autoscale_view()
    axes.set_aspect("equal", adjustable="datalim")
    axes.set(xlabel="first principal component of the directions", ylabel="second")
    axes.legend(frameon=False, loc="best")
    return figure
