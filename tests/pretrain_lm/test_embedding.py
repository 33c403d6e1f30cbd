"""Looking words up gives their rows, and each row's gradient is the sum over the places where its word stands."""
import numpy as np
import pytest
from hypothesis import given, strategies

from core import compat
import chainer
import chainer.functions as F

from pretrain_lm.embedding import look_up

with compat.stand_ins():
    from chainer import gradient_check


@given(strategies.lists(strategies.integers(0, 6), min_size=1, max_size=40))
def test_rows_and_the_sums_of_their_gradients(ids):
    matrix = chainer.Parameter(np.arange(21, dtype=np.float32).reshape(7, 3))
    weights = np.random.default_rng(len(ids)).integers(-9, 9, (len(ids), 3)).astype(np.float32)
    expected = np.zeros((7, 3), np.float32)
    for number, row in zip(ids, weights):
        expected[number] += row
    rows = look_up(np.array(ids, np.int32), matrix)
    np.testing.assert_array_equal(rows.array, [[3 * number, 3 * number + 1, 3 * number + 2] for number in ids])
    matrix.cleargrad()
    F.sum(rows * weights).backward()
    np.testing.assert_array_equal(matrix.grad, expected)
    assert matrix.grad.dtype == np.float32


def test_gradient_equals_a_numerical_one():
    ids, rng = np.array([4, 1, 4], np.int32), np.random.default_rng(1)
    matrix, gradient = rng.normal(size=(5, 3)), rng.normal(size=(3, 3))
    gradient_check.check_backward(lambda variable: look_up(ids, variable), matrix, gradient, dtype=np.float64)


def test_it_refuses_a_second_derivative():
    with pytest.raises(RuntimeError, match="twice"):
        F.sum(look_up(np.array([1]), chainer.Parameter(np.ones((3, 2), np.float32)))).backward(enable_double_backprop=True)
