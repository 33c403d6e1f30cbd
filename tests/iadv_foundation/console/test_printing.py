"""Nothing that a user's file holds steers a terminal; any kind of standard output is written to without a traceback."""

import io
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from iadv_foundation.console import cli
from iadv_foundation.console.printing import SafeOutput, printable, unfiltered

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    "text, shown",
    [
        ("caf\u00e9 \u65e5\u672c", "caf\u00e9 \u65e5\u672c"),
        ("good\x1b]0;pwn\x07", "good\\x1b]0;pwn\\x07"),
        ("a\u202eb", "a\\u202eb"),
        ("a\nb\t\x9b", "a\\nb\\t\\x9b"),
        ("kund\udce9", "kund\\udce9"),
        ("neg\u200b\ufeff", "neg\\u200b\\ufeff"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
    ],
)
def test_what_does_not_print_stands_as_its_code(text, shown):
    assert printable(text) == shown


def test_output_keeps_lines_tabs_and_blanks_only():
    stream = io.StringIO()
    print("a\tb\u00a0c\u3000d\n\x1b[31m\r\u2028\u2066", file=SafeOutput(stream))
    assert stream.getvalue() == "a\tb\u00a0c\u3000d\n\\x1b[31m\\r\\u2028\\u2066\n"


def test_no_character_at_all_reaches_the_screen_but_what_prints():
    stream = io.StringIO()
    SafeOutput(stream).write("".join(map(chr, range(sys.maxunicode + 1))))
    categories = {unicodedata.category(one) for one in stream.getvalue() if one not in "\n\t\u200c\u200d"}
    assert categories and not categories & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def test_what_is_meant_for_the_terminal_goes_around_it():
    stream = io.StringIO()
    assert unfiltered(SafeOutput(stream)) is stream and unfiltered(stream) is stream


def test_output_and_errors_of_a_command(capsys):
    def main(argv):
        print("label \x1b[31m")
        raise OSError(2, "No such file", "a\x07\u202e\udce9")

    with pytest.raises(SystemExit):
        cli.run(main, "p", [])
    assert tuple(capsys.readouterr()) == ("label \\x1b[31m\n", "p: error: No such file: a\\x07\\u202e\\udce9\n")


CODE = "from iadv_foundation.console import cli\ncli.run(lambda argv: print('\u2020\u00e9\u65e5\udce9'), 'p', [])"


@pytest.mark.parametrize(
    "variables, expected",
    [
        ({"PYTHONIOENCODING": "latin-1"}, b"\\u2020\xe9\\u65e5\\udce9\n"),
        ({"PYTHONIOENCODING": "ascii"}, b"\\u2020\\xe9\\u65e5\\udce9\n"),
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, b"\\u2020\\xe9\\u65e5\\udce9\n"),
        ({"PYTHONIOENCODING": "utf-8"}, "\u2020\u00e9\u65e5\\udce9\n".encode()),
    ],
)
def test_any_encoding_of_the_output(variables, expected):
    code = CODE.encode("unicode_escape").decode().replace("\\n", "\n", 1)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **variables}, capture_output=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == (expected, b"", 0)


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-"])
@pytest.mark.parametrize("fails", [False, True])
def test_closed_standard_files(tmp_path, closed, fails):
    """What is opened next must not take the number of a closed one, and what is printed must not end up in it."""
    code = (
        "import os\nfrom iadv_foundation.console import cli\nfrom iadv_foundation.errors import UserError\n"
        'def main(argv):\n    with open(argv[0], "w") as opened:\n        print("printed", flush=True)\n'
        '        os.write(1, b"raw")\n        opened.write("file")\n'
        + ('    raise UserError("wrong")\n' if fails else "")
        + f'cli.run(main, "p", ["{tmp_path / "a"}"])'
    )
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -c '{code}' {closed}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == fails and "Traceback" not in done.stderr
    assert (tmp_path / "a").read_text() == "file"


def test_modules_run_without_docstrings_and_assertions():
    for module in ("data_prep", "pretrain_lm", "word_vectors", "interpretable_adv", "quoted_systems", "results"):
        done = subprocess.run(
            [sys.executable, "-OO", "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 and done.stdout.startswith("usage:") and not done.stderr
