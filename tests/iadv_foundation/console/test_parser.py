"""Proves that a command line is read as people write it, and that every slip gets one line that says what was meant."""

import math
import re

import pytest

from iadv_foundation.console import cli
from iadv_foundation.console.options import add_options, add_settings, listed
from iadv_foundation.console.parser import Parser, Program, whole_number
from iadv_foundation.console.setting_names import settings_meant
from iadv_foundation.errors import UsageError, UserError
from iadv_foundation.version import __version__

KEYS = (
    "training.max_epochs",
    "training.test_every_epoch",
    "training.learning_rate",
    "training.learning_rate_decay",
    "training.batch_size",
    "training.unlabeled_batch_size",
    "model.dropout",
    "model.hidden_size",
    "model.embedding_size",
    "perturbation.epsilon_free",
    "perturbation.epsilon_directions",
)


def program():
    """A program with two commands; each puts what it was told into ``seen``."""
    one = Program(prog="python -m thing", description="Do a thing.", examples=("look RUN", "stop"))
    commands = one.add_commands()
    look = commands.add_parser("look", help="look", description="Look.", examples=("RUN text", "", "RUN   # a comment"))
    look.add_argument("folder", metavar="RUN")
    look.add_argument("text", metavar="TEXT", nargs="?")
    look.add_argument("--method", metavar="METHOD")
    look.add_argument("--top", type=whole_number(1), default=5)
    look.add_argument("--number", type=int)
    add_settings(look, lambda: KEYS)
    look.set_defaults(run=lambda arguments: arguments)
    stop = commands.add_parser("stop", help="stop", description="Stop.")
    stop.add_argument("--how", choices=("gently", "at once"))
    stop.set_defaults(run=lambda arguments: 1 / 0 if arguments.how else None)
    return one


def error_of(*words):
    """The error line of a command line."""
    with pytest.raises(UsageError) as told:
        program().parse_args(words)
    assert told.value.exit_status == 2
    return f"{told.value.program}: {told.value}"


@pytest.mark.parametrize(
    "words",
    [
        ["R", "a b", "--method", "m"],
        ["R", "--method", "m", "a b"],
        ["--method", "m", "R", "a b"],
        ["--method=m", "R", "a b"],
        ["R", "--method", "m", "--", "a b"],
        ["--method", "m", "--", "R", "a b"],
    ],
)
def test_words_and_options_in_any_order(words):
    arguments = program().parse_args(["look", *words])
    assert (arguments.folder, arguments.text, arguments.method, arguments.command) == ("R", "a b", "m", "look")


@pytest.mark.parametrize("text", ["-text", "--method", "-1", "--set", "- well", "--nothing=like this"])
def test_behind_two_dashes_a_text_may_begin_with_one(text):
    for words in (["R", "--method", "m", "--", text], ["R", "--", text], ["--top", "2", "R", "--", text]):
        assert program().parse_args(["look", *words]).text == text


def test_negative_numbers_and_one_dash_are_no_options():
    arguments = program().parse_args(["look", "-", "--number", "-3"])
    assert (arguments.folder, arguments.number) == ("-", -3)


@pytest.mark.parametrize(
    "words, line",
    [
        (["lok", "R"], "python -m thing: unknown command 'lok' (did you mean 'look'?); choose from: look, stop"),
        (["--verson"], "python -m thing: unknown option --verson (did you mean --version?)"),
        (["look", "R", "--methd", "m"], "python -m thing look: unknown option --methd (did you mean --method?)"),
        (["look", "R", "--meth=m"], "python -m thing look: unknown option --meth (did you mean --method?)"),
        (["look", "--qqq"], "python -m thing look: unknown option --qqq (see"),
        (["look", "R", "--top", "0"], "python -m thing look: --top 0: write a whole number from 1 up"),
        (["look", "R", "--top", "many"], "python -m thing look: --top many: write a whole number from 1 up"),
        (["look", "R", "--number", "one"], "python -m thing look: --number one: invalid int value"),
        (["look", "R", "--method"], "python -m thing look: --method: expected one argument"),
        (["look", "--top", "1"], "python -m thing look: the following arguments are required: RUN"),
        (["look", "R", "a", "b", "c"], "python -m thing look: unexpected argument: b c"),
        (["stop", "now"], "python -m thing stop: unexpected argument: now"),
        (
            ["stop", "--how", "gentle"],
            "python -m thing stop: unknown how 'gentle' (did you mean 'gently'?); choose from: gently, at once",
        ),
    ],
)
def test_slips(words, line):
    told = error_of(*words)
    assert told.startswith(line)
    assert re.search(r" \(see (python -m thing[ a-z]*) --help\)$", told)[1] == told.partition(":")[0]


