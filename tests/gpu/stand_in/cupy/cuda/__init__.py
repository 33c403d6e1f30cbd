"""``cupy.cuda``: devices, streams and what the driver tells."""

from cupy._devices import DEVICES, Device, count  # noqa: F401
from cupy.cuda import cublas, runtime  # noqa: F401


class Stream:
    """Everything is done at once, in order."""

    null = None
    ptr = 0

    def __init__(self, null=False, non_blocking=False, ptds=False):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def synchronize(self):
        """Counted."""
        count("read")


Stream.null = Stream()


class Event:
    """A moment."""

    def record(self, stream=None):
        """Nothing is timed."""

    def synchronize(self):
        """Counted."""
        count("read")


def is_available():
    """Whether there is a device."""
    return True


def get_current_stream():
    """The one stream."""
    return Stream.null
