"""Weights on disk, and keeping those that did best on the dev split."""

from chainer import training

from iadv_foundation.errors import DamagedFileError
from iadv_foundation.storage import files
from iadv_foundation.training import snapshot


def save_weights(path, model, metadata):
    """Write all parameters of ``model`` (chainer.Link), with ``metadata`` (dict) that says what they are."""
    files.save_arrays(path, snapshot.serialize(model), metadata)


def load_weights(path, model, expected):
    """Load the parameters of ``model`` from ``path``.

    Args:
        path: what :func:`save_weights` wrote.
        model (chainer.Link): is changed in place.
        expected (dict): metadata entries that must be equal to the file's.

    Returns:
        dict: the file's metadata.

    Raises:
        UserError: the file is missing.
        DamagedFileError: it is damaged, or made for another network or vocabulary.
    """
    arrays, metadata = files.load_arrays(path)
    set_weights(path, arrays, metadata, model, expected)
    return metadata


def set_weights(path, arrays, metadata, model, expected):
    """Set the parameters of ``model`` to arrays that were read from ``path``; see :func:`load_weights`."""
    for name, value in expected.items():
        if metadata.get(name) != value:
            raise DamagedFileError(
                f"{path} does not fit: its {name.replace('_', ' ')} is {metadata.get(name)!r}, needed is {value!r}"
            )
    own = {name: array.shape for name, array in snapshot.serialize(model).items()}
    if {name: array.shape for name, array in arrays.items()} != own:
        raise DamagedFileError(f"{path} is of another network: its parameters have other names or shapes")
    snapshot.deserialize(arrays, model)


class BestWeights(training.Extension):
    """Keep the weights of the epoch with the best value of one observation; of equal ones the first.

    Args:
        path: file for the weights.
        model (chainer.Link): whose weights.
        monitor (str): name of the observation.
        lower_is_better (bool): for errors and losses.
        metadata (dict): stored with the weights.

    Attributes:
        value (float or None): the best value.
        epoch (int): the epoch it belongs to, from 1.
        observation (dict of str to float): the dev observations of that epoch.
        epochs_since (int): epochs without improvement.
    """

    trigger = 1, "epoch"
    priority = training.extension.PRIORITY_EDITOR

    def __init__(self, path, model, monitor, lower_is_better, metadata):
        self.path, self.model, self.monitor, self.metadata = path, model, monitor, metadata
        self.sign = 1 if lower_is_better else -1
        self.value = None
        self.epoch = 0
        self.epochs_since = 0

    def __call__(self, trainer):
        value = float(trainer.observation[self.monitor])
        if self.value is None or self.sign * value < self.sign * self.value:
            self.value, self.epoch, self.epochs_since = value, trainer.updater.epoch, 0
            save_weights(self.path, self.model, self.metadata)
        else:
            self.epochs_since += 1

    def serialize(self, serializer):
        self.value = serializer("value", self.value)
        if self.value is not None:
            self.value = float(self.value)
        self.epoch = int(serializer("epoch", self.epoch))
        self.epochs_since = int(serializer("epochs_since", self.epochs_since))
