"""The GPU kernels compile for GPUs by NVRTC, and their very source, compiled for the CPU and driven by the GPU's time
loop, equals the CPU's own arithmetic.
"""

import ctypes
import importlib.util
import shutil
import subprocess
from pathlib import Path

import chainer
import numpy as np
import pytest

from iadv_foundation.arithmetic.functions import gpu_lstm, kernels, packed_lstm
from iadv_foundation.arithmetic.links.embedding import sum_rows
from iadv_foundation.arithmetic.packing import Layout

ARCHITECTURES = "sm_80", "sm_90"
REALS = list(kernels.TYPES.values())
# What CUDA has and C++ has not; a thread is one call.
HOST = """
#include <cmath>
using std::tanh;
#define __global__
#define __device__
static struct { unsigned x; } blockIdx, blockDim = {1}, threadIdx = {0};
extern "C" void be_thread(unsigned index) { blockIdx.x = index; }
"""


class HostKernels:
    """Stands in for ``kernels.launch``: the same source on the CPU, on NumPy arrays.  One element more than asked for
    is worked on, which the kernels must leave alone, as those of a GPU's last block.
    """

    def __init__(self, folder):
        self.libraries = {}
        for dtype, real in kernels.TYPES.items():
            source, library = folder / f"{real}.cpp", folder / f"{real}.so"
            source.write_text(f"typedef {real} Real;\n{HOST}{kernels.SOURCE}")
            subprocess.run(["g++", "-O1", "-ffp-contract=off", "-shared", "-fPIC", "-o", library, source], check=True)
            self.libraries[dtype] = ctypes.CDLL(str(library))
        self.calls = 0

    def __call__(self, name, dtype, elements, *arguments):
        library = self.libraries[np.dtype(dtype)]
        given = []
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                assert argument.flags.c_contiguous and argument.dtype in (dtype, np.int64)
                given.append(ctypes.c_void_p(argument.ctypes.data))
            else:
                given.append({np.int32: ctypes.c_int, np.int64: ctypes.c_longlong}[type(argument)](int(argument)))
        for index in range(elements + 1):
            library.be_thread(index)
            getattr(library, name)(*given)
        self.calls += 1


@pytest.fixture(scope="module")
def host_kernels(tmp_path_factory):
    if not shutil.which("g++"):
        pytest.skip("no g++ to compile the kernels for the CPU")
    return HostKernels(tmp_path_factory.mktemp("kernels"))


@pytest.fixture
def as_on_a_gpu(host_kernels, monkeypatch):
    """From now on the GPU's path is taken; returns the stand-in."""
    monkeypatch.setattr(kernels, "run_here", lambda array: True)
    monkeypatch.setattr(kernels, "launch", host_kernels)
    monkeypatch.setattr(gpu_lstm, "launch", host_kernels)
    host_kernels.calls = 0
    return host_kernels


