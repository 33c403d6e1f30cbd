"""The devices of the benchmarks.

Made-up GPUs stand for true ones: what is asked of CuPy and PyTorch, not what they do.
"""

import sys
import types

import chainer
import pytest

from benchmarks import devices, lm, lstm, step
from benchmarks.devices import CPU, Gpu, device_for
from benchmarks.peers import chainer_stock

LSTM = lstm.Problem.of([3, 7, 1, 4], embedding=5, hidden=6)
SMALL = [
    "model.embedding_size=6",
    "model.hidden_size=5",
    "model.ffnn_size=8",
    "training.batch_size=8",
    "training.unlabeled_batch_size=12",
    "perturbation.neighbours=4",
]


class Card(chainer.backend.CpuDevice):
    """Number 1 of the GPUs for Chainer; what it has is on the CPU."""

    def __init__(self, calls):
        super().__init__()
        self.device = types.SimpleNamespace(id=1, synchronize=lambda: calls.append("CuPy waits"), mem_info=(1000, 4000))


@pytest.fixture
def calls():
    """What the two libraries were asked for (list of str)."""
    return []


@pytest.fixture
def torch(monkeypatch, calls):
    """A PyTorch that sees two GPUs."""
    cuda = types.SimpleNamespace(
        device_count=lambda: 2,
        synchronize=lambda name: calls.append(f"PyTorch waits for {name}"),
        empty_cache=lambda: calls.append("PyTorch gives back"),
    )
    products = types.SimpleNamespace(allow_tf32=None)
    backends = types.SimpleNamespace(
        cuda=types.SimpleNamespace(matmul=products), cudnn=types.SimpleNamespace(allow_tf32=None)
    )
    module = types.SimpleNamespace(__version__="2.9", cuda=cuda, backends=backends)
    monkeypatch.setitem(sys.modules, "torch", module)
    monkeypatch.setattr(devices.importlib.util, "find_spec", lambda name: "a spec")
    return module


@pytest.fixture
def gpu(monkeypatch, calls):
    """GPU 1 of this machine (benchmarks.devices.Gpu)."""
    monkeypatch.delenv("CUPY_TF32", raising=False)
    pool = types.SimpleNamespace(free_all_blocks=lambda: calls.append("CuPy gives back"))
    cupy = types.SimpleNamespace(get_default_memory_pool=lambda: pool)
    monkeypatch.setattr(devices, "cuda", types.SimpleNamespace(cupy=cupy))
    monkeypatch.setattr(devices, "describe", lambda device: f"@cupy:{device.device.id} H200")
    return Gpu(Card(calls))


def test_minus_one_is_the_cpu():
    assert device_for(-1) is CPU and CPU.about == {"device": "@numpy"} and CPU.torch == "cpu"
    assert CPU.memory_for_peer() is None or CPU.memory_for_peer() > 0


def test_a_gpu_is_the_same_card_for_both_libraries(gpu):
    assert gpu.torch == "cuda:1" and gpu.about == {"device": "@cupy:1 H200", "tf32": False}


def test_both_libraries_are_waited_for(gpu, torch, calls):
    gpu.synchronise()
    assert calls == ["CuPy waits"]
    assert gpu.have_pytorch()
    gpu.synchronise()
    assert calls[1:] == ["CuPy waits", "PyTorch waits for cuda:1"]


def test_a_peer_may_take_most_of_what_is_free_when_both_have_given_back(gpu, torch, calls):
    assert gpu.have_pytorch() and gpu.memory_for_peer() == 800
    assert calls == ["CuPy gives back", "PyTorch gives back"]


@pytest.mark.parametrize("setting, tf32", [(None, False), ("0", False), ("1", True)])
def test_tf32_is_off_on_both_sides_or_on_on_both(gpu, torch, calls, monkeypatch, setting, tf32):
    if setting is not None:
        monkeypatch.setenv("CUPY_TF32", setting)
    device = Gpu(Card(calls))
    assert device.have_pytorch() and device.about["tf32"] is tf32
    assert torch.backends.cuda.matmul.allow_tf32 is tf32 and torch.backends.cudnn.allow_tf32 is tf32


