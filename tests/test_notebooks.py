"""Proves that the notebooks run from any folder, as somebody would run them, and show their outputs when read."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

for needed in ("nbformat", "nbclient", "ipykernel"):
    if importlib.util.find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed: pip install -r requirements-dev.txt", allow_module_level=True)

import nbformat  # noqa: E402  (behind the look whether they are there)
from jupyter_client.manager import KernelManager  # noqa: E402
from nbclient import NotebookClient  # noqa: E402


def kinds(cell):
    """What a cell shows, apart from warnings: list of (kind of output, its formats)."""
    return [(one.output_type, sorted(one.get("data", ()))) for one in cell.outputs if one.output_type != "stream"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_its_outputs_are_stored(path, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    stored, run = (nbformat.read(path, as_version=4) for _ in range(2))
    manager = KernelManager()
    manager.kernel_spec.argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(run, km=manager, timeout=300, resources=resources).execute()  # raises where a cell fails
    cells = [cell for cell in stored.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    shown = [cell for cell in run.cells if cell.cell_type == "code"]
    assert [kinds(cell) for cell in cells] == [kinds(cell) for cell in shown]
    assert sum("image/png" in formats for cell in cells for _, formats in kinds(cell)) >= 2
    assert not [one for cell in cells for one in cell.outputs if one.output_type in ("stream", "error")]
    assert list(tmp_path.iterdir()) == []


def test_there_are_notebooks():
    assert NOTEBOOKS
