"""The commands of ``python -m results``.

What a command needs is imported when it is called: pandas, SciPy and matplotlib take a second to load.
"""

import sys
from pathlib import Path

from iadv_foundation.console.cli import closest, program_name
from iadv_foundation.console.options import add_options
from iadv_foundation.console.parser import Program
from iadv_foundation.console.printing import printable
from iadv_foundation.errors import UsageError, UserError

from .numbers import CHARTS, FIGURES, INTERPRETABILITY, TABLES
from .rows import ROWS
from .runs_command import add_runs, tell_of_unsealed

_WHERE = "Reads the finished runs of one recipe and scale below --out."


def main(arguments):
    """Run a command.

    Args:
        arguments (list of str): the words after ``python -m results``.
    """
    return parser().call(arguments)


def parser():
    """The command line (iadv_foundation.console.parser.Program)."""
    program = Program(
        prog=program_name(__package__),
        description="Make the paper's tables and figures, with the published numbers beside "
        "the measured ones, from the runs that there are. Nothing is trained, but for the linear models of sanity.",
        examples=("table 3", "report --scale reduced"),
    )
    commands = program.add_commands()
    _add_paper(commands)
    _add_pages(commands)
    _add_perturbations(commands)
    _add_records(commands)
    _add_choose(commands)
    add_runs(commands)
    return program


def _add(commands, name, function, text, description, examples):
    """Add a command; ``text`` is its line in the list of all."""
    command = commands.add_parser(name, help=text, description=description, examples=examples)
    command.set_defaults(run=function)
    return command


def _add_paper(commands):
    """The commands that make a table or a figure by its number."""
    table = _add(
        commands,
        "table",
        _table,
        "write a table of the paper as Markdown, CSV and LaTeX, and print it",
        f"Write a table of the paper as Markdown, CSV and LaTeX, and print it. {_WHERE} A cell that nobody ran says -.",
        ("3", "6 --scale paper --write tables-of-today"),
    )
    table.add_argument(
        "number",
        metavar="TABLE",
        values=TABLES,
        help=f"its number in the paper, 1 to 7, or {INTERPRETABILITY}: how far perturbations point to words",
    )
    _add_setting(table)
    figure = _add(
        commands,
        "figure",
        _figure,
        "draw Table 3, 4, 5 or 6 as a bar chart, interpretability as curves",
        "Draw one of Tables 3 to 6 as a bar chart, or as learning curves, or how far perturbations point to "
        f"words. {_WHERE}",
        ("3", "6 --curves"),
    )
    figure.add_argument(
        "number",
        metavar="TABLE",
        values=FIGURES,
        help=f"the table that is drawn, {', '.join(CHARTS)}, or {INTERPRETABILITY}: shares of words over the cosine",
    )
    _add_setting(figure)
    figure.add_argument("--curves", action="store_true", help="draw dev results by epoch instead of bars")


def _add_choose(commands):
    choose = _add(
        commands,
        "choose",
        _choose,
        "choose among scales and variants by the dev results of finished runs",
        "Choose among scales and variants of them: the one whose finished runs on a corpus did best on dev. "
        "Test results are not looked at.",
        ("rotten reduced reduced+epsilon-1", "imdb quick reduced --methods advt,iadvt --brief"),
    )
    choose.add_argument("corpus", metavar="CORPUS", help="its name, e.g. rotten or text-NAME")
    choose.add_argument("scales", nargs="+", metavar="SCALE", help="scale, or SCALE+VARIANT, to choose among")
    choose.add_argument(
        "--methods",
        type=method_names,
        metavar="METHOD,METHOD,...",
        default=["baseline"],
        help="methods over which dev results are averaged (default: baseline)",
    )
    add_options(choose, "recipe", "out")
    choose.add_argument("--brief", action="store_true", help="print the name of the scale only")


def _add_pages(commands):
    """The commands that make a page."""
    report = _add(
        commands,
        "report",
        _report,
        "write one page with tables, curves and perturbations",
        "Write one page with all tables, learning curves, and perturbations to look at. It opens in any "
        f"browser, without a network. {_WHERE}",
        ("", "--scale reduced --write pages"),
    )
    _add_setting(report)
    compare = _add(
        commands,
        "compare",
        _compare,
        "write a table, charts and a page of the runs on one corpus",
        "Write a table, charts and a page of the runs on one corpus, your own or one of the paper's, "
        f"methods side by side. {_WHERE}",
        ("agnews", "text-shop --methods baseline,advt,iadvt"),
    )
    compare.add_argument("corpus", metavar="CORPUS", help="its name, e.g. agnews or text-NAME")
    compare.add_argument(
        "--methods",
        type=method_names,
        metavar="METHOD,METHOD,...",
        help="the rows, in order (default: all methods that have runs)",
    )
    _add_setting(compare)


def _add_perturbations(commands):
    """The commands that draw perturbations."""
    four = _add(
        commands,
        "figure4",
        _figure4,
        "draw the perturbations of iAdvT-Text beside those of AdvT-Text",
        "Draw Figure 4: the perturbations of iAdvT-Text beside those of AdvT-Text, in a sentence of each "
        f"task. Needs the runs iadvt and advt with seed 0. {_WHERE}",
        ("", "--scale reduced"),
    )
    _add_setting(four)
    one = _add(
        commands,
        "figure1",
        _figure1,
        "draw a word, its neighbours and both kinds of perturbation in the plane",
        "Draw Figure 1: a word, its neighbours and both kinds of perturbation, projected to the plane. Needs "
        f"the runs iadvt and advt with seed 0. {_WHERE}",
        ("", "--scale reduced"),
    )
    _add_setting(one)


