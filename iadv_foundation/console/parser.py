"""Command lines: what every parser of the project does alike.

On top of ``argparse``: examples below the help, errors in one line with the nearest name, options and other words in
any order, the help where nothing was said at all.
"""

import argparse
import sys

from iadv_foundation.console.cli import closest, nearest
from iadv_foundation.console.completion import SHELLS, script
from iadv_foundation.console.setting_names import settings_meant
from iadv_foundation.errors import UsageError
from iadv_foundation.version import __version__


class Parser(argparse.ArgumentParser):
    """The words of one command.

    Options must be written in full.  Words without a dash may stand before, between and behind them; all that follows
    ``--`` is no option.

    Args:
        examples (sequence of str): what may follow the command's name, e.g. ``"imdb --seed 1"``; a comment may stand
            behind it.  The help shows them below the options.
            An empty one is the name alone.
        description, prog, ...: see ``argparse.ArgumentParser``.

    Attributes:
        setting_keys (callable or None): returns the dotted names of the settings that ``--set`` takes (iterable of
            str), for commands that have it.
    """

    def __init__(self, *, examples=(), **kwargs):
        super().__init__(allow_abbrev=False, **kwargs)
        self.examples = tuple(examples)
        self.setting_keys = None
        self._is_parsing = False
        self.set_defaults(parser=self)

    def add_argument(self, *names, values=(), **kwargs):
        """As ``argparse``'s; ``values`` (iterable of str) are names for shells to complete; not checked."""
        action = super().add_argument(*names, **kwargs)
        action.values = tuple(values)
        return action

    def format_help(self):
        """``argparse``'s help and the examples (str)."""
        examples = "".join(f"  {self.prog} {example}".rstrip() + "\n" for example in self.examples)
        return super().format_help() + (f"\nexamples:\n{examples}" if examples else "")

    def error(self, message):
        """Raise UsageError, with the name of this command as its ``program``."""
        error = UsageError(f"{message.removeprefix('argument ')} (see {self.prog} --help)")
        error.program = self.prog
        raise error

    def parse_args(self, args=None, namespace=None):
        """As ``argparse``'s; the namespace's ``parser`` is that of the command that was chosen."""
        arguments, unknown = self.parse_known_args(args, namespace)
        if unknown:
            arguments.parser.error(f"unexpected argument: {' '.join(unknown)}")
        return arguments

    def parse_known_args(self, args=None, namespace=None):
        """As ``argparse``'s, but an unknown option is an error here already, which says what may have been meant."""
        if self._is_parsing:  # argparse's parse_known_intermixed_args calls this method, too.
            return super().parse_known_args(args, namespace)
        words = list(sys.argv[1:] if args is None else args)
        if not words and any(action.required for action in self._actions):
            self.print_help(sys.stderr)
            self.exit(UsageError.exit_status)
        self._refuse_unknown_options(words)
        if self._subparsers is not None:
            return super().parse_known_args(words, namespace)
        self._is_parsing = True
        try:
            return self.parse_known_intermixed_args(words, namespace)
        finally:
            self._is_parsing = False

    def _refuse_unknown_options(self, words):
        for place, word in enumerate(words):
            option, equals, value = word.partition("=")
            if word == "--" or (self._subparsers is not None and not word.startswith("-")):
                return  # What comes then is no option, or none of this parser.
            if not self._is_unknown_option(word, option):
                continue
            if not equals:
                value = next((after for after in words[place + 1 : place + 2] if not after.startswith("--")), "VALUE")
            self.error(f"unknown option {option}{self._hint(option, value)}")

    def _is_unknown_option(self, word, option):
        """Whether ``argparse`` would take a word for an option, and there is none of that name."""
        looks_like_one = (
            len(word) > 1 and word.startswith("-") and " " not in word and not self._negative_number_matcher.match(word)
        )
        return looks_like_one and option not in self._option_string_actions

    def _hint(self, option, value):
        """What an unknown option may stand for, in brackets (str)."""
        keys = list(self.setting_keys()) if self.setting_keys else []
        meant, sure = settings_meant(option, keys)
        known = nearest(option, self._option_string_actions)
        if meant and (sure or known is None):
            return f" (a setting: write {' or '.join(f'--set {key}={value}' for key in meant)})"
        return f" (did you mean {known}?)" if known else ""

    def _get_value(self, action, text):
        try:
            return super()._get_value(action, text)
        except argparse.ArgumentError as error:
            self.error(f"{(action.option_strings or [action.metavar])[0]} {text}: {error.message}")

    def _check_value(self, action, value):
        if action.choices is not None and value not in action.choices:
            what = (action.metavar or action.dest).lower()
            try:
                closest(value, action.choices, what)
            except UsageError as error:
                self.error(str(error))


class Program(Parser):
    """A whole program, such as ``python -m data_prep``: it tells its version, and shells how to complete its words."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.add_argument(
            "--version",
            action="version",
            version=f"interpretable_adv {__version__}",
            help="print the version of interpretable_adv and stop",
        )
        self.add_argument(
            "--print-completion",
            action=_PrintCompletion,
            choices=SHELLS,
            metavar="SHELL",
            help=f"print what a shell evaluates to complete these words: {' or '.join(SHELLS)}",
        )

    def add_commands(self):
        """Say that the first word is a command; returns what its ``add_parser`` adds each by, a :class:`Parser`."""
        return self.add_subparsers(
            dest="command",
            required=True,
            metavar="COMMAND",
            parser_class=Parser,
            title="commands",
            help="one of these; COMMAND --help shows its options and examples",
        )

    def call(self, argv):
        """Parse ``argv`` (list of str) and call the function that the chosen command has as its default ``run``.

        What goes wrong in it is told under the command's name: the exception gets it as its ``program``.

        Returns:
            what the function returns, the exit status.
        """
        arguments = self.parse_args(argv)
        try:
            return arguments.run(arguments)
        except (Exception, KeyboardInterrupt) as error:
            error.program = arguments.parser.prog
            raise


class _PrintCompletion(argparse.Action):
    """``--print-completion``: prints, and ends the program."""

    def __call__(self, parser, namespace, shell, option_string=None):
        print(script([parser], shell))
        parser.exit()


def whole_number(lowest):
    """What ``type`` of an argument is a whole number from ``lowest`` (int) up: callable of its text."""

    def number(text):
        try:
            value = int(text)
        except ValueError:
            value = lowest - 1
        if value < lowest:
            raise argparse.ArgumentTypeError(f"write a whole number from {lowest} up")
        return value

    return number
