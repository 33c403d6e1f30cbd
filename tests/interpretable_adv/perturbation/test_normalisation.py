"""Proves that vectors get the wanted length at any magnitude (recipe paper),
and collapse as the authors' code makes them.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iadv_foundation.errors import UserError
from interpretable_adv.perturbation.normalisation import Sentences, Words, normalise, shorten

SENTENCE = np.array([0, 1, 2, 0, 1, 0])  # packed: sentences of 3, 2 and 1 words
SENTENCES = Sentences(SENTENCE, 3)
TOLERANCE = {np.float32: 2e-6, np.float64: 1e-14}


def draw(seed, size, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal((len(SENTENCE), size)).astype(dtype)


def norms(vectors, labels=SENTENCE):
    """Length of each group's vectors, in extended precision."""
    squares = vectors.astype(np.longdouble) ** 2
    return np.array([np.sqrt(squares[labels == label].sum()) for label in np.unique(labels)], float)


@pytest.mark.parametrize("groups, labels", [(SENTENCES, SENTENCE), (Words, np.arange(6))], ids=["sentence", "word"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(exponent=st.floats(-30, 30), size=st.sampled_from([1, 10, 256]), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_length_is_exact_from_1e_minus_30_to_1e30(groups, labels, dtype, exponent, size, seed):
    g = draw(seed, size)
    g *= (10**exponent / norms(g, labels))[labels][:, None]
    with np.errstate(all="raise", under="ignore"):
        r = normalise(g.astype(dtype), 5.0, groups)
    assert r.dtype == dtype
    np.testing.assert_allclose(norms(r, labels), 5.0, rtol=TOLERANCE[dtype])
    np.testing.assert_allclose(r, 5.0 * g / norms(g, labels)[labels][:, None], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sentences_of_one_batch_do_not_disturb_each_other(dtype):
    g = draw(1, 8)
    g *= np.array([1e-30, 1e30, 1.0])[SENTENCE][:, None]
    np.testing.assert_allclose(norms(normalise(g.astype(dtype), 15.0, SENTENCES)), 15.0, rtol=1e-6)


@pytest.mark.parametrize("groups, labels", [(SENTENCES, SENTENCE), (Words, np.arange(6))], ids=["sentence", "word"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_too_long_is_shortened_and_nothing_else_changed(groups, labels, dtype):
    g = draw(7, 5, dtype)
    lengths = norms(g, labels)
    limit = float(np.median(lengths)) + 1e-3
    with np.errstate(all="raise"):
        r = shorten(g, limit, groups)
    assert r.dtype == dtype and (lengths > limit).any() and (lengths < limit).any()
    within = (lengths <= limit)[labels]
    np.testing.assert_array_equal(r[within], g[within])
    np.testing.assert_allclose(r, g * np.minimum(1, limit / lengths)[labels][:, None], rtol=1e-5)
    assert (shorten(g, 0.0, groups) == 0).all() and (shorten(np.zeros_like(g), 0.0, groups) == 0).all()


@pytest.mark.parametrize("limit", [1e-300, 1e-100, 1e100])
def test_sentences_are_shortened_each_by_itself_at_any_magnitude(limit):
    magnitudes = np.array([1e-200, 1e200, 1.0])
    g = draw(8, 4)
    g *= (magnitudes / norms(g))[SENTENCE][:, None]
    with np.errstate(all="raise", under="ignore"):
        r = shorten(g, limit, SENTENCES)
    expected = np.minimum(magnitudes, limit)
    for sentence, length in enumerate(expected):  # scaled before they are squared
        np.testing.assert_allclose(
            np.linalg.norm(r[sentence == SENTENCE] / length), 1 if length / magnitudes[sentence] else 0, rtol=1e-12
        )


@pytest.mark.parametrize("rule", ["safe", "released"])
@pytest.mark.parametrize("groups", [SENTENCES, Words], ids=["sentence", "word"])
def test_zero_stays_zero(rule, groups):
    g = draw(2, 4)
    g[SENTENCE == 0] = 0
    with np.errstate(all="raise"):
        r = normalise(g, 5.0, groups, rule)
    assert (r[SENTENCE == 0] == 0).all()
    assert (r[SENTENCE != 0] != 0).all()


def test_smallest_subnormal_numbers_still_point_somewhere():
    g = np.zeros((6, 2), np.float32)
    g[:, 0] = 1e-45
    r = normalise(g, 5.0, Words)
    np.testing.assert_array_equal(r, np.tile(np.float32([5, 0]), (6, 1)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("magnitude, ratio", [(1e-2, 0.995), (1e-3, 0.707), (1e-4, 0.0995), (1e-5, 0.010)])
def test_released_rule_collapses_for_small_gradients(dtype, magnitude, ratio):
    g = draw(3, 16)
    g *= (magnitude / norms(g))[SENTENCE][:, None]
    r = normalise(g.astype(dtype), 5.0, SENTENCES, "released")
    np.testing.assert_allclose(norms(r) / 5.0, ratio, rtol=1e-2 if magnitude < 1e-4 else 1e-3)


@given(exponent=st.floats(-12, 6), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_released_rule_is_the_authors_formula(exponent, seed):
    d = draw(seed, 7) * 10**exponent
    expected = d / np.sqrt(1e-6 + (d**2).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(normalise(d, 1.0, Words, "released"), expected, rtol=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("groups", [SENTENCES, Words], ids=["sentence", "word"])
def test_a_gradient_that_is_not_finite_is_named(bad, groups):
    g = draw(4, 3)
    g[4, 1] = bad
    with pytest.raises(UserError, match="diverged"):
        normalise(g, 5.0, groups)


def test_the_argument_is_not_changed():
    g = draw(5, 3)
    before = g.copy()
    normalise(g, 5.0, SENTENCES)
    np.testing.assert_array_equal(g, before)


def test_sums_and_maxima_of_a_sentence_the_same_way_as_on_a_gpu():
    values = np.abs(draw(6, 1)[:, 0])
    sums = np.array([values[sentence == SENTENCE].sum() for sentence in range(3)])
    maxima = np.array([values[sentence == SENTENCE].max() for sentence in range(3)])
    np.testing.assert_allclose(SENTENCES.total(values), sums[SENTENCE], rtol=1e-15)
    np.testing.assert_array_equal(SENTENCES.maximum(values), maxima[SENTENCE])
    members = SENTENCES._members(values)
    np.testing.assert_allclose(members.sum(axis=1), sums, rtol=1e-15)
    np.testing.assert_array_equal(members.max(axis=1), maxima)
