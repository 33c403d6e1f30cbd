"""The time of an update against each quantity, and its exponent."""

import pytest

from benchmarks import scaling
from benchmarks.measuring import Options

SMALL = {"length": 4, "batch": 3, "hidden": 5, "vocabulary": 50}


@pytest.mark.parametrize("quantity", SMALL)
def test_records_of_one_quantity(quantity):
    value = SMALL[quantity]
    records = list(scaling.measure(quantity, [value, 2 * value], SMALL, repeats=1))
    assert [record.size for record in records] == [f"{quantity} {value}", f"{quantity} {2 * value}"]
    assert records[1].peer_s == pytest.approx(2 * records[0].ours_s)
    assert records[0].more["exponent"] == records[1].more["exponent"]


def test_a_step_is_what_its_arguments_say():
    step = scaling.new_step(**SMALL, rounds=2)
    step()
    weights = step.weights()
    assert len(weights["embedding"]) == 50 and weights["w_h"].shape == (5, 20)
    assert len(step.labelled) == 3 and abs(step.labelled.lengths.mean() - 4) < 1


def test_only_the_wanted_sizes_are_measured(monkeypatch):
    monkeypatch.setattr(scaling, "measure", lambda quantity, values, fixed, repeats: [(quantity, values)])
    assert list(scaling.run(Options(size="batch"))) == [("batch", [8, 16, 32, 64, 128])]
    assert [quantity for quantity, _ in scaling.run(Options())] == ["length", "batch", "hidden", "vocabulary"]
