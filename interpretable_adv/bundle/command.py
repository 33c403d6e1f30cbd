"""The command ``export-model``."""

from pathlib import Path

from interpretable_adv.analysis.run_options import RUN, add_run, tell_if_unsealed


def add_export_model(commands):
    """Add ``export-model`` to a command line (iadv_foundation.console.parser.Program)."""
    command = commands.add_parser(
        "export-model",
        help="write a finished run as one file to give away",
        description="Write a finished run as one file to give away, a bundle: weights, vocabulary, settings, results "
        "and a model card in plain English, but no documents. It stands wherever a run folder does.",
        examples=(f"{RUN} sentiment.zip", f"{RUN} sentiment.zip --half"),
    )
    add_run(command, unfinished=False)
    command.add_argument(
        "file", metavar="FILE", type=Path, help="file to write, called .zip; one that is there is replaced"
    )
    command.add_argument(
        "--half",
        action="store_true",
        help="weights in half precision: half as large, and rounded to about three digits",
    )
    command.set_defaults(run=_export_model)


def _export_model(arguments):
    from interpretable_adv.bundle.exporting import check_name, export
    from interpretable_adv.trained import open_run

    check_name(arguments.file)
    run = open_run(arguments.folder, out=arguments.out)
    tell_if_unsealed(arguments.folder)
    contents = export(run, arguments.file, arguments.half)
    about = contents.about
    print(
        f"{arguments.file}: {run.title}, {len(contents.traits.vocabulary):,} words, weights in {about.weights}, "
        f"{arguments.file.stat().st_size / 1e6:.1f} MB"
    )
    if about.rounding and arguments.half:
        print(
            f"Half precision changes {about.rounding.changed:,} of {about.rounding.predictions:,} predictions on the "
            "first test documents."
        )
