"""What the training log of a run says, epoch by epoch."""

import json

import numpy as np

from iadv_foundation.errors import DamagedFileError
from iadv_foundation.storage.run_folder import RunFolder

#: Measure -> the observation that chooses the best epoch, and how charts call it.
MONITOR = {"f05": ("dev/f05", "dev F0.5 (%)"), "error_rate": ("dev/error_rate", "dev error rate (%)")}
#: The perturbed minus the clean cross-entropy of the same labelled documents, without lambda.
OBSERVATION = "perturbed_minus_clean"


def read_log(folder):
    """The epochs of a run's ``log.jsonl``: list of dict, at least one.

    Raises:
        DamagedFileError: it is missing or cannot be read.
    """
    path = RunFolder(folder).log
    try:
        entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if not entries or [entry["epoch"] for entry in entries] != list(range(1, len(entries) + 1)):
            raise ValueError("its epochs are not 1, 2, ...")
        return entries
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, error) from None


def curve_of(run, name):
    """An observation of a results.runs.Run by epoch: numpy.ndarray float (epochs,).

    Raises:
        DamagedFileError: the log is missing or cannot be read, or an epoch has no such observation.
    """
    try:
        return np.array([float(entry[name]) for entry in run.log])
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(run.files.log, error) from None


def _damaged(path, error):
    return DamagedFileError(
        f"{path} is missing or damaged ({error}); remove the run's folder and repeat the command that made it"
    )
