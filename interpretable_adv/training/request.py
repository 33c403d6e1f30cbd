"""What is asked for when something is trained on a corpus, a method or a system of another paper alike."""

import dataclasses
from pathlib import Path

from iadv_foundation.console.deadline import Deadline
from iadv_foundation.errors import UsageError


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainingRequest:
    """The options that all trainings have; see ``python -m interpretable_adv train --help``."""

    corpus: str
    recipe: str = "paper"
    scale: str = "quick"
    seed: int = 0
    device: int = -1
    out: str = "out"
    overrides: tuple = ()
    overwrite: bool = False
    quiet: bool = False
    deadline: Deadline = Deadline()

    @property
    def row(self):
        """Name of what is trained, as run folders spell it (str)."""
        raise NotImplementedError

    @property
    def folder(self):
        """Where the run stands (pathlib.Path)."""
        return Path(self.out) / "runs" / self.corpus / self.recipe / self.scale / self.row / f"seed-{self.seed}"

    @property
    def label(self):
        """``CORPUS ROW seed N``, for the screen (str)."""
        return f"{self.corpus} {self.row} seed {self.seed}"

    def identity(self, task):
        """What makes a run this run, apart from the configuration and the bytes it reads (dict)."""
        return {
            "corpus": self.corpus,
            "task": task,
            "method": self.row,
            "recipe": self.recipe,
            "scale": self.scale,
            "seed": self.seed,
        }

    def check_seed(self):
        """Raise UsageError where the seed is none."""
        if self.seed < 0:
            raise UsageError(f"--seed {self.seed}: write a number from 0 up")
