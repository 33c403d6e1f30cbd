"""The peers of the benchmark ``step`` do what our updater does: equal losses, equal updates."""

import numpy as np
import pytest

from benchmarks.devices import as_numpy
from benchmarks.measuring import Options
from benchmarks.peers.chainer_step import ChainerStep
from benchmarks.step import NAMES, OurStep, Problem, measure, run

UPDATES = 3
SMALL = [
    "model.embedding_size=6",
    "model.hidden_size=5",
    "model.ffnn_size=8",
    "training.batch_size=8",
    "training.unlabeled_batch_size=12",
    "perturbation.neighbours=4",
]
#: Clipping that acts, and no dropout: the sides draw their masks in ways of their own.
EQUAL = [
    *SMALL,
    "model.dropout=0",
    "training.gradient_clipping=0.05",
    "training.learning_rate=0.01",
    "perturbation.xi=2",
]


def chainer_peer(*arguments):
    return ChainerStep(*arguments)


def pytorch_peer(padded):
    def make(*arguments):
        from benchmarks.peers.pytorch_step import PyTorchStep

        class WithChainersEpsilon(PyTorchStep):
            """Chainer adds Adam's epsilon before its bias correction, PyTorch after it."""

            updates = 0

            def __call__(self, *batch):
                self.updates += 1
                self.optimizer.param_groups[0]["eps"] = 1e-8 / np.sqrt(1 - 0.999**self.updates)
                return super().__call__(*batch)

        return WithChainersEpsilon(*arguments, padded=padded)

    return make


PEERS = {"stock Chainer": chainer_peer, "torch packed": pytorch_peer(False), "torch padded": pytorch_peer(True)}


def remember_batches(documents):
    """A list that receives every batch which is made of ``documents`` from now on."""
    batches, make = [], documents.batch

    def batch(*arguments):
        batches.append(make(*arguments))
        return batches[-1]

    documents.batch = batch
    return batches


def unpacked(batch, packed):
    """A packed array (N, ...) as a list of the sorted documents' parts."""
    return [as_numpy(packed[batch.sentence == index]) for index in range(len(batch.layout.lengths))]


def updates_of_ours(problem, device):
    """(weights before; for each update: what a peer is to be called with, our losses, our weights after it)."""
    ours = OurStep(problem, device)
    before = ours.weights()
    labelled = remember_batches(ours.labelled)
    pool = None if ours.pool is None else remember_batches(ours.pool)
    if problem.method.divergence is not None:
        ours.updater.perturbed.generator = lambda purpose, update: np.random.default_rng(update)
    updates = []
    for number in range(UPDATES):
        losses = ours()
        batch = labelled[-1]
        arguments = unpacked(batch, batch.ids), as_numpy(batch.labels)
        if pool is not None:
            batch = pool[-1]
            size = (
                problem.config.model.embedding_size if problem.method.space == "free" else problem.neighbours.shape[1]
            )
            start = np.random.default_rng(number).standard_normal((len(batch.ids), size), dtype=np.float32)
            arguments += unpacked(batch, batch.ids), unpacked(batch, device.send(start))
        updates.append((arguments, losses, ours.weights()))
    return before, updates


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("method", NAMES)
def test_losses_and_updates_are_equal(device, require_pytorch, method, peer):
    if peer.startswith("torch"):
        require_pytorch(device)
    problem = Problem.of(method, mean=5, rounds=UPDATES, vocabulary_size=60, settings=EQUAL)
    before, updates = updates_of_ours(problem, device)
    step = PEERS[peer](problem.method, problem.config, before, problem.neighbours, problem.vocabulary.eos, device)
    for arguments, losses, after in updates:
        assert step(*arguments) == pytest.approx(losses, rel=1e-4)
        weights = step.weights()
        assert weights.keys() == after.keys()
        for name, start in before.items():
            assert (after[name] != start).any()
            np.testing.assert_allclose(weights[name] - start, after[name] - start, rtol=1e-3, atol=3e-5, err_msg=name)


@pytest.mark.parametrize("method", NAMES)
def test_a_run_measures_all_sides(device, require_pytorch, method):
    require_pytorch(device)
    problem = Problem.of(method, mean=5, rounds=2, vocabulary_size=60, settings=SMALL)
    records = list(measure("small", problem, 1, device))
    assert [record.peer for record in records] == ["stock Chainer", "torch packed", "torch padded", "torch (better)"]
    assert records[3].peer_s == min(records[1].peer_s, records[2].peer_s)
    assert all(record.benchmark == "step" and record.size == "small" and record.ours_s > 0 for record in records)


def test_a_peer_that_needs_too_much_memory_is_left_out_and_named(without_pytorch, capsys):
    without_pytorch.memory_for_peer = lambda: 1
    problem = Problem.of("baseline", mean=5, rounds=2, vocabulary_size=60, settings=SMALL)
    assert list(measure("small", problem, 1, without_pytorch)) == []
    assert "small: stock Chainer left out" in capsys.readouterr().out


def test_all_rounds_are_equally_long_and_have_words_of_their_own():
    problem = Problem.of("vat", mean=20, rounds=3, vocabulary_size=1000, settings=SMALL)
    rounds = list(problem.rounds())
    assert len(rounds) == 3
    for documents, labels, pool in rounds:
        assert [len(ids) for ids in documents] == [len(ids) for ids in rounds[0][0]]
        assert [len(ids) for ids in pool] == [len(ids) for ids in rounds[0][2]]
        assert all(
            ids[-1] == problem.vocabulary.eos and (ids[:-1] >= problem.vocabulary.specials).all() for ids in documents
        )
        assert len(labels) == 8 and len(pool) == 12
    assert len({tuple(np.concatenate(documents)) for documents, _, _ in rounds}) == 3


def test_only_wanted_sizes_are_measured(monkeypatch):
    monkeypatch.setattr("benchmarks.step.measure", lambda size, problem, repeats, device: [size])
    wanted = "advt, mean 20, LSTM 256"
    assert list(run(Options(repeats=1, size=wanted))) == [wanted, f"i{wanted}"]
