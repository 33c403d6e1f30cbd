"""Where the jobs of a run are: on this machine's cores, on its GPUs, or in a cluster's queue."""

import argparse
import sys
from pathlib import Path

from iadv_foundation.console.cores import available_cores
from iadv_foundation.errors import UsageError
from workflow import cards
from workflow.group import ROOT

_RETRIES = ("--retries", "--restart-times", "-T")
#: Options of Snakemake's with which jobs run elsewhere, so that this machine needs no GPU.
_ELSEWHERE = ("--executor", "-e", "--profile", "--workflow-profile")


def device(text):
    """``--device`` as Snakemake is told it (str).

    Raises:
        argparse.ArgumentTypeError: it is neither -1 nor numbers of GPUs.
    """
    try:
        return ",".join(map(str, cards.numbers(text))) or "-1"
    except ValueError:
        raise argparse.ArgumentTypeError("write the numbers of GPUs with commas between, or -1 for the CPU") from None


def is_elsewhere(arguments):
    """Whether jobs run on other machines, so that nothing follows from the GPUs of this one (bool)."""
    words = [word.partition("=")[0] for word in arguments.snakemake]
    return arguments.cluster is not None or any(word in _ELSEWHERE for word in words)


def check(arguments):
    """Refuse a cluster or GPUs that are not there, before anything starts.

    Raises:
        UsageError, UserError
    """
    numbers = cards.numbers(arguments.device)
    if arguments.cluster is not None and numbers not in ([], [0]):
        raise UsageError(f"--device {arguments.device}: on a cluster write --device 0, its queue chooses the GPUs")
    if arguments.dry_run:
        return
    if arguments.cluster is not None:
        arguments.cluster.check(ROOT, sys.executable, Path(arguments.out).resolve())
    if numbers and not is_elsewhere(arguments):
        from iadv_foundation.arithmetic.device import select_device  # here: it takes Chainer a second to be imported

        for number in numbers:
            select_device(number)


def where(arguments):
    """How many jobs run at once and where, in words (str)."""
    if arguments.cluster is not None:
        jobs = arguments.cores or arguments.cluster.settings.get("jobs")
        return f"{jobs or 'all'} jobs in the queue of {arguments.cluster.executor} at once"
    at_once = arguments.cores or available_cores()
    return f"{at_once} job{'s' * (at_once > 1)} at once"


def options(arguments):
    """What Snakemake is told of where and how many jobs run (list of str)."""
    if arguments.cluster is not None and not arguments.dry_run:
        return arguments.cluster.options(arguments.cores)
    cores = ["--cores", str(arguments.cores or available_cores())]
    if arguments.dry_run:
        return ["--dry-run", *cores]
    numbers = cards.numbers(arguments.device)
    return [*cores, *(["--resources", f"gpu={len(numbers)}"] if numbers and not is_elsewhere(arguments) else [])]


def retries(arguments):
    """How often a job that failed is tried again (int): what stands behind ``--`` goes before the profile."""
    words = [part for word in arguments.snakemake for part in word.split("=", 1)]
    given = [int(value) for name, value in zip(words, words[1:], strict=False) if name in _RETRIES and value.isdigit()]
    return given[-1] if given else arguments.cluster.retries if arguments.cluster is not None else 0
