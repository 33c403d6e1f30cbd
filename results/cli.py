"""The commands of ``python -m results``."""
import sys
from pathlib import Path

from foundation.console.cli import Parser, closest
from foundation.console.printing import printable
from foundation.errors import UsageError, UserError
from data_prep.corpora import named
from data_prep.corpus import corpora_folder
from interpretable_adv.methods import METHODS
from results.study import Study


def main(arguments):
    """Run a command.

    Args:
        arguments (list of str): the words after ``python -m results``.
    """
    options = parser().parse_args(arguments)
    options.command(options)


def parser():
    """The command line (foundation.console.cli.Parser)."""
    top = Parser(prog="python -m results", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for name, command, text in (("table", _table, "write a table of the paper as Markdown, CSV and LaTeX, and print it"),
                                ("figure", _figure, "draw Table 3, 4, 5 or 6 as a bar chart, interpretability as curves")):
        one = commands.add_parser(name, help=text, description=text)
        one.add_argument("number", help="number of the table in the paper; or interpretability")
        _add_setting(one)
        one.set_defaults(command=command)
        _add_out(one)
        _add_write(one)
        if command is _figure:
            one.add_argument("--curves", action="store_true", help="draw dev results by epoch instead")
    _add_pages(commands)
    for name, text in (("figure4", "draw the perturbations of iAdvT-Text beside those of AdvT-Text, a sentence of each task"),
                       ("figure1", "draw a word, its neighbours and both kinds of perturbation, projected to the plane")):
        one = commands.add_parser(name, help=text, description=text)
        _add_setting(one)
        one.set_defaults(command=_perturbations, name=name)
        _add_out(one)
        _add_write(one)
    text = "fit the linear model and the trivial one that show a broken network"
    sanity = commands.add_parser("sanity", help=text, description=text)
    sanity.add_argument("corpus", help="name of a prepared corpus")
    sanity.set_defaults(command=_sanity)
    _add_out(sanity)
    _add_records(commands)
    _add_choose(commands)
    return top


def _add_records(commands):
    """The commands that keep and show what was measured."""
    text = "bring the measured tables in README.md and measured/ up to date with the records there"
    readme = commands.add_parser("readme", help=text, description=text)
    readme.add_argument("--check", action="store_true", help="change nothing, fail where something is not up to date")
    readme.set_defaults(command=_readme)
    text = "copy what finished runs say of themselves, without their weights"
    keep = commands.add_parser("keep", help=text, description=text)
    keep.add_argument("folder", type=Path, help="where to, e.g. measured/quick")
    keep.set_defaults(command=_keep)
    _add_out(keep)


def _add_choose(commands):
    text = "choose among scales and variants by the dev results of finished runs"
    choose = commands.add_parser("choose", help=text, description=text)
    choose.add_argument("corpus", help="its name, e.g. rotten or text-NAME")
    choose.add_argument("scales", nargs="+", metavar="SCALE", help="scale, or SCALE+VARIANT, to choose among")
    choose.add_argument("--methods", type=method_names, metavar="M,M,...", default=["baseline"],
                        help="methods over which dev results are averaged (default: baseline)")
    choose.add_argument("--recipe", default="paper", help="recipe of the runs (default: %(default)s)")
    choose.add_argument("--brief", action="store_true", help="print the name of the scale only")
    choose.set_defaults(command=_choose)
    _add_out(choose)


def _add_pages(commands):
    """The commands that make a page."""
    text = "write one page with tables, curves and perturbations that opens without a network"
    report = commands.add_parser("report", help=text, description=text)
    _add_setting(report)
    report.set_defaults(command=_report)
    _add_out(report)
    _add_write(report)
    text = "write a table, charts and a page of the runs on one corpus, your own or one of the paper's"
    compare = commands.add_parser("compare", help=text, description=text)
    compare.add_argument("corpus", help="its name, e.g. agnews or text-NAME")
    compare.add_argument("--methods", type=method_names, metavar="M,M,...",
                         help="the rows, in order (default: all methods that have runs)")
    _add_setting(compare)
    compare.set_defaults(command=_compare)
    _add_out(compare)
    _add_write(compare)


def _add_setting(command):
    command.add_argument("--recipe", default="paper", help="recipe of the runs (default: %(default)s)")
    command.add_argument("--scale", default="quick", help="scale of the runs (default: %(default)s)")


def _add_out(command):
    command.add_argument("--out", type=Path, default=Path("out"), help="folder of everything made (default: %(default)s)")


def _add_write(command):
    command.add_argument("--write", type=Path, metavar="DIR",
                         help="folder that tables, figures and pages are written into (default: that of --out)")


def method_names(text):
    """Names of methods with commas between, as ``--methods`` takes them: list of str without repetition.

    Raises:
        UsageError: there is none, or one that does not exist; names the nearest.
    """
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise UsageError(f"--methods {text!r} names no method; choose from: {', '.join(METHODS)}")
    return [closest(name, METHODS, "method") for name in names]


def _study(options, **choices):
    """The runs asked for (Study); a misspelt folder must not become a new one."""
    study = Study(options.out, options.recipe, options.scale, options.write, **choices)
    if not study.out.is_dir():
        raise UserError(f"there is no folder {study.out}: give --out the one that ./reproduce.sh wrote into")
    return study


def _tell_skipped(study):
    for one in study.skipped():
        print(printable(str(one)), file=sys.stderr)


# What a command needs is imported when it is called: scikit-learn and matplotlib take a second each to load.


def _table(options):
    from results.tables import build

    study = _study(options)
    document = build(options.number, study)
    _tell_skipped(study)
    document.write(study.folder("tables"))
    print(document.to_markdown(), end="")


def _figure(options):
    study = _study(options)
    if options.number == "interpretability" and not options.curves:
        from results.cosine_curves import draw_interpretability
        paths = draw_interpretability(study)
    elif options.curves:
        from results.curves import draw_curves
        paths = draw_curves(options.number, study)
    else:
        from results.figures import draw
        paths = draw(options.number, study)
    _tell_skipped(study)
    for path in paths:
        print(path)


def _report(options):
    from results.report.page import write_report

    study = _study(options)
    path = write_report(study)
    _tell_skipped(study)
    print(path)


def _compare(options):
    from results.comparison import table_of_corpus
    from results.curves import draw_curves_of
    from results.figures import draw_comparison
    from results.report.page import write_report
    from results.tables import build_for

    study = _study(options, stand_ins=False)
    if options.corpus not in study.corpora and not (corpora_folder(study.out) / options.corpus).is_dir():
        named(options.corpus)
    document = build_for(options.corpus, study, options.methods)
    _tell_skipped(study)
    document.write(study.folder("tables"))
    comparison = table_of_corpus(options.corpus, study, options.methods)
    paths = [*draw_comparison(comparison, study), *draw_curves_of(comparison, study),
             write_report(study, options.corpus, options.methods)]
    print(document.to_markdown(), *paths, sep="\n")


def _perturbations(options):
    if options.name == "figure4":
        from results.figure4 import draw_figure4 as draw
    else:
        from results.figure1 import draw_figure1 as draw

    for path in draw(_study(options)):
        print(path)


def _sanity(options):
    from results.sanity import measure

    print(measure(options.corpus, options.out))


def _choose(options):
    from results.choice import choose

    choice = choose(options.corpus, options.out, options.recipe, options.scales, options.methods)
    print(choice.scale if options.brief else choice.to_markdown())


def _readme(options):
    from results import readme

    if options.check:
        readme.check()
    else:
        for path in readme.write():
            print(path.relative_to(readme.ROOT))


def _keep(options):
    from results.records import keep

    print(f"records of {len(keep(options.out, options.folder))} folders copied to {options.folder}")
