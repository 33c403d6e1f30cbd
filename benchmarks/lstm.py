"""``lstm``: forward and backward pass of the packed LSTM against stock Chainer, PyTorch and bare matrix products."""

import dataclasses
import functools
import math

import chainer
import numpy as np

from benchmarks.devices import CPU, as_numpy, device_for
from benchmarks.inputs import ragged_lengths
from benchmarks.measuring import Record, alternate
from benchmarks.peers.chainer_stock import StockLSTM, memory_of_lstm
from iadv_foundation.arithmetic.functions import packed_lstm
from iadv_foundation.arithmetic.packing import Layout

MEANS = 20, 100, 240
HIDDEN = 256, 1024
EMBEDDING = 256
BATCH = 32


@dataclasses.dataclass(frozen=True, eq=False)
class Problem:
    """What every side computes: h of an LSTM over a packed batch, and the gradients for one given at h.

    Attributes:
        layout (iadv_foundation.arithmetic.packing.Layout): B sequences, N words.
        x (numpy.ndarray): float32 (N, D), packed.
        w_x, w_h, b (numpy.ndarray): float32 (D, 4H), (H, 4H), (4H,); gates in the order i, f, o, g.
        grad_h (numpy.ndarray): float32 (N, H).
    """

    layout: Layout
    x: np.ndarray
    w_x: np.ndarray
    w_h: np.ndarray
    b: np.ndarray
    grad_h: np.ndarray

    @classmethod
    def of(cls, lengths, embedding, hidden):
        """A problem with normally distributed numbers from a fixed seed, weights as small as a fresh network's."""
        random = np.random.default_rng(0)

        def normal(*shape, scale=1.0):
            return random.standard_normal(shape, np.float32) * np.float32(scale)

        words = int(sum(lengths))
        return cls(
            Layout.of(lengths),
            normal(words, embedding),
            normal(embedding, 4 * hidden, scale=embedding**-0.5),
            normal(hidden, 4 * hidden, scale=hidden**-0.5),
            normal(4 * hidden),
            normal(words, hidden, scale=1e-2),
        )

    def on(self, device):
        """The same problem with its arrays on a device (:class:`benchmarks.devices.Cpu`), for our side."""
        arrays = {name: device.send(getattr(self, name)) for name in ("x", "w_x", "w_h", "b", "grad_h")}
        return dataclasses.replace(self, **arrays)

    @property
    def flops(self):
        """Multiplications and additions of the matrix products forward and, twice as many, backward."""
        words, embedding = self.x.shape
        hidden, gates = self.w_h.shape
        return 3 * 2 * (words * embedding + (words - len(self.layout.lengths)) * hidden) * gates


#: What the ``result()`` of every side holds, packed and in our order of gates: h, and the gradients of the inputs.
RESULT = "h", "x", "w_x", "w_h", "b"


class PackedLSTM:
    """Our side: :func:`iadv_foundation.arithmetic.functions.packed_lstm`.

    Args:
        problem (Problem): on the device wanted.
    """

    def __init__(self, problem):
        self.problem = problem
        self.inputs = [chainer.Variable(array) for array in (problem.x, problem.w_x, problem.w_h, problem.b)]

    def __call__(self):
        for variable in self.inputs:
            variable.cleargrad()
        h, _ = packed_lstm(*self.inputs, self.problem.layout.batch_sizes)
        h.grad = self.problem.grad_h
        h.backward()
        return h.array

    def result(self):
        """What one call computes: arrays (numpy.ndarray) in the order of :data:`RESULT`."""
        return tuple(map(as_numpy, (self(), *(variable.grad for variable in self.inputs))))


class LargeProduct:
    """The device's matrix-product rate: one large float32 product into memory made before.

    Args:
        device (benchmarks.devices.Cpu)
    """

    def __init__(self, device=CPU):
        size = device.large_product
        self.flops = 2 * size**3
        self.left, self.right, self.product = device.send(np.random.default_rng(0).random((3, size, size), np.float32))

    def __call__(self):
        self.left.dot(self.right, out=self.product)


