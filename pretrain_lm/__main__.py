"""``python -m pretrain_lm``."""

from iadv_foundation.console.cli import run
from pretrain_lm.cli import main

run(main, "python -m pretrain_lm")
