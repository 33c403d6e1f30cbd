"""The device of a test: the CPU, and a GPU where there is one (``pytest -m gpu`` runs those alone).

With ``PYTHONPATH=tests/gpu/stand_in`` a strict stand-in takes the place of CuPy and the CPU that of the GPU, as
``test_on_the_stand_in.py`` does.
"""

import pytest

from iadv_foundation.arithmetic import device as devices


def first_gpu():
    """The first GPU (chainer.backend.Device); the test is skipped, with the reason, where there is none."""
    names, why_none = devices.find_gpus()
    if not names:
        pytest.skip(f"no GPU: {why_none}")
    return devices.select_device(0)


@pytest.fixture(params=["cpu", pytest.param("gpu", marks=pytest.mark.gpu)])
def device(request):
    """The CPU, then the first GPU (chainer.backend.Device)."""
    return devices.select_device(-1) if request.param == "cpu" else first_gpu()


@pytest.fixture
def cupy():
    """CuPy, or what stands in for it, on a machine with a GPU."""
    return first_gpu().xp
