"""The single runs behind Tables 3 to 6, as a CSV file shows them."""

import pandas

from ..leaking import mean_difference
from ..logs import OBSERVATION

_SCORES = {"error_rate": ("error_rate", "errors"), "f05": ("f05", "precision", "recall")}
_LENGTHS = "best_epoch", "epochs", "updates"


def per_run(comparison, columns):
    """List the finished runs of a table.

    Args:
        comparison (results.published.Comparison)
        columns (dict of str to results.significance.Column): data set -> its runs.

    Returns:
        pandas.DataFrame with one line for each run, in the order of the table: corpus, method, seed; test and dev
        scores in percent (errors: a number of documents); best epoch, epochs and updates; perturbed minus clean
        training loss up to the best epoch; training time in seconds; commit, processor and command; settings that are
        not those of ``configs/``.  What a run does not record is missing.
    """
    runs = [run for column in columns.values() for run in column.runs.to_dict("records")]
    scores = [(split, score) for split in ("test", "dev") for score in _SCORES[comparison.measure]]
    columns = [
        "corpus",
        "method",
        "seed",
        *(f"{split}_{score}" for split, score in scores),
        *_LENGTHS,
        OBSERVATION,
        "training_seconds",
        "git_commit",
        "processor",
        "command",
        "changed",
    ]
    return pandas.DataFrame([_line(run, scores) for run in runs], columns=columns)


def _line(run, scores):
    metrics, environment, timing = run["run"].record, run["run"].environment, run["run"].timing
    return {
        **{name: run[name] for name in ("corpus", "method", "seed")},
        **{f"{split}_{score}": metrics.get(split, {}).get(score) for split, score in scores},
        **{name: metrics.get(name) for name in _LENGTHS},
        OBSERVATION: mean_difference(run["run"]),
        "training_seconds": timing.get("training_seconds"),
        "git_commit": environment.get("git_commit"),
        "processor": environment.get("machine", {}).get("processor"),
        "command": environment.get("command"),
        "changed": "; ".join(run["changed"]),
    }
