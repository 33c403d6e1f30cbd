"""``python -m interpretable_adv``."""

from iadv_foundation.console.cli import run
from interpretable_adv.cli import main

if __name__ == "__main__":
    run(main, "python -m interpretable_adv")
