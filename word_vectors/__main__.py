"""``python -m word_vectors``."""

from iadv_foundation.console.cli import run
from word_vectors.cli import main

run(main, "python -m word_vectors")
