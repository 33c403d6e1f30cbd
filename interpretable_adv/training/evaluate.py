"""Score a finished run's best weights on a split."""
from pathlib import Path

from core import files
from core.cli import closest
from core.device import select_device
from core.errors import UserError
from core.run_folder import RunFolder
from core.training import load_weights
from data_prep.corpus import Corpus
from interpretable_adv.config import Config
from interpretable_adv.training.batches import Documents
from interpretable_adv.training.prediction import describe, measure, predict
from interpretable_adv.training.run import make_network


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
        raise UserError(f"{folder} has no best weights yet: finish it with python -m interpretable_adv train")
    stored = files.read_json(run.config)
    corpus = Corpus.open(Path(folder).resolve().parents[5] / "corpora" / stored["corpus"])
    if corpus.sha256 != stored["corpus_sha256"]:
        raise UserError(f"{corpus.folder} is not the corpus that {folder} was trained on: prepare it again with the same "
                        "source and options")
    config = Config.model_validate({section: stored[section] for section in Config.model_fields})
    network = make_network(corpus, config, stored["seed"])
    load_weights(run.best, network, {"kind": "classifier", "vocabulary_sha256": corpus.vocabulary.sha256})
    network.to_device(select_device(device))
    return stored, corpus, network


def evaluate(folder, split, device=-1):
    """Score a run on ``split`` (``train``, ``dev`` or ``test``).

    Returns:
        str: one line.

    Raises:
        UserError: see :func:`load_run`.
    """
    stored, corpus, network = load_run(folder, device)
    closest(split, corpus.splits, "split")
    documents = Documents([corpus.splits[split]], corpus.task == "labelling", stored["training"]["max_words"])
    result = measure(documents, predict(network, documents))
    return f"{stored['corpus']} {stored['method']} seed {stored['seed']}, {split}: {describe(result)}"
