"""``python -m data_prep CORPUS``: prepare a corpus; ``python -m data_prep list``: show all of them."""

from data_prep.command import main
from iadv_foundation.console import cli

if __name__ == "__main__":  # Not in the processes that tokenise, which import this module too.
    cli.run(main, "python -m data_prep")