class MatrixProducts:
    """Only the matrix products of the LSTM, written plainly: of the same shapes, in the same order,
    into memory made before.

    Args:
        problem (Problem): on the device wanted; its numbers stand in for hidden states and gradients, whose values cost
            nothing.
    """

    def __init__(self, problem):
        self.problem = problem
        xp = chainer.backend.get_array_module(problem.x)
        words, hidden = problem.grad_h.shape
        sizes = problem.layout.batch_sizes
        self.gates = xp.empty((words, 4 * hidden), np.float32)
        self.recurrent = xp.empty((sizes[0], 4 * hidden), np.float32)
        self.grad_before = xp.empty((sizes[0], hidden), np.float32)
        self.steps = [slice(start, start + size) for start, size in zip(problem.layout.starts, sizes, strict=True)]
        self.grad_x, self.grad_w_x, self.grad_w_h = (
            xp.empty_like(array) for array in (problem.x, problem.w_x, problem.w_h)
        )

    def __call__(self):
        problem, first = self.problem, int(self.problem.layout.batch_sizes[0])
        h = problem.grad_h
        problem.x.dot(problem.w_x, out=self.gates)
        for step in self.steps[1:]:
            size = step.stop - step.start
            h[step].dot(problem.w_h, out=self.recurrent[:size])
        for step in reversed(self.steps[1:]):
            size = step.stop - step.start
            self.gates[step].dot(problem.w_h.T, out=self.grad_before[:size])
        self.gates.dot(problem.w_x.T, out=self.grad_x)
        problem.x.T.dot(self.gates, out=self.grad_w_x)
        h[first:].T.dot(self.gates[first:], out=self.grad_w_h)


def run(options):
    """Yield the records of all sizes that ``options`` (:class:`benchmarks.measuring.Options`) wants."""
    device = device_for(options.device)
    for mean in MEANS:
        for hidden in HIDDEN:
            size = f"mean {mean}, LSTM {hidden}"
            if options.wants(size):
                yield from measure(
                    size, Problem.of(ragged_lengths(BATCH, mean), EMBEDDING, hidden), options.repeats, device
                )


def measure(size, problem, repeats, device=CPU):
    """Yield the records of one :class:`Problem` on one device, each peer in turns with ours alone."""
    ours = PackedLSTM(problem.on(device))
    in_turns = functools.partial(_in_turns, ours, repeats, device)
    yield from _against_chainer(size, problem, in_turns, device)
    if device.have_pytorch():
        yield from _against_pytorch(size, problem, in_turns, device)
    large = LargeProduct(device)
    medians = in_turns(sgemm=MatrixProducts(problem.on(device)), large=large)
    medians["large"] *= problem.flops / large.flops
    for peer, side in (("sgemm, same shapes", "sgemm"), ("sgemm, large products", "large")):
        yield _record(
            size,
            problem,
            medians,
            peer,
            side,
            gflop=problem.flops / 1e9,
            sgemm_gflops=problem.flops / medians[side] / 1e9,
            sgemm_fraction=medians[side] / medians["ours"],
        )


def _in_turns(ours, repeats, device, **peers):
    return alternate({"ours": ours, **peers}, repeats, device.synchronise)


def _against_chainer(size, problem, in_turns, device):
    needed, free = memory_of_lstm(problem), device.memory_for_peer()
    parts = 1 if free is None else math.ceil(needed / free)
    if parts > 1:
        print(
            f"lstm: {size}: stock Chainer keeps its weights for each time step, which takes {needed / 1e9:.1f} GB; "
            f"it may take {free / 1e9:.1f} GB, so it runs in {parts} parts, one after the other",
            flush=True,
        )
    steps_at_once = math.ceil(len(problem.layout.batch_sizes) / parts)
    peer = device.stock_chainer(f"lstm: {size}", lambda: StockLSTM(problem, steps_at_once, device))
    if peer is not None:
        yield _record(
            size, problem, in_turns(peer=peer), "stock Chainer", "peer", peer_parts=parts, peer_memory_gb=needed / 1e9
        )


def _against_pytorch(size, problem, in_turns, device):
    from benchmarks.peers.pytorch import PackedTorchLSTM, PaddedTorchLSTM

    medians = in_turns(packed=PackedTorchLSTM(problem, device), padded=PaddedTorchLSTM(problem, device))
    better = min("packed", "padded", key=medians.get)
    for mode in ("packed", "padded"):
        yield _record(size, problem, medians, f"torch {mode}", mode)
    yield _record(size, problem, medians, "torch (better)", better, mode=better)


def _record(size, problem, medians, peer, side, **more):
    ours = medians["ours"]
    more = {"words_per_s": len(problem.x) / ours, "gflops": problem.flops / ours / 1e9, **more}
    return Record("lstm", size, ours, peer, medians[side], more)
