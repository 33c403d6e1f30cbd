"""From a bundle to a run that can be used as if its folder were there."""

import hashlib
from pathlib import Path

import numpy as np

from data_prep.corpus import corpora_folder, read_record
from iadv_foundation.arithmetic.device import select_device
from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import files
from iadv_foundation.training.best import set_weights
from interpretable_adv.bundle.contents import CONFIG, WEIGHTS, read_bundle
from interpretable_adv.links.making import make_network
from interpretable_adv.trained import TrainedRun, read_configuration

_REMEDY = "get it anew from where you have it"


def open_bundle(path, device=-1, out="out"):
    """Open a bundle and the network with its weights.

    Args:
        path: of the file.
        device (int): number of a GPU, or -1 for the CPU.
        out: the folder of everything made that its corpus may stand in.

    Returns:
        interpretable_adv.trained.TrainedRun

    Raises:
        UserError: it is no bundle, or of a later version.
        DamagedFileError: it is damaged; names the member.
    """
    contents = read_bundle(path)
    traits = contents.traits
    stored, config = read_configuration(contents.stored, f"{path}: {CONFIG}", path, _REMEDY)
    if stored["corpus"] != traits.name or stored["corpus_sha256"] != traits.sha256:
        raise DamagedFileError(f"{path} is damaged ({CONFIG} is of another corpus): {_REMEDY}")
    network = make_network(traits, config, stored["seed"])
    _load(path, contents, network)
    network.to_device(select_device(device))
    return TrainedRun(
        Path(path),
        Path(out) if _holds(out, traits) else None,
        stored,
        config,
        traits,
        network,
        hashlib.sha256(contents.weights).hexdigest(),
        about=contents,
        looked_in=Path(out),
    )


def _load(path, contents, network):
    name = f"{path}: {WEIGHTS}"
    try:
        arrays, metadata = files.load_arrays(name, contents.weights)
    except MemoryError:  # as much as a forged header asks for; an honest one asks for no more than has been read
        raise DamagedFileError(f"{name} states sizes that it does not have: {_REMEDY}") from None
    arrays = {one: array.astype(np.float32) if array.dtype == np.float16 else array for one, array in arrays.items()}
    if not all(np.isfinite(array).all() for array in arrays.values() if array.dtype.kind == "f"):
        raise DamagedFileError(f"{name} holds weights that are no numbers: {_REMEDY}")
    try:
        set_weights(
            name,
            arrays,
            metadata,
            network,
            {"kind": "classifier", "vocabulary_sha256": contents.traits.vocabulary.sha256},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:  # arrays that only a forger puts there
        raise DamagedFileError(f"{name} does not fit the network ({' '.join(str(error).split())}): {_REMEDY}") from None


def _holds(out, traits):
    """Whether a folder of everything made holds the corpus, prepared with the same digest (bool)."""
    try:
        record = read_record(corpora_folder(out) / traits.name)
    except UserError:
        return False
    return files.digest_of_json(record["files"]) == traits.sha256
