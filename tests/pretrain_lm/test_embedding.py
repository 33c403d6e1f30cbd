"""The embedding's gradient is the sum over equal ids that a loop finds, and does not depend on chance."""
import numpy as np
import pytest
from hypothesis import given, strategies

from core import compat
import chainer
import chainer.functions as F

from pretrain_lm.embedding import Embedding, EmbeddingLookup, sum_rows

with compat.stand_ins():
    from chainer import gradient_check


@given(strategies.lists(strategies.integers(0, 6), min_size=1, max_size=40))
def test_rows_of_equal_id_are_summed(ids):
    rows = np.random.default_rng(len(ids)).integers(-9, 9, (len(ids), 3)).astype(np.float32)
    expected = np.zeros((7, 3), np.float32)
    for number, row in zip(ids, rows):
        expected[number] += row
    np.testing.assert_array_equal(sum_rows(rows, np.array(ids, np.int32), 7), expected)


def test_lookup_and_gradient():
    embedding = Embedding(6, 4)
    ids = np.array([2, 5, 2, 0, 2], np.int32)
    vectors = embedding(ids)
    np.testing.assert_array_equal(vectors.array, embedding.W.array[ids])
    weights = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    reference = chainer.Parameter(embedding.W.array.copy())
    embedding.cleargrads()
    reference.cleargrad()
    F.sum(vectors * weights).backward()
    F.sum(F.embed_id(ids, reference) * weights).backward()
    np.testing.assert_allclose(embedding.W.grad, reference.grad, rtol=1e-6)
    assert embedding.W.grad.dtype == np.float32


def test_gradient_equals_a_numerical_one():
    ids = np.array([4, 1, 4], np.int32)
    rng = np.random.default_rng(1)
    gradient_check.check_backward(lambda matrix: EmbeddingLookup(ids).apply((matrix,))[0], rng.normal(size=(5, 3)), rng.normal(size=(3, 3)), dtype=np.float64)


def test_it_refuses_a_second_derivative():
    with pytest.raises(RuntimeError, match="twice"):
        F.sum(Embedding(3, 2)(np.array([1]))).backward(enable_double_backprop=True)
