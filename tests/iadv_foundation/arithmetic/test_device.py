"""Choosing a processor: one clear line wherever a GPU cannot be had, with made-up CuPys in place of true ones."""

import types

import pytest
from chainer.backends import cuda

from iadv_foundation import old_chainer
from iadv_foundation.arithmetic import device
from iadv_foundation.errors import UsageError, UserError


def pretend(
    monkeypatch,
    *,
    installed=("cupy-cuda13x", "14.2.0"),
    available=True,
    driver=13000,
    runtime=13020,
    names=(),
    broken=None,
):
    """Let Chainer see a CuPy like this one.

    Args:
        installed (tuple): package and version, or None.
        available (bool): whether Chainer could import it.
        driver, runtime (int): CUDA versions, as CUDA numbers them; 0: no driver.
        names (tuple of str): of the GPUs.
        broken (str): what CuPy says when it is asked for the number of GPUs.
    """

    def count():
        if broken:
            raise RuntimeError(broken)
        return len(names)

    functions = types.SimpleNamespace(
        runtimeGetVersion=lambda: runtime,
        driverGetVersion=lambda: driver,
        getDeviceCount=count,
        getDeviceProperties=lambda number: {"name": names[number].encode()},
    )
    monkeypatch.setattr(old_chainer, "installed_cupys", lambda: dict([installed]) if installed else {})
    monkeypatch.setattr(cuda, "available", available)
    monkeypatch.setattr(
        cuda, "_resolution_error", ImportError("libcublas.so.13: cannot open\nshared object file"), raising=False
    )
    monkeypatch.setattr(cuda, "cupy", types.SimpleNamespace(cuda=types.SimpleNamespace(runtime=functions)))


CASES = [
    (
        {"installed": None},
        "CuPy is not installed (./reproduce.sh setup --device 0 installs it, or pip install 'cupy-cuda13x[ctk]')",
    ),
    (
        {"available": False},
        "Chainer cannot use cupy-cuda13x 14.2.0 (libcublas.so.13: cannot open shared object file): "
        "install CUDA's libraries beside it, as requirements-gpu.txt says",
    ),
    ({"driver": 0}, "cupy-cuda13x 14.2.0 finds no NVIDIA driver, so no GPU: nvidia-smi should list one"),
    (
        {"driver": 12040},
        "the driver is for CUDA 12 and cupy-cuda13x for CUDA 13: update the driver, or install the CuPy for "
        "the driver, as requirements-gpu.txt says",
    ),
    ({"names": ()}, "cupy-cuda13x 14.2.0 finds no GPU: nvidia-smi should list one"),
    (
        {"broken": "cudaErrorNoDevice: no CUDA-capable\ndevice"},
        "cupy-cuda13x 14.2.0 finds no GPU (cudaErrorNoDevice: no CUDA-capable device): nvidia-smi should list one",
    ),
]


@pytest.mark.parametrize("given, why", CASES)
def test_each_reason_for_having_no_gpu_is_told_in_one_line(monkeypatch, given, why):
    pretend(monkeypatch, **given)
    assert device.find_gpus() == ([], why)
    with pytest.raises(UserError) as error:
        device.select_device(0)
    assert str(error.value) == f"--device 0: {why}; use --device -1 for the CPU"
    assert error.value.exit_status == 1


def test_gpus_are_named(monkeypatch):
    pretend(monkeypatch, names=("H100", "H200"))
    assert device.find_gpus() == (["H100", "H200"], None)


@pytest.mark.parametrize(
    "names, line", [(("H100",), "there is one GPU, number 0"), (("H100", "H200"), "there are 2 GPUs, numbered from 0")]
)
def test_a_number_too_high_says_how_many_there_are(monkeypatch, names, line):
    pretend(monkeypatch, names=names)
    with pytest.raises(UserError, match=f"--device 2: {line}; use --device -1 for the CPU"):
        device.select_device(2)


def test_the_cpu_needs_no_cupy(monkeypatch):
    pretend(monkeypatch, installed=None)
    assert str(device.select_device(-1)) == "@numpy"


def test_a_run_records_the_card(monkeypatch):
    pretend(monkeypatch, names=("H100", "H200"))
    gpu = types.SimpleNamespace(xp=cuda.cupy, name="@cupy:1", device=types.SimpleNamespace(id=1))
    assert device.describe(gpu) == "@cupy:1 H200"
    assert device.describe(device.select_device(-1)) == "@numpy"


def test_a_negative_number_is_wrong_usage():
    with pytest.raises(UsageError, match="--device -2"):
        device.select_device(-2)


def test_here():
    """Whatever this machine has: GPUs, or one line that says why not."""
    names, why_none = device.find_gpus()
    assert bool(names) == (why_none is None)
    assert why_none is None or "\n" not in why_none
