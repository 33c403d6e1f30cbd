"""Runs that several tests look at; whoever changes something works on a copy."""

import pytest

from interpretable_adv.cli import main
from tests.helpers import tiny_corpus, trained

SETTINGS = [
    "model.embedding_size=5",
    "model.hidden_size=8",
    "model.ffnn_size=6",
    "training.batch_size=8",
    "training.max_epochs=15",
    "training.patience=15",
    "training.learning_rate=0.05",
    "training.unlabeled_batch_size=48",
    "model.dropout=0.5",
    "perturbation.neighbours=3",
    "training.initialise=random",
]
#: Of each task: corpus, method.
TRAINED = {"classification": ("sample-sec", "iadvt"), "labelling": ("sample-ged", "advt")}


def run_of(out, task):
    """The folder of the run of a task in what :func:`finished` gives (pathlib.Path)."""
    corpus, method = TRAINED[task]
    return out / "runs" / corpus / "paper" / "quick" / method / "seed-0"


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A folder of everything made, with a finished run of each task (pathlib.Path)."""
    out = tmp_path_factory.mktemp("finished")
    for task, (corpus, method) in TRAINED.items():
        tiny_corpus(out / "corpora" / corpus, task=task, name=corpus, documents=96)
        trained(out, corpus, method, SETTINGS)
    return out


@pytest.fixture(params=TRAINED)
def run(request, finished):
    """The folder of one of the runs (pathlib.Path)."""
    return run_of(finished, request.param)


@pytest.fixture(scope="session")
def bundles(finished, tmp_path_factory):
    """The bundle of each run: task -> path (dict)."""
    folder = tmp_path_factory.mktemp("bundles")
    for task in TRAINED:
        main(["export-model", str(run_of(finished, task)), str(folder / f"{task}.zip")])
    return {task: folder / f"{task}.zip" for task in TRAINED}
