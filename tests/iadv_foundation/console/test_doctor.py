"""``doctor`` says what is wrong and what to do about it, in lines, never in a traceback."""

import subprocess
import sys
import types
from pathlib import Path

import pytest

from iadv_foundation.arithmetic import device
from iadv_foundation.console.doctor import Doctor
from iadv_foundation.errors import UserError

ROOT = Path(__file__).resolve().parents[3]


def raising(error):
    def check(device):
        raise error

    return check


@pytest.fixture
def examine(monkeypatch, capsys):
    """Let a doctor try these checks; returns exit status and lines printed."""

    def examine(*checks, gpus=(), number=-1):
        monkeypatch.setitem(sys.modules, "made_up_checks", types.SimpleNamespace(CHECKS=list(checks)))
        monkeypatch.setattr(device, "find_gpus", lambda: (list(gpus), None if gpus else "there is no such thing here"))
        select = device.select_device
        monkeypatch.setattr(
            device, "select_device", lambda number: select(-1) if number < len(gpus) else select(number)
        )
        status = Doctor(("made_up_checks",), number).examine()
        return status, capsys.readouterr().out.splitlines()

    return examine


def test_all_is_well(examine):
    status, lines = examine(("adding", lambda device: "right", "buy another"))
    assert status == 0 and lines[-1] == "all is well on the CPU"
    assert lines[0].startswith("versions   Python 3.") and "chainer 7.8.1" in lines[0]
    assert any(line.startswith("self-test  the CPU: adding: right (") for line in lines)
    assert "GPU        none: there is no such thing here" in lines


def test_a_gpu_is_tested_too(examine):
    seen = []
    status, lines = examine(("adding", lambda device: seen.append(device) or "right", ""), gpus=["H100", "H200"])
    assert status == 0 and len(seen) == 2 and lines[-1] == "all is well on the CPU and GPU 0"
    assert "GPU 1      H200" in lines
    assert any(line.startswith("self-test  GPU 0: adding: right") for line in lines)


def test_what_is_wrong_comes_with_what_to_do(examine):
    status, lines = examine(
        ("adding", raising(AssertionError("2 + 2\nis 5")), "buy another"),
        ("a file", raising(UserError("x is missing: run y")), "not this"),
        ("more", lambda device: "right", ""),
    )
    assert status == 1
    assert lines[-3:] == [
        "problem    adding on the CPU: AssertionError, 2 + 2 is 5; what to do: buy another",
        "problem    a file on the CPU: x is missing: run y",
        "2 problems",
    ]
    assert any("more: right" in line for line in lines)


def test_a_gpu_that_was_asked_for_and_is_not_there_is_a_problem(examine):
    status, lines = examine(("adding", lambda device: "right", ""), number=3)
    assert status == 1 and lines[-1] == "1 problem"
    assert lines[-2] == "problem    --device 3: there is no such thing here; use --device -1 for the CPU"


@pytest.mark.parametrize(
    "broken, line",
    [
        ("sys.modules['chainer.backends'] = None", None),
        (
            "import importlib.metadata as m; real = m.version\n"
            "def version(name):\n    if name == 'chainer': raise m.PackageNotFoundError(name)\n    return real(name)\n"
            "m.version = version",
            "problem    Chainer is not installed: run ./reproduce.sh setup, or install chainer==7.8.1 "
            "as requirements.txt says",
        ),
        (
            "sys.modules['numpy'] = None",
            "problem    ModuleNotFoundError, import of numpy halted; None in sys.modules; what to do: set the "
            "environment up anew (./reproduce.sh setup, or requirements.txt by hand) and run doctor again",
        ),
    ],
)
def test_a_broken_installation_is_no_traceback(broken, line):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys\n{broken}\nfrom iadv_foundation.console.cli import run\n"
            "from interpretable_adv.cli import main\nrun(main, 'p', ['doctor'])",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-1] == "1 problem"
    assert line is None or done.stdout.splitlines()[-2] == line


def test_the_command_tests_this_machine():
    done = subprocess.run(
        [sys.executable, "-m", "interpretable_adv", "doctor"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    for what in ("NStepLSTM", "numerical gradients", "adaptive softmax", "Baseline", "iAdvT-Text", "iVAT-Text"):
        assert what in done.stdout
    assert done.stdout.splitlines()[-1].startswith("all is well on the CPU")
