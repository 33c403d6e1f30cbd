"""Sides take turns, records say what they say, and threads are what was asked for."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import measuring
from benchmarks.inputs import ragged_lengths, zipf_ids
from benchmarks.measuring import Options, Record, alternate, fitted_exponent

ROOT = Path(__file__).resolve().parents[2]


def test_sides_take_turns_after_a_warm_up_and_the_median_counts(monkeypatch):
    called, clock = (
        [],
        iter(
            [
                0,
                90,
                0,
                90,  # the warm-up
                0,
                1,
                0,
                10,
                0,
                2,
                0,
                20,
                0,
                9,
                0,
                90,
            ]
        ),
    )
    monkeypatch.setattr(measuring.time, "perf_counter", lambda: next(clock))
    medians = alternate({"ours": lambda: called.append("ours"), "peer": lambda: called.append("peer")}, repeats=3)
    assert called == ["ours", "peer"] * 4
    assert medians == {"ours": 2, "peer": 20}


def test_a_call_lasts_until_what_it_began_is_done(monkeypatch):
    now = [0]
    monkeypatch.setattr(measuring.time, "perf_counter", lambda: now[0])

    def synchronise():
        now[0] += 5

    assert alternate({"ours": lambda: None}, 3, synchronise) == {"ours": 5}


def test_a_record_as_json_holds_the_ratio_and_what_else_helps():
    record = Record("lstm", "mean 20", 2.0, "PyTorch", 3.0, {"words_per_s": 5})
    assert record.as_json() == {
        "benchmark": "lstm",
        "size": "mean 20",
        "ours_s": 2.0,
        "peer": "PyTorch",
        "peer_s": 3.0,
        "ratio": 1.5,
        "words_per_s": 5,
    }
    assert str(record) == "lstm: mean 20: 2 s, PyTorch 3 s, ratio 1.50  words_per_s 5"


def test_sizes_are_chosen_by_a_part_of_their_name():
    assert Options().wants("mean 20, LSTM 256")
    assert Options(size="LSTM 256").wants("mean 20, LSTM 256")
    assert not Options(size="mean 240").wants("mean 20, LSTM 256")


@pytest.mark.parametrize("power", [0, 1, 1.5])
def test_the_exponent_of_a_power_law(power):
    values = [1, 2, 4, 8, 16]
    assert fitted_exponent(values, [100, *(value**power for value in values[1:])]) == pytest.approx(power)
    assert fitted_exponent(values[:2], [3, 3 * 2**power]) == pytest.approx(power)


@pytest.mark.parametrize("mean", [20, 100, 240])
def test_lengths_are_ragged_with_the_wanted_mean(mean):
    lengths = ragged_lengths(32, mean)
    assert abs(lengths.mean() - mean) < 0.5
    assert lengths.min() >= 1 and 3 * mean < lengths.max() < 5 * mean
    assert (lengths == ragged_lengths(32, mean)).all() and (np.diff(lengths) < 0).any()


def test_frequent_words_have_small_ids():
    ids = zipf_ids(100_000, 1000, seed=3)
    counts = np.bincount(ids, minlength=1000)
    assert ids.dtype == np.int32 and len(counts) == 1000
    expected = 1 / (np.arange(1000) + 10)
    np.testing.assert_allclose(counts[:20] / len(ids), expected[:20] / expected.sum(), rtol=0.1)


@pytest.mark.parametrize("imports", ["numpy, scipy.linalg", "torch"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_all_libraries_use_the_threads_asked_for(imports, when):
    if imports == "torch":
        pytest.importorskip("torch", reason="PyTorch is not installed: requirements-benchmarks.txt")
    count = "torch.get_num_threads()" if imports == "torch" else "*{pool['num_threads'] for pool in threadpool_info()}"
    lines = [f"import {imports}", "from iadv_foundation.console.cores import use_threads; use_threads(1)"]
    if when == "after":
        lines.reverse()
    code = "\n".join([*lines, "from threadpoolctl import threadpool_info", f"print({count})"])
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
    )
    assert done.stdout.split() == ["1"]
