"""What a caller's environment holds does not change what commands show: a notebook's kernel, another Python's
settings.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.interpretable_adv.conftest import run_of

ROOT = Path(__file__).resolve().parents[2]
TEXT = "great word1 word2"
#: What ipykernel 6 and 7 set for the processes that a cell starts, and those of older notebooks.
KERNEL = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "JPY_PARENT_PID": "1",
    "JPY_SESSION_NAME": "notebook.ipynb",
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "CLICOLOR_FORCE": "1",
    "FORCE_COLOR": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "PYDEVD_USE_FRAME_EVAL": "NO",
}
ENVIRONMENTS = {
    "kernel": KERNEL,
    "old kernel": {"MPLBACKEND": "module://ipykernel.pylab.backend_inline"},
    "warnings": {"PYTHONWARNINGS": "error"},
    "no docstrings": {"PYTHONOPTIMIZE": "2"},
    "development": {"PYTHONDEVMODE": "1"},
    "another encoding": {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"},
    "what changes nothing": {
        "PYTHONHASHSEED": "7",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONFAULTHANDLER": "1",
        "PYTHONNOUSERSITE": "1",
        "TZ": "Asia/Kolkata",
        "SOURCE_DATE_EPOCH": "1",
        "CDPATH": "/",
        "CHAINER_DTYPE": "float16",
        "CHAINER_DEBUG": "1",
        "CHAINER_TYPE_CHECK": "0",
        "PIP_TARGET": "/nowhere",
    },
}


def shown(folder, words, **variables):
    """What a command prints and writes: (str, dict of file name to bytes)."""
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), (words, done.stderr)
    return done.stdout, {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def lines(finished):
    run = str(run_of(finished, "classification"))
    return {
        "explain": [
            *("interpretable_adv", "explain", run, TEXT, "--image", "a.png", "--json", "a.json", "--html", "a.html")
        ],
        "figure": ["results", "figure", "3", "--out", str(finished), "--write", "."],
    }


@pytest.fixture(scope="module")
def plain(lines, tmp_path_factory):
    """What each command shows in an environment without such variables."""
    return {name: shown(tmp_path_factory.mktemp("plain"), words) for name, words in lines.items()}


@pytest.mark.parametrize("name, command", [*((name, "explain") for name in ENVIRONMENTS), ("kernel", "figure")])
def test_commands_show_the_same(lines, plain, tmp_path, name, command):
    assert len(plain[command][1]) > 1
    assert shown(tmp_path, lines[command], **ENVIRONMENTS[name]) == plain[command]


CELLS = """
import subprocess, sys
done = subprocess.run([sys.executable, "-m", "interpretable_adv", "explain", {run!r}, {text!r}, "--image", "a.png"],
                      capture_output=True, text=True)
print([done.returncode, done.stdout, done.stderr])
%%%
!{{sys.executable}} -m results report --out {out!r} --write .
%%%
from interpretable_adv.cli import main
main(["explain", {run!r}, {text!r}, "--image", "b.png"])
%%%
from iadv_foundation.console import cli
try:
    cli.run(main, "python -m interpretable_adv", ["evaluate", {run!r}])
except SystemExit as end:
    print("status", end.code)
%%%
from interpretable_adv.trained import open_run
print(open_run({run!r}).title)
%%%
%matplotlib inline
import matplotlib.pyplot as plt
plt.plot([1, 2]); plt.show()
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """A function that runs a cell in a real kernel of this Python: everything it shows (str)."""
    manager = pytest.importorskip("jupyter_client", reason="Jupyter is not installed").manager
    pytest.importorskip("ipykernel", reason="Jupyter is not installed")
    folder = tmp_path_factory.mktemp("notebook")
    started, client = manager.start_new_kernel(
        cwd=str(folder), env={**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder), "NO_COLOR": "1"}
    )

    def run(cell):
        found = []
        client.execute_interactive(cell, timeout=120, output_hook=lambda message: found.append(message["content"]))
        return json.dumps(found)

    yield run
    client.stop_channels()
    started.shutdown_kernel(now=True)


def test_in_a_real_notebook(kernel, finished):
    run = str(run_of(finished, "classification"))
    cells = CELLS.format(run=run, out=str(finished), text=TEXT).split("%%%")
    outputs = [kernel(cell) for cell in cells]
    for cell, output in zip(cells, outputs, strict=True):
        assert "Traceback" not in output and '"ename"' not in output, (cell, output)
    assert "[0, " in outputs[0] and "great" in outputs[0] and "report.html" in outputs[1] and "great" in outputs[2]
    assert "status 0" in outputs[3] and "error rate" in outputs[3] and "sample-sec iadvt seed 0" in outputs[4]
    assert "image/png" in outputs[5]
