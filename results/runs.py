"""Finished runs: what the tables need of a run folder, each file read once, and what several runs of a method say
together.
"""

import functools
import re
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pydantic

from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import files, seal
from iadv_foundation.storage.run_folder import RunFolder
from interpretable_adv.evaluation.metrics import error_rate, precision_recall_f_beta

from .intervals import BOOTSTRAP, STUDENT, WILSON, bootstrap_f05, wilson
from .logs import MONITOR, OBSERVATION, curve_of, read_log
from .row_settings import check_configuration, sections_of
from .rows import ROWS
from .seeds import SeedVariance
from .settings_used import changed_settings

_ROUNDING = 1e-6  # percent
_REMEDY = "remove its folder and repeat the command that made it"
Percent = Annotated[float, pydantic.Field(ge=0, le=100)]
#: Of a table of runs, see :attr:`Run.line`.
COLUMNS = [
    "corpus",
    "method",
    "seed",
    "value",
    "precision",
    "recall",
    "complete",
    "preparation",
    "changed",
    "configuration",
    "folder",
    "run",
]


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
            raise ValueError(
                f"{self.test.errors} errors in {self.test_documents} documents are not {self.test.error_rate} %"
            )
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
    return _checked(path, seal.read(path), model)


def _checked(path, record, model):
    try:
        return model.model_validate(record)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        problem = f"{where}: {first['msg']}" if where else first["msg"].removeprefix("Value error, ")
        raise DamagedFileError(f"{path} is damaged ({problem}); {_REMEDY}") from None