@pytest.mark.parametrize(
    "words, setting",
    [
        (["--epochs", "3"], "--set training.max_epochs=3"),
        (["--lr", "0.1"], "--set training.learning_rate=0.1"),
        (["--lr=0.1"], "--set training.learning_rate=0.1"),
        (["--learning-rate", "1e-3"], "--set training.learning_rate=1e-3"),
        (["--learning_rate", "1e-3"], "--set training.learning_rate=1e-3"),
        (["--batch-size"], "--set training.batch_size=VALUE"),
        (["--batch-size", "--top", "3"], "--set training.batch_size=VALUE"),
        (["--training.batch_size", "-1"], "--set training.batch_size=-1"),
        (["--dropout", "0"], "--set model.dropout=0"),
        (["--epsilon", "5"], "--set perturbation.epsilon_free=5 or --set perturbation.epsilon_directions=5"),
        (["--batchsize", "5"], "--set training.batch_size=5"),
    ],
)
def test_an_option_that_is_a_setting(words, setting):
    for given in (["look", "R", *words], ["look", *words]):
        told = f"python -m thing look: unknown option {words[0].partition('=')[0]} (a setting: write {setting}) (see "
        assert error_of(*given).startswith(told)


@pytest.mark.parametrize(
    "option, meant",
    [
        ("--size", (["model.hidden_size", "model.embedding_size", "training.batch_size"], True)),
        ("--epoch", (["training.max_epochs"], True)),
        ("--bs", (["training.batch_size"], True)),
        ("--lrd", (["training.learning_rate_decay"], True)),
        ("--l", ([], False)),
        ("--droupout", (["model.dropout"], False)),
        ("--verbose", ([], False)),
    ],
)
def test_settings_meant(option, meant):
    found, sure = settings_meant(option, KEYS)
    assert (sorted(found), sure) == (sorted(meant[0]), meant[1])


def test_a_setting_in_the_place_of_an_option_does_not_hide_a_nearer_option():
    assert "did you mean --method?" in error_of("look", "R", "--metod", "m")
    keys = ["training.method_name"]
    assert settings_meant("--metod", keys) == ([], False)


@pytest.mark.parametrize("words, name", [([], "python -m thing"), (["look"], "python -m thing look")])
def test_without_any_word_the_help_comes_by_standard_error(capsys, words, name):
    with pytest.raises(SystemExit) as ended:
        program().parse_args(words)
    shown = capsys.readouterr()
    assert ended.value.code == 2 and shown.out == "" and shown.err.startswith(f"usage: {name} [-h]")


def test_a_command_that_needs_no_word_runs_without_any():
    assert program().call(["stop"]) is None


def test_what_goes_wrong_in_a_command_is_told_under_its_name(capsys):
    def fail(arguments):
        raise UserError("it is broken")

    one = Program(prog="python -m thing")
    one.add_commands().add_parser("look").set_defaults(run=fail)
    with pytest.raises(SystemExit) as ended:
        cli.run(one.call, "python -m thing", ["look"])
    assert (ended.value.code, capsys.readouterr().err) == (1, "python -m thing look: error: it is broken\n")
    with pytest.raises(ZeroDivisionError):
        cli.run(program().call, "python -m thing", ["stop", "--how", "gently"])


def test_the_status_of_a_command_is_returned():
    one = Program(prog="python -m thing")
    one.add_commands().add_parser("look").set_defaults(run=lambda arguments: 7)
    assert one.call(["look"]) == 7


def test_examples_stand_below_the_options(capsys):
    with pytest.raises(SystemExit) as ended:
        program().parse_args(["look", "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.endswith(
        "\n\nexamples:\n  python -m thing look RUN text\n  python -m thing look\n"
        "  python -m thing look RUN   # a comment\n"
    )
    assert "examples" not in Parser(prog="p").format_help()


def test_the_version(capsys):
    with pytest.raises(SystemExit) as ended:
        program().parse_args(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"interpretable_adv {__version__}\n")
    assert "unknown option --version" in error_of("look", "--version")


@pytest.mark.parametrize(
    "text, fits",
    [
        ("600", True),
        ("0.5", True),
        ("0", False),
        ("-1", False),
        ("soon", False),
        ("nan", False),
        ("inf", False),
        ("", False),
    ],
)
def test_a_time_limit_is_a_number_of_seconds(text, fits):
    parser = Parser(prog="p")
    add_options(parser, "time-limit")
    assert parser.parse_args([]).deadline.seconds == math.inf
    if fits:
        assert parser.parse_args([f"--time-limit={text}"]).deadline.seconds == float(text)
    else:
        with pytest.raises(UsageError, match=f"--time-limit {text}: write a number of seconds above 0"):
            parser.parse_args([f"--time-limit={text}"])


@pytest.mark.parametrize(
    "option, texts",
    [("seed", {"0": 0, "-1": None, "1.5": None}), ("device", {"-1": -1, "2": 2, "-2": None, "gpu": None})],
)
def test_seeds_and_devices(option, texts):
    for text, value in texts.items():
        parser = Parser(prog="p")
        add_options(parser, option)
        if value is None:
            with pytest.raises(UsageError, match=f"--{option} {text}: write a whole number from "):
                parser.parse_args([f"--{option}", text])
        else:
            assert getattr(parser.parse_args([f"--{option}", text]), option) == value


def test_lists_of_names():
    assert listed(["a"], "a") == "a (default)"
    assert listed(["a", "b"], "b") == "a or b (default)"
    assert listed(["a", "b", "c"], "a") == "a (default), b or c"
