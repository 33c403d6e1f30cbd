"""Finished runs as a table: one line for each run folder that came to its end."""
import re
from pathlib import Path
from typing import Annotated, Literal

import pandas
import pydantic

from foundation.storage import files
from foundation.errors import DamagedFileError
from foundation.storage.run_folder import RunFolder
from interpretable_adv.settings import Config
from interpretable_adv.settings import load as load_configuration
from interpretable_adv.methods import METHODS
from results.intervals import BOOTSTRAP, STUDENT, WILSON, bootstrap_f05, wilson
from results.published import load as load_published
from results.seeds import SeedVariance

_REMEDY = "remove its folder and repeat the command that made it"
Percent = Annotated[float, pydantic.Field(ge=0, le=100)]
_COLUMNS = ["corpus", "method", "seed", "value", "precision", "recall", "complete", "preparation", "changed",
            "configuration", "folder"]


class Scores(pydantic.BaseModel):
    """The part ``test`` of a run's ``metrics.json``."""

    model_config = pydantic.ConfigDict(allow_inf_nan=False)

    error_rate: Percent | None = None
    errors: pydantic.NonNegativeInt | None = None
    f05: Percent | None = None
    precision: Percent | None = None
    recall: Percent | None = None


class Metrics(pydantic.BaseModel):
    """What the tables need of a run's ``metrics.json``."""

    corpus: str
    task: Literal["classification", "labelling"]
    method: str
    recipe: str
    scale: str
    seed: int
    corpus_complete: bool
    test_documents: pydantic.PositiveInt
    test: Scores

    @pydantic.model_validator(mode="after")
    def _has_the_score_of_its_task(self):
        if self.task == "labelling":
            if self.test.f05 is None:
                raise ValueError("test.f05 is missing")
        elif self.test.error_rate is None or self.test.errors is None:
            raise ValueError("test.error_rate or test.errors is missing")
        elif abs(100 * self.test.errors / self.test_documents - self.test.error_rate) > 1e-3:
            raise ValueError(f"{self.test.errors} errors in {self.test_documents} documents are not {self.test.error_rate} %")
        return self

    @property
    def value(self):
        """The number that the paper's tables show: error rate or F0.5, percent."""
        return self.test.f05 if self.task == "labelling" else self.test.error_rate


def read_metrics(folder, model=Metrics):
    """Read and check the ``metrics.json`` of a folder.

    Raises:
        DamagedFileError: it is not JSON, something is missing from it, or its numbers contradict each other.
    """
    path = Path(folder) / "metrics.json"
    try:
        return model.model_validate(files.read_json(path))
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        problem = f"{where}: {first['msg']}" if where else first["msg"].removeprefix("Value error, ")
        raise DamagedFileError(f"{path} is damaged ({problem}); {_REMEDY}") from None


def collect(setting, corpora, methods):
    """Find the finished runs of a setting.

    Args:
        setting (results.setting.Setting)
        corpora, methods (iterable of str): names.

    Returns:
        pandas.DataFrame with one line for each run: corpus, method, seed, value, precision and recall (percent; the last two
        of F0.5 alone), complete (bool: the corpus has the paper's counts), preparation (str: SHA-256 of the prepared corpus),
        changed (tuple of str: settings that are not those of ``configs/``), configuration (dict), folder (pathlib.Path).

    Raises:
        DamagedFileError: a finished run's metrics or configuration cannot be read, or belong to another folder.
    """
    records = []
    for corpus in corpora:
        for method in methods:
            parent = setting.out / "runs" / corpus / setting.recipe / setting.scale / method
            found = {int(name[1]): path for path in parent.glob("seed-*") if (name := re.fullmatch(r"seed-(\d+)", path.name))}
            for seed in sorted(found):
                if RunFolder(found[seed]).has_result:
                    records.append(_read_run(found[seed], (corpus, setting.recipe, setting.scale, method, seed)))
    return pandas.DataFrame(records, columns=_COLUMNS)


def _read_run(folder, identity):
    metrics = read_metrics(folder)
    if (metrics.corpus, metrics.recipe, metrics.scale, metrics.method, metrics.seed) != identity:
        raise DamagedFileError(f"{folder / 'metrics.json'} belongs to another run: it says corpus {metrics.corpus}, recipe "
                               f"{metrics.recipe}, scale {metrics.scale}, method {metrics.method}, seed {metrics.seed}")
    configuration = read_configuration(folder)
    return [metrics.corpus, metrics.method, metrics.seed, metrics.value, metrics.test.precision, metrics.test.recall,
            metrics.corpus_complete,
            configuration.get("corpus_sha256", "unknown"), changed_settings(configuration, metrics), configuration, folder]


