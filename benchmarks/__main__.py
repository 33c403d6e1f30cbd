"""``python -m benchmarks``."""
from foundation.console.cli import run

from benchmarks.cli import main

run(main, "python -m benchmarks")
