"""Proves that every choice has length epsilon, lies where it should and is the one its name says."""

import numpy as np
import pytest
from scipy import stats

from iadv_foundation.arithmetic.random import generator
from iadv_foundation.errors import UserError
from interpretable_adv.perturbation import DirectionSpace, FreeSpace, Scaling, Sentences
from interpretable_adv.perturbation.choices import names
from tests.interpretable_adv.perturbation.choosing import follow, perturb

SENTENCE = np.array([0, 1, 2, 0, 1, 2, 0, 1, 0])
PERTURBABLE = np.array([1, 1, 1, 1, 1, 0, 1, 0, 0], bool)
SENTENCES = Sentences(SENTENCE, 3)
N, D, K = len(SENTENCE), 6, 4
EPSILON = 15.0


def free_space(dtype=np.float64, perturbable=None):
    return FreeSpace(np.random.default_rng(0).standard_normal((N, D)).astype(dtype), perturbable)


def orthogonal_space(dtype=np.float64, perturbable=None):
    """A word's directions are different axes, so that r is as long as alpha."""
    neighbours = np.array([np.random.default_rng(word).permutation(D)[:K] for word in range(N)])
    return DirectionSpace(neighbours, 3 * np.eye(D, dtype=dtype), np.zeros((N, D), dtype), perturbable=perturbable)


def random_space(seed=0, dtype=np.float64, perturbable=None):
    rng = np.random.default_rng(seed)
    embedding = rng.standard_normal((20, D)).astype(dtype)
    ids = rng.integers(0, 20, N)
    neighbours = (ids[:, None] + 1 + np.array([rng.permutation(19)[:K] for _ in range(N)])) % 20
    return DirectionSpace(neighbours, embedding, embedding[ids], perturbable=perturbable)


def sentence_norms(r):
    return np.array([np.linalg.norm(r[sentence == SENTENCE].astype(float)) for sentence in range(3)])


def gradient_of(magnitude=1.0, dtype=np.float64, seed=1):
    g = np.random.default_rng(seed).standard_normal((N, D))
    return (g * (magnitude / sentence_norms(g))[SENTENCE][:, None]).astype(dtype)


CASES = [
    ("gradient", free_space),
    ("gradient", orthogonal_space),
    ("best", orthogonal_space),
    ("rand", orthogonal_space),
    ("random", free_space),
    ("random", orthogonal_space),
    ("pgd", free_space),
    ("pgd", orthogonal_space),
    ("sparse", orthogonal_space),
]


def test_every_choice_is_looked_at():
    assert {choice for choice, _ in CASES} == set(names())


@pytest.mark.parametrize("choice, make", CASES, ids=lambda value: getattr(value, "__name__", value))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("magnitude", [1e-30, 1e-6, 1.0, 1e30])
@pytest.mark.parametrize("perturbable", [None, PERTURBABLE], ids=["all", "some"])
def test_a_sentence_has_length_epsilon(choice, make, dtype, magnitude, perturbable):
    space = make(dtype, perturbable)
    r = follow(choice, Scaling(space, SENTENCES), EPSILON, gradient_of(magnitude, dtype), generator(0, "test"))
    assert r.dtype == dtype and r.shape == (N, D)
    np.testing.assert_allclose(sentence_norms(r), EPSILON, rtol=1e-5)
    if perturbable is not None:
        assert (r[~perturbable] == 0).all()


@pytest.mark.parametrize(
    "choice, make", [case for case in CASES if case[0] != "sparse"], ids=lambda value: getattr(value, "__name__", value)
)
def test_each_word_has_length_epsilon_where_the_scope_is_the_word(choice, make):
    scaling = Scaling(make(), SENTENCES, scope="word")
    r = follow(choice, scaling, EPSILON, gradient_of(), generator(0, "test"))
    np.testing.assert_allclose(np.linalg.norm(r, axis=1), EPSILON, rtol=1e-10)


