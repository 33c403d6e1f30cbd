"""Snapshots of a whole trainer, so that a killed run goes on and ends bit-identically.

Chainer's own ``save_npz`` stores ``None`` by pickle; here it is a marked empty array, so that no file is ever unpickled.
"""
import numpy as np

from core import compat  # noqa: F401  (before chainer)
from chainer import serializers, training

from core import files
from core.errors import DamagedFileError

_NONE = "<none>"


def serialize(target):
    """All that ``target.serialize`` saves, as a dict of str to numpy.ndarray (no object arrays)."""
    saved = serializers.npz.serialize(target)
    return {name: np.asarray(_NONE) if np.asarray(value).dtype == object else np.asarray(value)
            for name, value in saved.items()}


def deserialize(arrays, target):
    """Load what :func:`serialize` returned into ``target``.

    Raises:
        KeyError, ValueError, TypeError: the arrays are those of something else.
    """
    marked = {name: np.asarray(None) if value.dtype.kind == "U" and value.shape == () and value == _NONE else value
              for name, value in arrays.items()}
    serializers.NpzDeserializer(marked).load(target)


class Snapshot(training.Extension):
    """Save the whole trainer at the end of every epoch, and within long epochs every few minutes.

    It comes after every other extension of an update (priority -300), so that what they keep is in the snapshot.

    Args:
        path: the file.
        seconds (float): longest time between two snapshots.
    """

    trigger = 1, "iteration"
    priority = -300

    def __init__(self, path, seconds=300.0):
        self.path = path
        self.seconds = seconds
        self._saved_at = 0.0

    def initialize(self, trainer):
        self._saved_at = trainer.elapsed_time

    def __call__(self, trainer):
        if trainer.updater.is_new_epoch or trainer.elapsed_time - self._saved_at >= self.seconds:
            self._saved_at = trainer.elapsed_time
            files.save_arrays(self.path, serialize(trainer), {"kind": "snapshot"})


def resume(path, trainer):
    """Load the snapshot at ``path`` into ``trainer``, if there is one; return whether there was.

    Raises:
        DamagedFileError: it is truncated, altered or another run's.
    """
    if not path.is_file():
        return False
    arrays, _ = files.load_arrays(path)
    try:
        deserialize(arrays, trainer)
    except (KeyError, ValueError, TypeError) as error:
        raise DamagedFileError(f"{path} belongs to another kind of run ({' '.join(str(error).split())}); remove it "
                               "to train from the start") from None
    return True
