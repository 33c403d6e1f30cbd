"""Score a finished run's best weights on a split."""
from pathlib import Path

from core import files
from core.cli import closest
from core.device import select_device
from core.errors import DamagedFileError, UserError
from core.run_folder import RunFolder
from core.training import load_weights
from data_prep.corpus import Corpus, corpora_folder
from interpretable_adv.config import Config
from interpretable_adv.training.batches import Documents
from interpretable_adv.training.prediction import describe, measure, predict
from interpretable_adv.training.run import make_network

SPLITS = ("train", "dev", "test")


def load_run(folder, device=-1):
    """Open a run with its corpus and the network with its best weights.

    Args:
        folder: a run folder that stands where ``train`` put it, below ``runs`` and beside ``corpora``.
        device (int): number of a GPU, or -1 for the CPU.

    Returns:
        (configuration as stored (dict), data_prep.corpus.Corpus, network (chainer.Chain))

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
    corpus = Corpus.open(corpora_folder(folders[5]) / stored["corpus"])
    if corpus.sha256 != stored["corpus_sha256"]:
        raise UserError(f"{corpus.folder} is not the corpus that {folder} was trained on: prepare it again with the same "
                        "source and options")
    network = make_network(corpus, config, stored["seed"])
    load_weights(run.best, network, {"kind": "classifier", "vocabulary_sha256": corpus.vocabulary.sha256})
    network.to_device(select_device(device))
    return stored, corpus, network


def _read_config(path):
    """The stored configuration (dict) and its part that is a Config."""
    stored = files.read_json(path)
    try:
        if not {"corpus", "corpus_sha256", "method", "seed"} <= set(stored):
            raise ValueError("it is not one of a classifier")
        return stored, Config.model_validate({section: stored[section] for section in Config.model_fields})
    except (KeyError, TypeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise DamagedFileError(f"{path} does not describe a run of this version ({reason}): train it again with --overwrite"
                               ) from None


def evaluate(folder, split, device=-1):
    """Score a run on ``split`` (``train``, ``dev`` or ``test``).

    Returns:
        str: one line.

    Raises:
        UserError: see :func:`load_run`.
    """
    closest(split, SPLITS, "split")
    stored, corpus, network = load_run(folder, device)
    documents = Documents([corpus.splits[split]], corpus.task == "labelling", stored["training"]["max_words"])
    result = measure(documents, predict(network, documents))
    return f"{stored['corpus']} {stored['method']} seed {stored['seed']}, {split}: {describe(result)}"
