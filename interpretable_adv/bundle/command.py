"""The command ``export-model``."""
import argparse
from pathlib import Path

_TEXT = "write a finished run as one file to give away: weights, vocabulary, settings, results and a model card, no documents"
_EXAMPLES = """examples:
  python -m interpretable_adv export-model out/runs/sample-sec/paper/quick/iadvt/seed-0 sentiment.zip
  python -m interpretable_adv export-model out/runs/sample-ged/paper/quick/iadvt/seed-0 errors.zip --half
"""


def add_export_model(commands):
    """Add ``export-model`` to a command line (argparse's sub-parsers)."""
    command = commands.add_parser("export-model", help=_TEXT, description=f"{_TEXT}.".capitalize(), epilog=_EXAMPLES,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    command.add_argument("folder", metavar="RUN", help="a run folder, or another bundle")
    command.add_argument("file", metavar="FILE.zip", type=Path, help="file to write; one that is there is replaced")
    command.add_argument("--half", action="store_true",
                         help="weights in half precision: half as large, and numbers differ in the third digit or later")
    command.add_argument("--out", metavar="DIR", help="folder of everything made with its corpus (default: the run's own)")
    command.set_defaults(run=_export_model)


def _export_model(arguments):
    from interpretable_adv.bundle.exporting import check_name, export
    from interpretable_adv.trained import open_run
    check_name(arguments.file)
    run = open_run(arguments.folder, out=arguments.out)
    contents = export(run, arguments.file, arguments.half)
    about = contents.about
    print(f"{arguments.file}: {run.title}, {len(contents.traits.vocabulary):,} words, weights in {about.weights}, "
          f"{arguments.file.stat().st_size / 1e6:.1f} MB")
    if about.rounding and arguments.half:
        print(f"Half precision changes {about.rounding.changed:,} of {about.rounding.predictions:,} predictions on the first test "
              "documents.")
