"""Single runs in the form that stands in the texts."""

import functools

from iadv_foundation.storage import files, seal
from iadv_foundation.storage.run_folder import RunFolder

from ..logs import curve_of
from ..published import load
from ..rows import ROWS
from ..runs import Run
from .blocks import table

HEADINGS = [
    "row",
    "seed",
    "published F0.5",
    "ours, test F0.5",
    "precision / recall",
    "dev F0.5",
    "best epoch of",
    "minutes",
]


def title_of(method):
    """The name of a method as the texts have it (str)."""
    return ROWS[method].title.split(" (")[0].removesuffix("-Text")


def labelling_runs(folders, suffix=""):
    """A table of runs of Table 6, one line for each (str).

    Args:
        folders (iterable of pathlib.Path or of (pathlib.Path, str)): of runs, with what is said of a single one.
        suffix (str): what is said of all of them beside the name of their method.
    """
    pairs = [one if isinstance(one, tuple) else (one, suffix) for one in folders]
    return table(HEADINGS, [_line(folder, text) for folder, text in pairs], left=1)


def _line(folder, suffix):
    run = RunFolder(folder)
    metrics = seal.read(run.metrics)
    dev, test, method = metrics["dev"], metrics["test"], metrics["method"]
    return [
        title_of(method) + suffix,
        str(metrics["seed"]),
        str(load().comparison(6).published("fce")[method]),
        f"{test['f05']:.2f}",
        f"{test['precision']:.1f} / {test['recall']:.1f}",
        f"{dev['f05']:.2f}",
        f"{metrics['best_epoch']} of {metrics['epochs']}",
        f"{seconds_of(folder) / 60:.0f}",
    ]


def seconds_of(folder):
    """Training time of a run (float)."""
    return float(files.read_json(RunFolder(folder).timing)["training_seconds"])


def best_dev(folder, epochs):
    """Best dev F0.5 in the first epochs of a run, and when: (float, int, how many there were).

    Args:
        folder (pathlib.Path): of a run.
        epochs (int): that are looked at, at most.
    """
    curve = _curve(folder)[:epochs]
    return float(curve.max()), int(curve.argmax()) + 1, len(curve)


@functools.cache
def _curve(folder):
    return curve_of(Run(folder), "dev/f05")


def seeds(parent):
    """The folders of a method's finished runs by seed (list of pathlib.Path)."""
    return sorted(
        (path for path in parent.glob("seed-*") if RunFolder(path).has_result),
        key=lambda path: int(path.name.removeprefix("seed-")),
    )
