"""``python -m benchmarks``."""

from benchmarks.cli import main
from iadv_foundation.console.cli import run

run(main, "python -m benchmarks")
