"""Runs with weights by chance."""

import numpy as np

from iadv_foundation.storage import files
from iadv_foundation.storage.run_folder import RunFolder
from iadv_foundation.training.best import save_weights
from interpretable_adv.links.making import make_network
from interpretable_adv.settings import load
from interpretable_adv.trained import TrainedRun
from interpretable_adv.traits import CorpusTraits
from tests.helpers import tiny_corpus

SMALL = [
    "model.embedding_size=6",
    "model.hidden_size=5",
    "model.ffnn_size=4",
    "model.activation=tanh",
    "perturbation.neighbours=4",
    "training.max_words=0",
    "perturbation.epsilon_free=2",
    "perturbation.epsilon_directions=3",
]
CORPORA = {"classification": "sample-sec", "labelling": "sample-ged"}


def made_up_run(folder, task="classification", method="iadvt", recipe="paper", dtype=np.float64, settings=()):
    """A run with weights by chance, in double precision so that derivatives can be told from rounding."""
    corpus = tiny_corpus(folder / "corpora" / "tiny", task=task)
    config = load(CORPORA[task], recipe, "quick", [*SMALL, *settings])
    network = make_network(corpus, config, seed=3)
    for parameter in network.params():
        parameter.array = parameter.array.astype(dtype)
    best = RunFolder(folder).best
    save_weights(best, network, {})
    stored = {"corpus": "tiny", "method": method, "seed": 3}
    return TrainedRun(
        folder, folder, stored, config, CorpusTraits.of(corpus), network, files.digest_of_file(best), corpus
    )
