"""A finished run, opened: its configuration, its corpus and the network with its best weights."""
import dataclasses
import functools
from pathlib import Path

import chainer

from foundation.storage import files
from foundation.arithmetic.device import select_device
from foundation.errors import DamagedFileError, UsageError, UserError
from foundation.storage.run_folder import RunFolder
from foundation.training import load_weights
from data_prep.corpus import Corpus, corpora_folder
from interpretable_adv.settings import Config, of_run
from interpretable_adv.methods import METHODS
from interpretable_adv.run_format import outdated
from interpretable_adv.documents import Documents
from interpretable_adv.links.making import make_network


@dataclasses.dataclass(frozen=True, eq=False)
class TrainedRun:
    """What :func:`open_run` gives.

    Attributes:
        folder (pathlib.Path): of the run.
        out (pathlib.Path): the folder of everything made that it stands in.
        stored (dict): ``config.json``.
        config (interpretable_adv.settings.Config)
        corpus (data_prep.corpus.Corpus): the one it was trained on.
        network (chainer.Chain): see :mod:`interpretable_adv.links`; with the best weights.
    """

    folder: Path
    out: Path
    stored: dict
    config: Config
    corpus: Corpus
    network: chainer.Chain

    @property
    def method(self):
        """How it was trained (interpretable_adv.methods.Method)."""
        return METHODS[self.stored["method"]]

    @property
    def title(self):
        """``CORPUS METHOD seed N``, for messages."""
        return f"{self.stored['corpus']} {self.stored['method']} seed {self.stored['seed']}"

    @functools.cached_property
    def checkpoint_sha256(self):
        """SHA-256 of the file of weights: a result that holds for these weights alone carries it (str)."""
        return files.digest_of_file(RunFolder(self.folder).best)

    def documents(self, split):
        """The documents of a split as training saw them (interpretable_adv.documents.Documents)."""
        return Documents([self.corpus.splits[split]], self.corpus.task == "labelling", self.config.training.max_words)


def open_run(folder, device=-1):
    """Open a run with its corpus and the network with its best weights.

    Args:
        folder: a run folder that stands where ``train`` put it, below ``runs`` and beside ``corpora``.
        device (int): number of a GPU, or -1 for the CPU.

    Returns:
        TrainedRun

    Raises:
        UserError: this is no run, its weights are missing or damaged, or its corpus is not the one it was trained on.
    """
    run = RunFolder(folder)
    if not run.config.is_file():
        raise UserError(f"{folder} is not a run: it has no config.json")
    if not run.best.is_file():
        raise UserError(f"{folder} has no best weights yet: repeat the command that "
                        "trained it (config.json names its settings)")
    stored, config = _read_config(run.config)
    folders = Path(folder).resolve().parents
    if len(folders) < 6 or folders[4].name != "runs":
        raise UserError(f"{folder} does not stand where train put it, below OUT/runs, beside OUT/corpora: move it back")
    out = folders[5]
    corpus = Corpus.open(corpora_folder(out) / stored["corpus"])
    if corpus.sha256 != stored["corpus_sha256"]:
        raise UserError(f"{corpus.folder} is not the corpus that {folder} was trained on: prepare it again with the same "
                        "source and options")
    network = make_network(corpus, config, stored["seed"])
    load_weights(run.best, network, {"kind": "classifier", "vocabulary_sha256": corpus.vocabulary.sha256})
    network.to_device(select_device(device))
    return TrainedRun(run.path, out, stored, config, corpus, network)


def _read_config(path):
    """The stored configuration (dict) and the Config that it stands for."""
    stored = files.read_json(path)
    if not isinstance(stored, dict) or not {"corpus", "corpus_sha256", "method", "recipe", "scale", "seed"} <= set(stored):
        raise DamagedFileError(f"{path} does not describe a run of this version (it is not one of a classifier): "
                               "train it again with --overwrite")
    if stored["method"] not in METHODS:
        raise UserError(f"{path.parent} is a run of the method {stored['method']!r}, which this version does not have")
    reason = outdated(stored)
    if reason:
        raise UserError(f"{path.parent} cannot be used by this version ({reason}): train it again with --overwrite")
    try:
        return stored, of_run(stored)
    except UsageError as error:
        raise DamagedFileError(f"{path} does not describe a run of this version ({error}): train it again with --overwrite") from None
