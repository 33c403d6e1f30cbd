"""The command ``runs``."""
import argparse
import json

_TEXT = "list the runs there are, finished or not"
_DESCRIPTION = """List the runs under a folder: corpus, recipe, scale, method, seed, dev and test result (error rate in percent; F0.5 for
error detection), epochs, when they ended, and their folders.  A run that did not come to its end is marked."""
_EXAMPLES = """examples:
  python -m results runs
  python -m results runs --out out --json runs.json
"""


def add_runs(commands, add_out):
    """Add ``runs`` to a command line (argparse's sub-parsers); ``add_out`` adds its ``--out``."""
    command = commands.add_parser("runs", help=_TEXT, description=_DESCRIPTION, epilog=_EXAMPLES,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    command.add_argument("--json", metavar="FILE", help="write the list as JSON (-: to standard output)")
    add_out(command)
    command.set_defaults(command=_runs)


def _runs(options):
    from foundation.storage import files
    from results.run_list import list_runs, to_text
    runs = list_runs(options.out)
    if options.json == "-":
        print(json.dumps(runs, indent=1, ensure_ascii=False))
        return
    if options.json:
        files.write_json(options.json, runs)
    print(to_text(runs) if runs else f"There is no run under {options.out}: python -m interpretable_adv train makes one.")
