"""``python -m word_vectors``."""
from foundation.console.cli import run

from word_vectors.cli import main

run(main, "python -m word_vectors")
