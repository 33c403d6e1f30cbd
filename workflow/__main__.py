"""``python -m workflow``, as ``reproduce.sh`` calls it."""

from iadv_foundation.console.cli import run
from workflow.pipeline import main

if __name__ == "__main__":
    run(main, "reproduce.sh")