def run_lstm(lengths, dtype, with_state, reverse):
    """[h, final h, final c, gradients of x, w_x, w_h, b] of a random problem that the arguments name."""
    random = np.random.default_rng(5)
    hidden, size, words = 5, 3, sum(lengths)
    inputs = [
        chainer.Variable(random.normal(size=shape).astype(dtype))
        for shape in ((words, size), (size, 4 * hidden), (hidden, 4 * hidden), (4 * hidden,))
    ]
    state = tuple(random.normal(size=(2, len(lengths), hidden)).astype(dtype)) if with_state else None
    h, final = packed_lstm(*inputs, Layout.of(lengths).batch_sizes, state, reverse)
    h.grad = random.normal(size=h.shape).astype(dtype)
    h.backward()
    return [h.array, *final, *(variable.grad for variable in inputs)]


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 2e-6), (np.float64, 1e-14)])
@pytest.mark.parametrize("with_state, reverse", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("lengths", [[1], [4], [1, 1, 1], [3, 3], [1, 5, 2, 5, 3], [2, 7, 1]], ids=str)
def test_the_lstm_of_a_gpu_equals_that_of_the_cpu(request, lengths, dtype, tolerance, with_state, reverse):
    expected = run_lstm(lengths, dtype, with_state, reverse)
    host = request.getfixturevalue("as_on_a_gpu")
    found = run_lstm(lengths, dtype, with_state, reverse)
    assert host.calls == 2 * max(lengths)  # one kernel for each step and direction
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, theirs, rtol=10 * tolerance, atol=tolerance * max(1, abs(theirs).max()))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("words", [1, 40])
def test_sums_of_rows_of_a_gpu_equal_those_of_the_cpu(request, words, dtype):
    random = np.random.default_rng(6)
    ids, rows = random.integers(0, 9, words).astype(np.int32), random.normal(size=(words, 3)).astype(dtype)
    expected = np.zeros((11, 3), dtype)
    for number, row in zip(ids, rows, strict=True):  # in their order, as the sums are to be made
        expected[number] += row
    np.testing.assert_array_equal(sum_rows(ids, rows, 11), expected)
    host = request.getfixturevalue("as_on_a_gpu")
    np.testing.assert_array_equal(sum_rows(ids, rows, 11), expected)
    assert host.calls == 1


def nvrtc_libraries():
    """Paths of NVRTC: of pip's wheels, where its built-in headers lie beside it, and of a CUDA toolkit."""
    found = importlib.util.find_spec("nvidia")
    wheels = [
        str(path)
        for folder in (found.submodule_search_locations if found else [])
        for path in sorted(Path(folder).glob("*/lib/libnvrtc.so.*"))
    ]
    return wheels or [str(path) for path in sorted(Path("/usr/local").glob("cuda*/lib64/libnvrtc.so"))[:1]]


class Nvrtc:
    """As much of NVRTC as compiles a program; it needs no GPU."""

    def __init__(self, path):
        for headers in Path(path).parent.glob("libnvrtc-builtins.so.*"):
            ctypes.CDLL(
                str(headers), ctypes.RTLD_GLOBAL
            )  # NVRTC asks for it by name, and not every wheel says where it is
        self.library = ctypes.CDLL(path)
        self.library.nvrtcGetErrorString.restype = ctypes.c_char_p

    @property
    def version(self):
        major, minor = ctypes.c_int(), ctypes.c_int()
        self.call("nvrtcVersion", ctypes.byref(major), ctypes.byref(minor))
        return f"{major.value}.{minor.value}"

    def call(self, name, *arguments):
        status = getattr(self.library, name)(*arguments)
        assert status == 0, self.library.nvrtcGetErrorString(status).decode()

    def compile(self, source, options):
        """The log and the machine code (cubin) of a source text (str, bytes)."""
        program = ctypes.c_void_p()
        self.call("nvrtcCreateProgram", ctypes.byref(program), source.encode(), b"kernels.cu", 0, None, None)
        encoded = [option.encode() for option in options]
        status = self.library.nvrtcCompileProgram(program, len(encoded), (ctypes.c_char_p * len(encoded))(*encoded))
        log = self.text(program, "ProgramLog").rstrip(b"\0").decode()
        assert status == 0, log
        return log, self.text(program, "CUBIN")

    def text(self, program, what):
        size = ctypes.c_size_t()
        self.call(f"nvrtcGet{what}Size", program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        self.call(f"nvrtcGet{what}", program, buffer)
        return buffer.raw


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("real", REALS)
def test_nvrtc_compiles_the_kernels_without_a_warning(real, architecture):
    libraries = nvrtc_libraries()
    if not libraries:
        pytest.skip("no NVRTC here (pip install nvidia-cuda-nvrtc or nvidia-cuda-nvrtc-cu12)")
    for path in libraries:
        log, code = Nvrtc(path).compile(
            kernels.SOURCE, (*kernels.compile_options(real), f"--gpu-architecture={architecture}")
        )
        assert not log.strip(), log
        assert all(name.encode() in code for name in kernels.NAMES)
