"""A run of a quoted system, from a prepared corpus to a finished run folder; what is between is the system's own."""

import dataclasses

import numpy as np

from data_prep.corpus import Corpus, corpora_folder
from iadv_foundation.arithmetic.device import describe as describe_device
from iadv_foundation.arithmetic.device import select_device
from iadv_foundation.console.cli import closest
from iadv_foundation.console.configuration import Section
from iadv_foundation.console.deadline import Deadline
from iadv_foundation.storage import files, seal
from iadv_foundation.storage.run_folder import RunFolder, tell_if_unsealed
from interpretable_adv.evaluation import error_rate, majority_class, majority_error_rate
from interpretable_adv.training.request import TrainingRequest
from quoted_systems.settings import FORMAT, load, upgrade
from quoted_systems.systems import SYSTEMS
from quoted_systems.texts import require_text


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request(TrainingRequest):
    """What the command line asks for; see ``python -m quoted_systems --help``."""

    system: str

    @property
    def row(self):
        return self.system


@dataclasses.dataclass(frozen=True, eq=False)
class Job:
    """What a system's ``train`` is given.

    Attributes:
        corpus (data_prep.corpus.Corpus): has passed :func:`quoted_systems.texts.require_text`.
        settings (iadv_foundation.console.configuration.Section): the system's ``Configuration``.
        run (iadv_foundation.storage.run_folder.RunFolder): started; gets ``log.jsonl`` and ``best.npz``.
        seed (int): of everything random.
        device (chainer.backend.Device)
        label (str): what is being trained, for the screen.
        quiet (bool): no progress on the screen.
        deadline (iadv_foundation.console.deadline.Deadline): the system stops at it with what it needs to go on.
    """

    corpus: Corpus
    settings: Section
    run: RunFolder
    seed: int
    device: object
    label: str
    quiet: bool
    deadline: Deadline

    def part(self, name, *sections):
        """A folder inside the run for a part that is trained by itself (RunFolder), started; finished where it is
        unchanged.

        Args:
            name (str): of the folder.
            sections (str): those of the settings that the part depends on.
        """
        part = RunFolder(self.run.path / name)
        settings = self.settings.model_dump()
        part.start(
            {"corpus_sha256": self.corpus.sha256, "seed": self.seed, **{name: settings[name] for name in sections}},
            overwrite=True,
            device=describe_device(self.device),
        )
        return part


@dataclasses.dataclass(frozen=True, eq=False)
class Outcome:
    """What a system's ``train`` returns, of the weights that did best on dev.

    Attributes:
        dev, test (numpy.ndarray): int (documents,), the predicted classes.
        probabilities (numpy.ndarray or None): float (documents, classes), of test, where the system has any.
        best_epoch, epochs, updates (int): of the last part that was trained.
        seconds (float): of all training, kills and resumes included.
        about (dict): more for ``metrics.json``.
    """

    dev: np.ndarray
    test: np.ndarray
    probabilities: np.ndarray | None
    best_epoch: int
    epochs: int
    updates: int
    seconds: float
    about: dict = dataclasses.field(default_factory=dict)


def train(request):
    """Make or finish the run that ``request`` (:class:`Request`) asks for.

    Returns:
        str: the result in one line.

    Raises:
        UsageError: unknown names, values out of range.
        UserError: the corpus is missing, damaged or not one that the system can learn from, no such device, diverged
            training, ...
        TimeLimitReached: the request's deadline is over; the same request goes on.
    """
    system = SYSTEMS[closest(request.system, SYSTEMS, "system")]
    request.check_seed()
    settings = load(request.corpus, request.recipe, request.scale, request.overrides, request.system)
    device = select_device(request.device)
    corpus = Corpus.open(corpora_folder(request.out) / request.corpus)
    require_text(corpus, system.title)
    identity = request.identity(corpus.task)
    full = {"format": FORMAT, "corpus_sha256": corpus.sha256, **identity, **settings.model_dump()}
    run = RunFolder(request.folder)
    already = run.check(full, request.overwrite, upgrade) and run.is_finished
    if already:
        run.tidy()
        tell_if_unsealed(run.path)
    else:
        run.start(full, request.overwrite, describe_device(device), upgrade)
        job = Job(corpus, settings, run, request.seed, device, request.label, request.quiet, request.deadline)
        finish(run, identity, corpus, system.module("training").train(job))
    seal.check(run.metrics)
    metrics = seal.read(run.metrics)
    again = " (was finished already)" if already else ""
    with seal.told_of(run.metrics):
        test = metrics["test"]
        return (
            f"{request.label}{again}: test error rate {test['error_rate']:.2f} % (majority class of train "
            f"{test['majority_error_rate']:.2f} %), best epoch {metrics['best_epoch']} of {metrics['epochs']}"
        )


def finish(run, identity, corpus, outcome):
    """Write predictions, times and, last, the result of a run.

    Args:
        run (iadv_foundation.storage.run_folder.RunFolder)
        identity (dict): corpus, task, method, recipe, scale and seed.
        corpus (data_prep.corpus.Corpus)
        outcome (Outcome)
    """
    test = corpus.splits["test"]
    arrays = {"labels": np.asarray(test.labels), "predictions": outcome.test.astype(np.int32)}
    if outcome.probabilities is not None:
        arrays["probabilities"] = outcome.probabilities.astype(np.float32)
    files.save_arrays(run.predictions, arrays)
    files.write_json(run.timing, {"training_seconds": round(outcome.seconds, 3)})
    run.finish(
        {
            **identity,
            "corpus_complete": corpus.complete,
            "test_documents": len(test),
            "dev": scores(corpus, "dev", outcome.dev),
            "test": scores(corpus, "test", outcome.test),
            "best_epoch": outcome.best_epoch,
            "epochs": outcome.epochs,
            "updates": outcome.updates,
            **outcome.about,
        }
    )


def scores(corpus, split, predictions):
    """Compare predicted classes, int (documents,), with the labels of a split (str): a dict for ``metrics.json``."""
    labels = np.asarray(corpus.splits[split].labels)
    majority = majority_class(np.asarray(corpus.splits["train"].labels))
    return {
        "error_rate": error_rate(labels, predictions),
        "errors": int((labels != predictions).sum()),
        "majority_error_rate": majority_error_rate(labels, majority),
    }
