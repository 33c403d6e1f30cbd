"""What ours is compared with: the same work written plainly on stock Chainer and on PyTorch."""
import functools
import importlib.util


@functools.cache
def have_pytorch():
    """Whether PyTorch is installed; if not, says once how to install it."""
    if importlib.util.find_spec("torch") is not None:
        return True
    print("PyTorch is not installed, so it is left out: pip install -r requirements-benchmarks.txt", flush=True)
    return False
