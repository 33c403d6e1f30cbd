"""``python -m pretrain_lm``."""
from core.cli import run

from pretrain_lm.cli import main

run(main, "python -m pretrain_lm")
