"""The word that a perturbation points to is, by brute force, the one of the highest cosine or the largest alpha."""

import types

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from interpretable_adv.analysis import targets
from interpretable_adv.analysis.perturbations import RunPerturber
from interpretable_adv.analysis.targets import TargetFinder
from tests.interpretable_adv.analysis.made_up import made_up_run


def brute_force(matrix, r, word, k, first_word=0):
    """(ids, cosines) by the definition, one word at a time."""
    cosines = []
    for other, vector in enumerate(np.asarray(matrix, np.float64)):
        difference = vector - matrix[word]
        length = np.linalg.norm(difference) * np.linalg.norm(r)
        cosines.append((-(difference @ r / length if length else 0.0), other))
    cosines = sorted(pair for pair in cosines if pair[1] != word and pair[1] >= first_word)[:k]
    return [other for _, other in cosines], [-cosine for cosine, _ in cosines]


@hypothesis.given(
    st.integers(0, 2**32 - 1),
    st.integers(4, 40),
    st.integers(1, 8),
    st.integers(1, 6),
    st.integers(0, 2),
    st.sampled_from([1e-30, 1.0, 1e8]),
)
@hypothesis.settings(max_examples=60)
def test_the_highest_cosines_to_any_other_word(seed, words, size, k, first_word, length):
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((words, size))
    if size > 1:  # in one dimension all cosines are 1 or -1, and rounding would order them
        r, ids = length * rng.standard_normal((7, size)), rng.integers(0, words, 7)
        found = TargetFinder(matrix, first_word).by_cosine(r, ids, k)
        for row, word in enumerate(ids):
            expected, cosines = brute_force(matrix, r[row], word, min(k, words - first_word - 1), first_word)
            assert found.ids[row].tolist() == expected
            np.testing.assert_allclose(found.scores[row], cosines, atol=1e-9)


def test_many_blocks_give_what_one_gives(monkeypatch):
    rng = np.random.default_rng(0)
    matrix, r, ids = rng.standard_normal((50, 4)), rng.standard_normal((33, 4)), rng.integers(0, 50, 33)
    whole = TargetFinder(matrix).by_cosine(r, ids, 3)
    monkeypatch.setattr(targets, "BLOCK_BYTES", 8 * 50 * 4)
    blocks = TargetFinder(matrix).by_cosine(r, ids, 3)
    np.testing.assert_array_equal(whole.ids, blocks.ids)


def test_a_word_that_lies_at_hand_is_found_although_its_distance_would_be_rounded_off():
    matrix = np.random.default_rng(1).standard_normal((30, 5)) * 1e3
    direction = np.array([0.6, 0, 0.8, 0, 0])
    matrix[17] = matrix[4] + 1e-6 * direction
    found = TargetFinder(matrix).by_cosine(direction[None], [4])
    assert found.ids[0, 0] == 17 and found.scores[0, 0] == pytest.approx(1, abs=1e-6)


def test_a_word_with_the_same_vector_has_no_direction_and_no_perturbation_points_nowhere():
    matrix = np.array([[1.0, 0], [1, 0], [0, 0]])
    found = TargetFinder(matrix).by_cosine([[1.0, 0], [0, 0]], [0, 0], 2)
    assert found.ids.tolist() == [[1, 2], [-1, -1]] and found.scores.tolist() == [[0, -1], [0, 0]]


def test_equal_cosines_are_in_the_order_of_ids_and_specials_can_be_left_out():
    matrix = np.array([[2.0, 0], [3, 0], [0, 0], [1, 0], [4, 0]])
    assert TargetFinder(matrix).by_cosine([[1.0, 0]], [2], 4).ids.tolist() == [[0, 1, 3, 4]]
    assert TargetFinder(matrix, first_word=2).by_cosine([[1.0, 0]], [2], 4).ids.tolist() == [[3, 4]]


def test_in_the_direction_space_the_largest_alpha_counts_not_the_largest_magnitude():
    perturbation = types.SimpleNamespace(
        alpha=np.array([[-3.0, 0.5, 0.2], [-3, -1, -2], [0, 0, 0]]),
        r=np.array([[1.0], [1], [0]]),
        neighbours=np.array([[7, 8, 9], [4, 5, 6], [1, 2, 3]], np.int32),
    )
    found = TargetFinder(np.eye(10))(perturbation, 2)
    assert found.ids.tolist() == [[8, 9], [5, 6], [-1, -1]]
    assert found.scores.tolist() == [[0.5, 0.2], [-1, -2], [0, 0]]


@pytest.mark.parametrize("method", ["advt", "vat", "iadvt", "ivat-best"])
def test_under_a_network(tmp_path, method):
    run = made_up_run(tmp_path)
    perturber = RunPerturber(run, method)
    (perturbation,) = perturber(run.documents("dev").batch([5]))
    found = TargetFinder(perturber.matrix)(perturbation, 3)
    for place, word in enumerate(perturbation.ids):
        if not perturbation.r[place].any():
            assert found.ids[place].tolist() == [-1] * 3
        elif perturbation.alpha is None:
            assert found.ids[place].tolist() == brute_force(perturber.matrix, perturbation.r[place], word, 3)[0]
        else:
            pairs = sorted(zip(-perturbation.alpha[place], range(4), perturbation.neighbours[place], strict=True))
            assert found.ids[place].tolist() == [word for _, _, word in pairs[:3]]
