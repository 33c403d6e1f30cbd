"""The GPU tests on a machine without a GPU: a strict stand-in takes the place of CuPy (``stand_in/``).

It shows that the product asks CuPy for nothing that CuPy 14.2 does not have, mixes no arrays of host and device, gives
its kernels what they are written for and computes what the CPU does.  It does not show that CuPy's own code is right,
nor anything about speed, memory or a real driver.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STAND_IN = Path(__file__).with_name("stand_in")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(tmp_path):
    if not shutil.which("g++"):
        pytest.skip("no g++ to compile the kernels for the CPU")
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(STAND_IN), str(ROOT)]),
        "STAND_IN_KERNELS": str(tmp_path / "kernels"),
    }


def test_all_gpu_tests_pass_and_none_is_skipped(environment, tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            "-q",
            "-rs",
            "-m",
            "gpu",
            f"--basetemp={tmp_path / 'tests'}",
            "tests/gpu",
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert "skipped" not in done.stdout.splitlines()[-1], done.stdout[-2000:]


def test_the_doctor_finds_the_device_well(environment):
    done = subprocess.run(
        [sys.executable, "-m", "interpretable_adv", "doctor", "--device", "1"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == "all is well on the CPU and GPU 1"
