"""``python -m quoted_systems``."""

from iadv_foundation.console.cli import run
from quoted_systems.cli import main

run(main, "python -m quoted_systems")
