"""What the product and its stand-in rely on CuPy for: where it refuses what NumPy allows,
and gives what NumPy does not.

Run on the stand-in these tests show that it is as strict as they say; on a card that CuPy is no stricter than the
stand-in.
"""

import importlib
import inspect
import sys
from pathlib import Path

import chainer
import numpy as np
import pytest
from chainer.backends import cuda

from iadv_foundation.arithmetic import device as devices
from iadv_foundation.arithmetic.functions import kernels

pytestmark = pytest.mark.gpu


def test_chainer_takes_it_for_cupy(cupy):
    array = cupy.zeros(3, np.float32)
    assert cuda.available and chainer.backend.get_array_module(array) is cuda.cupy is cupy
    assert chainer.backend.get_array_module(np.zeros(3)) is np
    assert chainer.backend.get_device_from_array(array).name == "@cupy:0"
    assert chainer.get_device("@numpy").send(array).tolist() == [0, 0, 0]


@pytest.mark.parametrize("convert", [np.asarray, np.array, lambda array: np.zeros(2) + np.asarray(array)])
def test_it_is_not_converted_unasked(cupy, convert):
    with pytest.raises(TypeError, match="[Ii]mplicit conversion"):
        convert(cupy.zeros(2))


@pytest.mark.parametrize(
    "mix",
    [
        lambda here, there: here + there,
        lambda here, there: there + here,
        lambda here, there: here * there[:1],
        np.maximum,
        lambda here, there: there @ here,
        lambda here, there: here < there,
        lambda here, there: here.__iadd__(there),
        lambda here, there: np.concatenate([here, there]),
        lambda here, there: here.dot(there),
        lambda here, there: here.__setitem__(slice(1, 2), there[:1]),
    ],
)
def test_arrays_of_host_and_device_do_not_mix(cupy, mix):
    with pytest.raises((TypeError, ValueError)):
        mix(cupy.zeros(2), np.ones(2))


def test_functions_of_numpy_are_its_own(cupy):
    array = cupy.arange(4, dtype=np.float32)
    for result in (
        np.exp(array),
        np.sqrt(array),
        np.concatenate([array, array]),
        np.sum(array),
        2 * array,
        np.float32(2) * array,
        np.where(array > 1, array, 0),
    ):
        assert isinstance(result, cupy.ndarray) and result.dtype == np.float32


def test_one_element_is_an_array_without_dimensions(cupy):
    array = cupy.arange(4, dtype=np.float32)
    for result in (array.sum(), array.max(), array[1], array.dot(array), cupy.sqrt(array[1])):
        assert isinstance(result, cupy.ndarray) and result.shape == ()
    array[1].fill(7)  # a view
    assert array.get().tolist() == [0, 7, 2, 3]
    assert float(array[1]) == 7 and bool(array.any()) and int(array.argmax()) == 1


def test_an_array_of_several_elements_has_no_truth_value(cupy):
    with pytest.raises(ValueError):
        bool(cupy.zeros(2) == 0)


def test_what_it_does_not_have_is_refused(cupy):
    array = cupy.arange(3)
    with pytest.raises((TypeError, ValueError)):
        cupy.repeat(array, cupy.arange(3))
    with pytest.raises(TypeError):
        array.max(initial=0)
    with pytest.raises(TypeError):
        cupy.sum(array, where=array > 1)


def test_indices_of_the_host_are_sent(cupy):
    array = cupy.arange(4)
    assert array[np.array([2, 0])].get().tolist() == array[[2, 0]].get().tolist() == [2, 0]
    array[cupy.array([1, 1, 3])] = 9
    assert array.get().tolist() == [0, 9, 2, 9]
    with pytest.raises(TypeError):  # no such addition on a GPU
        array.scatter_add(cupy.array([0, 0]), cupy.array([1, 1]))
    sums = cupy.zeros(2, np.float32)
    sums.scatter_add(cupy.array([0, 0]), cupy.ones(2, np.float32))
    assert sums.get().tolist() == [2, 0]


def test_elementwise_and_reduction_kernels(cupy):
    x, y = cupy.arange(4, dtype=np.float32), cupy.ones((2, 4), np.float32)
    scaled = cuda.elementwise("T x, T y, raw T table, T factor", "T z", "z = factor * x + y * table[i % 2]", "manners")(
        x, y, cupy.array([1, 10], np.float32), 3
    )
    np.testing.assert_array_equal(scaled.get(), 3 * np.arange(4) + np.ones((2, 1)) * [1, 10, 1, 10])
    largest = cuda.reduce("T x", "T z", "x * x", "max(a, b)", "z = a + 1", "0", "manners_reduce")
    assert largest(scaled, axis=1).get().tolist() == [362, 362] and largest(scaled).shape == ()
    with pytest.raises(TypeError):
        cuda.elementwise("T x, T y", "T z", "z = x + y", "manners_types")(x, x.astype(np.float64))


def test_a_kernel_of_the_project_gets_what_it_is_written_for(cupy):
    rows, order = cupy.ones((3, 2), np.float32), cupy.arange(3)
    summed = cupy.empty((1, 2), np.float32)
    kernels.launch("sum_rows", np.float32, 2, rows, order, cupy.array([0, 3]), summed, np.int64(1), np.int32(2))
    assert summed.get().tolist() == [[3, 3]]


def stand_in_signatures():
    """The stand-in's module of signatures."""
    folder = str(Path(__file__).with_name("stand_in") / "cupy")
    sys.path.insert(0, folder)
    try:
        return importlib.import_module("_signatures")
    finally:
        sys.path.remove(folder)


def parameters_of(function):
    return [parameter.name for parameter in inspect.signature(function).parameters.values()]


def test_the_stand_in_has_cupys_parameters(cupy):
    """True of the stand-in by itself; on a card it compares with CuPy."""
    table = stand_in_signatures()
    for line in table.FUNCTIONS.split("\n"):
        if line:
            name, rest = line.split("(", 1)
            wanted = [part.split("=")[0].strip() for part in rest.rstrip(")").split(",") if part.strip() != "*"]
            try:
                found = parameters_of(getattr(cupy, name))
            except ValueError:  # compiled, and says nothing
                continue
            assert found in (wanted, ["args", "kwargs"]), name
    for name in set(table.UFUNCS.split()) - {"matmul"}:  # which is a generalised one
        assert isinstance(getattr(cupy, name), cupy.ufunc), name
    for line in table.METHODS.split("\n"):
        assert not line or hasattr(cupy.ndarray, line.split("(")[0]), line


def test_arrays_of_two_devices_do_not_meet(cupy):
    if len(devices.find_gpus()[0]) < 2:
        pytest.skip("there is one GPU")
    with cuda.Device(1):
        there = cupy.ones(2)
    assert chainer.get_device("@cupy:0").send(there).device.id == 0
    if hasattr(cupy, "COUNTS"):  # some cards reach each other's memory, so that CuPy lets them
        with pytest.raises(ValueError):
            there + cupy.ones(2)
