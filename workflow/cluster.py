"""What ``--cluster`` names: a profile of Snakemake, the executor that it asks for, and whether both work here."""

import dataclasses
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import yaml

from iadv_foundation.console.cli import closest
from iadv_foundation.errors import UsageError, UserError

#: The profiles that come with the project, a folder each.
PROFILES = Path(__file__).resolve().parent / "profiles"
FILES = ("profile.yaml", "config.yaml")  # as Snakemake names them
SLURM = "slurm"
_PLAIN = re.compile(r"[\w/.+@=,:-]*", re.ASCII)  # a path that needs no quotes in a shell
_SECONDS = 30  # that a question to the queue may take


@dataclasses.dataclass(frozen=True)
class Cluster:
    """A queue that jobs are given to.

    Attributes:
        path (pathlib.Path): the profile's file.
        settings (dict): what stands in it.
        partition (str or None): of the queue; None for the one that the profile names, or else the queue's default.
    """

    path: Path
    settings: dict
    partition: str | None = None

    @property
    def executor(self):
        """Name of Snakemake's executor (str)."""
        return self.settings["executor"]

    @property
    def is_slurm(self):
        """Whether Slurm's own commands can be asked about its jobs (bool)."""
        return self.executor == SLURM

    @property
    def retries(self):
        """How often a job that failed is tried again (int)."""
        return int(self.settings.get("retries", 0))

    def options(self, jobs=None):
        """What Snakemake is told (list of str).

        Args:
            jobs (int or None): how many may be in the queue at once; None for what the profile says.
        """
        return [*("--profile", str(self.path)), *(("--jobs", str(jobs)) if jobs else ()), *self._resources()]

    def _resources(self):
        """The resources of jobs that have no others: on the command line they replace all of the profile's."""
        if self.partition is None:
            return []
        given = self.settings.get("default-resources") or {}
        if isinstance(given, list):  # NAME=VALUE, as on the command line
            given = dict(text.partition("=")[::2] for text in given)
        resources = {**given, "slurm_partition": self.partition}
        return ["--default-resources", *(f"{name}={value}" for name, value in resources.items())]

    def check(self, *paths):
        """Refuse what cannot work, before any job is given to the queue.

        Args:
            paths: those that jobs are told: of the project, the Python and the folder of everything made.

        Raises:
            UserError: the executor is not installed, there is no queue here, it cannot tell how jobs end, or a path has
                a blank.
            UsageError: there is no such partition.
        """
        for path in paths:
            if not _PLAIN.fullmatch(str(path)):
                raise UserError(
                    f"--cluster: {path} has a blank or another sign that Snakemake does not hand on to a queue: use "
                    "a folder whose path has letters, digits and - _ . + alone"
                )
        module = f"snakemake_executor_plugin_{self.executor.replace('-', '_')}"
        if importlib.util.find_spec(module) is None:
            raise UserError(
                f"{self.path} asks for the executor {self.executor}, and .venv does not have it: run "
                f".venv/bin/python -m pip install {module.replace('_', '-')}"
            )
        if not self.is_slurm:
            return
        if not shutil.which("sbatch"):
            raise UserError(
                "there is no sbatch here: --cluster is for a machine from which jobs are given to Slurm, such as a "
                "cluster's login node"
            )
        self._check_accounting(_ask("scontrol", "show", "config"))
        if self.partition is not None:
            closest(self.partition, sorted(set(_ask("sinfo", "--noheader", "--format=%R").split())), "partition")

    def _check_accounting(self, config):
        """Without accounting sacct says nothing, and a finished job would be waited for for ever."""
        kinds = [line.partition("=")[2].strip() for line in config.splitlines() if "AccountingStorageType" in line]
        asks_sacct = self.settings.get("slurm-status-command", "sacct") == "sacct"
        if asks_sacct and any(kind in ("(null)", "accounting_storage/none") for kind in kinds):
            raise UserError(
                "this Slurm keeps no accounts (AccountingStorageType), so that sacct cannot tell how jobs end: "
                "use --cluster slurm-squeue, or write slurm-status-command: squeue in your profile"
            )


def _ask(*command):
    """What a command of Slurm's prints (str).

    Raises:
        UserError: it fails, or takes too long.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f"Slurm does not answer: {error}") from None
    if done.returncode:
        raise UserError(f"Slurm does not answer: {command[0]}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def find_cluster(name, partition=None):
    """The cluster that ``--cluster NAME`` asks for.

    Args:
        name (str): of a folder in :data:`PROFILES`, or the path of a profile: a file, or a folder with one.
        partition (str or None): what ``--partition`` says.

    Returns:
        Cluster

    Raises:
        UsageError: there is no such profile.
        UserError: it cannot be read, or names no queue.
    """
    path = _profile(name)
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"--cluster {name}: {path} cannot be read: {error}") from None
    if not isinstance(settings, dict) or not isinstance(settings.get("executor"), str):
        raise UserError(f"--cluster {name}: {path} names no executor; write, for example, executor: slurm")
    if settings["executor"] in ("local", "dryrun", "touch"):
        raise UserError(f"--cluster {name}: {path} names the executor {settings['executor']}, which is no cluster's")
    cluster = Cluster(path, settings, partition)
    if partition is not None and not cluster.is_slurm:
        raise UsageError(f"--partition {partition}: only Slurm has partitions, and {path} is for {cluster.executor}")
    return cluster


def shipped():
    """Names of the profiles that come with the project (list of str)."""
    return sorted(path.parent.name for path in PROFILES.glob("*/config.yaml"))


def _profile(name):
    """The file of a profile (pathlib.Path)."""
    folder = PROFILES / name if name in shipped() else Path(name)
    if folder.is_file():
        return folder.resolve()
    for file in FILES:
        if (folder / file).is_file():
            return (folder / file).resolve()
    if folder.is_dir():
        raise UsageError(f"--cluster {name}: that folder has no {' and no '.join(FILES)}")
    raise UsageError(
        f"--cluster {name}: choose from {', '.join(shipped())}, or give the path of a profile of Snakemake's, a folder "
        "with config.yaml"
    )
