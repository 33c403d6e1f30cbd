"""``python -m benchmarks``."""
from core.cli import run

from benchmarks.cli import main

run(main, "python -m benchmarks")
