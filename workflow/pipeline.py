"""Start Snakemake on a plan, show what it does, and leave nothing running behind.

Snakemake and all its jobs form one process group.  A guard in the same group waits for the end of a pipe that this
process holds open: however this process ends, by SIGKILL too, the guard then ends the whole group.  Guard and this
process hold a lock on the folder, so that two runs never write to the same files, and no lock is ever left behind.
"""

import argparse
import contextlib
import dataclasses
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from iadv_foundation.console.cores import available_cores
from iadv_foundation.console.options import add_options
from iadv_foundation.console.parser import Program, whole_number
from iadv_foundation.console.printing import unfiltered
from iadv_foundation.errors import UserError
from results.setting import Setting
from workflow.compare import compared
from workflow.plan import TARGETS, WITH_PAGE, Plan, read_sources
from workflow.screen import Screen, duration, readable
from workflow.summary import summary

ROOT = Path(__file__).resolve().parent.parent
GRACE = 10  # seconds that jobs have to end after an interruption


def main(argv):
    """Run the target that ``argv`` (list of str) asks for; returns the exit status."""
    arguments = parse(argv)
    plan = Plan(
        arguments.target,
        arguments.scale,
        arguments.recipe,
        arguments.seeds,
        {},
        Path(arguments.out).resolve(),
        subset=arguments.subset,
        **compared(arguments),
    )
    plan = dataclasses.replace(plan, sources=read_sources(arguments.source, plan))
    notes = plan.check()
    if arguments.device >= 0 and not arguments.dry_run and "--executor" not in arguments.snakemake:
        from iadv_foundation.arithmetic.device import (
            select_device,
        )  # here, because it takes Chainer a second to be imported

        select_device(arguments.device)
    print(
        f"{plan.target}: scale {plan.scale}, recipe {plan.recipe}, {plan.seeds} seed{'s' * (plan.seeds > 1)}, "
        f"{arguments.cores} job{'s' * (arguments.cores > 1)} at once, in {readable(plan.out)}",
        *notes,
        sep="\n",
        flush=True,
    )
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    if arguments.dry_run:
        return run(plan, arguments, None)
    with lock(plan.out) as held:
        return run(plan, arguments, held)


def parse(argv):
    """The arguments that ``reproduce.sh`` has checked already; what follows ``--`` is Snakemake's
    (argparse.Namespace).
    """
    own, snakemake = (argv[: argv.index("--")], argv[argv.index("--") + 1 :]) if "--" in argv else (argv, [])
    program = parser()
    program.set_defaults(snakemake=snakemake)
    return program.parse_args(own)


def parser():
    """The command line of ``reproduce.sh``, whose own help says more (iadv_foundation.console.parser.Program)."""
    program = Program(prog="reproduce.sh")
    program.add_argument("target", metavar="TARGET", choices=TARGETS)
    program.add_argument("--corpus", help=argparse.SUPPRESS)  # the word behind compare
    program.add_argument("--methods", metavar="METHOD,METHOD,...")
    add_options(program, "scale", "recipe")
    program.add_argument("--out", metavar="DIR", required=True)
    program.add_argument("--seeds", type=whole_number(1), metavar="N", required=True)
    add_options(program, "device")
    program.add_argument("--source", action="append", default=[], metavar="NAME=PATH")
    program.add_argument("--cores", type=whole_number(1), metavar="N", default=available_cores())
    for name in ("--dry-run", "--subset"):
        program.add_argument(name, action="store_true")
    return program


def lock(out):
    """Take ``out`` for this run alone, until the returned file is closed.

    Raises:
        UserError: another run has it.
    """
    (out / ".snakemake").mkdir(parents=True, exist_ok=True)
    held = open(out / ".snakemake" / "run.lock", "a+")  # noqa: SIM115  (the caller closes it)
    deadline = time.monotonic() + 3  # the guard of a run killed a moment ago may still be at work
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > deadline:
                held.seek(0)
                owner = held.read().strip() or "unknown"
                held.close()
                raise UserError(
                    f"another run (process {owner}) is at work in {readable(out)}: wait for it, end it, or choose "
                    "another --out"
                ) from None
            time.sleep(0.1)
    held.truncate(0)
    held.write(f"{os.getpid()}\n")
    held.flush()
    return held


