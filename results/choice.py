"""Which of several scales and variants does best on dev: the only split that a choice may look at."""

import dataclasses

import pandas

from iadv_foundation.errors import UserError

from .row_settings import settings_read
from .study import Study


@dataclasses.dataclass(frozen=True)
class Choice:
    """What dev says.

    Attributes:
        dev (pandas.DataFrame): a row for each scale, a column for each method, mean dev result over seeds in percent;
            the last column, ``mean``, is that over the methods.
        seeds (tuple of int): of the runs that were looked at, the same everywhere.
        scale (str): the best one; of several that are equal, the first.
        unit (str): ``"error rate"``, where lower is better, or ``"F0.5"``.
    """

    dev: pandas.DataFrame
    seeds: tuple
    scale: str
    unit: str

    def to_markdown(self):
        """Table and choice, to read (str)."""
        seeds = ", ".join(map(str, self.seeds))
        return (
            f"{self.dev.to_markdown(floatfmt='.2f')}\n\nDev {self.unit} (%), mean over seeds {seeds}.  Chosen among "
            f"{len(self.dev)} by the mean over {len(self.dev.columns) - 1} methods: {self.scale}"
        )


def choose(corpus, out, recipe, scales, methods):
    """Choose a scale, with variants or not, by the dev results of finished runs.

    A method that reads nothing of what two scales differ in needs runs at one of them only.

    Args:
        corpus (str): its name.
        out (path): the folder of everything made.
        recipe (str): of the runs.
        scales (sequence of str): as :func:`data_prep.layers.read_scale` takes them.
        methods (sequence of str): names of methods.

    Returns:
        Choice

    Raises:
        UserError: a run is missing or cannot be read, or some scale has other seeds than the first.
        UsageError: an unknown name.
    """
    found = {(scale, method): _runs(corpus, out, recipe, scale, method) for scale in scales for method in methods}
    found = {
        (scale, method): runs if len(runs) else _equal(found, corpus, recipe, scale, method)
        for (scale, method), runs in found.items()
    }
    seeds = tuple(found[scales[0], methods[0]]["seed"])
    for (scale, method), runs in found.items():
        if tuple(runs["seed"]) != seeds:
            raise UserError(
                f"{corpus} {method}, scale {scale}: runs of the seeds {_listed(runs['seed'])} are there, not "
                f"{_listed(seeds)} as elsewhere"
            )
    task = found[scales[0], methods[0]]["run"].iloc[0].metrics.task
    key, unit, best = ("f05", "F0.5", "idxmax") if task == "labelling" else ("error_rate", "error rate", "idxmin")
    dev = pandas.DataFrame(
        [[_mean(found[scale, method], key) for method in methods] for scale in scales], list(scales), list(methods)
    )
    dev["mean"] = dev.mean(axis=1)
    return Choice(dev, seeds, getattr(dev["mean"], best)(), unit)


def _runs(corpus, out, recipe, scale, method):
    study = Study(out, recipe, scale, stand_ins=False)
    runs = study.runs([corpus], [method])
    if study.skipped([corpus]):
        raise study.skipped([corpus])[0].error
    return runs


def _equal(found, corpus, recipe, scale, method):
    """The runs of a method at another scale at which it reads the same settings."""
    wanted = _settings(corpus, recipe, scale, method)
    for (other, same), runs in found.items():
        if same == method and len(runs) and _settings(corpus, recipe, other, method) == wanted:
            return runs
    raise UserError(
        f"there is no finished run on {corpus} of {method}, recipe {recipe}, scale {scale}: python -m "
        f"interpretable_adv train {corpus} --method {method} --recipe {recipe} --scale {scale} makes one"
    )


def _settings(corpus, recipe, scale, method):
    return settings_read(method, corpus, recipe, scale)


def _mean(runs, key):
    return sum(run.record["dev"][key] for run in runs["run"]) / len(runs)


def _listed(seeds):
    return ", ".join(map(str, seeds)) or "none"
