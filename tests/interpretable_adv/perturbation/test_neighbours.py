"""Proves that the neighbours are those that sorting all exact cosines gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from iadv_foundation.errors import UsageError, UserError
from interpretable_adv.perturbation import candidates, cosine_search, nearest_neighbours, neighbours


def brute_force(embedding, k, first_word=2, drop_self="vector"):
    """All cosines in float64, all sorted, ties by id; then one word after the other is taken or left out."""
    exact = embedding.astype(np.float64)
    norms = np.sqrt((exact**2).sum(axis=1))
    norms[norms == 0] = 1
    cosines = np.einsum("id,jd->ij", exact, exact) / (norms[:, None] * norms)  # unlike @, equal columns stay equal
    cosines[:, :first_word] = -np.inf
    if drop_self == "id":
        np.fill_diagonal(cosines, -np.inf)
    order = np.argsort(-cosines, axis=1, kind="stable")
    if drop_self != "vector":
        return order[:, :k] if drop_self == "id" else order[:, 1 : k + 1]
    vectors = [tuple(row) for row in embedding.tolist()]
    return np.array(
        [taken_in_order(word, row[row >= first_word].tolist(), vectors, k) for word, row in enumerate(order)]
    )


def taken_in_order(word, others, vectors, k):
    """The first k of ``others`` of which each gives another direction, then the word itself in the places left."""
    seen, taken = {vectors[word]}, []
    for other in others:
        if len(taken) < k and vectors[other] not in seen:
            seen.add(vectors[other])
            taken.append(other)
    return taken + [word] * (k - len(taken))


def draw(words, size=16, dtype=np.float32, seed=0):
    return np.random.default_rng(seed).standard_normal((words, size)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("words, size, k", [(13, 3, 10), (300, 16, 10), (2500, 32, 10), (1500, 8, 1), (1400, 8, 1200)])
def test_equal_to_sorting_everything(words, size, k, dtype):
    embedding = draw(words, size, dtype)
    found = nearest_neighbours(embedding, k)
    assert found.dtype == np.int32 and found.shape == (words, k)
    np.testing.assert_array_equal(found, brute_force(embedding, k))


@given(
    embedding=hnp.arrays(
        np.float32, st.tuples(st.integers(8, 20), st.integers(1, 3)), elements=st.sampled_from([-1, 0, 1, 2])
    ),
    k=st.integers(1, 5),
    first_word=st.integers(0, 2),
    drop_self=st.sampled_from(["vector", "id", "rank"]),
)
@settings(max_examples=200, deadline=None)
def test_ties_zero_vectors_and_equal_vectors(embedding, k, first_word, drop_self):
    with np.errstate(all="raise"):
        found = nearest_neighbours(embedding, k, first_word, drop_self=drop_self)
    np.testing.assert_array_equal(found, brute_force(embedding, k, first_word, drop_self))
    own = found == np.arange(len(embedding))[:, None]
    assert (found >= first_word)[~own].all()
    if drop_self == "id":
        assert not own.any()
    if drop_self != "vector":
        assert (np.diff(np.sort(found, axis=1), axis=1) > 0).all()


@pytest.mark.parametrize("most, block", [(1 << 22, (512, 4096)), (2000, (512, 4096)), (2000, (512, 100)), (1, (7, 40))])
def test_ties_by_the_thousand(monkeypatch, most, block):
    monkeypatch.setattr(candidates, "MOST_CANDIDATES", most)
    monkeypatch.setattr(cosine_search, "CPU_BLOCK", block)
    embedding = np.repeat(np.arange(1, 1501, dtype=np.float32)[:, None], 4, axis=1)  # all point the same way
    embedding[1400:] = draw(100, 4)
    embedding[700] = 0
    np.testing.assert_array_equal(nearest_neighbours(embedding, 10), brute_force(embedding, 10))
    embedding[:1400] = 1
    for rule in ("id", "vector"):
        np.testing.assert_array_equal(
            nearest_neighbours(embedding, 10, drop_self=rule), brute_force(embedding, 10, drop_self=rule)
        )


def test_cosines_that_float32_cannot_tell_apart():
    angles = np.concatenate([[0, 0, 0], 0.3 + 1e-9 * np.random.default_rng(1).permutation(40)])
    embedding = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    np.testing.assert_array_equal(nearest_neighbours(embedding, 10)[2], 3 + np.argsort(angles[3:])[:10])


@pytest.mark.parametrize("each", [1, 8])
@pytest.mark.parametrize("block", [(30, 40), (7, 300), (4096, 2498), (50, 1249)])
def test_working_in_parts_changes_nothing(monkeypatch, block, each):
    embedding = draw(2500, 32, seed=2)
    embedding[1000:1040] = embedding[2000:2040]
    rows = np.arange(0, 2500, 50)
    monkeypatch.setattr(cosine_search, "CPU_BLOCK", block)
    monkeypatch.setattr(candidates, "CANDIDATES", each)
    monkeypatch.setattr(cosine_search, "PAIRS", 100)
    np.testing.assert_array_equal(nearest_neighbours(embedding, 10, rows=rows), brute_force(embedding, 10)[rows])


@pytest.mark.parametrize("each", [1, 8])
@pytest.mark.parametrize("block", [(30, 40), (100, 101), (512, 1200)])
@pytest.mark.parametrize("first_word, drop_self", [(2, "vector"), (2, "id"), (0, "id"), (0, "rank")])
def test_cosines_shared_by_two_words_change_nothing(monkeypatch, block, each, first_word, drop_self):
    embedding = draw(2500, 32, seed=3)
    embedding[1000:1040] = embedding[2000:2040]
    monkeypatch.setattr(cosine_search, "CPU_BLOCK", block)
    monkeypatch.setattr(candidates, "CANDIDATES", each)
    found = nearest_neighbours(embedding, 10, first_word, drop_self=drop_self)
    np.testing.assert_array_equal(found, brute_force(embedding, 10, first_word, drop_self))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_cosines_shared_by_some_of_the_words(monkeypatch, share):
    random = np.random.default_rng(4)
    embedding = draw(2000, 8, seed=4)
    rows = random.permutation(2000)[: int(share * 2000)]
    rows[5] = 0 if 0 not in rows else rows[5]  # a special
    monkeypatch.setattr(cosine_search, "CPU_BLOCK", (20, 60))
    np.testing.assert_array_equal(nearest_neighbours(embedding, 10, rows=rows), brute_force(embedding, 10)[rows])


@pytest.mark.parametrize("most", [1, 3000, 40000, 1 << 22])
def test_cosines_shared_and_masses_of_ties(monkeypatch, most):
    monkeypatch.setattr(candidates, "MOST_CANDIDATES", most)
    monkeypatch.setattr(cosine_search, "CPU_BLOCK", (64, 200))
    embedding = draw(1500, 4)
    embedding[300:1100] = np.arange(1, 801)[:, None]
    embedding[700] = 0
    np.testing.assert_array_equal(nearest_neighbours(embedding, 10), brute_force(embedding, 10))


def test_each_cosine_of_two_words_is_made_once(monkeypatch):
    monkeypatch.setattr(cosine_search, "CPU_BLOCK", (64, 200))
    made, cosines = [], cosine_search.MutualSearch._cosines
    monkeypatch.setattr(
        cosine_search.MutualSearch, "_cosines", lambda *arguments: made.append(cosines(*arguments)) or made[-1]
    )
    nearest_neighbours(draw(2000), 10, first_word=0)
    count = sum(block.size for block in made)
    assert count < 0.6 * 2000**2  # half of all pairs, the sample's and the blocks' own twice


@given(hnp.arrays(np.float32, 20, elements=st.floats(-2, 2, width=32)))
def test_integers_that_order_as_the_numbers_do(numbers):
    found = candidates.in_order(numbers)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(candidates.in_order(found), numbers)
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
    assert nearest_neighbours(embedding, 3, drop_self="id")[9, 0] == 4


def test_a_word_with_the_same_vector_gives_no_direction():
    embedding = np.array([[0, 0], [0, 0], [1, 0], [1, 0], [0, 1], [1, 1], [1, 1], [-1, 0]], np.float32)
    embedding[1] = [1, 1]  # a special has the vector of two words
    found = nearest_neighbours(embedding, 3)
    assert found[2].tolist() == found[3].tolist() == [5, 4, 7]  # 3 and 2 have their vector, and 6 that of 5
    assert found[5].tolist() == found[6].tolist() == found[1].tolist() == [2, 4, 7]
    assert found[7].tolist() == [4, 5, 2]


def test_minus_zero_is_zero():
    embedding = np.array([[1, 1], [2, 1], [0, 1], [-0.0, 1], [1, 0], [1, -0.0], [3, 1]], np.float32)
    assert nearest_neighbours(embedding, 2)[2:].tolist() == [[6, 4], [6, 4], [6, 2], [6, 2], [4, 2]]


@pytest.mark.parametrize("rows", [None, [5, 2, 5, 0, 7]])
def test_places_without_a_word_hold_the_word_itself(rows):
    embedding = np.ones((8, 4), np.float32)
    embedding[6:] = 2  # three vectors in all, two of them of words
    embedding[0] = 3
    rows = np.arange(8) if rows is None else np.array(rows)
    found = nearest_neighbours(embedding, 4, rows=rows)
    expected = {0: [2, 6, 0, 0], 6: [2, 6, 6, 6], 7: [2, 7, 7, 7]}
    assert found.tolist() == [expected.get(word, [6, word, word, word]) for word in rows.tolist()]
    same = nearest_neighbours(np.ones((8, 4), np.float32), 4)
    np.testing.assert_array_equal(same, np.repeat(np.arange(8)[:, None], 4, axis=1))


def test_equal_hashes_of_different_vectors_are_told_apart(monkeypatch):
    embedding = draw(300, 4)
    embedding[100:150] = embedding[200:250]
    hashes, calls = neighbours._hashes, []

    def colliding(embedding, attempt):
        calls.append(attempt)
        return hashes(embedding, attempt) if attempt else hashes(embedding, attempt) % 7

    monkeypatch.setattr(neighbours, "_hashes", colliding)
    np.testing.assert_array_equal(nearest_neighbours(embedding, 10), brute_force(embedding, 10))
    assert calls == [0, 1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_without_equal_vectors_nothing_is_searched_otherwise(dtype, monkeypatch):
    embedding = draw(2500, 32, dtype, seed=5)
    monkeypatch.setattr(cosine_search, "CPU_BLOCK", (100, 101))
    searched, tables = [], cosine_search.MutualSearch.tables
    monkeypatch.setattr(
        cosine_search.MutualSearch,
        "tables",
        lambda search, rows: searched.append((search.embedding, rows)) or tables(search, rows),
    )
    rows = np.arange(2500)[::-1]
    for rule in ("vector", "id"):
        nearest_neighbours(embedding, 10, rows=rows, drop_self=rule)
    (one, some), (other, same) = searched
    assert one is other is embedding and some is same is rows


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
