"""Commands of the project in forked children, where they can be killed at a write or find the disk full."""

import dataclasses
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
from results import study, tables  # noqa: F401
from results.cli import main as results
from results.report import page  # noqa: F401
from word_vectors import skipgram  # noqa: F401
from word_vectors.cli import main as word_vectors

PROGRAMS = {
    "data_prep": data_prep,
    "interpretable_adv": interpretable_adv,
    "pretrain_lm": pretrain_lm,
    "results": results,
    "word_vectors": word_vectors,
}
_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a command ended: its status (-9 for killed) and what it printed."""

    status: int
    out: str
    err: str

    @property
    def has_traceback(self):
        return "Traceback" in self.err or self.status not in (0, 1, 2, 3, -signal.SIGKILL)


def call(line, kill_at=None, room=None):
    """Run a command (:class:`Ended`).

    Args:
        line (list of str): program and arguments.
        kill_at (int or None): number of the change to the disk, from 1, instead of which the process is killed.
        room (int or None): the most bytes that a file may get before the disk is full.
    """
    pipes = os.pipe(), os.pipe()  # not files, which a full disk would not take
    process = os.fork()
    if not process:
        _child(line, pipes, kill_at, room)
    for _, end in pipes:
        os.close(end)
    out, err = _read([end for end, _ in pipes])
    return Ended(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), out, err)


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


def _child(line, pipes, kill_at, room):
    status = 99
    try:
        for (_, end), number in zip(pipes, (1, 2), strict=True):
            os.dup2(end, number)
        sys.stdout, sys.stderr = (
            open(number, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  (as long as the process lives)
            for number in (1, 2)
        )
        if room is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        if kill_at is not None:
            sys.addaudithook(_Killer(kill_at))
        cli.run(PROGRAMS[line[0]], f"python -m {line[0]}", line[1:])
    except SystemExit as end:
        status = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


class _Killer:
    def __init__(self, left):
        self.left = left

    def __call__(self, event, arguments):
        if event in _CHANGES or event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)
