"""The reference of all commands, from their own parsers."""

import argparse
import importlib
import subprocess
from pathlib import Path

from workflow.completion import STAGES

ROOT = Path(__file__).resolve().parents[2]
_HEAD = """# Commands

*This page is made from the commands' own parsers by `python -m docs.tools`.*

Every command shows the same with `--help`. Options must be written in full, and may stand before or behind other words.
Exit status: 0 done, 1 something is wrong outside, 2 wrong usage, 3 time limit over, 130 interrupted.
"""
#: Options that every program has, and that are said once.
_OF_ALL = {
    "--help": "show what the command does, its options, and examples",
    "--version": "print the version and stop",
    "--print-completion SHELL": "print what bash or zsh evaluates to complete the program's words",
}


def page():
    """The page (str)."""
    parts = [_HEAD, _table(_OF_ALL.items()), "\n## `./reproduce.sh`\n", _indented(help_of_script())]
    for module in STAGES:
        parts += _program(importlib.import_module(module).parser())
    return "\n".join(parts).rstrip() + "\n"


def help_of_script():
    """What ``./reproduce.sh --help`` says (str)."""
    done = subprocess.run(["bash", ROOT / "reproduce.sh", "--help"], capture_output=True, text=True, check=True)
    return done.stdout


def _program(parser):
    """The lines on a program and its commands (list of str)."""
    lines = [f"\n## `{parser.prog}`\n", *_command(parser)]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                lines += [f"\n### `{command.prog}`\n", *_command(command)]
    return lines


def _command(parser):
    yield _plain(parser.description)
    words = [action for action in parser._actions if _shown(action)]
    if words:
        yield "\n" + _table((_names(action), _meaning(parser, action)) for action in words)
    if parser.examples:
        yield "\nExamples:\n"
        yield _indented("\n".join(f"{parser.prog} {example}".rstrip() for example in parser.examples))


def _shown(action):
    hidden = isinstance(action, argparse._SubParsersAction) or action.help == argparse.SUPPRESS
    return not hidden and not any(name.partition(" ")[0] in action.option_strings for name in _OF_ALL)


def _names(action):
    """``--option VALUE`` (str); a word without an option, in brackets where it may be left out."""
    value = "" if action.nargs == 0 else action.metavar
    if action.nargs in ("*", "+"):
        value = f"{value} ..."
    if action.option_strings:
        return ", ".join(f"{name} {value}".strip() for name in action.option_strings)
    return f"[{value}]" if action.nargs in ("?", "*") else value


def _meaning(parser, action):
    text = parser._get_formatter()._expand_help(action)
    return f"{text} (required)" if action.option_strings and action.required else text


def _table(rows):
    lines = ["| word or option | meaning |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| `{name}` | {_plain(text)} |" for name, text in rows)])


def _plain(text):
    """A text on one line of a table, as Markdown shows it (str)."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


def _indented(text):
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
