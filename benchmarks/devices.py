"""The processor that all sides of a comparison run on: the CPU, or one GPU."""

import functools
import gc
import importlib.util
import os

import chainer
from chainer.backends import cuda

from iadv_foundation.arithmetic.device import describe, select_device

#: Of the free memory, the part that a peer may take.
_SHARE_OF_MEMORY = 0.8


class Cpu:
    """The CPU.

    Args:
        device (chainer.backend.Device): for our side and for stock Chainer.

    Attributes:
        chainer (chainer.backend.Device)
        torch (str): what PyTorch calls it.
        about (dict of str to JSON value): what every record says of it.
        large_product (int): rows and columns of a product that shows its rate.
    """

    torch, large_product = "cpu", 2048

    def __init__(self, device):
        self.chainer, self.about = device, {"device": describe(device)}

    def send(self, array):
        """An array (numpy.ndarray) for our side and for stock Chainer."""
        return self.chainer.send(array)

    def synchronise(self):
        """Wait until all that was begun is done; a CPU's work is."""

    def memory_for_peer(self):
        """Bytes that a peer may take, or None where the system does not tell."""
        try:
            with open("/proc/meminfo", encoding="utf-8") as opened:
                free = next(int(line.split()[1]) * 1024 for line in opened if line.startswith("MemAvailable"))
        except (OSError, StopIteration):
            return None
        return _SHARE_OF_MEMORY * free

    @functools.cache  # noqa: B019  (a process has one device)
    def have_pytorch(self):
        """Whether PyTorch can be measured here; if not, says once why."""
        if importlib.util.find_spec("torch") is not None:
            return True
        print("PyTorch is not installed, so it is left out: pip install -r requirements-benchmarks.txt", flush=True)
        return False

    def stock_chainer(self, size, make):
        """``make()``, a peer on stock Chainer as a callable without arguments, or None where it does not work.

        Args:
            size (str): benchmark and size, for the line that says so.
            make (callable)
        """
        return make()


class Gpu(Cpu):
    """A GPU, the same card for CuPy and for PyTorch.

    Products of float32 numbers are made from float32 numbers on both sides; with ``CUPY_TF32=1``, which CuPy knows,
    from TF32 on both.  By itself PyTorch would use TF32 in its LSTM alone.

    Args:
        device (chainer.backend.GpuDevice)
    """

    large_product = 4096

    def __init__(self, device):
        super().__init__(device)
        self.number = device.device.id
        self.torch = f"cuda:{self.number}"
        self.tf32 = int(os.environ.get("CUPY_TF32", "0")) > 0
        self.about["tf32"] = self.tf32
        self._torch = None  # torch.cuda, once it is known to work

    def synchronise(self):
        """Wait for both libraries."""
        self.chainer.device.synchronize()
        if self._torch is not None:
            self._torch.synchronize(self.torch)

    def memory_for_peer(self):
        """Bytes of the card that a peer may take, after both libraries have given back what they keep for later."""
        gc.collect()
        cuda.cupy.get_default_memory_pool().free_all_blocks()
        if self._torch is not None:
            self._torch.empty_cache()
        return _SHARE_OF_MEMORY * self.chainer.device.mem_info[0]

    @functools.cache  # noqa: B019  (a process has one device)
    def have_pytorch(self):
        """See :meth:`Cpu.have_pytorch`; settles what PyTorch makes products from."""
        if not super().have_pytorch():
            return False
        torch = importlib.import_module("torch")
        if self.number >= torch.cuda.device_count():
            print(
                f"PyTorch {torch.__version__} finds no GPU {self.number}, so it is left out: install its build for "
                "this driver's CUDA",
                flush=True,
            )
            return False
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = self.tf32
        self._torch = torch.cuda
        return True

    def stock_chainer(self, size, make):
        """See :meth:`Cpu.stock_chainer`; calls the peer once to see whether it works without cuDNN,
        which CuPy 14 does not have.
        """
        try:
            peer = make()
            peer()
            self.synchronise()
        except Exception as error:  # Chainer is older than this CuPy: whatever it says, it is left out
            print(
                f"{size}: stock Chainer left out: on this GPU, without cuDNN, it fails with {type(error).__name__}: "
                f"{' '.join(str(error).split())}",
                flush=True,
            )
            return None
        return peer


@functools.cache
def device_for(number):
    """The device for ``--device``: number of a GPU, or -1 for the CPU.

    Raises:
        UsageError, UserError: see :func:`iadv_foundation.arithmetic.device.select_device`.
    """
    device = select_device(number)
    return CPU if number == -1 else Gpu(device)


CPU = Cpu(chainer.get_device("@numpy"))


def as_numpy(array):
    """An array of either device on the CPU (numpy.ndarray)."""
    return CPU.send(array)
