"""``python -m results``."""
from foundation.console.cli import run
from results.cli import main

run(main, "python -m results")
