"""Start Snakemake on a plan, here or on a cluster, show what it does, and leave nothing running behind.

Snakemake, its jobs and a guard are a group that ends however this process ends (:mod:`workflow.group`).  Guard and this
process hold a lock on the folder, so that two runs never write to the same files, and no lock is ever left behind.
"""

import argparse
import dataclasses
import fcntl
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

from iadv_foundation.console.options import add_options
from iadv_foundation.console.parser import Program, whole_number
from iadv_foundation.console.printing import unfiltered
from iadv_foundation.errors import UsageError, UserError
from iadv_foundation.storage.folder_lock import NO_LOCKS, say_unlocked
from results.setting import Setting
from workflow import place
from workflow.cluster import find_cluster, shipped
from workflow.compare import compared
from workflow.cost import Cost
from workflow.group import GRACE, ROOT, Group, foreign_settings
from workflow.plan import TARGETS, WITH_PAGE, Plan, read_sources
from workflow.screen import Screen, duration, readable
from workflow.slurm import Queue
from workflow.summary import summary

CANCELLING = 90  # seconds that Snakemake has, after an interruption, to cancel what is in a cluster's queue


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
    place.check(arguments)
    print(
        f"{plan.target}: scale {plan.scale}, recipe {plan.recipe}, {plan.seeds} seed{'s' * (plan.seeds > 1)}, "
        f"{place.where(arguments)}, in {readable(plan.out)}",
        *(f"{name} is set, and not used here" for name in foreign_settings()),
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
    arguments = program.parse_args(own)
    if arguments.cluster is None and arguments.partition is not None:
        raise UsageError(f"--partition {arguments.partition}: it is a cluster's; add --cluster slurm")
    if arguments.cluster is not None:
        arguments.cluster = find_cluster(arguments.cluster, arguments.partition)
    return arguments


def parser():
    """The command line of ``reproduce.sh``, whose own help says more (iadv_foundation.console.parser.Program)."""
    program = Program(prog="reproduce.sh")
    program.add_argument("target", metavar="TARGET", choices=TARGETS)
    program.add_argument("--corpus", help=argparse.SUPPRESS)  # the word behind compare
    program.add_argument("--methods", metavar="METHOD,METHOD,...")
    add_options(program, "scale", "recipe")
    program.add_argument("--out", metavar="DIR", required=True)
    program.add_argument("--seeds", type=whole_number(1), metavar="N", required=True)
    program.add_argument("--device", type=place.device, metavar="N[,N...]", default="-1")
    program.add_argument("--cluster", metavar="PROFILE", values=shipped())
    program.add_argument("--partition", metavar="P")
    program.add_argument("--source", action="append", default=[], metavar="NAME=PATH")
    program.add_argument("--cores", type=whole_number(1), metavar="N")
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
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # opened for writing, it is locked on NFS, too
            break
        except OSError as error:
            if error.errno in NO_LOCKS:
                say_unlocked(out)
                break
            if not isinstance(error, BlockingIOError):
                raise
            if time.monotonic() > deadline:
                held.seek(0)
                owner = held.read().strip().removesuffix(f" on {socket.gethostname()}") or "unknown"
                held.close()
                raise UserError(
                    f"another run (process {owner}) is at work in {readable(out)}: wait for it, end it, or choose "
                    "another --out"
                ) from None
            time.sleep(0.1)
    held.truncate(0)
    held.write(f"{os.getpid()} on {socket.gethostname()}\n")
    held.flush()
    return held


def run(plan, arguments, held):
    """Run Snakemake on ``plan`` until it ends; returns the exit status."""
    cluster = None if arguments.dry_run else arguments.cluster
    queue = Queue(plan.out / ".snakemake" / "queued") if cluster and cluster.is_slurm else None
    screen = Screen(
        plan.out, unfiltered(sys.stdout), dry_run=arguments.dry_run, retries=place.retries(arguments), queue=queue
    )
    start = time.monotonic()
    with Group(command(plan, arguments), held, queue and queue.path) as group:
        try:
            for line in group.lines(screen.tick):
                screen.show(json.loads(line))
        except KeyboardInterrupt:
            screen.clear()
            group.interrupt(CANCELLING if cluster else GRACE)
            raise
        finally:
            if queue:
                queue.cancel()
        status = group.wait()
    screen.clear()
    if status:
        explain_failure(screen, group)
    if arguments.dry_run:
        screen.list_jobs()
        print(*Cost(plan, arguments.device, arguments.cluster).told(screen.listed), sep="\n")
        return 0
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
        "cluster": arguments.cluster is not None,
        "out": str(plan.out),  # a job in a queue has no --directory
    }
    options = [
        "--snakefile",
        ROOT / "workflow" / "Snakefile",
        "--directory",
        plan.out,
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
        "--logger",
        "events",
        "--runtime-source-cache-path",
        plan.out / ".snakemake" / "source-cache",
        *(["--forcerun", *plan.stale] if plan.stale else []),
        *place.options(arguments),
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


def _interrupt(number, frame):
    raise KeyboardInterrupt