def _add_records(commands):
    """The commands that measure beside the runs, and keep and show what was measured."""
    sanity = _add(
        commands,
        "sanity",
        _sanity,
        "fit the linear model and the trivial one that show a broken network",
        "Fit a linear model and a trivial one on a prepared corpus: the two sanity rows of its table. A "
        "network that is worse than either is broken.",
        ("sample-sec", "imdb --out out"),
    )
    sanity.add_argument("corpus", metavar="CORPUS", help="name of a prepared corpus")
    add_options(sanity, "out")
    readme = _add(
        commands,
        "readme",
        _readme,
        "bring the measured tables in README.md, docs/ and measured/ up to date",
        "Bring the measured tables in README.md, docs/ and measured/ up to date with the records in measured/.",
        ("", "--check"),
    )
    readme.add_argument("--check", action="store_true", help="change nothing, fail where something is not up to date")
    keep = _add(
        commands,
        "keep",
        _keep,
        "copy what finished runs say of themselves, without their weights",
        "Copy what finished runs say of themselves into another folder, without their weights.",
        ("measured/quick", "measured/fce --out out"),
    )
    keep.add_argument("folder", type=Path, metavar="FOLDER", help="where to, e.g. measured/quick")
    add_options(keep, "out")


def _add_setting(command):
    """Options on which runs are read, and where to what is made of them goes."""
    add_options(command, "recipe", "scale", "out")
    command.add_argument(
        "--write",
        type=Path,
        metavar="DIR",
        help="folder that tables, figures and pages are written into (default: that of --out)",
    )


def method_names(text):
    """Names of methods with commas between, as ``--methods`` takes them: list of str without repetition.

    Raises:
        UsageError: there is none, or one that does not exist; names the nearest.
    """
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise UsageError(f"--methods {text!r} names no method; choose from: {', '.join(ROWS)}")
    return [closest(name, ROWS, "method") for name in names]


def _study(options, **choices):
    """The runs asked for (results.study.Study); a misspelt folder must not become a new one."""
    from .study import Study

    study = Study(options.out, options.recipe, options.scale, options.write, **choices)
    if not study.out.is_dir():
        raise UserError(f"there is no folder {study.out}: give --out the one that ./reproduce.sh wrote into")
    return study


def _tell_skipped(study):
    for one in study.skipped():
        print(printable(str(one)), file=sys.stderr)
    tell_of_unsealed(sum(not one.is_sealed for one in study.runs(study.corpora)["run"]))


def _table(options):
    from .tables import build

    closest(options.number, TABLES, "table")
    study = _study(options)
    document = build(options.number, study)
    _tell_skipped(study)
    document.write(study.folder("tables"))
    print(document.to_markdown(), end="")


def _figure(options):
    closest(options.number, *(CHARTS, "table with curves") if options.curves else (FIGURES, "table with a figure"))
    study = _study(options)
    if options.number == INTERPRETABILITY and not options.curves:
        from .cosine_curves import draw_interpretability

        paths = draw_interpretability(study)
    elif options.curves:
        from .curves import draw_curves

        paths = draw_curves(options.number, study)
    else:
        from .figures import draw

        paths = draw(options.number, study)
    _tell_skipped(study)
    _print_paths(paths)


def _report(options):
    from .report.page import write_report

    study = _study(options)
    path = write_report(study)
    _tell_skipped(study)
    print(path)


def _compare(options):
    from data_prep.corpora import named
    from data_prep.corpus import corpora_folder

    from .comparison import table_of_corpus
    from .curves import draw_curves_of
    from .figures import draw_comparison
    from .report.page import write_report
    from .tables import build_for

    study = _study(options, stand_ins=False)
    if options.corpus not in study.corpora and not (corpora_folder(study.out) / options.corpus).is_dir():
        named(options.corpus)
    document = build_for(options.corpus, study, options.methods)
    _tell_skipped(study)
    document.write(study.folder("tables"))
    comparison = table_of_corpus(options.corpus, study, options.methods)
    paths = [
        *draw_comparison(comparison, study),
        *draw_curves_of(comparison, study),
        write_report(study, options.corpus, options.methods),
    ]
    print(document.to_markdown(), *paths, sep="\n")


def _figure4(options):
    from .figure4 import draw_figure4

    _print_paths(draw_figure4(_study(options)))


def _figure1(options):
    from .figure1 import draw_figure1

    _print_paths(draw_figure1(_study(options)))


def _print_paths(paths):
    for path in paths:
        print(path)


def _sanity(options):
    from .sanity import measure

    print(measure(options.corpus, options.out))


def _choose(options):
    from .choice import choose

    choice = choose(options.corpus, options.out, options.recipe, options.scales, options.methods)
    print(choice.scale if options.brief else choice.to_markdown())


def _readme(options):
    from . import readme

    if options.check:
        readme.check()
    else:
        for path in readme.write():
            print(path.relative_to(readme.ROOT))


def _keep(options):
    from .records import keep

    print(f"records of {len(keep(options.out, options.folder))} folders copied to {options.folder}")