@pytest.mark.parametrize(
    "choice, make",
    [
        ("gradient", free_space),
        ("gradient", random_space),
        ("best", random_space),
        ("pgd", free_space),
        ("pgd", random_space),
    ],
)
@pytest.mark.parametrize("scope", ["sentence", "word", "released"])
@pytest.mark.parametrize("rule", ["safe", "released"])
def test_no_perturbation_without_a_gradient(choice, make, scope, rule):
    g = gradient_of()
    g[SENTENCE == 1] = 0
    with np.errstate(all="raise"):
        r = follow(choice, Scaling(make(), SENTENCES, scope, rule), EPSILON, g)
    assert (r[SENTENCE == 1] == 0).all()
    assert (np.abs(r[SENTENCE != 1]).max(axis=1) > 0).all()


@pytest.mark.parametrize("make", [free_space, random_space])
@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-5), (np.float64, 1e-12)])
@pytest.mark.parametrize("scope", ["sentence", "word", "released"])
@pytest.mark.parametrize("rule", ["safe", "released"])
@pytest.mark.parametrize("magnitude", [1.0, 1e-6])
def test_coordinates_of_a_perturbation_lead_to_it(make, dtype, tolerance, scope, rule, magnitude):
    space = make(dtype=dtype)
    wanted = (magnitude * space.random(generator(0, "coordinates"))).astype(dtype)
    scaling = Scaling(space, SENTENCES, scope, rule)
    wanted[SENTENCE == 1] = 0
    with np.errstate(all="raise"):
        point = scaling.on_sphere(wanted, EPSILON)
        found, r = point.coordinates, point.r
    assert found.dtype == r.dtype == dtype and (found[SENTENCE == 1] == 0).all()
    np.testing.assert_allclose(space.to_embedding(found), r, atol=EPSILON * tolerance)


def test_free_gradient_is_equation_9():
    g = gradient_of(0.3)
    expected = EPSILON * g / sentence_norms(g)[SENTENCE][:, None]
    np.testing.assert_allclose(follow("gradient", Scaling(free_space(), SENTENCES), EPSILON, g), expected, rtol=1e-12)


def test_no_alpha_of_that_length_increases_the_loss_faster():
    space, g = random_space(), gradient_of()
    scaling = Scaling(space, SENTENCES)
    best = (follow("gradient", scaling, EPSILON, g) * g).sum()
    others = [(perturb("random", scaling, EPSILON, generator=generator(0, "other", i)) * g).sum() for i in range(200)]
    assert best > max(others) and best >= (follow("best", scaling, EPSILON, g) * g).sum()


def test_released_scope_is_the_authors_two_steps():
    space, g = random_space(), gradient_of()
    alpha = space.pull_back(g)
    r = space.to_embedding(alpha / np.linalg.norm(alpha, axis=1, keepdims=True))
    expected = EPSILON * r / sentence_norms(r)[SENTENCE][:, None]
    np.testing.assert_allclose(
        follow("gradient", Scaling(space, SENTENCES, "released"), EPSILON, g), expected, rtol=1e-12
    )


def directions_of(space, floor=1e-3):
    """d_k of every word, (N, K, D), by the released formula: a difference over the root of 1e-6 and its squares."""
    differences = space.embedding[space.neighbours] - space.embedded[:, None]
    return differences / np.sqrt(floor**2 + (differences**2).sum(axis=2, keepdims=True))


def released_r(alpha, d, epsilon):
    """r from weights of any length, as the released code has it."""
    alpha = alpha / (np.sqrt((alpha**2).sum(axis=1, keepdims=True)) + 1e-5)
    r = (alpha[:, :, None] * d).sum(axis=1)
    squares = np.array([(r[sentence == SENTENCE] ** 2).sum() for sentence in range(3)])[SENTENCE][:, None]
    return epsilon * r / np.sqrt(1e-6 + squares)


