"""Options that the commands share which look at a run."""

from iadv_foundation.console.options import add_options

RUN = "out/runs/sample-sec/paper/quick/iadvt/seed-0"  # in examples
BUNDLE = "sentiment.zip"


def add_run(command, unfinished=True):
    """Add the run that a command (iadv_foundation.console.parser.Parser) is about, and where its corpus is.

    Args:
        unfinished (bool): whether it may be one that is not finished, where a user says so.
    """
    command.add_argument(
        "folder",
        metavar="RUN",
        help=f"a run folder, e.g. {RUN}, whose corpus stands beside it; or a bundle "
        "that export-model made, whose corpus is looked for below --out where it is needed",
    )
    add_options(command, "out")
    if unfinished:
        command.add_argument(
            "--unfinished",
            action="store_true",
            help="take the best weights so far of a run that is not finished (default: such a run is refused)",
        )


def open_asked(arguments):
    """Open the run of a command that has the options of :func:`add_run` and ``--device``
    (interpretable_adv.trained.TrainedRun).
    """
    from interpretable_adv.trained import open_run

    run = open_run(arguments.folder, arguments.device, arguments.out, arguments.unfinished)
    tell_if_unsealed(arguments.folder)
    return run


def tell_if_unsealed(folder):
    """See :func:`iadv_foundation.storage.run_folder.tell_if_unsealed`."""
    from iadv_foundation.storage.run_folder import tell_if_unsealed as tell

    tell(folder)


def add_texts_file(command, what):
    """Add the options that name a file with texts.

    Args:
        command (iadv_foundation.console.parser.Parser)
        what (str): the beginning of the help of ``--file``.
    """
    command.add_argument("--file", metavar="FILE", help=f"{what}; UTF-8")
    command.add_argument(
        "--text-column",
        metavar="COLUMN",
        help="of a table: name of the column of texts, or its number where there is no header (default: text)",
    )
