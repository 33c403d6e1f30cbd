"""Proves that the neighbours are those that sorting all exact cosines gives."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from foundation.errors import UsageError, UserError
from interpretable_adv.perturbation import nearest_neighbours, neighbours


def brute_force(embedding, k, first_word=2, drop_self="id"):
    """All cosines in float64, all sorted, ties by id."""
    exact = embedding.astype(np.float64)
    norms = np.sqrt((exact ** 2).sum(axis=1))
    norms[norms == 0] = 1
    cosines = np.einsum("id,jd->ij", exact, exact) / (norms[:, None] * norms)  # unlike @, equal columns stay equal
    cosines[:, :first_word] = -np.inf
    if drop_self == "id":
        np.fill_diagonal(cosines, -np.inf)
    order = np.argsort(-cosines, axis=1, kind="stable")
    return order[:, :k] if drop_self == "id" else order[:, 1:k + 1]


def draw(words, size=16, dtype=np.float32, seed=0):
    return np.random.default_rng(seed).standard_normal((words, size)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("words, size, k", [(13, 3, 10), (300, 16, 10), (2500, 32, 10), (1500, 8, 1), (1400, 8, 1200)])
def test_equal_to_sorting_everything(words, size, k, dtype):
    embedding = draw(words, size, dtype)
    found = nearest_neighbours(embedding, k)
    assert found.dtype == np.int32 and found.shape == (words, k)
    np.testing.assert_array_equal(found, brute_force(embedding, k))


@given(embedding=hnp.arrays(np.float32, st.tuples(st.integers(8, 20), st.integers(1, 3)),
                            elements=st.sampled_from([-1, 0, 1, 2])),
       k=st.integers(1, 5), first_word=st.integers(0, 2), drop_self=st.sampled_from(["id", "rank"]))
@settings(max_examples=150, deadline=None)
def test_ties_zero_vectors_and_equal_vectors(embedding, k, first_word, drop_self):
    with np.errstate(all="raise"):
        found = nearest_neighbours(embedding, k, first_word, drop_self=drop_self)
    np.testing.assert_array_equal(found, brute_force(embedding, k, first_word, drop_self))
    assert (found >= first_word).all()
    if drop_self == "id":
        assert (found != np.arange(len(embedding))[:, None]).all()
    assert (np.diff(np.sort(found, axis=1), axis=1) > 0).all()


@pytest.mark.parametrize("most, block", [(1 << 22, (512, 4096)), (2000, (512, 4096)), (2000, (512, 100)), (1, (7, 40))])
def test_ties_by_the_thousand(monkeypatch, most, block):
    monkeypatch.setattr(neighbours, "MOST_CANDIDATES", most)
    monkeypatch.setattr(neighbours, "CPU_BLOCK", block)
    embedding = np.ones((1500, 4), np.float32)
    embedding[1400:] = draw(100, 4)
    embedding[700] = 0
    np.testing.assert_array_equal(nearest_neighbours(embedding, 10), brute_force(embedding, 10))


def test_cosines_that_float32_cannot_tell_apart():
    angles = np.concatenate([[0, 0, 0], 0.3 + 1e-9 * np.random.default_rng(1).permutation(40)])
    embedding = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    np.testing.assert_array_equal(nearest_neighbours(embedding, 10)[2], 3 + np.argsort(angles[3:])[:10])


@pytest.mark.parametrize("candidates", [1, 8])
@pytest.mark.parametrize("block", [(30, 40), (7, 300), (4096, 2498), (50, 1249)])
def test_working_in_parts_changes_nothing(monkeypatch, block, candidates):
    embedding = draw(2500, 32, seed=2)
    embedding[1000:1040] = embedding[2000:2040]
    rows = np.arange(0, 2500, 50)
    monkeypatch.setattr(neighbours, "CPU_BLOCK", block)
    monkeypatch.setattr(neighbours, "CANDIDATES", candidates)
    monkeypatch.setattr(neighbours, "PAIRS", 100)
    np.testing.assert_array_equal(nearest_neighbours(embedding, 10, rows=rows), brute_force(embedding, 10)[rows])


@pytest.mark.parametrize("candidates", [1, 8])
@pytest.mark.parametrize("block", [(30, 40), (100, 101), (512, 1200)])
@pytest.mark.parametrize("first_word, drop_self", [(2, "id"), (0, "id"), (0, "rank")])
def test_cosines_shared_by_two_words_change_nothing(monkeypatch, block, candidates, first_word, drop_self):
    embedding = draw(2500, 32, seed=3)
    embedding[1000:1040] = embedding[2000:2040]
    monkeypatch.setattr(neighbours, "CPU_BLOCK", block)
    monkeypatch.setattr(neighbours, "CANDIDATES", candidates)
    found = nearest_neighbours(embedding, 10, first_word, drop_self=drop_self)
    np.testing.assert_array_equal(found, brute_force(embedding, 10, first_word, drop_self))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_cosines_shared_by_some_of_the_words(monkeypatch, share):
    random = np.random.default_rng(4)
    embedding = draw(2000, 8, seed=4)
    rows = random.permutation(2000)[:int(share * 2000)]
    rows[5] = 0 if 0 not in rows else rows[5]  # a special
    monkeypatch.setattr(neighbours, "CPU_BLOCK", (20, 60))
    np.testing.assert_array_equal(nearest_neighbours(embedding, 10, rows=rows), brute_force(embedding, 10)[rows])


@pytest.mark.parametrize("most", [1, 3000, 40000, 1 << 22])
def test_cosines_shared_and_masses_of_ties(monkeypatch, most):
    monkeypatch.setattr(neighbours, "MOST_CANDIDATES", most)
    monkeypatch.setattr(neighbours, "CPU_BLOCK", (64, 200))
    embedding = draw(1500, 4)
    embedding[300:1100] = 1
    embedding[700] = 0
    np.testing.assert_array_equal(nearest_neighbours(embedding, 10), brute_force(embedding, 10))


def test_each_cosine_of_two_words_is_made_once(monkeypatch):
    monkeypatch.setattr(neighbours, "CPU_BLOCK", (64, 200))
    made, cosines = [], neighbours._MutualSearch._cosines
    monkeypatch.setattr(neighbours._MutualSearch, "_cosines",
                        lambda *arguments: made.append(cosines(*arguments)) or made[-1])
    nearest_neighbours(draw(2000), 10, first_word=0)
    count = sum(block.size for block in made)
    assert count < 0.6 * 2000 ** 2  # half of all pairs, the sample's and the blocks' own twice


@given(hnp.arrays(np.float32, 20, elements=st.floats(-2, 2, width=32)))
def test_integers_that_order_as_the_numbers_do(numbers):
    found = neighbours._in_order(numbers)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(neighbours._in_order(found), numbers)
    by_integer = numbers[np.argsort(found)]
    assert (np.diff(by_integer) >= 0).all()


def test_rows_are_given_in_any_order():
    embedding = draw(100)
    rows = np.array([7, 0, 99, 7, 1], np.int32)
    np.testing.assert_array_equal(nearest_neighbours(embedding, 5, rows=rows), brute_force(embedding, 5)[rows])


def test_dropping_by_rank_errs_for_equal_vectors():
    embedding = draw(30, 4)
    embedding[9] = embedding[4]
    by_rank = nearest_neighbours(embedding, 3, drop_self="rank")
    assert by_rank[9, 0] == 9 and by_rank[4, 0] == 9
    assert nearest_neighbours(embedding, 3)[9, 0] == 4


def test_specials_allowed_where_asked():
    embedding = draw(30, 4)
    embedding[5] = 2 * embedding[0]
    assert nearest_neighbours(embedding, 3, first_word=0)[5, 0] == 0
    assert nearest_neighbours(embedding, 3)[0, 0] == 5


def test_the_embedding_is_not_changed():
    embedding = draw(50)
    before = embedding.copy()
    nearest_neighbours(embedding)
    np.testing.assert_array_equal(embedding, before)


@pytest.mark.parametrize("words", [1, 2, 3, 12])
def test_too_few_words(words):
    with pytest.raises(UsageError, match=f"neighbours is 10, but .* only {max(words - 3, 0)} others"):
        nearest_neighbours(draw(words), 10)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_diverged_embeddings_are_named(bad):
    embedding = draw(50)
    embedding[20, 3] = bad
    with pytest.raises(UserError, match="diverged"):
        nearest_neighbours(embedding)