def changed_settings(configuration, metrics):
    """The settings of a run that are not those of its corpus, recipe, scale and method in ``configs/`` (tuple).

    One that the run's configuration does not name did not exist when it was made.  Imported vectors instead of our skip-gram
    ones are what the paper and the papers it quotes had; :mod:`results.starts` tells them apart.
    """
    usual = load_configuration(metrics.corpus, metrics.recipe, metrics.scale, method=metrics.method).model_dump()
    changed = []
    for section, values in usual.items():
        for key, value in values.items():
            here = setting_of(configuration, f"{section}.{key}")
            if here not in (None, value) and (section, key, value, here) != ("training", "vectors", "skipgram", "word2vec"):
                changed.append(f"{section}.{key} = {here} instead of {value}")
    return tuple(changed)


def reported_changes(runs):
    """The changed settings of some runs with the method's name before each: list of str without repetition."""
    return sorted({f"{method} ran with {change}"
                   for method, changes in zip(runs["method"], runs["changed"]) for change in changes})


def other_than_published(runs, task):
    """The hyper-parameters of some runs that are not those of the paper's Table 2 and text, each once (list of str).

    Args:
        runs (pandas.DataFrame): lines of :func:`collect`; rows of other papers, which those are not about, are passed
            over.
        task (str): of :data:`results.published.FAMILIES`.
    """
    found = set()
    for method, configuration in zip(runs["method"], runs["configuration"]):
        if METHODS[method].layer:
            continue
        asked = [(row.name, row.setting, row.published[task], "Table 2")
                 for row in load_published().hyperparameters if row.setting]
        asked += [(row.name, row.setting, row.published, row.place) for row in load_published().perturbation
                  if METHODS[method].space in ((row.space,) if row.space else ("free", "directions"))]
        for name, setting, published, place in asked:
            here = setting_of(configuration, setting)
            if here is not None and not same_setting(here, published):
                found.add(f"{name} {here} instead of {published} ({place})")
    return sorted(found)


def same_setting(here, published):
    """Whether a value of a configuration is the one that the paper prints (bool): 1.0 is 1, "relu" is ReLU."""
    try:
        return float(here) == float(published)
    except ValueError:
        return str(here) == published.lower()


def read_configuration(folder):
    """Read the ``config.json`` of a run (dict).

    Raises:
        UserError: it is missing.
        DamagedFileError: it is not a JSON object with the sections of a configuration.
    """
    path = RunFolder(folder).config
    configuration = files.read_json(path)
    if not isinstance(configuration, dict) or not all(isinstance(configuration.get(name), dict) for name in Config.model_fields):
        raise DamagedFileError(f"{path} is damaged (it holds no configuration); {_REMEDY}")
    return configuration


def setting_of(configuration, dotted):
    """The value at ``"section.key"`` of a run's configuration; None where there is none."""
    section, key = dotted.split(".")
    values = configuration.get(section)
    return values.get(key) if isinstance(values, dict) else None


def seed_variance(runs):
    """The variance between seeds of all methods of some runs on one corpus (results.seeds.SeedVariance or None)."""
    return SeedVariance.pooled(group["value"] for _, group in runs.groupby("method"))


def summarise(runs, seeds=None):
    """Mean, deviation and interval of the runs of one method on one corpus.

    Args:
        runs (pandas.DataFrame): lines of :func:`collect`, at least one.
        seeds (results.seeds.SeedVariance): of all rows of the column; None for that of these runs alone.  Where it is
            not known, the interval is that of a single run over test sets.

    Returns:
        dict: mean, std (None for one run), n, low, high, interval (which kind), seeds (list of int).
    """
    number, mean = len(runs), float(runs["value"].mean())
    seeds = seeds or seed_variance(runs)
    if seeds is not None:
        kind, (low, high) = STUDENT, seeds.interval_of_mean(mean, number)
    else:
        kind, (low, high) = sampling_interval(runs["folder"].iloc[0])
    return {
        "mean": mean, "std": float(runs["value"].std(ddof=1)) if number > 1 else None, "n": number,
        "low": low, "high": high, "interval": kind, "seeds": runs["seed"].tolist(),
    }


def sampling_interval(folder):
    """The interval of a single run, which the size of the test set gives: (kind, (low, high))."""
    metrics = read_metrics(folder)
    if metrics.task == "classification":
        return WILSON, wilson(metrics.test.errors, metrics.test_documents)
    return BOOTSTRAP, bootstrap_f05(*read_predictions(folder))


def read_predictions(folder):
    """What a run predicted on test.

    Returns:
        tuple of numpy.ndarray: labels and predictions (documents,) of classification, (tokens,) of error detection with
        1 for an error; offsets (sentences + 1,) of error detection, None of classification.

    Raises:
        UserError: it is missing.
        DamagedFileError: it cannot be read, or something is missing from it.
    """
    path = RunFolder(folder).predictions
    arrays, _ = files.load_arrays(path)
    names = ("labels", "predictions") + (("offsets",) if read_metrics(folder).task == "labelling" else ())
    if not set(names) <= set(arrays) or arrays["labels"].shape != arrays["predictions"].shape:
        raise DamagedFileError(f"{path} is damaged ({', '.join(names)} are not all in it, or do not fit); {_REMEDY}")
    return arrays["labels"], arrays["predictions"], arrays["offsets"] if "offsets" in names else None
