"""The device of a test: the CPU, and a GPU where there is one (``pytest -m gpu`` runs those alone)."""
import pytest

from foundation.arithmetic import device as devices


@pytest.fixture(params=["cpu", pytest.param("gpu", marks=pytest.mark.gpu)])
def device(request):
    """The CPU, then the first GPU (chainer.backend.Device)."""
    if request.param == "cpu":
        return devices.select_device(-1)
    names, why_none = devices.find_gpus()
    if not names:
        pytest.skip(f"no GPU: {why_none}")
    return devices.select_device(0)
