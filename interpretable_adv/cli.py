"""The commands of the method: train, evaluate, look at perturbations.

What a command needs is imported when it runs, so that ``--help`` and a mistyped name answer at once.
"""

from pathlib import Path

from iadv_foundation.console.cli import program_name
from iadv_foundation.console.options import add_options, add_settings
from iadv_foundation.console.parser import Program, whole_number
from interpretable_adv.analysis.attack_command import add_attack
from interpretable_adv.analysis.commands import add_explain, add_export_vectors
from interpretable_adv.analysis.predict_command import add_predict
from interpretable_adv.analysis.run_options import RUN, add_run, open_asked, tell_if_unsealed
from interpretable_adv.bundle.command import add_export_model
from interpretable_adv.demo.command import add_demo
from interpretable_adv.methods import METHODS


def main(argv):
    """Run one command.

    Args:
        argv (list of str): arguments after ``python -m interpretable_adv``.
    """
    return parser().call(argv)


def parser():
    """The command line (iadv_foundation.console.parser.Program)."""
    program = Program(
        prog=program_name("interpretable_adv"),
        description="Train a network with or without adversarial "
        "perturbations of its word embeddings, score it, and look at the perturbations: which words of "
        "a text they change most, and which words they point to. The corpus must be prepared (python -m "
        "data_prep) and a start for the embeddings be there (python -m pretrain_lm, or for error "
        "detection python -m word_vectors).",
        examples=("train sample-sec --method iadvt", f'explain {RUN} "A moving film ."'),
    )
    commands = program.add_commands()
    _add_train(commands)
    _add_evaluate(commands)
    add_predict(commands)
    add_attack(commands, _add_looked_at)
    _add_interpretability(commands)
    add_explain(commands)
    add_export_vectors(commands)
    add_export_model(commands)
    add_demo(commands)
    _add_doctor(commands)
    return program


def _add_train(commands):
    command = commands.add_parser(
        "train",
        help="train one method on one corpus, or go on with it",
        description="Train one method on one corpus, keep the weights that do best on its dev split, and score them "
        "on test. A run that was stopped goes on where it was; one that is finished is not trained again.",
        examples=("sample-sec --method iadvt --seed 1", "imdb --method vat --scale paper --set training.max_epochs=3"),
    )
    command.add_argument("corpus", metavar="CORPUS", help="a prepared corpus, e.g. sample-sec or imdb")
    command.add_argument(
        "--method",
        required=True,
        metavar="METHOD",
        values=METHODS,
        help=f"{_names(lambda one: one.in_paper and not one.layer)}; networks of other papers: "
        f"{_names(lambda one: one.layer)}; not in the paper: {_names(lambda one: not one.in_paper)}",
    )
    add_options(command, "recipe", "scale", "seed", "device", "out")
    add_settings(command, _setting_keys)
    add_options(command, "overwrite", "quiet", "time-limit")
    command.set_defaults(run=_train)


def _setting_keys():
    from iadv_foundation.console.configuration import keys_of
    from interpretable_adv.settings import Config

    return keys_of(Config)


def _names(which):
    return ", ".join(name for name, method in METHODS.items() if which(method))


def _add_evaluate(commands):
    command = commands.add_parser(
        "evaluate",
        help="score a finished run's best weights on a split",
        description="Score the best weights of a finished run on a split: error rate in percent, or F0.5 for error "
        "detection.",
        examples=(RUN, f"{RUN} --split dev"),
    )
    add_run(command)
    add_options(command, "split")
    command.add_argument("--json", type=Path, metavar="FILE", help="also write the result here")
    add_options(command, "device")
    command.set_defaults(run=_evaluate)


def _add_interpretability(commands):
    command = commands.add_parser(
        "interpretability",
        help="measure how far a run's perturbations point to words",
        description="Measure over a whole split how far perturbations point to words: the cosine between a "
        "word's perturbation and the nearest of the directions to other words.",
        examples=(f"{RUN} --limit 100", f"{RUN} --method advt --json pointing.json"),
    )
    _add_looked_at(command)
    command.set_defaults(run=_interpretability)


def _add_looked_at(command):
    """Options on what is perturbed, and where the result goes."""
    add_run(command)
    add_options(command, "split")
    command.add_argument("--limit", type=whole_number(1), metavar="N", help="look at the first N documents only")
    command.add_argument(
        "--method",
        metavar="METHOD",
        values=METHODS,
        help="make perturbations by this method (default: the run's own; of a run without any: iadvt)",
    )
    command.add_argument("--json", type=Path, metavar="FILE", help="also write the result here")
    add_options(command, "device")


def _add_doctor(commands):
    command = commands.add_parser(
        "doctor",
        help="print versions, devices and what was patched, and check that all is right",
        description="Print versions, devices and what was patched, and compute a few things whose results are known. "
        "Ends with status 1 where something is wrong, and says what to do about it.",
        examples=("", "--device 0"),
    )
    add_options(command, "device")
    command.set_defaults(run=_doctor)


def _train(arguments):
    if arguments.print_config:
        _print_config(arguments)
        return
    from interpretable_adv.training.run import Request, train

    names = ("corpus", "method", "recipe", "scale", "seed", "device", "out", "overwrite", "quiet", "deadline")
    request = Request(overrides=tuple(arguments.overrides), **{name: getattr(arguments, name) for name in names})
    print(train(request))


def _print_config(arguments):
    from iadv_foundation.console.configuration import describe
    from interpretable_adv.settings import Config, layers

    names = ("corpus", "recipe", "scale", "overrides", "method")
    print(describe(Config, layers(*(getattr(arguments, name) for name in names))))


def _evaluate(arguments):
    from iadv_foundation.storage import files
    from interpretable_adv.evaluation.scoring import evaluate

    line, record = evaluate(arguments.folder, arguments.split, arguments.device, arguments.out, arguments.unfinished)
    tell_if_unsealed(arguments.folder)
    if arguments.json:
        files.write_json(arguments.json, record)
    print(line)


def _interpretability(arguments):
    from iadv_foundation.storage import files, seal
    from interpretable_adv.analysis.interpretability import describe, interpretability

    run = open_asked(arguments)
    record = interpretability(run, arguments.split, arguments.method, arguments.limit)
    if arguments.json:
        files.write_json(arguments.json, seal.sealed(record))
    print(describe(run, record))


def _doctor(arguments):
    from iadv_foundation.console.doctor import Doctor

    return Doctor(("iadv_foundation.arithmetic.self_test", "interpretable_adv.self_test"), arguments.device).examine()