def run(plan, arguments, held):
    """Run Snakemake on ``plan`` until it ends; returns the exit status."""
    screen = Screen(plan.out, unfiltered(sys.stdout), dry_run=arguments.dry_run)
    start = time.monotonic()
    with Group(command(plan, arguments), held) as group:
        try:
            for line in group.lines(screen.tick):
                screen.show(json.loads(line))
        except KeyboardInterrupt:
            screen.clear()
            group.interrupt()
            raise
        status = group.wait()
    screen.clear()
    if status:
        explain_failure(screen, group)
    if arguments.dry_run:
        return screen.list_jobs()
    return show_tables(plan, screen, time.monotonic() - start)


def command(plan, arguments):
    """Snakemake's command line (list of str)."""
    settings = {
        "target": plan.target,
        "scale": plan.scale,
        "recipe": plan.recipe,
        "seeds": plan.seeds,
        "device": arguments.device,
        "sources": plan.sources,
        "corpus": plan.corpus or "",
        "methods": list(plan.methods),
        "subset": plan.subset,
    }
    options = [
        "--snakefile",
        ROOT / "workflow" / "Snakefile",
        "--directory",
        plan.out,
        "--cores",
        arguments.cores,
        "--config",
        *(f"{name}={json.dumps(value)}" for name, value in settings.items()),
        "--rerun-triggers",
        "mtime",
        "input",
        "params",
        "--rerun-incomplete",
        "--keep-going",
        "--nolock",
        "--scheduler",
        "greedy",
        "--resources",
        "gpu=1",
        "--logger",
        "events",
        "--runtime-source-cache-path",
        plan.out / ".snakemake" / "source-cache",
        *(["--dry-run"] if arguments.dry_run else []),
        *(["--forcerun", *plan.stale] if plan.stale else []),
    ]
    return [sys.executable, "-P", "-m", "snakemake", *map(str, options), *arguments.snakemake]


def explain_failure(screen, group):
    """Say why Snakemake did not reach its end.

    Raises:
        UserError: always.
    """
    if screen.failed:
        waiting = screen.total - screen.finished - screen.failed
        raise UserError(
            f"{screen.failed} of {screen.total} jobs failed, {screen.finished} are done"
            + (f", {waiting} were not begun" if waiting else "")
            + "; finished work is kept, the same command goes on from it"
        )
    raise UserError(" ".join(screen.messages) or group.complaints() or "Snakemake ended without a word; was it killed?")


def show_tables(plan, screen, seconds):
    """Print the tables of the target, and where they and all else are."""
    setting = Setting(plan.out, plan.recipe, plan.scale)
    folder = setting.folder("tables")
    shown = plan.documents if plan.target not in WITH_PAGE else ()  # a page is read elsewhere
    for path in (folder / f"{name}.md" for name in shown):
        if path.is_file():  # not so where Snakemake was told to stop earlier, with --until
            print(f"\n{path.read_text(encoding='utf-8').strip()}")
    if plan.target == "quick":
        print("", *summary(plan), sep="\n")
    ran = "nothing to run: all jobs were done already"
    if screen.finished:
        ran = f"{screen.finished} jobs in {duration(seconds)}"
    elif not all(path.is_file() for path in (folder / f"{name}.md" for name in plan.documents)):
        ran = "no job was run, though not all is made"
    tables = f"tables: {readable(folder)}, " if plan.documents else ""
    pages = "".join(f", page: {readable(plan.out / path)}" for path in plan.pages)
    where = f"; {tables}figures: {readable(setting.folder('figures'))}{pages}" if plan.target != "quick" else ""
    print(f"\n{ran}{where}")


class Group:
    """Snakemake, its jobs and their guard, as one process group.

    Args:
        command (list of str)
        held (file): the lock, or None.
    """

    def __init__(self, command, held):
        wait_then_kill = ["sh", "-c", "trap '' INT TERM; cat >/dev/null; kill -KILL 0"]
        self._guard = subprocess.Popen(
            wait_then_kill, stdin=subprocess.PIPE, process_group=0, pass_fds=[held.fileno()] if held else []
        )
        inherited = {
            name: value for name, value in os.environ.items() if name != "SNAKEMAKE_PROFILE"
        }  # of other workflows
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

    def interrupt(self):
        """Ask every process to end as on Ctrl-C, and wait a little for it."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.killpg(self._guard.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._snakemake.wait(GRACE)

    def _kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._guard.pid, signal.SIGKILL)


def _interrupt(number, frame):
    raise KeyboardInterrupt
