"""Updates of the language model are the same on every side, and the records count words."""

import chainer
import numpy as np
import pytest

from benchmarks import lm
from benchmarks.devices import as_numpy
from benchmarks.peers.chainer_stock import StockLanguageModel, ours_of_lstm

# Adam's eps is so large that an update is smooth in the gradient.
EPS = 1e-3
STREAMS, STEPS, UPDATES = 4, 5, 3
TIGHT, LOOSE = 0.5, 1e9  # clipping that is at work, and none


@pytest.fixture
def text():
    return lm.made_up_text(documents=12, mean_length=15, vocabulary_size=60)


def small_model():
    return lm.new_model(16, vocabulary_size=60, embedding=6, cutoffs=(10, 30), dropout=0.0)


def ours_after_updates(text, clipping, device):
    """(losses, parameters by name)."""
    updater = lm.new_updater(small_model(), text, STREAMS, STEPS, clipping, device)
    updater.get_optimizer("main").hyperparam.eps = EPS
    losses = []
    for _ in range(UPDATES):
        reporter = chainer.Reporter()
        with reporter:
            updater.update()
        losses.append(float(reporter.observation["loss"]) * STEPS)
    model = updater.get_optimizer("main").target
    model.embedding.catch_up()
    return losses, {name: as_numpy(parameter.array) for name, parameter in model.namedparams()}


def assert_equal_updates(text, clipping, network, arrays, device):
    """Update a peer and compare its losses and the changes of its parameters, ``arrays()`` by our names, with ours."""
    expected_losses, expected = ours_after_updates(text, clipping, device)
    windows = lm.windows_of(text, STREAMS, STEPS)
    losses = [network.update(*next(windows)) for _ in range(UPDATES)]
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-5)
    after = arrays()
    for name, parameter in small_model().namedparams():
        before = parameter.array
        np.testing.assert_allclose(after[name] - before, expected[name] - before, rtol=1e-3, atol=5e-7, err_msg=name)


def test_stock_chainer_equals_ours(text, device):
    network = StockLanguageModel(small_model(), lm.LEARNING_RATE, LOOSE, device)
    network.optimizer.hyperparam.eps = EPS
    for position in range(4, 8):  # NStepLSTM has two biases where we have one.
        getattr(network.lstm[0], f"b{position}").update_rule.enabled = False

    def arrays():
        w_x, w_h, b = ours_of_lstm(network.lstm[0], "array")
        tails = {
            f"/output/tail_{k}/{kind}": as_numpy(link[k - 1].W.array)
            for k in (1, 2)
            for kind, link in (("projection", network.projections), ("words", network.words))
        }
        return {
            "/embedding/W": as_numpy(network.embedding.W.array),
            "/lstm/w_x": w_x,
            "/lstm/w_h": w_h,
            "/lstm/b": b,
            "/output/head": as_numpy(network.head.W.array),
            **tails,
        }

    assert_equal_updates(text, LOOSE, network, arrays, device)


def test_pytorch_equals_ours(text, device, require_pytorch):
    require_pytorch(device)
    from benchmarks.peers.pytorch import TorchLanguageModel
    from benchmarks.peers.pytorch import ours_of_lstm as ours_of_torch_lstm

    network = TorchLanguageModel(small_model(), lm.LEARNING_RATE, TIGHT, device)
    # PyTorch adds eps after the correction of the second moment's bias, Chainer before it: equal for this eps at each
    # update.
    network.lstm.bias_hh_l0.requires_grad_(False)
    step = network.optimizer.step
    updates = iter(range(1, UPDATES + 1))

    def step_with_our_eps():
        network.optimizer.param_groups[0]["eps"] = EPS / (1 - 0.999 ** next(updates)) ** 0.5
        step()

    network.optimizer.step = step_with_our_eps

    def arrays():
        w_x, w_h, b = ours_of_torch_lstm(network.lstm)
        tails = {
            f"/output/tail_{k}/{kind}": network.output.tail[k - 1][index].weight.detach().cpu().numpy()
            for k in (1, 2)
            for index, kind in enumerate(("projection", "words"))
        }
        return {
            "/lstm/w_x": w_x,
            "/lstm/w_h": w_h,
            "/lstm/b": b,
            "/embedding/W": network.embedding.weight.detach().cpu().numpy(),
            "/output/head": network.output.head.weight.detach().cpu().numpy(),
            **tails,
        }

    assert_equal_updates(text, TIGHT, network, arrays, device)


def test_records_count_words(text, without_pytorch):
    (record,) = lm.measure("tiny", small_model(), text, repeats=1, streams=STREAMS, steps=STEPS, device=without_pytorch)
    assert record.peer == "stock Chainer"
    assert record.as_json()["words_per_s"] == pytest.approx(STREAMS * STEPS / record.ours_s)
    assert record.as_json()["peer_words_per_s"] == pytest.approx(STREAMS * STEPS / record.peer_s)
