"""Looking words up gives their rows, and each row's gradient is the sum over the places where its word stands."""

import chainer.functions as F
import numpy as np
import pytest
from chainer import initializers
from hypothesis import given, strategies

from iadv_foundation import old_chainer
from iadv_foundation.arithmetic.links import Embedding
from iadv_foundation.arithmetic.links.embedding import sum_distinct_rows, sum_rows

with old_chainer.stand_ins():
    from chainer import gradient_check


def embedding_of(matrix):
    embedding = Embedding(*matrix.shape)
    embedding.W.array = matrix
    return embedding


@given(strategies.lists(strategies.integers(0, 6), min_size=1, max_size=40))
def test_rows_and_the_sums_of_their_gradients(ids):
    embedding = embedding_of(np.arange(21, dtype=np.float32).reshape(7, 3))
    ids, weights = np.array(ids), np.random.default_rng(len(ids)).integers(-9, 9, (len(ids), 3)).astype(np.float32)
    expected = np.zeros((7, 3), np.float32)
    for number, row in zip(ids, weights, strict=True):
        expected[number] += row
    rows = embedding(ids)
    np.testing.assert_array_equal(rows.array, [[3 * number, 3 * number + 1, 3 * number + 2] for number in ids])
    embedding.cleargrads()
    F.sum(rows * weights).backward()
    np.testing.assert_array_equal(embedding.W.grad, expected)
    assert embedding.W.grad.dtype == np.float32
    np.testing.assert_array_equal(sum_rows(ids, weights, 7), expected)
    distinct, summed = sum_distinct_rows(ids, weights)
    np.testing.assert_array_equal(distinct, sorted(set(ids)))
    np.testing.assert_array_equal(summed, expected[distinct])


def test_gradient_equals_a_numerical_one():
    rng = np.random.default_rng(1)
    matrix, weights, ids = rng.normal(size=(5, 3)), rng.normal(size=(3, 3)), np.array([4, 1, 4])
    embedding = embedding_of(matrix)

    def loss():
        return F.sum(F.tanh(embedding(ids)) * weights)

    embedding.cleargrads()
    loss().backward()
    (numerical,) = gradient_check.numerical_grad(lambda: (loss().array,), (matrix,), (np.ones(()),))
    np.testing.assert_allclose(embedding.W.grad, numerical, atol=1e-5)


def test_it_refuses_a_second_derivative():
    with pytest.raises(RuntimeError, match="twice"):
        F.sum(Embedding(3, 2)(np.array([1]))).backward(enable_double_backprop=True)


@pytest.mark.parametrize("initial, deviation, largest", [(None, 0.1 / 3**0.5, 0.1), (initializers.Normal(1), 1, 6)])
def test_the_matrix_starts_uniform_or_as_asked_for(initial, deviation, largest):
    matrix = Embedding(2000, 20, initial).W.array
    assert matrix.std() == pytest.approx(deviation, rel=0.02) and np.abs(matrix).max() <= largest
