"""Commands of the project in forked children, where they can be killed at a change to the disk, or inside a write."""

import dataclasses
import json
import os
import resource
import select
import signal
import sys
import traceback

from data_prep.command import main as data_prep
from iadv_foundation.console import cli
from interpretable_adv import trained  # noqa: F401 - a child need not import it
from interpretable_adv.cli import main as interpretable_adv
from interpretable_adv.training import run  # noqa: F401
from pretrain_lm import pretrain  # noqa: F401
from pretrain_lm.cli import main as pretrain_lm
from quoted_systems.cli import main as quoted_systems
from results import study, tables  # noqa: F401
from results.cli import main as results
from results.report import page  # noqa: F401
from word_vectors import skipgram  # noqa: F401
from word_vectors.cli import main as word_vectors

PROGRAMS = {
    "data_prep": data_prep,
    "interpretable_adv": interpretable_adv,
    "pretrain_lm": pretrain_lm,
    "quoted_systems": quoted_systems,
    "results": results,
    "word_vectors": word_vectors,
}
_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes:
        status (int): -9 or -25 for killed.
        out, err (str): what it printed.
        changes (int): to the disk that it began; 0 where it was killed.
        opened (frozenset of str): the files that it opened, by their real paths.
    """

    status: int
    out: str
    err: str
    changes: int = 0
    opened: frozenset = frozenset()

    @property
    def has_traceback(self):
        return "Traceback" in self.err or self.status not in (0, 1, 2, 3, -signal.SIGKILL, -signal.SIGXFSZ)


def call(line, kill_at=None, largest=None, kill=False):
    """Run a command (:class:`Ended`).

    Args:
        line (list of str): program and arguments.
        kill_at (int or None): number of the change to the disk, from 1, instead of which the process is killed.
        largest (int or None): the most bytes that a file may get.
        kill (bool): the process is killed inside the write that would make a file larger, else the write fails.
    """
    pipes = os.pipe(), os.pipe(), os.pipe()  # not files, which a full disk would not take
    process = os.fork()
    if not process:
        _child(line, pipes, kill_at, largest, kill)
    for _, end in pipes:
        os.close(end)
    out, err, told = _read([end for end, _ in pipes])
    changes, opened = json.loads(told or "[0, []]")
    return Ended(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), out, err, changes, frozenset(opened))


def _read(ends):
    """All that comes out of some pipes, until they are closed (list of str)."""
    found, left = dict.fromkeys(ends, b""), list(ends)
    while left:
        for end in select.select(left, [], [])[0]:
            part = os.read(end, 65_536)
            found[end] += part
            if not part:
                left.remove(end)
                os.close(end)
    return [text.decode(errors="replace") for text in found.values()]


def _child(line, pipes, kill_at, largest, kill):
    status, changes = 99, _Changes(kill_at)
    try:
        for (_, end), number in zip(pipes[:2], (1, 2), strict=True):
            os.dup2(end, number)
        sys.stdout, sys.stderr = (  # as long as the process lives
            open(number, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            for number in (1, 2)
        )
        if largest is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL if kill else signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
        sys.addaudithook(changes)
        cli.run(PROGRAMS[line[0]], f"python -m {line[0]}", line[1:])
    except SystemExit as end:
        status = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        told = json.dumps([changes.made, sorted(map(os.path.realpath, changes.opened))]).encode()
        with open(pipes[2][1], "wb") as pipe:
            pipe.write(told)
        os._exit(status)


class _Changes:
    """Counts changes to the disk, kills the process in place of one of them, and knows what was opened."""

    def __init__(self, kill_at):
        self.kill_at, self.made, self.opened = kill_at, 0, set()

    def __call__(self, event, arguments):
        if event == "open" and isinstance(arguments[0], str | bytes):
            self.opened.add(os.fsdecode(arguments[0]))
        if event in _CHANGES or event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            self.made += 1
            if self.made == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
