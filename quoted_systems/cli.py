"""The command ``python -m quoted_systems``.

What it needs is imported when it runs, so that ``--help`` and a mistyped name answer at once.
"""
from foundation.console.cli import Parser, add_time_limit_option
from foundation.console.configuration import add_print_option, describe
from quoted_systems.systems import SYSTEMS


def parser():
    """The command's arguments (foundation.console.cli.Parser)."""
    arguments = Parser(prog="python -m quoted_systems",
                       description="Train a system whose number Table 3 quotes from another paper, or go on with it.")
    names = "; ".join(f"{name} ({system.paper})" for name, system in SYSTEMS.items())
    arguments.add_argument("system", metavar="SYSTEM", help=names)
    arguments.add_argument("corpus", metavar="CORPUS", help="a prepared corpus with unlabelled text, e.g. sample-sec or imdb")
    arguments.add_argument("--recipe", default="paper", metavar="R",
                           help="paper (default) or authors: of the runs that it stands beside; it changes nothing here")
    arguments.add_argument("--scale", default="quick", metavar="S", help="quick (default), reduced or paper")
    arguments.add_argument("--seed", type=int, default=0, metavar="N", help="of everything random (default 0)")
    arguments.add_argument("--device", type=int, default=-1, metavar="N",
                           help="number of a GPU, or -1 for the CPU (default); word and paragraph vectors are made on the CPU")
    arguments.add_argument("--set", action="append", default=[], dest="overrides", metavar="SECTION.KEY=VALUE",
                           help="override one value of the configuration; may be repeated")
    add_print_option(arguments)
    arguments.add_argument("--out", default="out", metavar="DIR", help="folder of everything made (default: out)")
    arguments.add_argument("--overwrite", action="store_true", help="replace a run that stands there with another configuration")
    arguments.add_argument("--quiet", action="store_true", help="print the result only")
    add_time_limit_option(arguments)
    return arguments


def main(argv):
    """Run the command with these arguments (list of str)."""
    arguments = parser().parse_args(argv)
    if arguments.print_config:
        from quoted_systems.settings import layers, model_of
        asked = (arguments.corpus, arguments.recipe, arguments.scale, arguments.overrides, arguments.system)
        print(describe(model_of(arguments.system), layers(*asked)))
        return
    from quoted_systems.run import Request, train
    names = ("system", "corpus", "recipe", "scale", "seed", "device", "out", "overwrite", "quiet", "deadline")
    print(train(Request(overrides=tuple(arguments.overrides), **{name: getattr(arguments, name) for name in names})))
