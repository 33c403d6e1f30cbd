"""``doctor``: what is installed, what was patched, and whether it computes what it should.

Nothing here is imported that may be missing or broken: to tell of that is what it is for.
"""

import importlib
import importlib.metadata
import platform
import time

from iadv_foundation.console.cores import available_cores
from iadv_foundation.errors import UserError

PACKAGES = (
    "chainer",
    "numpy",
    "scipy",
    "pydantic",
    "tqdm",
    "gensim",
    "scikit-learn",
    "snakemake",
    "cupy",
    "cupy-cuda12x",
    "cupy-cuda13x",
)
REMEDY = "set the environment up anew (./reproduce.sh setup, or requirements.txt by hand) and run doctor again"


class Doctor:
    """Looks at the installation and prints what it finds.

    Args:
        self_tests (tuple of str): names of modules with ``CHECKS``, a list of (what is checked, a function of a Chainer
            device that returns a few words on what came out and raises where it is wrong, what to do then).
        device (int): number of the GPU to look at; -1: the first one, if there is one.

    Attributes:
        problems (list of str): one line for each, with what to do about it.
    """

    def __init__(self, self_tests, device=-1):
        self.self_tests, self.device = self_tests, device
        self.problems = []

    def examine(self):
        """Look at everything; returns the exit status: 0 if all is well, 1 if something is wrong."""
        self._show("versions", ", ".join(_versions()))
        gpus = []
        if self._can_import():
            gpus = self._look_at_devices()
            for name, number in [("the CPU", -1)] + gpus:
                self._test(name, number)
        for problem in self.problems:
            self._show("problem", problem)
        count, tested = len(self.problems), " and ".join(["the CPU", *(name for name, _ in gpus)])
        print(f"{count} problem{'s' * (count > 1)}" if count else f"all is well on {tested}")
        return int(bool(self.problems))

    @staticmethod
    def _show(title, text):
        print(f"{title:<10} {text}", flush=True)

    def _problem(self, error, remedy, where=""):
        text = " ".join(str(error).split()) or "no reason given"
        if not isinstance(error, UserError):  # whose text says what to do
            text = f"{type(error).__name__}, {text}; what to do: {remedy}"
        self.problems.append(where + text)

    def _can_import(self):
        try:
            importlib.import_module("chainer")
            patches = importlib.import_module("iadv_foundation.old_chainer").PATCHES
        except Exception as error:  # whatever it is, it is to be told, not to be raised
            self._problem(error, REMEDY)
            return False
        for line in patches or ["nothing had to be"]:
            self._show("patched", line)
        return True

    def _look_at_devices(self):
        """The GPUs to test: list of (name, number)."""
        device = importlib.import_module("iadv_foundation.arithmetic.device")
        names, why_none = device.find_gpus()
        self._show("CPU", f"{platform.machine()}, {available_cores()} cores")
        for number, name in enumerate(names):
            self._show(f"GPU {number}", name)
        if why_none:
            self._show("GPU", f"none: {why_none}")
        if not -1 <= self.device < len(names):
            try:
                device.select_device(self.device)
            except UserError as error:
                self._problem(error, REMEDY)
            return []
        number = max(self.device, 0)
        return [(f"GPU {number}", number)] if names else []

    def _test(self, name, number):
        for module in self.self_tests:
            try:
                checks = importlib.import_module(module).CHECKS
                device = importlib.import_module("iadv_foundation.arithmetic.device").select_device(number)
            except Exception as error:
                self._problem(error, REMEDY)
                continue
            for what, check, remedy in checks:
                self._check(name, what, check, device, remedy)

    def _check(self, name, what, check, device, remedy):
        start = time.monotonic()
        try:
            result = check(device)
        except Exception as error:
            result = "WRONG"
            self._problem(error, remedy, f"{what} on {name}: ")
        self._show("self-test", f"{name}: {what}: {result} ({time.monotonic() - start:.1f} s)")


def _versions():
    yield f"Python {platform.python_version()}"
    for package in PACKAGES:
        try:
            yield f"{package} {importlib.metadata.version(package)}"
        except importlib.metadata.PackageNotFoundError:
            continue