def test_a_pytorch_that_does_not_see_the_card_is_left_out_and_not_waited_for(gpu, torch, calls, capsys):
    torch.cuda.device_count = lambda: 1
    assert not gpu.have_pytorch() and not gpu.have_pytorch()
    assert capsys.readouterr().out == (
        "PyTorch 2.9 finds no GPU 1, so it is left out: install its build for this driver's CUDA\n"
    )
    gpu.synchronise()
    assert calls == ["CuPy waits"]


def test_without_pytorch_one_line_says_how_to_install_it(monkeypatch, gpu, capsys):
    monkeypatch.setattr(devices.importlib.util, "find_spec", lambda name: None)
    assert not gpu.have_pytorch() and not gpu.have_pytorch()
    assert capsys.readouterr().out == (
        "PyTorch is not installed, so it is left out: pip install -r requirements-benchmarks.txt\n"
    )


def fails(*arguments):
    """Stands for what needs cuDNN."""
    raise ValueError("no\ncuDNN")


def test_stock_chainer_is_left_out_where_it_fails(gpu, calls, capsys):
    assert gpu.stock_chainer("lm: LSTM 8", lambda: fails) is None and gpu.stock_chainer("lm: LSTM 9", fails) is None
    assert capsys.readouterr().out.splitlines() == [
        f"lm: LSTM {size}: stock Chainer left out: on this GPU, without cuDNN, it fails with ValueError: no cuDNN"
        for size in (8, 9)
    ]
    assert gpu.stock_chainer("lm: LSTM 8", lambda: dict) is dict and calls == ["CuPy waits"]
    with pytest.raises(ValueError):  # on the CPU it works, so a failure is one of ours
        CPU.stock_chainer("lm: LSTM 8", fails)


@pytest.fixture
def measured(gpu, monkeypatch):
    """Every benchmark on the made-up GPU, whose arrays are on the CPU: name -> function that gives the peers' names."""
    monkeypatch.setattr(gpu, "have_pytorch", lambda: False)
    monkeypatch.setattr(gpu, "memory_for_peer", lambda: 1e12)
    monkeypatch.setattr(gpu, "large_product", 16)
    text = lm.made_up_text(documents=12, mean_length=15, vocabulary_size=60)
    model = lm.new_model(16, vocabulary_size=60, embedding=6, cutoffs=(10, 30), dropout=0.0)
    problem = step.Problem.of("advt", mean=5, rounds=2, vocabulary_size=60, settings=SMALL)
    records = {
        "lstm": lambda: lstm.measure("tiny", LSTM, 1, gpu),
        "step": lambda: step.measure("tiny", problem, 1, gpu),
        "lm": lambda: lm.measure("tiny", model, text, 1, 4, 5, gpu),
    }
    return {name: lambda measure=measure: [record.peer for record in measure()] for name, measure in records.items()}


@pytest.mark.parametrize(
    "name, floors, waits",
    [
        # two turns of each side, after a trial of stock Chainer
        ("lstm", ["sgemm, same shapes", "sgemm, large products"], 1 + 2 * 2 + 2 * 3),
        ("step", [], 1 + 2 * 2),
        ("lm", [], 1 + 2 * 2),
    ],
)
def test_every_call_is_waited_for(measured, calls, name, floors, waits):
    assert measured[name]() == ["stock Chainer", *floors]
    assert calls == ["CuPy waits"] * waits


@pytest.mark.parametrize(
    "name, module, stock, peers",
    [
        ("lstm", lstm, "StockLSTM", ["sgemm, same shapes", "sgemm, large products"]),
        ("step", step, "ChainerStep", []),
        ("lm", chainer_stock, "StockLanguageModel", []),
    ],
)
def test_the_others_are_measured_where_stock_chainer_fails(measured, monkeypatch, capsys, name, module, stock, peers):
    monkeypatch.setattr(module, stock, fails)
    assert measured[name]() == peers
    assert f"{name}: tiny: stock Chainer left out" in capsys.readouterr().out