@pytest.mark.parametrize("magnitude", [1.0, 1e-3, 1e-6, 1e-9, 1e-12])
def test_the_released_rule_is_the_authors_code_for_iadvt(magnitude):
    """Slopes a thousand times as large, since they come through the normalisation of r = 0;
    alpha over its length + 1e-5.
    """
    space, g = random_space(), gradient_of(magnitude)
    space = DirectionSpace(space.neighbours, space.embedding, space.embedded, floor=1e-3)
    d = directions_of(space)
    slope = np.einsum("nkd,nd->nk", d, g) / np.sqrt(1e-6)
    found = follow("gradient", Scaling(space, SENTENCES, "released", "released"), EPSILON, g)
    np.testing.assert_allclose(found, released_r(slope, d, EPSILON), rtol=1e-9)


def test_by_the_released_code_words_with_small_slopes_are_as_strong_as_others():
    space, g = orthogonal_space(), gradient_of()
    g *= np.where(np.arange(N) == 0, 1e-5 / np.linalg.norm(space.pull_back(g)[0]), 1.0)[:, None]
    r = follow("gradient", Scaling(space, SENTENCES, "released", "released"), EPSILON, g)
    word = np.linalg.norm(r, axis=1)[SENTENCE == 0]
    np.testing.assert_allclose(word[0] / word[1:], 1 / (1 + 1e-3), rtol=1e-5)  # 1000 1e-5 / (1000 1e-5 + 1e-5)
    np.testing.assert_allclose(sentence_norms(r)[0], EPSILON, rtol=1e-5)


@pytest.mark.parametrize("choice", ["best", "rand"])
def test_one_neighbour_by_the_released_code_is_a_weight_of_one(choice):
    space, g = random_space(6), gradient_of(1e-4, seed=7)
    space = DirectionSpace(space.neighbours, space.embedding, space.embedded, floor=1e-3)
    d = directions_of(space)
    draws = generator(0, "test").integers(0, K, N)
    chosen = np.einsum("nkd,nd->nk", d, g).argmax(axis=1) if choice == "best" else draws
    found = follow(choice, Scaling(space, SENTENCES, "released", "released"), EPSILON, g, generator(0, "test"))
    np.testing.assert_allclose(found, released_r(np.eye(K)[chosen], d, EPSILON), rtol=1e-9)


def test_best_is_the_neighbour_with_the_largest_slope():
    space, g = random_space(3), gradient_of(seed=4)
    r = follow("best", Scaling(space, SENTENCES, "word"), 1.0, g)
    for word in range(N):
        differences = space.embedding[space.neighbours[word]] - space.embedded[word]
        directions = differences / np.linalg.norm(differences, axis=1, keepdims=True)
        np.testing.assert_allclose(r[word], directions[np.argmax(directions @ g[word])], atol=1e-12)


def test_best_never_stands_still_while_it_could_move():
    space = random_space(5)
    space.embedding[space.neighbours[0, 2]] = space.embedded[0]
    space = DirectionSpace(space.neighbours, space.embedding, space.embedded)
    g = np.zeros((N, D))
    g[0] = -space.to_embedding(np.eye(1, K, 1).repeat(N, axis=0))[0]
    slope = space.pull_back(g)[0]
    g[0] -= np.linalg.pinv(space.embedding[space.neighbours[0]] - space.embedded[0]) @ np.where(
        slope > 0, 10 * slope, 0
    )
    assert space.pull_back(g)[0, 2] == 0 and (np.delete(space.pull_back(g)[0], 2) < 0).all()
    r = follow("best", Scaling(space, SENTENCES), EPSILON, g)
    np.testing.assert_allclose(np.linalg.norm(r[0]), EPSILON, rtol=1e-12)
    assert (r[1:] == 0).all()


