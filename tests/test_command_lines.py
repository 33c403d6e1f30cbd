"""Proves for every command of every program that its help explains it, with examples, in the form of all others."""

import argparse
import contextlib
import importlib
import io
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from iadv_foundation.console.completion import script
from iadv_foundation.console.parser import Program
from iadv_foundation.version import __version__
from workflow import pipeline
from workflow.completion import OF_THE_SCRIPT, STAGES

ROOT = Path(__file__).resolve().parents[1]
PARSERS = {module.partition(".")[0]: importlib.import_module(module).parser for module in STAGES}
#: Options that :mod:`iadv_foundation.console.options` makes.
SHARED = (
    "--recipe",
    "--scale",
    "--seed",
    "--device",
    "--out",
    "--split",
    "--overwrite",
    "--quiet",
    "--time-limit",
    "--set",
    "--print-config",
    "--version",
    "--print-completion",
    "--help",
)
METAVAR = re.compile(r"[A-Z][A-Z.]*([=,][A-Z.]+)*")


def commands_of(parser):
    """Yield a parser and those of its commands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from commands_of(command)


EVERY = [pytest.param(command, id=command.prog) for parser in PARSERS.values() for command in commands_of(parser())]


def test_every_program_is_among_them():
    found = {path.parent.name for path in ROOT.glob("*/__main__.py")}
    assert {*PARSERS, "workflow"} == found


@pytest.mark.parametrize("command", EVERY)
def test_it_is_described(command):
    assert command.description and len(command.description.split()) >= 6
    assert re.fullmatch(r"[A-Z].*[.]", command.description, re.DOTALL)
    for text in (command.description, *(action.help for action in command._actions)):
        assert text and not re.search(r"``|:\w+:`|\*\*", text)


@pytest.mark.parametrize("command", EVERY)
def test_its_examples_can_be_parsed(command):
    assert len(set(command.examples)) >= 2
    for example in command.examples:
        assert parsed(f"{command.prog} {example}").parser is not None
        assert len(f"  {command.prog} {example}") <= 140


def parsed(line):
    """The namespace of a command line of a stage; it raises where the words are wrong."""
    program, dash_m, stage, *words = shlex.split(line, comments=True)
    assert (program, dash_m) == ("python", "-m")
    return PARSERS[stage]().parse_args(words)


@pytest.mark.parametrize("command", EVERY)
def test_its_options_have_one_form(command):
    for action in command._actions:
        takes_words = action.nargs != 0
        assert not takes_words or METAVAR.fullmatch(action.metavar), action
        assert not re.search(r"\(default [^)]|default is|\(default:\S", action.help), action.help
        if action.default not in (None, False, argparse.SUPPRESS, [], "") and takes_words and action.dest != "deadline":
            assert "default" in action.help, action.help


@pytest.mark.parametrize("option", SHARED)
def test_a_shared_option_is_the_same_everywhere(option):
    found = [
        action for parameter in EVERY for action in parameter.values[0]._actions if option in action.option_strings
    ]
    assert found and len({(action.dest, action.metavar, action.help) for action in found}) == 1


@pytest.mark.parametrize("stage", PARSERS)
def test_the_version_is_that_of_all(stage, capsys):
    with pytest.raises(SystemExit) as ended:
        PARSERS[stage]().parse_args(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"interpretable_adv {__version__}\n")


@pytest.mark.parametrize("stage", PARSERS)
def test_help_takes_nothing_that_is_slow_to_load(stage):
    heavy = ["chainer", "pandas", "scipy", "matplotlib", "gensim", "sklearn", "snakemake", "shtab", "torch"]
    module = next(module for module in STAGES if module.startswith(f"{stage}."))
    code = (
        f"import sys, {module} as cli; cli.parser().format_help(); "
        f"print(*(name for name in {heavy} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def shown_commands(text):
    """The command lines of a text: lines of code and what stands between backticks, without lines with brackets."""
    text = text.replace("\\\n", " ")
    code = re.findall(r"^ *((?:python -m |\./reproduce\.sh).*)$", text, re.MULTILINE)
    without_headings = re.sub(r"^#.*$", "", text, flags=re.MULTILINE)
    inline = re.findall(r"`((?:python -m \w+|\./reproduce\.sh) [^`\n]+)`", without_headings)
    for line in [*code, *inline]:
        if "[" not in line:
            yield line


#: What users read.
TEXTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "measured").rglob("README.md")),
]
SHOWN = list(
    dict.fromkeys((path.relative_to(ROOT), line) for path in TEXTS for line in shown_commands(path.read_text("utf-8")))
)


@pytest.mark.parametrize("line", dict.fromkeys(line for _, line in SHOWN))
def test_commands_in_texts_can_be_parsed(line, tmp_path, monkeypatch):
    if "--cluster my-cluster" in line:  # a copy of one of ours, as the text says
        shutil.copytree(ROOT / "workflow" / "profiles" / "slurm", tmp_path / "my-cluster")
    monkeypatch.chdir(tmp_path)
    check(line.replace(" TARGET ", " table3 "))


def check(line):
    """Parse a command line of a stage or of reproduce.sh."""
    if line.startswith("python"):
        parsed(line)
        return
    words = shlex.split(line, comments=True)[1:]
    if words and words[0] in OF_THE_SCRIPT:
        return
    if words[:1] == ["compare"]:
        words = ["compare", f"--corpus={words[1]}", *words[2:]]
    given = words if words and not words[0].startswith("-") else ["quick", *words]
    assert pipeline.parse([*given, "--out", "out", *([] if "--seeds" in given else ["--seeds", "1"])])


def test_there_are_commands_in_the_texts():
    of_page = {path.name: [line for one, line in SHOWN if one.name == path.name] for path, _ in SHOWN}
    assert len(of_page["README.md"]) > 5 and any(line.startswith("./reproduce.sh") for line in of_page["README.md"])
    assert len(of_page["tutorial.md"]) > 5 and len(of_page["commands.md"]) > 50


class TestScript:
    """``reproduce.sh``'s own help and its parser in Python say the same."""

    def run(self, *words):
        return subprocess.run([ROOT / "reproduce.sh", *words], capture_output=True, text=True, check=False)

    def test_help_has_the_parser_s_options_and_targets(self):
        text = self.run("--help").stdout
        shown = set(re.findall(r"^  (--[\w-]+)", text, re.MULTILINE))
        options = {
            option
            for action in pipeline.parser()._actions
            for option in action.option_strings
            if action.help != argparse.SUPPRESS and option.startswith("--")
        }
        assert shown == options - {"--help"}
        targets = text.partition("targets\n")[2].partition("options\n")[0]
        names = set(re.findall(r"^  (\w+)", targets, re.MULTILINE)) | {f"table{number}" for number in range(2, 7)}
        assert names | {"help"} == {*pipeline.parser()._get_positional_actions()[0].choices, *OF_THE_SCRIPT}

    def test_its_slips_are_looked_for_among_all_options_and_targets(self):
        source = (ROOT / "reproduce.sh").read_text(encoding="utf-8")
        options = set(re.search(r"^options=\(([^)]*)\)$", source, re.MULTILINE)[1].split())
        assert options == {
            option
            for action in pipeline.parser()._actions
            for option in action.option_strings
            if action.help != argparse.SUPPRESS and option.startswith("--")
        }

    def test_examples_can_be_parsed(self):
        lines = list(shown_commands(self.run("--help").stdout.partition("\nexamples\n")[2]))
        assert len(lines) >= 3
        for line in lines:
            check(line)

    def test_the_version(self):
        done = self.run("--version")
        assert (done.returncode, done.stdout, done.stderr) == (0, f"interpretable_adv {__version__}\n", "")

    @pytest.mark.parametrize(
        "words, hint",
        [
            (["trian"], None),
            (["tabel3"], "table3"),
            (["comapre"], "compare"),
            (["tset"], "test"),
            (["quikc"], "quick"),
            (["figure"], "figure4"),
            (["table8"], None),
            (["table"], None),
            (["zebra"], None),
            (["--seed", "3"], "--seeds"),
            (["--sorce=x"], "--source"),
            (["--dryrun"], "--dry-run"),
            (["--verison"], "--version"),
            (["-n"], None),
            (["--scale", "qiuck"], "quick"),
            (["--scale", "large"], None),
            (["--recipe", "author"], "authors"),
            (["--print-completion", "bsah"], "bash"),
            (["--print-completion=zhs"], "zsh"),
            (["--print-completion"], None),
        ],
    )
    def test_slips(self, words, hint):
        done = self.run(*words)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        found = re.search(r"\(did you mean (\S+)\?\)", done.stderr)
        assert (found and found[1]) == hint


