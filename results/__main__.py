"""``python -m results``."""
from core.cli import run
from results.cli import main

run(main, "python -m results")
