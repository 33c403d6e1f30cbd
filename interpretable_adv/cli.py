"""The commands of the method: train, evaluate, look at perturbations.

What a command needs is imported when it runs, so that ``--help`` and a mistyped name answer at once.
"""
from foundation.console.cli import Parser, add_time_limit_option
from foundation.console.configuration import add_print_option, describe
from interpretable_adv.analysis.commands import add_explain, add_export_vectors
from interpretable_adv.methods import METHODS


def main(argv):
    """Run one command.

    Args:
        argv (list of str): arguments after ``python -m interpretable_adv``.
    """
    parser = Parser(prog="python -m interpretable_adv", description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_train(commands)
    _add_evaluate(commands)
    _add_attack(commands)
    _add_interpretability(commands)
    add_explain(commands, _add_device)
    add_export_vectors(commands)
    _add_doctor(commands)
    arguments = parser.parse_args(argv)
    return arguments.run(arguments)


def _add_train(commands):
    command = commands.add_parser("train", help="train one method on one corpus, or go on with it")
    command.add_argument("corpus", metavar="CORPUS", help="a prepared corpus, e.g. sample-sec or imdb")
    command.add_argument("--method", required=True, metavar="M",
                         help=f"{_names(lambda one: one.in_paper and not one.layer)}; networks of other papers: "
                              f"{_names(lambda one: one.layer)}; not in the paper: {_names(lambda one: not one.in_paper)}")
    command.add_argument("--recipe", default="paper", metavar="R", help="paper (default) or authors")
    command.add_argument("--scale", default="quick", metavar="S", help="quick (default), reduced or paper")
    command.add_argument("--seed", type=int, default=0, metavar="N")
    command.add_argument("--set", action="append", default=[], dest="overrides", metavar="SECTION.KEY=VALUE",
                         help="override one value of the configuration; may be repeated")
    add_print_option(command)
    command.add_argument("--out", default="out", metavar="DIR", help="folder of everything made (default: out)")
    command.add_argument("--overwrite", action="store_true",
                         help="replace a run that stands there with another configuration")
    command.add_argument("--quiet", action="store_true", help="print the result only")
    add_time_limit_option(command)
    _add_device(command)
    command.set_defaults(run=_train)


def _names(which):
    return ", ".join(name for name, method in METHODS.items() if which(method))


def _add_evaluate(commands):
    command = commands.add_parser("evaluate", help="score a finished run's best weights on a split")
    command.add_argument("folder", metavar="RUN", help="a run folder, e.g. out/runs/sample-sec/paper/quick/advt/seed-0")
    command.add_argument("--split", default="test", metavar="S", help="test (default), dev or train")
    _add_device(command)
    command.set_defaults(run=_evaluate)


def _add_attack(commands):
    command = commands.add_parser("attack", help="make adversarial texts from a run's perturbations (Table 7)")
    _add_looked_at(command)
    command.add_argument("--max-words", type=int, metavar="M", help="most words replaced in a document (default 10)")
    command.add_argument("--check", metavar="FILE",
                         help="instead: read adversarial texts that --json wrote, and see that they fool these weights")
    command.set_defaults(run=_attack)


def _add_interpretability(commands):
    command = commands.add_parser("interpretability", help="measure how far a run's perturbations point to words")
    _add_looked_at(command)
    command.set_defaults(run=_interpretability)


def _add_looked_at(command):
    """Options on what is perturbed, and where the result goes."""
    command.add_argument("folder", metavar="RUN", help="a run folder, e.g. out/runs/sample-sec/paper/quick/iadvt/seed-0")
    command.add_argument("--split", default="test", metavar="S", help="test (default), dev or train")
    command.add_argument("--limit", type=int, metavar="N", help="look at the first N documents only")
    command.add_argument("--method", metavar="M", help="make perturbations by this method (default: the run's own; of a run "
                                                       "without any: iadvt)")
    command.add_argument("--json", metavar="FILE", help="also write the result here")
    _add_device(command)


def _add_doctor(commands):
    command = commands.add_parser("doctor", help="print versions, devices and what was patched, and check that all is right")
    _add_device(command)
    command.set_defaults(run=_doctor)


def _add_device(command):
    command.add_argument("--device", type=int, default=-1, metavar="N", help="number of a GPU, or -1 for the CPU (default)")


def _train(arguments):
    if arguments.print_config:
        _print_config(arguments)
        return
    from interpretable_adv.training.run import Request, train
    names = ("corpus", "method", "recipe", "scale", "seed", "device", "out", "overwrite", "quiet", "deadline")
    request = Request(overrides=tuple(arguments.overrides), **{name: getattr(arguments, name) for name in names})
    print(train(request))


def _print_config(arguments):
    from interpretable_adv.settings import Config, layers
    names = ("corpus", "recipe", "scale", "overrides", "method")
    print(describe(Config, layers(*(getattr(arguments, name) for name in names))))


def _evaluate(arguments):
    from interpretable_adv.evaluation.scoring import evaluate
    print(evaluate(arguments.folder, arguments.split, arguments.device))


def _attack(arguments):
    from interpretable_adv.analysis.adversarial_texts import check, lines_of, report
    from interpretable_adv.analysis.attack import MAX_WORDS, attack
    from interpretable_adv.analysis.records import write_lines
    from interpretable_adv.trained import open_run
    run = open_run(arguments.folder, arguments.device)
    if arguments.check:
        print(check(run, arguments.check))
        return
    max_words = MAX_WORDS if arguments.max_words is None else arguments.max_words
    lines = lines_of(run, attack(run, arguments.split, arguments.method, arguments.limit, max_words))
    if arguments.json:
        write_lines(arguments.json, lines)
    print(report(run, lines))


def _interpretability(arguments):
    from foundation.storage import files
    from interpretable_adv.analysis.interpretability import describe, interpretability
    from interpretable_adv.trained import open_run
    run = open_run(arguments.folder, arguments.device)
    record = interpretability(run, arguments.split, arguments.method, arguments.limit)
    if arguments.json:
        files.write_json(arguments.json, record)
    print(describe(run, record))


def _doctor(arguments):
    from foundation.console.doctor import Doctor
    return Doctor(("foundation.arithmetic.self_test", "interpretable_adv.self_test"), arguments.device).examine()
