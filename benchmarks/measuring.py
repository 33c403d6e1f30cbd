"""Time two sides of a comparison in turns, under the same number of threads, and keep what came out.

Nothing here imports NumPy, so that the number of threads can be set before its BLAS is loaded.
"""

import dataclasses
import functools
import gc
import importlib.metadata
import math
import platform
import statistics
import time

from iadv_foundation.console.cores import available_cores

_PACKAGES = ("numpy", "scipy", "chainer", "cupy-cuda13x", "cupy-cuda12x", "cupy", "torch")


@dataclasses.dataclass(frozen=True)
class Options:
    """What the command line asks of every benchmark.

    Attributes:
        repeats (int): timed calls of each side.
        threads (int): of BLAS, PyTorch and OpenMP, on both sides.
        size (str): only sizes whose name holds this text; the empty text for all.
        device (int): number of a GPU, or -1 for the CPU.
    """

    repeats: int = 5
    threads: int = 1
    size: str = ""
    device: int = -1

    def wants(self, size):
        """Whether to measure the size of this name."""
        return self.size in size


@dataclasses.dataclass(frozen=True)
class Record:
    """One comparison.

    Attributes:
        benchmark (str): name of the benchmark.
        size (str): what was measured, e.g. ``"mean 20, LSTM 256"``.
        ours_s, peer_s (float): median seconds.
        peer (str): what ours is compared with.
        more (dict of str to JSON value): what else helps to read the two numbers.
    """

    benchmark: str
    size: str
    ours_s: float
    peer: str
    peer_s: float
    more: dict = dataclasses.field(default_factory=dict)

    @property
    def ratio(self):
        """How many times faster ours is than the peer."""
        return self.peer_s / self.ours_s

    def as_json(self):
        """The record as one flat dict for the JSON file."""
        return {
            "benchmark": self.benchmark,
            "size": self.size,
            "ours_s": self.ours_s,
            "peer": self.peer,
            "peer_s": self.peer_s,
            "ratio": self.ratio,
            **self.more,
        }

    def __str__(self):
        more = "".join(f"  {name} {_short(value)}" for name, value in self.more.items())
        return (
            f"{self.benchmark}: {self.size}: {self.ours_s:.4g} s, {self.peer} {self.peer_s:.4g} s, "
            f"ratio {self.ratio:.2f}{more}"
        )


def _short(value):
    return f"{value:.4g}" if isinstance(value, float) else value


def alternate(sides, repeats, synchronise=lambda: None):
    """Median seconds of each side; the sides take turns, so that what slows the machine for a while slows all of them.

    Args:
        sides (dict of str to callable): called without arguments, once untimed and then ``repeats`` times.
        repeats (int)
        synchronise (callable): waits for what a call has only begun, which counts as its time.

    Returns:
        dict of str to float
    """
    seconds = {name: [] for name in sides}
    for turn in range(repeats + 1):
        for name, call in sides.items():
            gc.collect()
            start = time.perf_counter()
            call()
            synchronise()
            passed = time.perf_counter() - start
            if turn:
                seconds[name].append(passed)
    return {name: statistics.median(values) for name, values in seconds.items()}


@functools.cache
def machine():
    """Processor, cores and versions in one line."""
    versions = [f"Python {platform.python_version()}"]
    for package in _PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return f"{_processor()}, {available_cores()} cores; {', '.join(versions)}"


def _processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as opened:
            return next(line.split(":", 1)[1].strip() for line in opened if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def fitted_exponent(values, measured):
    """Slope of a straight line through the upper half (at least two) of the points (value, measured) on logarithmic
    axes.

    Args:
        values, measured (list of float): at least two, rising values.

    Returns:
        float: 1 where what was measured grows in proportion.
    """
    upper = slice(min(len(values) // 2, len(values) - 2), None)
    return statistics.linear_regression(
        [math.log(value) for value in values[upper]], [math.log(value) for value in measured[upper]]
    ).slope
