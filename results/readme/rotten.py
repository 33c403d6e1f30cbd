"""Rotten Tomatoes at scale reduced (``measured/rotten-reduced``)."""

from data_prep.layers import base_scale

from ..rows import ROWS
from ..study import Study
from .blocks import table

FOLDER = "rotten-reduced"
_CORPUS = "rotten"
_SCALES = ("reduced", "reduced+epsilon-2.5", "reduced+epsilon-1")
_METHODS = ("advt", "iadvt", "vat", "ivat")


def choice(measured):
    """Dev error of seed 0 for each epsilon that was tried, by method."""
    rows = []
    for scale in _SCALES:
        runs = Study(measured / FOLDER, "paper", scale).runs([_CORPUS], _METHODS)
        dev = {line.method: line.run.record["dev"]["error_rate"] for line in runs[runs["seed"] == 0].itertuples()}
        rows.append(
            [
                scale.removeprefix(f"{base_scale(scale)}+") if "+" in scale else "epsilon 5 (15), the paper's",
                *(f"{dev[method]:.2f}" if method in dev else "-" for method in _METHODS),
            ]
        )
    return table(["setting", *(ROWS[method].title for method in _METHODS)], rows)


BLOCKS = {"rotten-choice": choice}