class TestCompletion:
    """The scripts that shells evaluate, where ``shtab`` is there."""

    @pytest.fixture(autouse=True)
    def shtab(self):
        pytest.importorskip("shtab")

    @pytest.mark.parametrize(
        "words, expected",
        [
            (["python", "-m", ""], set(PARSERS)),
            (["python", "-m", "interpretable_adv", "tr"], {"train"}),
            (["python", "-m", "interpretable_adv", "train", "imdb", "--meth"], {"--method"}),
            (
                ["python", "-m", "interpretable_adv", "train", "imdb", "--method", "iva"],
                {"ivat", "ivat-rand", "ivat-best"},
            ),
            (["python", "-m", "interpretable_adv", "train", "imdb", "--scale", "p"], {"paper"}),
            (["python", "-m", "data_prep", "sample-s"], {"sample-sec"}),
            (["python", "-m", "results", "figure", ""], {"3", "4", "5", "6", "interpretability"}),
            (["python", "something.py", ""], set()),
            (["python", "-m", "http.server", ""], set()),
            (["reproduce.sh", "comp"], {"compare"}),
            (["reproduce.sh", "se"], {"setup"}),
            (["reproduce.sh", "table3", "--scale", "r"], {"reduced"}),
        ],
    )
    def test_bash(self, words, expected, tmp_path):
        done = subprocess.run(
            [sys.executable, "-m", "workflow.completion", "bash"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        path = tmp_path / "completion.bash"
        path.write_text(done.stdout)
        function = "_python_m_stage" if words[0] == "python" else "_shtab_reproduce_sh"
        code = (
            f"source {shlex.quote(str(path))}; COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}; "
            f"{function}; "
            'printf "%s\\n" "${COMPREPLY[@]}"'
        )
        done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
        assert set(done.stdout.split()) == expected

    @pytest.mark.parametrize("stage", PARSERS)
    def test_a_stage_prints_its_own(self, stage, capsys):
        with pytest.raises(SystemExit) as ended:
            PARSERS[stage]().parse_args(["--print-completion", "zsh"])
        shown = capsys.readouterr().out
        assert ended.value.code == 0 and f"#compdef {stage}\n" in shown and f"compadd -- {stage}\n" in shown

    def test_every_shell_can_read_it(self, tmp_path):
        for shell in ("bash", "zsh"):
            if shutil.which(shell):
                path = tmp_path / shell
                path.write_text(script([parser() for parser in PARSERS.values()], shell))
                assert subprocess.run([shell, "-n", path], check=False).returncode == 0


def test_completion_without_shtab_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    with contextlib.redirect_stdout(io.StringIO()), pytest.raises(Exception, match="needs the package shtab"):
        script([Program(prog="python -m thing")], "bash")