def test_rand_draws_every_neighbour_of_every_word_equally_often():
    space = orthogonal_space()
    scaling = Scaling(space, SENTENCES, "word")
    counts = np.zeros((N, K))
    for draw in range(400):
        coordinates = space.pull_back(perturb("rand", scaling, 1.0, generator=generator(0, "rand", draw)))
        assert (np.sort(coordinates, axis=1) == [0, 0, 0, 1]).all()
        counts += coordinates
    assert stats.chisquare(counts, axis=1).pvalue.min() > 1e-4


def test_random_prefers_no_direction():
    scaling = Scaling(free_space(), SENTENCES)
    draws = np.array(
        [
            perturb("random", scaling, 1.0, generator=generator(0, "random", draw))[SENTENCE == 0].ravel()
            for draw in range(500)
        ]
    )
    second_moments = draws.T @ draws / len(draws) * draws.shape[1]  # the identity for a uniform direction
    assert np.abs(draws.mean(axis=0)).max() < 4 / np.sqrt(500 * draws.shape[1])
    assert np.abs(second_moments - np.eye(draws.shape[1])).max() < 0.3


@pytest.mark.parametrize("choice", ["rand", "random"])
def test_draws_depend_on_the_generator_alone(choice):
    scaling = Scaling(random_space(), SENTENCES)
    first, again, other = (
        perturb(choice, scaling, EPSILON, generator=generator(seed, "draw", 7)) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("choice", ["gradient", "best"])
def test_a_gradient_that_is_not_finite_is_named(choice):
    g = gradient_of()
    g[3, 2] = np.nan
    with pytest.raises(UserError, match="diverged"):
        follow(choice, Scaling(random_space(), SENTENCES), EPSILON, g)


@pytest.mark.parametrize("make", [free_space, random_space])
@pytest.mark.parametrize("scope", ["sentence", "word", "released"])
def test_steps_on_a_slope_that_is_the_same_everywhere_end_where_one_step_does(make, scope):
    scaling, g = Scaling(make(), SENTENCES, scope), gradient_of()
    found = follow("pgd", scaling, EPSILON, g, pgd_steps=4, pgd_step_size=0.3)
    np.testing.assert_allclose(found, follow("gradient", scaling, EPSILON, g), rtol=1e-9)


def test_a_single_step_shorter_than_epsilon_stays_inside():
    scaling, g = Scaling(free_space(), SENTENCES), gradient_of()
    found = follow("pgd", scaling, EPSILON, g, pgd_steps=1, pgd_step_size=0.3)
    np.testing.assert_allclose(sentence_norms(found), 0.3 * EPSILON, rtol=1e-12)


def test_projected_steps_find_the_top_of_a_hill_inside_the_ball():
    """Of minus the squared distance to a point, which one step of length epsilon jumps over."""
    scaling = Scaling(free_space(), SENTENCES)
    top = gradient_of(0.4 * EPSILON, seed=8)
    found = perturb("pgd", scaling, EPSILON, top, gradient_at=lambda r: top - r, pgd_steps=400, pgd_step_size=0.01)
    assert np.linalg.norm(found - top) < 0.02 * EPSILON * 3
    one = perturb("gradient", scaling, EPSILON, top)
    assert np.linalg.norm(one - top) > 10 * np.linalg.norm(found - top)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_sparse_perturbs_the_steepest_words_of_each_sentence_as_best_does(count):
    space, g = random_space(3), gradient_of(seed=4)
    found = follow("sparse", Scaling(space, SENTENCES, "word"), 1.0, g, sparse_words=count)
    best = follow("best", Scaling(space, SENTENCES, "word"), 1.0, g)
    slopes = space.pull_back(g).max(axis=1)
    for sentence in range(3):
        words = np.flatnonzero(sentence == SENTENCE)
        steepest = words[np.argsort(-slopes[words])][:count]
        np.testing.assert_array_equal(found[steepest], best[steepest])
        assert (found[np.setdiff1d(words, steepest)] == 0).all()
