"""Snapshots of a whole trainer, so that a killed run goes on and ends bit-identically.

Chainer's own ``save_npz`` stores ``None`` by pickle; here it is a marked empty array, so that no file is ever
unpickled.
"""

import numpy as np
from chainer import serializers, training

from iadv_foundation.console.deadline import Deadline
from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import files

_NONE = "<none>"


def serialize(target):
    """All that ``target.serialize`` saves, as a dict of str to numpy.ndarray (no object arrays)."""
    saved = serializers.npz.serialize(target)
    return {
        name: np.asarray(_NONE) if np.asarray(value).dtype == object else np.asarray(value)
        for name, value in saved.items()
    }


def deserialize(arrays, target):
    """Load what :func:`serialize` returned into ``target``.

    Raises:
        KeyError, ValueError, TypeError: the arrays are those of something else.
    """
    marked = {
        name: np.asarray(None) if value.dtype.kind == "U" and value.shape == () and value == _NONE else value
        for name, value in arrays.items()
    }
    serializers.NpzDeserializer(marked).load(target)


class Snapshot(training.Extension):
    """Save the whole trainer at the end of every epoch, within long epochs every few minutes, and when time is over.

    It comes after every other extension of an update (priority -300), so that what they keep is in the snapshot.

    Args:
        path: the file.
        deadline (iadv_foundation.console.deadline.Deadline): after which there are no more updates; by default none.
        seconds (float): longest time between two snapshots.

    Attributes:
        is_last (bool): whether the deadline was over when the last snapshot was saved.
    """

    trigger = 1, "iteration"
    priority = -300

    def __init__(self, path, deadline=Deadline(), seconds=300.0):
        self.path, self.deadline, self.seconds = path, deadline, seconds
        self.is_last = False
        self._saved_at = 0.0

    def initialize(self, trainer):
        self._saved_at = trainer.elapsed_time

    def __call__(self, trainer):
        self.is_last = self.deadline.is_over
        if self.is_last or trainer.updater.is_new_epoch or trainer.elapsed_time - self._saved_at >= self.seconds:
            self._saved_at = trainer.elapsed_time
            files.save_arrays(self.path, serialize(trainer), {"kind": "snapshot", "arrays": _arrays_of(trainer)})


def _arrays_of(trainer):
    """``"numpy"`` or ``"cupy"``: what the parameters are made of."""
    return trainer.updater.get_optimizer("main").target.xp.__name__


def resume(path, trainer):
    """Load the snapshot at ``path`` into ``trainer``, if there is one; return whether there was.

    Raises:
        UserError: it was made on a GPU and is to go on on the CPU, or the other way about: the optimiser keeps other
            things.
        DamagedFileError: it is truncated, altered or another run's.
    """
    if not path.is_file():
        return False
    arrays, metadata = files.load_arrays(path)
    made_on, here = (
        ("a GPU" if name == "cupy" else "the CPU") for name in (metadata.get("arrays", "numpy"), _arrays_of(trainer))
    )
    if made_on != here:
        raise UserError(
            f"{path} was made on {made_on} and cannot go on on {here}: use the --device it was begun with, or "
            "remove it to train from the start"
        )
    try:
        deserialize(arrays, trainer)
    except (KeyError, ValueError, TypeError) as error:
        raise DamagedFileError(
            f"{path} belongs to another kind of run ({' '.join(str(error).split())}); remove it to train from the start"
        ) from None
    return True