class Run:
    """A finished run.  Each of its files is read when it is first asked for, and only then.

    Args:
        folder (path)
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.files = RunFolder(folder)

    @functools.cached_property
    def record(self):
        """All of ``metrics.json`` (dict).

        Raises:
            UserError: it is missing.
            DamagedFileError: it is no JSON object, or not what was sealed.
        """
        return self._sealed.content

    @functools.cached_property
    def _sealed(self):
        return seal.Record(self.files.metrics)

    @functools.cached_property
    def metrics(self):
        """What the tables need of it (:class:`Metrics`).

        Raises:
            DamagedFileError: something is missing from it, or its numbers contradict each other.
        """
        return _checked(self.files.metrics, self.record, Metrics)

    @functools.cached_property
    def configuration(self):
        """``config.json`` (dict).

        Raises:
            UserError: it is missing.
            DamagedFileError: it is not a JSON object with the sections of a configuration.
        """
        path = self.files.config
        configuration = files.read_json(path)
        if not isinstance(configuration, dict) or not all(
            isinstance(configuration.get(name), dict) for name in sections_of(configuration.get("method"))
        ):
            raise DamagedFileError(f"{path} is damaged (it holds no configuration); {_REMEDY}")
        return configuration

    @functools.cached_property
    def log(self):
        """The epochs of ``log.jsonl`` (list of dict), see :func:`results.logs.read_log`."""
        return read_log(self.folder)

    @property
    def is_sealed(self):
        """Whether a change of its files would be noticed (bool), see :mod:`iadv_foundation.storage.seal`."""
        return self._sealed.is_sealed

    @functools.cached_property
    def environment(self):
        """``environment.json`` (dict), empty where there is none."""
        return _object(self.files.environment)

    @functools.cached_property
    def timing(self):
        """``timing.json`` (dict), empty where there is none."""
        return _object(self.files.timing)

    @functools.cached_property
    def predictions(self):
        """What the run predicted on test.

        tuple of numpy.ndarray: labels and predictions (documents,) of classification, (tokens,) of error detection
        with 1 for an error; offsets (sentences + 1,) of error detection, None of classification.

        Raises:
            UserError: it is missing.
            DamagedFileError: it cannot be read, or something is missing from it.
        """
        path = self.files.predictions
        self._sealed.check(path.name)
        arrays, _ = files.load_arrays(path)
        names = ("labels", "predictions") + (("offsets",) if self.metrics.task == "labelling" else ())
        if not set(names) <= set(arrays) or arrays["labels"].shape != arrays["predictions"].shape:
            raise DamagedFileError(
                f"{path} is damaged ({', '.join(names)} are not all in it, or do not fit); {_REMEDY}"
            )
        self._check_scores(arrays["labels"], arrays["predictions"])
        return arrays["labels"], arrays["predictions"], arrays["offsets"] if "offsets" in names else None

    def _check_scores(self, labels, predictions):
        """Raise DamagedFileError where the predictions on test do not give the scores that the metrics say."""
        said = self.metrics.test
        if self.metrics.task == "labelling":
            precision, recall, f05 = precision_recall_f_beta(labels, predictions, positive=1, beta=0.5)
            found = {"precision": precision, "recall": recall, "f05": f05}
        else:
            found = {"errors": int((labels != predictions).sum()), "error_rate": error_rate(labels, predictions)}
        for name, value in found.items():
            if getattr(said, name) is not None and abs(getattr(said, name) - value) > _ROUNDING:
                raise DamagedFileError(
                    f"{self.files.metrics} says that {name} on test is {getattr(said, name):g}, but what "
                    f"{self.files.predictions.name} holds gives {value:g}; {_REMEDY}"
                )

    def _check_log(self):
        """Raise DamagedFileError where a curve of the log cannot be read, or is not that of the metrics."""
        if not self.files.log.is_file():
            return
        monitor, _ = MONITOR["f05" if self.metrics.task == "labelling" else "error_rate"]
        for name in (monitor, *({OBSERVATION} & set(self.log[0]))):
            curve_of(self, name)
        for name, found in {"epochs": len(self.log), **({} if self.is_sealed else self._said_by_log(monitor))}.items():
            said = self.record.get(name)
            if None not in (said, found) and not (isinstance(said, int | float) and abs(said - found) <= _ROUNDING):
                raise DamagedFileError(
                    f"{self.files.log} says that {name} is {found:g}, but {self.files.metrics.name} says {said}; "
                    f"{_REMEDY}"
                )

    def _said_by_log(self, monitor):
        """What the log says of numbers that the metrics hold, too (dict); without a seal, either may be altered."""
        curve = curve_of(self, monitor)
        best = int(curve.argmax() if self.metrics.task == "labelling" else curve.argmin())
        dev, name = self.record.get("dev"), monitor.partition("/")[2]
        if isinstance(dev, dict) and abs(dev.get(name, np.nan) - curve[best]) > _ROUNDING:
            raise DamagedFileError(
                f"{self.files.log} says that {monitor} is {curve[best]:g} at best, but {self.files.metrics.name} says "
                f"{dev.get(name)}; {_REMEDY}"
            )
        return {"best_epoch": best + 1, "updates": self.log[-1].get("iteration")}

    def _check_configuration(self):
        """Raise UserError where the configuration is of a later version, or holds a value unknown to this one."""
        configuration = self.configuration
        try:
            check_configuration(configuration)
        except UserError as error:
            raise UserError(f"{self.files.config}: {error}") from None

    def line(self, identity):
        """The run as a line of a table of runs.

        Args:
            identity (tuple): corpus, recipe, scale, method and seed that its folder stands for.

        Returns:
            dict: corpus, method, seed, value, precision and recall (percent; the last two of F0.5 alone), complete
            (bool: the corpus has the paper's counts), preparation (str: SHA-256 of the prepared corpus), changed
            (tuple of str: settings that are not those of ``configs/``), configuration (dict), folder (pathlib.Path),
            run (Run).

        Raises:
            UserError: a file is missing, the run is of a later version, or the method or a setting is not known here.
            DamagedFileError: metrics, configuration or log cannot be read, or belong to another folder.
        """
        metrics = self.metrics
        if (metrics.corpus, metrics.recipe, metrics.scale, metrics.method, metrics.seed) != identity:
            raise DamagedFileError(
                f"{self.files.metrics} belongs to another run: it says corpus {metrics.corpus}, "
                f"recipe {metrics.recipe}, scale {metrics.scale}, method {metrics.method}, "
                f"seed {metrics.seed}"
            )
        if metrics.method not in ROWS:
            raise UserError(f"{self.files.metrics} is of a method that this version does not have: {metrics.method!r}")
        self._sealed.check()
        self._check_configuration()
        self._check_log()
        if self.files.predictions.is_file():
            self.predictions  # noqa: B018  (which checks the scores)
        return dict(
            zip(
                COLUMNS,
                [
                    metrics.corpus,
                    metrics.method,
                    metrics.seed,
                    metrics.value,
                    metrics.test.precision,
                    metrics.test.recall,
                    metrics.corpus_complete,
                    self.configuration.get("corpus_sha256", "unknown"),
                    changed_settings(self.configuration, metrics),
                    self.configuration,
                    self.folder,
                    self,
                ],
                strict=True,
            )
        )


def _object(path):
    """A JSON object (dict), empty where there is no file.

    Raises:
        DamagedFileError: it is something else.
    """
    found = files.read_json(path) if path.is_file() else {}
    if not isinstance(found, dict):
        raise DamagedFileError(f"{path} is damaged (it is no JSON object); {_REMEDY}")
    return found


def find_runs(parent):
    """The finished runs of one method: seed -> folder (dict of int to pathlib.Path), in numeric order.

    Args:
        parent (pathlib.Path): the folder that holds ``seed-N``.
    """
    found = {int(name[1]): path for path in parent.glob("seed-*") if (name := re.fullmatch(r"seed-(\d+)", path.name))}
    return {seed: found[seed] for seed in sorted(found) if RunFolder(found[seed]).has_result}


def seed_variance(runs):
    """The variance between seeds of all methods of some runs on one corpus (results.seeds.SeedVariance or None)."""
    return SeedVariance.pooled(group["value"] for _, group in runs.groupby("method"))


def summarise(runs, seeds=None):
    """Mean, deviation and interval of the runs of one method on one corpus.

    Args:
        runs (pandas.DataFrame): lines of :class:`results.study.Study`, at least one.
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
        kind, (low, high) = sampling_interval(runs["run"].iloc[0])
    return {
        "mean": mean,
        "std": float(runs["value"].std(ddof=1)) if number > 1 else None,
        "n": number,
        "low": low,
        "high": high,
        "interval": kind,
        "seeds": runs["seed"].tolist(),
    }


def sampling_interval(run):
    """The interval of a single :class:`Run`, which the size of the test set gives: (kind, (low, high))."""
    metrics = run.metrics
    if metrics.task == "classification":
        return WILSON, wilson(metrics.test.errors, metrics.test_documents)
    return BOOTSTRAP, bootstrap_f05(*run.predictions)
