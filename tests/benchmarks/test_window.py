"""The benchmark of the length window runs whole epochs, and its batches really are of like lengths."""

import numpy as np

from benchmarks import window
from benchmarks.measuring import Options
from benchmarks.step import Problem

SMALL = [
    "model.embedding_size=6",
    "model.hidden_size=5",
    "model.ffnn_size=8",
    "training.batch_size=8",
    "training.unlabeled_batch_size=12",
]


def test_a_record_for_each_window():
    records = list(window.measure("small", "vat", 4, SMALL, repeats=1, batches=3, windows=(2, 3)))
    assert [record.size for record in records] == ["small, 2 batches", "small, 3 batches"]
    assert len({record.peer_s for record in records}) == 1


def recorded(make, batches):
    """``make``, which adds the documents of each batch to ``batches``."""

    def batch(indices, xp):
        batches.append(indices)
        return make(indices, xp)

    return batch


def test_an_epoch_sees_every_document_once_and_is_shorter_in_steps():
    steps = {}
    for size in (1, 4):
        problem = Problem.of("advt", 30, 4, 100, [*SMALL, f"training.length_window={size}"])
        epoch = window.OurEpoch(problem)
        documents, batches = epoch.updater.labelled, []
        documents.batch = recorded(documents.batch, batches)
        epoch()
        assert sorted(np.concatenate(batches)) == list(range(4 * 8))
        steps[size] = sum(documents.lengths[indices].max() for indices in batches)
    assert steps[4] < 0.8 * steps[1]


def test_only_the_wanted_sizes_are_measured(monkeypatch):
    monkeypatch.setattr(window, "measure", lambda size, *_: [size])
    assert list(window.run(Options(size="LSTM 256"))) == ["advt, mean 240, LSTM 256", "vat, mean 240, LSTM 256"]
