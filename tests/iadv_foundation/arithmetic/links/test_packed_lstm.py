"""Weights of LSTM layers start as asked for, gate by gate."""

import numpy as np
import pytest
from chainer import initializers

from iadv_foundation.arithmetic.links import PackedBiLSTM, PackedLSTM

D, H = 7, 5


def gates(matrix):
    """The part of each gate as Chainer keeps it: four arrays (H, inputs)."""
    return [part.T for part in np.split(matrix.array, 4, axis=1)]


@pytest.mark.parametrize("size", [(7, 5), (5, 7)])
def test_orthogonal_weights_are_orthogonal_in_each_gate(size):
    inputs, hidden = size
    layer = PackedBiLSTM(inputs, hidden, initial_weights=initializers.Orthogonal())
    for direction in (layer.ahead, layer.back):
        for gate in gates(direction.w_x) + gates(direction.w_h):
            gram = gate @ gate.T if gate.shape[0] <= gate.shape[1] else gate.T @ gate
            np.testing.assert_allclose(gram, 1.1**2 * np.eye(len(gram)), atol=1e-5)  # 1.1: Chainer's scale
    assert np.abs(layer.ahead.w_x.array - layer.back.w_x.array).max() > 0.1
    one, other, *_ = gates(layer.ahead.w_x)
    assert np.abs(one - other).max() > 0.1


def test_weights_are_normal_unless_asked_for_otherwise():
    layer = PackedLSTM(100, 64)
    assert layer.w_x.array.std() == pytest.approx(0.1, rel=0.02) and layer.w_h.array.std() == pytest.approx(
        1 / 8, rel=0.02
    )


@pytest.mark.parametrize("bias", [1.0, 2.0])
def test_the_forget_gate_alone_has_a_bias(bias):
    expected = np.zeros(4 * H)
    expected[H : 2 * H] = bias
    layer = PackedBiLSTM(D, H, bias)
    for direction in (layer.ahead, layer.back, PackedLSTM(D, H, bias)):
        np.testing.assert_array_equal(direction.b.array, expected)
