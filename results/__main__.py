"""``python -m results``."""

from iadv_foundation.console.cli import program_name, run

from .cli import main


def start():
    """Run the program on the words of the command line, and exit."""
    run(main, program_name(__package__))


if __name__ == "__main__":
    start()
