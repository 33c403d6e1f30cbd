"""Proves that a point's coordinates lead to its perturbation, and that the ball's projection is the nearest point."""

import numpy as np
import pytest

from iadv_foundation.arithmetic.random import generator
from interpretable_adv.perturbation import Scaling
from tests.interpretable_adv.perturbation.test_choices import (
    SENTENCE,
    SENTENCES,
    free_space,
    random_space,
    sentence_norms,
)

MAKERS = {"sentence": (free_space, random_space), "word": (free_space, random_space), "released": (random_space,)}
CASES = [(scope, make) for scope, makers in MAKERS.items() for make in makers]


@pytest.mark.parametrize("scope, make", CASES)
@pytest.mark.parametrize("rule", ["safe", "released"])
def test_the_coordinates_of_a_point_lead_to_its_perturbation(scope, make, rule):
    scaling = Scaling(make(), SENTENCES, scope, rule)
    direction = 1e-3 * scaling.space.random(generator(0, "test"))
    for point in (
        scaling.on_sphere(direction, 4.0),
        scaling.in_ball(1e5 * direction, 4.0),
        scaling.in_ball(direction, 4.0),
    ):
        np.testing.assert_allclose(scaling.space.to_embedding(point.coordinates), point.r, atol=1e-12)


@pytest.mark.parametrize("scope, make", CASES)
def test_the_ball_leaves_what_is_inside_and_shortens_what_is_not(scope, make):
    scaling = Scaling(make(), SENTENCES, scope)
    inside = scaling.on_sphere(scaling.space.random(generator(0, "test")), 4.0)
    np.testing.assert_allclose(
        scaling.in_ball(inside.coordinates, 4.0 + 1e-9).coordinates, inside.coordinates, rtol=1e-12
    )
    far = 100 * scaling.space.random(generator(1, "test"))
    far[SENTENCE == 1] *= 1e-6
    point = scaling.in_ball(far, 4.0)
    np.testing.assert_allclose(point.coordinates[SENTENCE == 1], far[SENTENCE == 1], rtol=1e-12)
    lengths = {
        "sentence": lambda: sentence_norms(point.coordinates),
        "released": lambda: sentence_norms(point.r),
        "word": lambda: np.array([np.linalg.norm(point.coordinates[k == SENTENCE], axis=1).max() for k in range(3)]),
    }
    np.testing.assert_allclose(lengths[scope]()[[0, 2]], 4.0, rtol=1e-12)
    cosines = (
        (point.coordinates * far).sum(axis=1) / np.linalg.norm(point.coordinates, axis=1) / np.linalg.norm(far, axis=1)
    )
    np.testing.assert_allclose(cosines, 1, rtol=1e-12)


@pytest.mark.parametrize("magnitude", [0.0, 1e-300, 1e-30, 1e30, 1e300])
def test_any_magnitude_has_a_projection(magnitude):
    scaling = Scaling(free_space(), SENTENCES)
    vectors = magnitude * scaling.space.random(generator(0, "test"))
    with np.errstate(all="raise", under="ignore"):
        point = scaling.in_ball(vectors, 4.0)
    np.testing.assert_allclose(
        sentence_norms(point.r / (4 if magnitude > 1 else max(magnitude, 1e-300))),
        1 if magnitude > 1 else sentence_norms(scaling.space.random(generator(0, "test"))) * (magnitude > 0),
        rtol=1e-9,
    )
