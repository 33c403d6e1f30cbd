"""Devices: the CPU and, where there is one (``pytest -m gpu`` runs those alone), a GPU; a CPU without PyTorch."""

import pytest

from benchmarks.devices import CPU, Cpu, device_for
from iadv_foundation.arithmetic.device import find_gpus


@pytest.fixture(params=["cpu", pytest.param("gpu", marks=pytest.mark.gpu)])
def device(request):
    """The CPU, then the first GPU (benchmarks.devices.Cpu)."""
    if request.param == "cpu":
        return CPU
    names, why_none = find_gpus()
    if not names:
        pytest.skip(f"no GPU: {why_none}")
    return device_for(0)


@pytest.fixture
def require_pytorch():
    """A function that skips the test where PyTorch cannot be measured on a device."""

    def require(device):
        if not device.have_pytorch():
            pytest.skip("no PyTorch for this device: pip install -r requirements-benchmarks.txt")

    return require


@pytest.fixture
def without_pytorch():
    """The CPU as if PyTorch was not installed (benchmarks.devices.Cpu)."""
    device = Cpu(CPU.chainer)
    device.have_pytorch = lambda: False
    return device
