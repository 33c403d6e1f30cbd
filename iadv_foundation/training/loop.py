"""One training loop: update, evaluate on dev, keep the best weights, log, snapshot, stop early, resume after a kill."""

import dataclasses
import math

import chainer
from chainer import training
from chainer.training import extensions

from iadv_foundation.arithmetic.memory import keep_freed_memory
from iadv_foundation.console.deadline import Deadline
from iadv_foundation.errors import TimeLimitReached, UserError
from iadv_foundation.training import snapshot
from iadv_foundation.training.best import BestWeights
from iadv_foundation.training.progress import Progress


@dataclasses.dataclass(frozen=True)
class Fitted:
    """What a finished training run has to say.

    Attributes:
        best_value (float): the monitored observation of the best epoch.
        best_epoch (int): from 1.
        epochs, updates (int): how long it ran.
        seconds (float): training time, kills and resumes included.
    """

    best_value: float
    best_epoch: int
    epochs: int
    updates: int
    seconds: float


def fit(
    updater,
    run,
    *,
    model,
    evaluate,
    monitor,
    lower_is_better=True,
    max_epochs,
    patience,
    metadata,
    words_per_epoch,
    label,
    quiet=False,
    extra_extensions=(),
    deadline=Deadline(),
):
    """Train until ``max_epochs`` or until ``patience`` epochs bring nothing better,
    going on from a snapshot if there is one.

    Args:
        updater (chainer.training.Updater): one call is one update; reports ``loss``; its optimiser is a
            :class:`iadv_foundation.training.Adam`.
        run (iadv_foundation.storage.run_folder.RunFolder): started; gets log, best weights and snapshot.
        model (chainer.Link): whose best weights are kept in ``run.best``.
        evaluate (callable): () -> dict of str to float, the observations on the dev split; called after each epoch with
            ``chainer.config.train`` off and without building graphs.
        monitor (str): the observation that chooses the best weights.
        lower_is_better (bool): for errors and losses.
        max_epochs, patience (int): see above.
        metadata (dict): stored with the best weights.
        words_per_epoch (int): for the speed shown.
        label (str): what is being trained, for the screen.
        quiet (bool): no progress on the screen.
        extra_extensions (iterable of chainer.training.Extension): the caller's own, e.g. a learning-rate schedule.
        deadline (iadv_foundation.console.deadline.Deadline): stop after the first update that ends later; there is
            always one.

    Returns:
        Fitted: ``run.best`` holds the best weights; ``model`` those of the last epoch.

    Raises:
        UserError: the loss is no longer a number, or the snapshot is damaged.
        TimeLimitReached: ``deadline`` is over and training is not; the snapshot holds all of it.
    """
    keep_freed_memory()
    saved = snapshot.Snapshot(run.snapshot, deadline)
    best = BestWeights(run.best, model, monitor, lower_is_better, metadata)
    stop = _Stop(max_epochs, patience, best, saved)
    trainer = training.Trainer(updater, stop, out=str(run.path))
    trainer.extend(
        _refuse_divergence,
        name="refuse divergence",
        trigger=(1, "iteration"),
        priority=training.extension.PRIORITY_WRITER + 1,
    )
    trainer.extend(_DevEvaluation(evaluate))
    trainer.extend(best, name="best weights")
    report = extensions.LogReport(log_name=None)
    trainer.extend(report)
    trainer.extend(lambda trainer: run.write_log(report.log), name="write log", trigger=(1, "epoch"), priority=-100)
    trainer.extend(Progress(label, max_epochs, words_per_epoch, best, quiet), name="progress")
    for extension in extra_extensions:
        trainer.extend(extension)
    trainer.extend(saved, name="snapshot")
    if snapshot.resume(run.snapshot, trainer) and not quiet:
        print(f"{label}: goes on from epoch {updater.epoch_detail:.2f}", flush=True)
    trainer.run(show_loop_exception_msg=False)
    if not stop.is_finished(updater):
        raise TimeLimitReached(
            f"stopped at the time limit of {deadline.seconds:g} s, at epoch {updater.epoch_detail:.2f} of "
            f"at most {max_epochs}; repeat the command to go on"
        )
    return Fitted(best.value, best.epoch, updater.epoch, updater.iteration, trainer.elapsed_time)


class _Stop:
    """Stop trigger: the last epoch is done, too many have passed without improvement, or time is over."""

    def __init__(self, max_epochs, patience, best, saved):
        self.max_epochs, self.patience, self.best, self.saved = max_epochs, patience, best, saved

    def __call__(self, trainer):
        return self.saved.is_last or self.is_finished(trainer.updater)

    def is_finished(self, updater):
        """Whether training is done, however much time is left."""
        return updater.epoch >= self.max_epochs or self.best.epochs_since >= self.patience

    def get_training_length(self):
        return self.max_epochs, "epoch"


class _DevEvaluation(training.Extension):
    """Report what ``evaluate`` returns, after each epoch and before every other extension."""

    trigger = 1, "epoch"
    priority = training.extension.PRIORITY_WRITER
    name = "dev evaluation"

    def __init__(self, evaluate):
        self.evaluate = evaluate

    def __call__(self, trainer):
        trainer.updater.get_optimizer("main").catch_up()
        with chainer.using_config("train", False), chainer.no_backprop_mode():
            chainer.report(self.evaluate())


def _refuse_divergence(trainer):
    for name, value in trainer.observation.items():
        if name.endswith("loss") and not math.isfinite(float(getattr(value, "array", value))):
            raise UserError(
                f"training diverged: {name} is {float(getattr(value, 'array', value))} at update "
                f"{trainer.updater.iteration}; choose a smaller learning rate or epsilon"
            )
