"""Proves that the KL divergence is SciPy's, has the right gradient however small it is, is zero for equal logits."""

import decimal

import chainer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import softmax

from iadv_foundation import old_chainer
from interpretable_adv.functions import kl_divergence

with old_chainer.stand_ins():
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
    gradient_check.check_double_backward(
        lambda x: kl_divergence(clean, x, reduce="no"),
        perturbed,
        rng.standard_normal(6),
        rng.standard_normal((6, 3)),
        dtype=np.float64,
    )


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
    clean, perturbed = draw(seed, scale=10**scale)
    rows = kl_divergence(clean, perturbed, reduce="no").array
    assert (rows >= -1e-12 * 10**scale).all()
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


def exact(clean, perturbed):
    """Divergence (rows,) and its gradient q - p (rows, classes), from the same logits with 60 digits."""
    values, gradients = [], []
    with decimal.localcontext(prec=60):
        for logits in zip(clean.astype(float), perturbed.astype(float), strict=True):
            p, q = ([(decimal.Decimal(one) - decimal.Decimal(max(row))).exp() for one in row] for row in logits)
            p, q = ([one / sum(row) for one in row] for row in (p, q))
            values.append(float(sum(a * (a.ln() - b.ln()) for a, b in zip(p, q, strict=True))))
            gradients.append([float(b - a) for a, b in zip(p, q, strict=True)])
    return np.array(values), np.array(gradients)


def found_in(clean, perturbed):
    """The same, as the product has it."""
    x = chainer.Variable(perturbed)
    loss = kl_divergence(clean, x, reduce="no")
    chainer.functions.sum(loss).backward()
    return loss.array, x.grad


def cosines(one, other):
    one, other = one.astype(float), other.astype(float)
    lengths = np.abs(one).max(axis=1), np.abs(other).max(axis=1)  # the squares of the smallest would be zero
    one, other = (
        rows / np.where(length > 0, length, 1)[:, None] for rows, length in zip((one, other), lengths, strict=True)
    )
    return (one * other).sum(axis=1) / np.maximum(np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1), 1e-300)


@pytest.mark.parametrize("classes", [2, 14])
@pytest.mark.parametrize("gap", [10, 16, 18, 25, 40])  # of 17 on, a probability is not told from 1
@pytest.mark.parametrize("step", [1.0, 1e-2, 1e-4])
def test_the_gradient_keeps_its_direction_in_float32_for_sure_outputs(classes, gap, step):
    rng = np.random.default_rng(classes)
    clean = rng.standard_normal((50, classes))
    clean[np.arange(50), rng.integers(0, classes, 50)] += gap
    clean = clean.astype(np.float32)
    perturbed = (clean + step * rng.standard_normal(clean.shape)).astype(np.float32)
    value, gradient = found_in(clean, perturbed)
    expected_value, expected = exact(clean, perturbed)
    changed = np.ptp((perturbed - clean).astype(float), axis=1) > 0
    assert cosines(gradient, expected)[changed].min() > 0.999999
    lengths, expected_lengths = (np.linalg.norm(rows.astype(float), axis=1) for rows in (gradient, expected))
    np.testing.assert_allclose(lengths, expected_lengths, rtol=1e-4)
    np.testing.assert_allclose(value, expected_value, rtol=1e-4, atol=1e-6 * np.abs(expected).max())


def test_a_virtual_step_over_many_words_keeps_its_direction_in_float32():
    """A sure sentence of 200 words and a step of length 0.1 over all of it: the gradient that VAT scales to epsilon."""
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((200 * 8, 2)) / 40
    words = rng.standard_normal(200 * 8)
    r = rng.standard_normal(200 * 8)
    r *= 0.1 / np.linalg.norm(r)
    for sure in (17.0, 20.0, 30.0):
        clean, perturbed = words @ weights + [sure, 0], (words + r) @ weights + [sure, 0]
        clean, perturbed = (logits.astype(np.float32)[None] for logits in (clean, perturbed))
        assert (perturbed != clean).any()
        gradient = found_in(clean, perturbed)[1].astype(float) @ weights.T
        assert cosines(gradient, exact(clean, perturbed)[1] @ weights.T) > 0.9999


@given(
    seed=st.integers(0, 9999), classes=st.integers(2, 9), clean_scale=st.floats(-3, 4), change_scale=st.floats(-6, 4)
)
@settings(max_examples=200, deadline=None)
def test_any_two_outputs_in_float32(seed, classes, clean_scale, change_scale):
    """Finite and right in value and, where float32 has numbers that small, in direction."""
    rng = np.random.default_rng(seed)
    clean = (10**clean_scale * rng.standard_normal((4, classes))).astype(np.float32)
    perturbed = (clean + 10**change_scale * rng.standard_normal(clean.shape)).astype(np.float32)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        value, gradient = found_in(clean, perturbed)
    expected_value, expected = exact(clean, perturbed)
    # Logits of size s, written in float32, leave an error of s / 2^24 in each difference of two of them.
    rounding = 2e-6 * max(1, np.abs(clean).max(), np.abs(perturbed).max())
    np.testing.assert_allclose(value, expected_value, rtol=1e-5, atol=rounding)
    np.testing.assert_allclose(gradient, expected, rtol=10 * rounding, atol=1e-6)
    told = (np.abs(expected).max(axis=1) > 1e-30) & (np.ptp((perturbed - clean).astype(float), axis=1) > 0)
    assert (cosines(gradient, expected)[told] > 1 - max(1e-6, 10 * rounding**2)).all()


def test_the_clean_side_is_a_constant():
    clean, perturbed = (chainer.Variable(logits) for logits in draw(9))
    kl_divergence(clean, perturbed).backward()
    assert clean.grad is None and perturbed.grad is not None


@pytest.mark.parametrize("clean", [np.zeros((1, 3)), np.zeros((6, 3), np.float32)], ids=["shape", "type"])
def test_other_shapes_and_types_are_refused(clean):
    with pytest.raises(type_check.InvalidType):
        kl_divergence(clean, chainer.Variable(np.zeros((6, 3))))
