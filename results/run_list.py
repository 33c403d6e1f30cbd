"""The runs under a folder of everything made, finished or not."""

import datetime
from pathlib import Path

import pandas

from iadv_foundation.errors import UserError
from iadv_foundation.storage import seal
from iadv_foundation.storage.run_folder import RunFolder

from .logs import read_log
from .runs import read_metrics

_RUNS = "runs/*/*/*/*/seed-*"
_COLUMNS = ["corpus", "recipe", "scale", "method", "seed", "dev", "test", "epochs", "state", "when", "folder"]
FINISHED, UNFINISHED, DAMAGED = "finished", "unfinished", "damaged"


def list_runs(out):
    """The runs under a folder, in order.

    Args:
        out: the folder of everything made.

    Returns:
        list of dict: ``corpus``, ``recipe``, ``scale``, ``method`` (str), ``seed`` (int), as their folders say;
        ``dev`` and ``test`` (float or None), percent; ``epochs`` (int), run so far; ``state`` (str): ``finished``,
        ``unfinished`` or ``damaged``; ``when`` (str), the local time of the last change; ``folder`` (str);
        ``unsealed`` (bool), whether it is finished and has no seal.

    Raises:
        UserError: there is no such folder.
    """
    out = Path(out)
    if not out.is_dir():
        raise UserError(f"there is no folder {out}: give --out the one that ./reproduce.sh wrote into")
    folders = [folder for folder in out.glob(_RUNS) if RunFolder(folder).config.is_file() and _seed(folder) is not None]
    return [_run(folder) for folder in sorted(folders, key=lambda folder: (folder.parts[:-1], _seed(folder)))]


def _seed(folder):
    number = folder.name.removeprefix("seed-")
    return int(number) if number.isascii() and number.isdigit() else None


def _run(folder):
    corpus, recipe, scale, method = folder.parts[-5:-1]
    run = RunFolder(folder)
    found = {
        "corpus": corpus,
        "recipe": recipe,
        "scale": scale,
        "method": method,
        "seed": _seed(folder),
        "dev": None,
        "test": None,
        "epochs": 0,
        "state": UNFINISHED,
        "unsealed": False,
    }
    last = next(path for path in (run.metrics, run.log, run.config) if path.is_file())
    try:
        if run.has_result:
            found.update(_result(folder), state=FINISHED)
        elif run.log.is_file():
            found["epochs"] = len(read_log(folder))
    except UserError:
        found["state"] = DAMAGED
    when = datetime.datetime.fromtimestamp(last.stat().st_mtime).isoformat(" ", "minutes")
    return {**found, "when": when, "folder": str(folder)}


def _result(folder):
    sealed = seal.Record(folder / "metrics.json")
    metrics, record = read_metrics(folder), sealed.content
    sealed.check()
    dev = record.get("dev")
    name = "f05" if metrics.task == "labelling" else "error_rate"
    return {
        "dev": dev.get(name) if isinstance(dev, dict) else None,
        "test": metrics.value,
        "epochs": record.get("epochs"),
        "unsealed": not sealed.is_sealed,
    }


def to_text(runs):
    """A list of :func:`list_runs` for a terminal (str)."""
    shown = [
        {**run, **{name: "-" if run[name] is None else f"{run[name]:.2f}" for name in ("dev", "test")}} for run in runs
    ]
    return pandas.DataFrame(shown, columns=_COLUMNS).to_string(index=False)
