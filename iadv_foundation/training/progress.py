"""What a user sees of a training run: a bar on a terminal, a line for each epoch elsewhere."""

import sys
import time

from chainer import training
from tqdm import tqdm


class Progress(training.Extension):
    """Show epochs, the dev result, words per second and the time that is left at most.

    Args:
        label (str): what is being trained.
        max_epochs (int): the most epochs there can be; early stopping may end sooner.
        words_per_epoch (int): for the speed.
        best (iadv_foundation.training.best.BestWeights): for the best result so far.
        quiet (bool): show nothing.
    """

    trigger = 1, "iteration"
    priority = training.extension.PRIORITY_READER - 100

    def __init__(self, label, max_epochs, words_per_epoch, best, quiet):
        self.label, self.max_epochs, self.words_per_epoch, self.best = label, max_epochs, words_per_epoch, best
        self.quiet = quiet
        self.bar = None

    def initialize(self, trainer):
        self._started, self._start_epoch = time.perf_counter(), trainer.updater.epoch_detail
        if not self.quiet and sys.stderr.isatty():
            total = self.max_epochs * self.words_per_epoch
            self.bar = tqdm(
                total=total,
                initial=round(self._start_epoch * self.words_per_epoch),
                desc=self.label,
                unit="word",
                unit_scale=True,
                leave=False,
                dynamic_ncols=True,
            )

    def __call__(self, trainer):
        updater = trainer.updater
        if self.bar is not None:
            self.bar.update(round(updater.epoch_detail * self.words_per_epoch) - self.bar.n)
        if updater.is_new_epoch and not self.quiet:
            line = self._line(trainer)
            if self.bar is not None:
                self.bar.write(line, file=sys.stderr)
            else:
                print(line, file=sys.stderr, flush=True)

    def _line(self, trainer):
        epoch = trainer.updater.epoch
        value = float(trainer.observation[self.best.monitor])
        mark = " *" if self.best.epoch == epoch else ""
        elapsed = time.perf_counter() - self._started
        speed = (trainer.updater.epoch_detail - self._start_epoch) / max(elapsed, 1e-9)
        left = (self.max_epochs - epoch) / max(speed, 1e-9)
        return (
            f"{self.label}: epoch {epoch}/{self.max_epochs}  {self.best.monitor} {value:.2f}{mark}  "
            f"{speed * self.words_per_epoch:,.0f} words/s  at most {tqdm.format_interval(left)} left"
        )

    def finalize(self):
        if self.bar is not None:
            self.bar.close()
