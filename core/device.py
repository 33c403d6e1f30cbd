"""Which processor a command runs on."""
from core import compat  # noqa: F401  (before chainer)
import chainer

from core.errors import UsageError, UserError


def add_device_option(parser):
    """Add ``--device`` to an ``argparse`` parser."""
    parser.add_argument("--device", type=int, default=-1, metavar="N", help="number of a GPU, or -1 for the CPU (default)")


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
    available = _count_gpus()
    if number >= available:
        found = f"CuPy sees {available} GPU(s)" if available else "CuPy sees no GPU (see requirements-gpu.txt)"
        raise UserError(f"--device {number}: {found}; use --device -1 for the CPU")
    device = chainer.get_device(f"@cupy:{number}")
    device.use()
    return device


def _count_gpus():
    # chainer.backends.cuda.available may be True without a GPU, and CuPy 13 raises without a driver: ask CuPy, carefully.
    try:
        import cupy
        return cupy.cuda.runtime.getDeviceCount() if cupy.cuda.is_available() else 0
    except Exception:  # noqa: BLE001  (CuPy's own errors exist only where CuPy does; any of them means no usable GPU)
        return 0
