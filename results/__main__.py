"""``python -m results``."""

from iadv_foundation.console.cli import run
from results.cli import main

run(main, "python -m results")
