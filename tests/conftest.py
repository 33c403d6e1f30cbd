"""Fixtures of several packages' tests."""

import os
from pathlib import Path

import hypothesis
import pytest

import iadv_foundation  # noqa: F401  (repairs Chainer for whoever imports it)

# The same examples each time, however busy the machine is.
hypothesis.settings.register_profile("deterministic", deadline=None, derandomize=True)
hypothesis.settings.load_profile("deterministic")

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def real_data():
    """Folder with the real corpora (pathlib.Path): ``INTERPRETABLE_ADV_DATA``, or what stands beside the repository."""
    folder = Path(os.environ.get("INTERPRETABLE_ADV_DATA") or _BESIDE)
    if not folder.is_dir():
        pytest.skip("no real corpora here: set INTERPRETABLE_ADV_DATA to their folder")
    return folder


def pytest_collection_modifyitems(config, items):
    """Tests that take minutes on a Slurm run where they are asked for by name or mark."""
    if "slurm" in config.option.markexpr or any("test_slurm.py::" in argument for argument in config.args):
        return
    for item in items:
        if item.get_closest_marker("slurm"):
            item.add_marker(pytest.mark.skip(reason="takes minutes: ./reproduce.sh test -m slurm"))
