"""The command ``runs``."""

import json
import sys

from iadv_foundation.console.options import add_options


def add_runs(commands):
    """Add ``runs`` to a command line (iadv_foundation.console.parser.Program)."""
    command = commands.add_parser(
        "runs",
        help="list the runs there are, finished or not",
        description="List the runs below --out: corpus, recipe, scale, method, seed, dev and test result (error rate "
        "in percent; F0.5 for error detection), epochs, whether they came to their end and when, and their folders.",
        examples=("", "--json runs.json"),
    )
    add_options(command, "out")
    command.add_argument("--json", metavar="FILE", help="write the list as JSON (-: to standard output)")
    command.set_defaults(run=_runs)


def _runs(options):
    from iadv_foundation.storage import files

    from .run_list import list_runs, to_text

    runs = list_runs(options.out)
    tell_of_unsealed(sum(run["unsealed"] for run in runs))
    if options.json == "-":
        print(json.dumps(runs, indent=1, ensure_ascii=False))
        return
    if options.json:
        files.write_json(options.json, runs)
    print(
        to_text(runs) if runs else f"There is no run under {options.out}: python -m interpretable_adv train makes one."
    )


def tell_of_unsealed(count):
    """Say of so many runs (int) that they have no seals."""
    if count:
        from iadv_foundation.storage.seal import UNSEALED

        print(f"note: {count:,} {'run was' if count == 1 else 'runs were'} made {UNSEALED}", file=sys.stderr)
