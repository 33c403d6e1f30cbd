"""``python -m data_prep CORPUS``: prepare a corpus; ``python -m data_prep list``: show all of them."""

from data_prep.command import main
from iadv_foundation.console.cli import program_name, run


def start():
    """Run the program on the words of the command line, and exit."""
    run(main, program_name(__package__))


if __name__ == "__main__":  # Not in the processes that tokenise, which import this module too.
    start()
