"""Proves that every kind of mistake ends a command with one line and its exit status, and bugs with a traceback."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from iadv_foundation.console import cli
from iadv_foundation.errors import DamagedFileError, TimeLimitReached, UsageError, UserError

ROOT = Path(__file__).resolve().parents[3]


def ending(capsys, main, argv=()):
    """Exit status and standard error of ``cli.run(main)``."""
    with pytest.raises(SystemExit) as exit_:
        cli.run(main, "python -m something", list(argv))
    return exit_.value.code, capsys.readouterr().err


def raising(error):
    def main(argv):
        raise error

    return main


@pytest.mark.parametrize(
    "error, status, text",
    [
        (UserError("no such file x"), 1, "no such file x"),
        (DamagedFileError("x is damaged"), 1, "x is damaged"),
        (UsageError("unknown method 'y'"), 2, "unknown method 'y'"),
        (UserError("two\n  lines"), 1, "two lines"),
        (KeyboardInterrupt(), 130, "interrupted; repeat the command to go on"),
        (MemoryError(), 1, "out of memory: close other programs, or choose smaller sizes or fewer texts at once"),
        (OSError(errno.EACCES, "Permission denied", "/some/file"), 1, "Permission denied: /some/file"),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            1,
            "no space left on the disk; free some and repeat the command, nothing half-written is left",
        ),
        (
            OSError(errno.EDQUOT, "Disk quota exceeded", "/f"),
            1,
            "no space left on the disk: /f; free some and repeat the command, nothing half-written is left",
        ),
    ],
)
def test_mistakes_are_one_line(capsys, error, status, text):
    assert ending(capsys, raising(error)) == (status, f"python -m something: error: {text}\n")


@pytest.mark.parametrize(
    "error",
    [
        UserError("x"),
        UsageError("x"),
        KeyboardInterrupt(),
        MemoryError(),
        OSError(errno.EACCES, "x"),
        TimeLimitReached("x"),
    ],
)
def test_a_sub_command_goes_before(capsys, error):
    error.program = "python -m something sub"
    assert ending(capsys, raising(error))[1].startswith("python -m something sub: ")


def test_a_time_limit_is_no_error(capsys):
    assert ending(capsys, raising(TimeLimitReached("stopped"))) == (3, "python -m something: stopped\n")


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        cli.run(raising(ZeroDivisionError()), "python -m something", [])


@pytest.mark.parametrize("returned, status", [(None, 0), (0, 0), (3, 3)])
def test_the_return_value_is_the_exit_status(capsys, returned, status):
    assert ending(capsys, lambda argv: returned) == (status, "")


def test_arguments_are_passed_on(capsys):
    seen = []
    assert ending(capsys, seen.append, ["a", "--b"]) == (0, "")
    assert seen == [["a", "--b"]]


# Standard output is buffered here, as it is for most users: what is left in the buffer comes up again when Python ends.
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def test_a_reader_that_goes_away_is_no_traceback():
    code = (
        "from iadv_foundation.console import cli\n"
        "cli.run(lambda argv: [print('x' * 100) for _ in range(100000)] and None, 'p', [])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=BUFFERED, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 1
    process.stderr.close()


def test_a_full_standard_output_is_one_line():
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full on this system")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from iadv_foundation.console import cli\ncli.run(lambda argv: print('x'), 'p', [])",
            ],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=BUFFERED,
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        1,
        "p: error: no space left on the disk; free some and repeat the command, nothing half-written is left\n",
    )


class TestClosest:
    """Names a user mistypes."""

    def test_known_name(self):
        assert cli.closest("vat", ["advt", "vat"], "method") == "vat"

    def test_near_name_is_offered(self):
        with pytest.raises(
            UsageError, match=r"unknown method 'ivaat' \(did you mean 'ivat'\?\); choose from: advt, ivat"
        ):
            cli.closest("ivaat", iter(["advt", "ivat"]), "method")

    def test_far_name_gets_the_list_only(self):
        with pytest.raises(UsageError, match=r"unknown corpus 'zzz'; choose from: imdb, fce"):
            cli.closest("zzz", ["imdb", "fce"], "corpus")


@pytest.mark.parametrize(
    "typed, module, name",
    [
        ("/usr/bin/iadv-data-prep", "data_prep", "iadv-data-prep"),
        ("/site-packages/data_prep/__main__.py", "data_prep", "python -m data_prep"),
        ("/usr/bin/interpretable-adv", "interpretable_adv", "interpretable-adv"),
        ("/usr/bin/iadv-results", "interpretable_adv.results", "iadv-results"),
        ("/usr/bin/iadv-results", "data_prep", "python -m data_prep"),
        ("", "results", "python -m results"),
    ],
)
def test_a_program_has_the_name_that_was_typed(monkeypatch, typed, module, name):
    monkeypatch.setattr(sys, "argv", [typed])
    assert cli.program_name(module) == name
