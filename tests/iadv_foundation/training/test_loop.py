"""The training loop keeps the best weights, stops early, names what is damaged, and resumes to the identical bits."""

import json

import chainer
import chainer.links as L
import numpy as np
import pytest
from chainer import training

from iadv_foundation import old_chainer
from iadv_foundation.arithmetic.random import generator
from iadv_foundation.console.deadline import Deadline
from iadv_foundation.errors import DamagedFileError, TimeLimitReached, UserError
from iadv_foundation.storage import files
from iadv_foundation.storage.run_folder import RunFolder
from iadv_foundation.training import Adam, fit, load_weights, save_weights, snapshot

assert old_chainer.PATCHES is not None
METADATA = {"kind": "test"}
EPOCH = 5  # updates


class Killed(Exception):
    """Stands for a SIGKILL: nothing after it runs."""


class Counter(chainer.dataset.Iterator):
    """Numbers from 0; five are an epoch."""

    def __init__(self):
        self.count = 0

    def __next__(self):
        self.count += 1
        return self.count

    epoch = property(lambda self: self.count // EPOCH)
    is_new_epoch = property(lambda self: self.count % EPOCH == 0 and self.count > 0)
    epoch_detail = property(lambda self: self.count / EPOCH)
    previous_epoch_detail = property(lambda self: (self.count - 1) / EPOCH)

    def serialize(self, serializer):
        self.count = int(serializer("count", self.count))


class Updater(training.updaters.StandardUpdater):
    """Fits a linear layer to numbers drawn by counter; is killed at one update, or reports a loss that is no number."""

    def __init__(self, optimizer, killed_at=None, diverges_at=None):
        super().__init__(Counter(), optimizer)
        self.killed_at, self.diverges_at = killed_at, diverges_at

    def update_core(self):
        number = next(self.get_iterator("main"))
        if number == self.killed_at:
            raise Killed
        x = generator(0, "test data", number).normal(size=(4, 3)).astype(np.float32)
        layer = self.get_optimizer("main").target
        layer.cleargrads()
        loss = chainer.functions.mean((layer(x) - x.sum(axis=1, keepdims=True)) ** 2)
        loss.backward()
        self.get_optimizer("main").update()
        chainer.report({"loss": float("nan") if number == self.diverges_at else loss})


class After:
    """A deadline that is over at the n-th look at it."""

    seconds = 2.5

    def __init__(self, looks):
        self.looks = looks

    @property
    def is_over(self):
        self.looks -= 1
        return self.looks <= 0


def run_fit(folder, values=None, max_epochs=6, patience=6, deadline=Deadline(), **updater):
    """Fit; the dev observation of each epoch is ``values[epoch - 1]``, by default the norm of the weights."""
    layer = L.Linear(3, 1)
    layer.W.array[...] = 0.5
    optimizer = Adam(0.1, gradient_clipping=1e9).setup(layer)
    one = Updater(optimizer, **updater)
    run = RunFolder(folder)
    run.start({"test": True})
    evaluate = (
        (lambda: {"dev/error": float(abs(layer.W.array).sum())})
        if values is None
        else (lambda: {"dev/error": values[one.epoch - 1]})
    )
    fitted = fit(
        one,
        run,
        model=layer,
        evaluate=evaluate,
        monitor="dev/error",
        max_epochs=max_epochs,
        patience=patience,
        metadata=METADATA,
        words_per_epoch=20,
        label="test",
        quiet=True,
        deadline=deadline,
    )
    return run, layer, fitted


@pytest.mark.parametrize(
    "values, best, epochs",
    [([5, 4, 3, 2, 1, 0], 6, 6), ([5, 1, 3, 2, 4, 0], 2, 4), ([1, 1, 1, 1, 1, 1], 1, 3), ([3, 2, 3, 1, 2, 2], 4, 6)],
)
def test_best_epoch_and_early_stopping(tmp_path, values, best, epochs):
    run, _, fitted = run_fit(tmp_path, values, patience=2)
    assert (fitted.best_epoch, fitted.best_value, fitted.epochs) == (best, values[best - 1], epochs)
    assert fitted.updates == epochs * EPOCH
    assert [json.loads(line)["dev/error"] for line in run.log.read_text().splitlines()] == values[:epochs]


def test_best_weights_are_those_of_the_best_epoch(tmp_path):
    run, _, fitted = run_fit(tmp_path / "long", [3, 1, 2, 2], max_epochs=4)
    _, after_two_epochs, _ = run_fit(tmp_path / "short", [3, 1], max_epochs=2)
    kept = L.Linear(3, 1)
    load_weights(run.best, kept, METADATA)
    assert fitted.best_epoch == 2
    np.testing.assert_array_equal(kept.W.array, after_two_epochs.W.array)


@pytest.mark.parametrize("killed_at", [1, 3, 5, 6, 17, 30])
def test_a_killed_run_ends_bit_identically(tmp_path, killed_at):
    whole, layer, fitted = run_fit(tmp_path / "whole")
    with pytest.raises(Killed):
        run_fit(tmp_path / "killed", killed_at=killed_at)
    resumed, resumed_layer, resumed_fitted = run_fit(tmp_path / "killed")
    np.testing.assert_array_equal(layer.W.array, resumed_layer.W.array)
    assert whole.best.read_bytes() == resumed.best.read_bytes()
    assert (fitted.best_value, fitted.best_epoch, fitted.updates) == (
        resumed_fitted.best_value,
        resumed_fitted.best_epoch,
        resumed_fitted.updates,
    )
    assert len(resumed.log.read_text().splitlines()) == 6


@pytest.mark.parametrize("updates", [1, 4, 5, 7])
def test_a_run_in_slices_ends_bit_identically(tmp_path, updates):
    whole, layer, fitted = run_fit(tmp_path / "whole")
    slices = 0
    while True:
        slices += 1
        try:
            sliced, sliced_layer, sliced_fitted = run_fit(tmp_path / "sliced", deadline=After(updates))
            break
        except TimeLimitReached as reached:
            epoch = slices * updates / EPOCH
            assert str(reached) == (
                f"stopped at the time limit of 2.5 s, at epoch {epoch:.2f} of at most 6; repeat the command to go on"
            )
            assert reached.exit_status == 3
    assert slices == -(-6 * EPOCH // updates)
    np.testing.assert_array_equal(layer.W.array, sliced_layer.W.array)
    assert whole.best.read_bytes() == sliced.best.read_bytes()
    assert (fitted.best_value, fitted.best_epoch, fitted.updates) == (
        sliced_fitted.best_value,
        sliced_fitted.best_epoch,
        sliced_fitted.updates,
    )
    assert len(sliced.log.read_text().splitlines()) == 6


def test_the_last_update_ends_a_run_although_time_is_over(tmp_path):
    _, _, fitted = run_fit(tmp_path, deadline=After(6 * EPOCH))
    assert fitted.epochs == 6


def test_early_stopping_ends_a_run_although_time_is_over(tmp_path):
    _, _, fitted = run_fit(tmp_path, [1, 2, 3, 4, 5, 6], patience=2, deadline=After(3 * EPOCH))
    assert (fitted.epochs, fitted.best_epoch) == (3, 1)


def test_a_snapshot_of_a_gpu_is_not_taken_for_one_of_the_cpu(tmp_path):
    run, _, _ = run_fit(tmp_path)
    arrays, metadata = files.load_arrays(run.snapshot)
    assert metadata["arrays"] == "numpy"
    files.save_arrays(run.snapshot, arrays, {**metadata, "arrays": "cupy"})
    with pytest.raises(
        UserError, match="was made on a GPU and cannot go on on the CPU: use the --device it was begun with"
    ):
        run_fit(tmp_path)


def test_a_run_killed_after_its_last_update_still_ends(tmp_path):
    run, _, fitted = run_fit(tmp_path)
    _, _, again = run_fit(tmp_path)
    assert run.snapshot.is_file() and again.updates == fitted.updates and again.best_value == fitted.best_value


@pytest.mark.parametrize(
    "harm",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: content.replace(content[-4000:-3800], b"x" * 200),
    ],
)
def test_a_damaged_snapshot_is_named(tmp_path, harm):
    run, _, _ = run_fit(tmp_path)
    run.snapshot.write_bytes(harm(run.snapshot.read_bytes()))
    with pytest.raises(DamagedFileError, match="snapshot.npz"):
        run_fit(tmp_path)


def test_another_runs_snapshot_is_refused(tmp_path):
    run, _, _ = run_fit(tmp_path)
    arrays, metadata = files.load_arrays(run.snapshot)
    files.save_arrays(
        run.snapshot, {name.replace("optimizer", "other"): array for name, array in arrays.items()}, metadata
    )
    with pytest.raises(DamagedFileError, match="another kind of run"):
        run_fit(tmp_path)


def test_a_loss_that_is_no_number_stops_the_run(tmp_path):
    with pytest.raises(UserError, match="diverged: loss is nan at update 7"):
        run_fit(tmp_path, diverges_at=7)


def test_weights_of_another_kind_are_refused(tmp_path):
    save_weights(tmp_path / "best.npz", L.Linear(3, 1), {"kind": "test", "vocabulary_sha256": "a"})
    with pytest.raises(DamagedFileError, match="vocabulary sha256 is 'a', needed is 'b'"):
        load_weights(tmp_path / "best.npz", L.Linear(3, 1), {"vocabulary_sha256": "b"})
    with pytest.raises(DamagedFileError, match="another network"):
        load_weights(tmp_path / "best.npz", L.Linear(3, 2), {})


def test_snapshots_hold_no_objects_and_keep_none():
    class Holder:
        def __init__(self, value):
            self.value = value

        def serialize(self, serializer):
            self.value = serializer("value", self.value)

    arrays = snapshot.serialize(Holder(None))
    assert all(array.dtype != object for array in arrays.values())
    loaded = Holder(1.5)
    snapshot.deserialize(arrays, loaded)
    assert loaded.value is None
