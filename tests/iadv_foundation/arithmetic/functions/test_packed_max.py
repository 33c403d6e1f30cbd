"""Max-pooling over a packed batch equals Chainer's maximum of each sequence."""

import chainer
import chainer.functions as F
import numpy as np
import pytest

from iadv_foundation.arithmetic.functions import packed_max
from iadv_foundation.arithmetic.packing import Layout


@pytest.mark.parametrize("lengths", [[1], [4], [1, 1, 1], [3, 3], [1, 5, 2, 5, 3], [2, 7, 1]], ids=str)
def test_equals_the_maximum_of_each_sequence_forward_and_backward(lengths):
    random, layout = np.random.default_rng(0), Layout.of(lengths)
    sequences = [random.normal(size=(length, 4)) for length in lengths]
    target = random.normal(size=(len(lengths), 4))
    inputs = [chainer.Variable(sequence) for sequence in sequences]
    expected = F.stack([F.max(one, axis=0) for one in inputs])
    F.sum(expected * target).backward()
    x = chainer.Variable(np.concatenate(sequences)[layout.take])
    pooled = packed_max(x, layout.batch_sizes)
    F.sum(pooled * target[layout.order]).backward()
    np.testing.assert_array_equal(pooled.array, expected.array[layout.order])
    np.testing.assert_array_equal(layout.unpack(x.grad), np.concatenate([one.grad for one in inputs]))


def test_of_equal_values_the_first_word_gets_the_gradient():
    x = chainer.Variable(np.array([[1.0], [2.0], [1.0], [2.0]]))
    F.sum(packed_max(x, np.array([2, 2]))).backward()
    np.testing.assert_array_equal(x.grad, [[1], [1], [0], [0]])


def test_second_derivatives_are_refused_rather_than_wrong():
    x = chainer.Variable(np.ones((2, 3), np.float32))
    with pytest.raises(RuntimeError, match="twice"):
        chainer.grad([F.sum(packed_max(x, np.array([2])))], [x], enable_double_backprop=True)
