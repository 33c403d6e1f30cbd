"""Which processor a command runs on."""

import chainer
import numpy as np
from chainer.backends import cuda

from iadv_foundation import old_chainer
from iadv_foundation.errors import UsageError, UserError


def select_device(number):
    """The Chainer device for ``--device``, ready for use.

    Args:
        number (int): number of a GPU, or -1 for the CPU.

    Returns:
        chainer.backend.Device

    Raises:
        UsageError: ``number`` is below -1.
        UserError: there is no such GPU, or CuPy cannot use it.
    """
    if number < -1:
        raise UsageError(f"--device {number}: write the number of a GPU, or -1 for the CPU")
    if number == -1:
        return chainer.get_device("@numpy")
    gpus, why_none = find_gpus()
    if number >= len(gpus):
        found = f"there are {len(gpus)} GPUs, numbered from 0" if len(gpus) > 1 else "there is one GPU, number 0"
        raise UserError(f"--device {number}: {why_none or found}; use --device -1 for the CPU")
    device = chainer.get_device(f"@cupy:{number}")
    device.use()
    return device


def describe(device):
    """A device (chainer.backend.Device) for a run's records: its name to Chainer and, of a GPU, the card's (str)."""
    if device.xp is np:
        return device.name
    return f"{device.name} {find_gpus()[0][device.device.id]}"


def find_gpus():
    """The GPUs that Chainer can use.

    ``chainer.backends.cuda.available`` may be True where there is none: it only says that CuPy could be imported.

    Returns:
        list of str, their names; and, where there is none, why, and what to do about it (str), otherwise None.
    """
    installed = old_chainer.installed_cupys()
    if not installed:
        return (
            [],
            "CuPy is not installed (./reproduce.sh setup --device 0 installs it, or pip install 'cupy-cuda13x[ctk]')",
        )
    name, version = next(iter(installed.items()))
    if not cuda.available:
        return [], (
            f"Chainer cannot use {name} {version} ({' '.join(str(cuda._resolution_error).split())}): install CUDA's "
            "libraries beside it, as requirements-gpu.txt says"
        )
    runtime = cuda.cupy.cuda.runtime
    try:
        needed, driver = runtime.runtimeGetVersion() // 1000, runtime.driverGetVersion() // 1000
        if not driver:
            return [], f"{name} {version} finds no NVIDIA driver, so no GPU: nvidia-smi should list one"
        if driver < needed:
            return [], (
                f"the driver is for CUDA {driver} and {name} for CUDA {needed}: update the driver, or install the "
                "CuPy for the driver, as requirements-gpu.txt says"
            )
        names = [runtime.getDeviceProperties(number)["name"].decode() for number in range(runtime.getDeviceCount())]
    except Exception as error:  # CuPy's own errors exist only where CuPy does; any of them means no usable GPU
        return [], f"{name} {version} finds no GPU ({' '.join(str(error).split())}): nvidia-smi should list one"
    return names, None if names else f"{name} {version} finds no GPU: nvidia-smi should list one"
