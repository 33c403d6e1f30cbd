"""Snakemake, its jobs and their guard as one process group, of which nothing is left however it ends.

The guard waits for the end of a pipe that this process holds open: however this process ends, by SIGKILL too, the guard
then cancels what is in a cluster's queue and ends the whole group.
"""

import contextlib
import os
import select
import signal
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GRACE = 10  # seconds that jobs have to end after an interruption
#: What other workflows' users set.  Snakemake would take options from there.
FOREIGN = "SNAKEMAKE_"


def foreign_settings():
    """Names of the environment's variables that are not passed on to Snakemake (list of str)."""
    return sorted(name for name in os.environ if name.startswith(FOREIGN))


class Group:
    """Snakemake, its jobs and their guard, as one process group.

    Args:
        command (list of str)
        held (file): the lock, or None.
        queued (pathlib.Path or None): the file with the numbers of jobs in Slurm's queue, which the guard cancels.
    """

    def __init__(self, command, held, queued=None):
        cancel = 'timeout 30 xargs -r scancel <"$0" >/dev/null 2>&1; ' if queued else ""
        wait_then_kill = ["sh", "-c", f"trap '' INT TERM; cat >/dev/null; {cancel}kill -KILL 0", str(queued)]
        self._guard = subprocess.Popen(
            wait_then_kill, stdin=subprocess.PIPE, process_group=0, pass_fds=[held.fileno()] if held else []
        )
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        environment = {
            **inherited,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "workflow" / "plugins")]),
            "PYTHONUNBUFFERED": "1",
        }  # so that a log can be followed
        self._snakemake = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=self._guard.pid,
            env=environment,
        )
        self._errors = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._kill()
        self._guard.wait()
        self._guard.stdin.close()
        self._snakemake.wait()
        for stream in (self._snakemake.stdout, self._snakemake.stderr):
            stream.close()

    def lines(self, tick):
        """Yield the lines that Snakemake prints; ``tick`` is called about once a second in between."""
        rest, streams = b"", {self._snakemake.stdout.fileno(), self._snakemake.stderr.fileno()}
        while streams:
            for descriptor in select.select(streams, [], [], 1.0)[0]:
                data = os.read(descriptor, 1 << 16)
                if not data:
                    streams.remove(descriptor)
                elif descriptor == self._snakemake.stderr.fileno():
                    self._errors = (self._errors + data)[-4000:]
                else:
                    *complete, rest = (rest + data).split(b"\n")
                    yield from (line for line in complete if line.startswith(b"{"))
            tick()

    def wait(self):
        """Snakemake's exit status."""
        return self._snakemake.wait()

    def complaints(self):
        """The last line of what Snakemake wrote to standard error."""
        lines = self._errors.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def interrupt(self, grace=GRACE):
        """Ask every process to end as on Ctrl-C, and wait for it, at most ``grace`` seconds."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.killpg(self._guard.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._snakemake.wait(grace)

    def _kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._guard.pid, signal.SIGKILL)
