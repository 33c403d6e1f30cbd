"""Every side of the LSTM benchmark computes the same numbers, and the records say what was measured."""

import numpy as np
import pytest

from benchmarks import lstm
from benchmarks.devices import as_numpy
from benchmarks.lstm import MatrixProducts, PackedLSTM, Problem
from benchmarks.measuring import Options
from benchmarks.peers.chainer_stock import StockLSTM

PROBLEM = Problem.of([3, 7, 1, 4], embedding=5, hidden=6)


def assert_equal_results(ours, peer):
    for name, expected, found in zip(lstm.RESULT, ours, peer, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6, err_msg=name)


def test_stock_chainer_equals_ours(device):
    assert_equal_results(PackedLSTM(PROBLEM.on(device)).result(), StockLSTM(PROBLEM, device=device).result())


@pytest.mark.parametrize("mode", ["PackedTorchLSTM", "PaddedTorchLSTM"])
def test_pytorch_equals_ours(device, require_pytorch, mode):
    require_pytorch(device)
    from benchmarks.peers import pytorch

    assert_equal_results(PackedLSTM(PROBLEM.on(device)).result(), getattr(pytorch, mode)(PROBLEM, device).result())


def test_a_second_call_does_not_add_to_the_gradients_of_the_first():
    side = PackedLSTM(PROBLEM)
    first = [array.copy() for array in side.result()]
    assert_equal_results(first, side.result())


def test_flops_are_those_of_the_matrix_products(device):
    """15 words, 4 of them first words: 15 x 5 x 24 and 11 x 6 x 24 products of two numbers, three times."""
    assert PROBLEM.flops == 3 * 2 * (15 * 5 * 24 + 11 * 6 * 24)
    products = MatrixProducts(PROBLEM.on(device))
    products()
    np.testing.assert_allclose(
        as_numpy(products.grad_w_x), PROBLEM.x.T @ (PROBLEM.x @ PROBLEM.w_x), rtol=1e-4, atol=1e-5
    )


def test_records_name_every_peer(without_pytorch):
    records = list(lstm.measure("tiny", PROBLEM, 1, without_pytorch))
    assert [record.peer for record in records] == ["stock Chainer", "sgemm, same shapes", "sgemm, large products"]
    for floor in (record.as_json() for record in records[1:]):
        assert (
            floor["ratio"]
            == pytest.approx(floor["sgemm_fraction"])
            == pytest.approx(floor["gflops"] / floor["sgemm_gflops"])
        )
        assert floor["words_per_s"] == pytest.approx(15 / floor["ours_s"])


def test_the_rate_of_large_products_is_in_proportion_to_the_arithmetic(monkeypatch, without_pytorch):
    monkeypatch.setattr(lstm, "alternate", lambda sides, repeats, synchronise: dict.fromkeys(sides, 2.0))
    *_, record = lstm.measure("tiny", PROBLEM, 1, without_pytorch)
    assert record.peer_s == pytest.approx(2 * PROBLEM.flops / (2 * without_pytorch.large_product**3))


@pytest.mark.parametrize("steps_at_once", [1, 2, 3, 6])
def test_stock_chainer_in_parts_computes_the_same_hidden_states(steps_at_once):
    whole, parts = StockLSTM(PROBLEM).result(), StockLSTM(PROBLEM, steps_at_once).result()
    np.testing.assert_allclose(parts[0], whole[0], rtol=1e-5, atol=1e-7)


def test_a_peer_that_does_not_fit_into_memory_runs_in_parts(without_pytorch, capsys):
    without_pytorch.memory_for_peer = lambda: 0.8 * lstm.memory_of_lstm(PROBLEM)
    record, *_ = lstm.measure("tiny", PROBLEM, 1, without_pytorch)
    assert record.peer == "stock Chainer" and record.more["peer_parts"] == 2
    assert "it runs in 2 parts" in capsys.readouterr().out


def test_only_the_wanted_size_is_measured(monkeypatch):
    monkeypatch.setattr(lstm, "measure", lambda size, problem, repeats, device: [size])
    assert list(lstm.run(Options(size="mean 20"))) == ["mean 20, LSTM 256", "mean 20, LSTM 1024"]
