"""Pictures have the same bytes under any settings of the user's, and are made under any backend a notebook names."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DRAW = """
import sys
from pathlib import Path
from iadv_foundation.console import cli

def main(argv):
    from matplotlib.figure import Figure
    from iadv_foundation.console.pictures import drawing, save
    with drawing():
        figure = Figure(figsize=(2, 2), layout="constrained")
        axes = figure.subplots()
        axes.plot([1, 2, 3], label="a_b")
        axes.set_title("title")
        axes.legend()
        save(figure, Path(argv[0]))

cli.run(main, "p", sys.argv[1:])
"""
RC = """
text.usetex: True
text.color: white
savefig.bbox: tight
savefig.facecolor: red
savefig.transparent: True
font.weight: bold
font.size: 30
axes.grid: True
lines.linewidth: 9
axes.prop_cycle: cycler('color', ['red'])
svg.fonttype: none
"""


def drawn(folder, name, **environment):
    done = subprocess.run(
        [sys.executable, "-c", DRAW, str(folder / name)],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return (folder / name).read_bytes()


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_equal_bytes_under_any_settings(tmp_path, kind):
    for name in ("variable", "here", "home/matplotlib", "plain"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("variable", "here", "home/matplotlib"):
        (tmp_path / name / "matplotlibrc").write_text(RC)
    plain = drawn(tmp_path / "plain", f"a.{kind}")
    assert drawn(tmp_path / "here", f"a.{kind}") == plain
    assert drawn(tmp_path / "plain", f"b.{kind}", MATPLOTLIBRC=str(tmp_path / "variable")) == plain
    assert drawn(tmp_path / "plain", f"c.{kind}", XDG_CONFIG_HOME=str(tmp_path / "home")) == plain
    assert drawn(tmp_path / "plain", f"d.{kind}", MPLBACKEND="module://nowhere.backend_inline") == plain


@pytest.mark.parametrize("first", ["", "import chainer\n"])
def test_chainer_s_variables_do_not_reach_a_command(first):
    code = (
        f"import iadv_foundation\n{first}from iadv_foundation.console import cli\n"
        "def main(argv):\n    import chainer\n    import numpy\n"
        "    print(numpy.dtype(chainer.config.dtype), chainer.config.debug)\ncli.run(main, 'p', [])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "CHAINER_DTYPE": "float16", "CHAINER_DEBUG": "1"},
        check=False,
    )
    assert (done.stdout, done.stderr) == ("float32 False\n", "")
