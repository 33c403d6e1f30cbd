"""What Slurm says of the jobs that were given to it: where each is, and their end when the run ends."""

import dataclasses
import subprocess
import time

_SECONDS = 20  # that a question may take
_SHORTEST, _LONGEST = 2, 10  # seconds between two questions: soon after a job is queued, and then less and less often


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a job is.

    Attributes:
        state (str): Slurm's word, such as ``PENDING`` or ``RUNNING``.
        node (str): that it runs on; empty where it does not run.
        reason (str): why it waits, in Slurm's words; empty where it does not.
    """

    state: str
    node: str = ""
    reason: str = ""


class Queue:
    """Our jobs in Slurm.

    Their numbers also stand in a file, one a line, as long as they are there, so that whoever outlives this process can
    cancel them.

    Args:
        path (pathlib.Path): that file.
        clock (callable): seconds.
    """

    def __init__(self, path, clock=time.monotonic):
        self.path, self._clock = path, clock
        self._numbers, self._asked, self._pause = {}, None, _SHORTEST
        self._write()

    def add(self, number):
        """A job (its number: str) is there."""
        self._numbers[number] = True
        self._asked, self._pause = None, _SHORTEST
        self._write()

    def remove(self, number):
        """It has ended."""
        if self._numbers.pop(number, None):
            self._write()

    def _write(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("".join(f"{number}\n" for number in self._numbers), encoding="ascii")

    def places(self):
        """Where our jobs are: number -> Place.  Empty where nothing is known, or nobody asked for some seconds."""
        now = self._clock()
        if not self._numbers or (self._asked is not None and now - self._asked < self._pause):
            return {}
        if self._asked is not None:
            self._pause = min(_LONGEST, 2 * self._pause)
        self._asked = now
        lines = _run("squeue", "--me", "--noheader", "--format=%i|%T|%N|%r").splitlines()
        rows = [line.split("|") for line in lines if line.count("|") == 3]
        return {
            number: Place(state, node, "" if reason == "None" else reason)
            for number, state, node, reason in rows
            if number in self._numbers
        }

    def cancel(self):
        """Cancel what is still there."""
        if self._numbers:
            _run("scancel", *self._numbers)
        self._numbers.clear()
        self._write()


def _run(*command):
    """What a command prints (str); nothing where it fails: this only informs, or comes too late."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
