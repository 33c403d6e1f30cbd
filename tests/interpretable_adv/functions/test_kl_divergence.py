"""Proves that the KL divergence is SciPy's, has the numerical gradient, and is exactly zero for equal logits."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import softmax

from core import compat
import chainer

from interpretable_adv.functions import kl_divergence

with compat.stand_ins():
    from chainer import gradient_check
    from chainer.utils import type_check


def draw(seed=0, dtype=np.float64, rows=6, classes=3, scale=2.0):
    return (scale * np.random.default_rng(seed).standard_normal((2, rows, classes))).astype(dtype)


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-5), (np.float64, 1e-12)])
@pytest.mark.parametrize("classes", [2, 14])
def test_equals_scipy(dtype, tolerance, classes):
    clean, perturbed = draw(1, dtype, classes=classes)
    found = kl_divergence(clean, chainer.Variable(perturbed), reduce="no")
    expected = stats.entropy(softmax(clean.astype(float), axis=1), softmax(perturbed.astype(float), axis=1), axis=1)
    assert found.dtype == dtype and found.shape == (6,)
    np.testing.assert_allclose(found.array, expected, rtol=tolerance, atol=tolerance)


def test_sum_and_mean_over_sentences():
    clean, perturbed = draw(2)
    rows = kl_divergence(clean, perturbed, reduce="no").array
    np.testing.assert_allclose(kl_divergence(clean, perturbed).array, rows.sum(), rtol=1e-14)
    np.testing.assert_allclose(kl_divergence(clean, perturbed, normalizer=4).array, rows.sum() / 4, rtol=1e-14)
    assert kl_divergence(clean, perturbed, normalizer=4).shape == ()


@pytest.mark.parametrize("reduce, output", [("no", (6,)), ("sum", ())])
def test_gradient_is_the_numerical_one(reduce, output):
    clean, perturbed = draw(3)
    upstream = np.asarray(np.random.default_rng(4).standard_normal(output))
    gradient_check.check_backward(lambda x: kl_divergence(clean, x, 3, reduce), perturbed, upstream, dtype=np.float64)


def test_gradient_of_the_gradient_is_the_numerical_one():
    clean, perturbed = draw(5)
    rng = np.random.default_rng(6)
    gradient_check.check_double_backward(lambda x: kl_divergence(clean, x, reduce="no"), perturbed, rng.standard_normal(6),
                                         rng.standard_normal((6, 3)), dtype=np.float64)


def test_gradient_is_the_difference_of_the_outputs():
    clean, perturbed = draw(7, np.float32)
    x = chainer.Variable(perturbed)
    kl_divergence(clean, x).backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_allclose(x.grad, softmax(perturbed, axis=1) - softmax(clean, axis=1), atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [0.01, 1.0, 50.0])
def test_equal_logits_give_exactly_zero(dtype, scale):
    clean = draw(8, dtype, rows=200, classes=5, scale=scale)[0]
    x = chainer.Variable(clean.copy())
    loss = kl_divergence(clean, x)
    loss.backward()
    assert loss.array == 0 and (x.grad == 0).all()


@given(seed=st.integers(0, 9999), scale=st.floats(0, 3))
@settings(max_examples=50, deadline=None)
def test_never_negative_and_blind_to_shifts(seed, scale):
    clean, perturbed = draw(seed, scale=10 ** scale)
    rows = kl_divergence(clean, perturbed, reduce="no").array
    assert (rows >= -1e-12 * 10 ** scale).all()
    shifted = kl_divergence(clean + 3.0, perturbed - 5.0, reduce="no").array
    np.testing.assert_allclose(shifted, rows, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_safe_for_certain_outputs(dtype):
    clean, perturbed = np.array([[1e4, 0], [0, 1e4]], dtype), np.array([[0, 1e4], [0, 1e4]], dtype)
    x = chainer.Variable(perturbed)
    loss = kl_divergence(clean, x, reduce="no")
    np.testing.assert_allclose(loss.array, [1e4, 0])
    chainer.functions.sum(loss).backward()
    np.testing.assert_array_equal(x.grad, np.array([[-1, 1], [0, 0]], dtype))


def test_the_clean_side_is_a_constant():
    clean, perturbed = (chainer.Variable(logits) for logits in draw(9))
    kl_divergence(clean, perturbed).backward()
    assert clean.grad is None and perturbed.grad is not None


def test_other_shapes_are_refused():
    with pytest.raises(type_check.InvalidType):
        kl_divergence(np.zeros((1, 3)), chainer.Variable(np.zeros((6, 3))))
