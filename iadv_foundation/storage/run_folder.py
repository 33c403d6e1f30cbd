"""A run is a folder that explains itself.

====================  =========================================================================================
``config.json``       the fully resolved configuration
``environment.json``  git commit, versions, machine, device, command
``log.jsonl``         one JSON object for each epoch
``best.npz``          the weights that did best on the dev split
``snapshot.npz``      all that is needed to go on after a kill; removed when the run is finished
``predictions.npz``   what the best weights predict
``timing.json``       seconds of training
``seal.json``         SHA-256 of all of these when the run was finished (:mod:`iadv_foundation.storage.seal`)
``metrics.json``      the result; written last, so that a folder with it is a finished run
====================  =========================================================================================
"""

import contextlib
import importlib.metadata
import json
import os
import platform
import shlex
import subprocess
import sys
from pathlib import Path

import threadpoolctl

from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import files, seal, special_files
from iadv_foundation.storage.folder_lock import lock_folder
from iadv_foundation.version import __version__

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("chainer", "numpy", "scipy", "scikit-learn", "gensim", "cupy-cuda12x", "cupy-cuda13x")


class RunFolder:
    """Paths and records of one run.

    Args:
        path: the folder; made by :meth:`start`.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.config = self.path / "config.json"
        self.environment = self.path / "environment.json"
        self.log = self.path / "log.jsonl"
        self.best = self.path / "best.npz"
        self.snapshot = self.path / "snapshot.npz"
        self.predictions = self.path / "predictions.npz"
        self.timing = self.path / "timing.json"
        self.metrics = self.path / "metrics.json"
        self._lock = None

    @property
    def has_result(self):
        """Whether the run came to its end."""
        return self.metrics.is_file()

    @property
    def is_finished(self):
        """Whether the run came to its end and its weights are still there."""
        return self.has_result and self.best.is_file()

    def check(self, configuration, overwrite=False, upgrade=None):
        """See whether a run with this configuration may be started here; nothing is changed.

        Args:
            configuration (dict): what JSON can hold; a run is resumed only with the same one, see :func:`differences`.
            overwrite (bool): a run that stands there with another configuration may be thrown away.
            upgrade (callable or None): from the configuration that stands there (dict), which an earlier version may
                have written, to the same as it is written today; raises a UserError where the same one gives other
                numbers today.

        Returns:
            bool: whether a run with this configuration stands there, finished or to be resumed.

        Raises:
            UserError: another configuration stands there and ``overwrite`` is false.
            DamagedFileError: the configuration that stands there cannot be read.
        """
        if not self.config.is_file():
            return False
        there, wanted = files.read_json(self.config), _as_read_back(configuration)
        if not isinstance(there, dict):
            raise DamagedFileError(
                f"{self.config} is damaged (no configuration in it); remove it and repeat the command"
            )
        reason = _why_another(there, wanted, upgrade)
        if reason and not overwrite:
            raise UserError(
                f"{self.path} holds a run with another configuration ({reason}); "
                "choose another --out, or repeat with --overwrite to replace it"
            )
        return not reason

    def start(self, configuration, overwrite=False, device="cpu", upgrade=None):
        """Open the folder for a run with this configuration: new, to be resumed, or finished.

        Other processes are kept out of it for as long as this object is there.

        Args:
            configuration, overwrite, upgrade: see :meth:`check`.
            device (str): for ``environment.json``.

        Raises:
            UserError: another process is at work there; and what :meth:`check` raises.
            DamagedFileError: see :meth:`check`.
        """
        special_files.make_folder(self.path)
        self._lock = lock_folder(self.path)
        for leftover in self.path.glob(".*.partial-*"):  # of a process killed while it wrote
            leftover.unlink()
        if not self.check(configuration, overwrite, upgrade):
            self.clear()
            files.write_json(self.environment, describe_environment(device))
            files.write_json(self.config, _as_read_back(configuration))
        self.tidy()
        if self.snapshot.is_file():
            self._tell_of_other_threads()

    def tidy(self):
        """Remove the snapshot that a process killed in its last step left of a finished run, where that can be done."""
        if self.has_result:
            with contextlib.suppress(OSError):
                self.snapshot.unlink(missing_ok=True)

    def _tell_of_other_threads(self):
        """Say and note that a run goes on with another number of threads than it began with."""
        there = files.read_json(self.environment) if self.environment.is_file() else {}
        began, now = (there.get("threads") if isinstance(there, dict) else None), threads()
        if began not in (None, now):
            print(
                f"note: this run began with {began} threads of the matrix products and goes on with {now}: its last "
                f"digits will be those of neither; set OMP_NUM_THREADS={began} to get the same bits",
                file=sys.stderr,
            )
            files.write_json(self.environment, {**there, "went_on_with_threads": now})

    def clear(self):
        """Remove the files of a run; whatever else stands in the folder is left alone."""
        for path in (
            self.metrics,
            self.config,
            self.environment,
            self.log,
            self.best,
            self.snapshot,
            self.predictions,
            self.timing,
            self.path / seal.FILE,
        ):
            path.unlink(missing_ok=True)

    def write_log(self, entries):
        """Write the log, a list of dict, one line each."""
        files.write_text(self.log, "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in entries))

    def finish(self, metrics):
        """Write the result and drop the snapshot, which nobody needs any more."""
        sealed = (self.config, self.environment, self.log, self.best, self.predictions, self.timing)
        seal.seal_folder(self.path, [path.name for path in sealed], metrics)
        files.write_json(self.metrics, metrics)
        self.snapshot.unlink(missing_ok=True)


def _as_read_back(configuration):
    """A configuration as JSON gives it back: tuples become lists."""
    return json.loads(json.dumps(configuration))


def describe_environment(device="cpu"):
    """What a reader needs to judge or repeat a number: commit, versions, machine, device, command (dict)."""
    # Where the project is installed, no commit is known: its version is all there is.
    versions = {"python": platform.python_version(), "interpretable_adv": __version__}
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    changes = _git("status", "--porcelain", "--untracked-files=no")
    return {
        "command": shlex.join([Path(sys.orig_argv[0]).name, *sys.orig_argv[1:]]),
        "git_commit": _git("rev-parse", "HEAD"),
        "git_changed": None if changes is None else bool(changes),
        "versions": versions,
        "machine": {"system": platform.platform(), "processor": _processor(), "cores": os.cpu_count()},
        "device": device,
        "threads": threads(),
        # Threads and kernels of the matrix products: with others, results differ in late digits.
        "variables": {
            name: value for name, value in sorted(os.environ.items()) if name.startswith(("OMP_", "OPENBLAS_", "MKL_"))
        },
    }


def tell_if_unsealed(folder):
    """Say of a finished run that it has no seal, where that is so."""
    metrics = Path(folder) / "metrics.json"
    if metrics.is_file() and not seal.Record(metrics).is_sealed:
        print(f"note: {folder} was made {seal.UNSEALED}", file=sys.stderr)


def threads():
    """How many threads the matrix products have (int): with another number, sums are added in another order."""
    return max(
        (pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"), default=1
    )


def _git(*arguments):
    """What git says of the project's own repository; None without one, or where the project lies inside another."""
    if not (_ROOT / ".git").exists():
        return None
    # Of a hook, the variables name another repository.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name == "GIT_EXEC_PATH"
    }
    try:  # A checkout that another user owns is trusted: its code runs already.
        done = subprocess.run(
            ["git", "-C", str(_ROOT), "-c", f"safe.directory={_ROOT}", *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _processor():
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        return platform.processor()
    return platform.processor()


def _why_another(there, wanted, upgrade):
    """In what the configuration that stands there is another one than is wanted (str), or None."""
    try:
        there = _as_read_back(upgrade(there)) if upgrade else there
    except UserError as error:
        return str(error)
    return ", ".join(differences(there, wanted)[:3]) or None


def filled_up(section, usual):
    """For :meth:`RunFolder.check`: settings that an earlier version did not have are what they usually are.

    Args:
        section (str): key of the settings in a configuration.
        usual (dict): the settings as configuration files have them.
    """
    return lambda there: {**there, section: {**usual, **there.get(section, {})}}


def differences(there, wanted, prefix=""):
    """The settings in which two configurations differ: list of str.

    Args:
        there, wanted (dict): nested, what JSON can hold.
        prefix (str): before the names of the keys.
    """
    found = []
    for key in sorted(set(there) | set(wanted)):
        old, new = there.get(key), wanted.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found += differences(old, new, f"{prefix}{key}.")
        elif old != new:
            found.append(f"{prefix}{key}: {old!r} there, {new!r} now")
    return found
