"""``cupy.cuda.runtime``, as a machine with two cards answers."""

from cupy._devices import DEVICES


def runtimeGetVersion():
    """Of CUDA 13.0."""
    return 13000


driverGetVersion = runtimeGetVersion


def getDeviceCount():
    """Two."""
    return DEVICES


def getDeviceProperties(number):
    """The name alone."""
    return {"name": b"stand-in on the CPU"}
