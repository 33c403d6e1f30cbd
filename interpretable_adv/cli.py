"""The commands ``train`` and ``evaluate``.

What a command needs is imported when it runs, so that ``--help`` and a mistyped name answer at once.
"""
from core.cli import Parser


def main(argv):
    """Run one command.

    Args:
        argv (list of str): arguments after ``python -m interpretable_adv``.
    """
    parser = Parser(prog="python -m interpretable_adv", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_train(commands)
    _add_evaluate(commands)
    arguments = parser.parse_args(argv)
    return arguments.run(arguments)


def _add_train(commands):
    command = commands.add_parser("train", help="train one method on one corpus, or go on with it")
    command.add_argument("corpus", metavar="CORPUS", help="a prepared corpus, e.g. sample-sec or imdb")
    command.add_argument("--method", required=True, metavar="M",
                         help="baseline, random, advt, iadvt, iadvt-rand, iadvt-best, random-semi, vat, ivat, ivat-rand, "
                              "ivat-best; networks of other papers: bilstm-skipgram, bilstm-gwe")
    command.add_argument("--recipe", default="paper", metavar="R", help="paper (default) or authors")
    command.add_argument("--scale", default="quick", metavar="S", help="quick (default), reduced or paper")
    command.add_argument("--seed", type=int, default=0, metavar="N")
    command.add_argument("--set", action="append", default=[], dest="overrides", metavar="SECTION.KEY=VALUE",
                         help="override one value of the configuration; may be repeated")
    command.add_argument("--out", default="out", metavar="DIR", help="folder of everything made (default: out)")
    command.add_argument("--overwrite", action="store_true",
                         help="replace a run that stands there with another configuration")
    command.add_argument("--quiet", action="store_true", help="print the result only")
    _add_device(command)
    command.set_defaults(run=_train)


def _add_evaluate(commands):
    command = commands.add_parser("evaluate", help="score a finished run's best weights on a split")
    command.add_argument("folder", metavar="RUN", help="a run folder, e.g. out/runs/sample-sec/paper/quick/advt/seed-0")
    command.add_argument("--split", default="test", metavar="S", help="test (default), dev or train")
    _add_device(command)
    command.set_defaults(run=_evaluate)


def _add_device(command):
    command.add_argument("--device", type=int, default=-1, metavar="N", help="number of a GPU, or -1 for the CPU (default)")


def _train(arguments):
    from interpretable_adv.training.run import Request, train
    names = ("corpus", "method", "recipe", "scale", "seed", "device", "out", "overwrite", "quiet")
    request = Request(overrides=tuple(arguments.overrides), **{name: getattr(arguments, name) for name in names})
    print(train(request))


def _evaluate(arguments):
    from interpretable_adv.training.evaluate import evaluate
    print(evaluate(arguments.folder, arguments.split, arguments.device))
