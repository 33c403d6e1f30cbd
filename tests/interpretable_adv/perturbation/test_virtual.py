"""Proves that the power iteration finds where the output changes fastest, and touches nothing but the perturbation."""

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np
import pytest

from iadv_foundation.arithmetic.random import generator
from interpretable_adv.functions import kl_divergence
from interpretable_adv.perturbation import (
    DirectionSpace,
    FreeSpace,
    Scaling,
    Sentences,
    VirtualDivergence,
    virtual_gradient,
)
from tests.interpretable_adv.perturbation.choosing import perturb

SENTENCE = np.array([0, 1, 2, 0, 1, 2, 0, 1, 0])
SENTENCES = Sentences(SENTENCE, 3)
N, D, K, XI = len(SENTENCE), 4, 3, 0.1


class Network(chainer.Chain):
    """A classifier of the sentences of ``SENTENCE``: an LSTM over packed words and a linear layer."""

    def __init__(self, dtype):
        super().__init__()
        with self.init_scope(), chainer.using_config("dtype", dtype):
            np.random.seed(0)
            self.lstm, self.output = L.NStepLSTM(1, D, 5, 0), L.Linear(5, 3)

    def __call__(self, packed):
        h, _, _ = self.lstm(
            None, None, [F.get_item(packed, np.flatnonzero(sentence == SENTENCE)) for sentence in range(3)]
        )
        return self.output(h[0])


def batch(space="free", dtype=np.float64, scope="sentence", seed=0):
    """(network, embedded words, logits of the network, scaling)"""
    rng = np.random.default_rng(seed)
    embedding = rng.standard_normal((9, D)).astype(dtype)
    ids = rng.integers(0, 9, N)
    neighbours = (ids[:, None] + 1 + np.array([rng.permutation(8)[:K] for _ in range(N)])) % 9
    embedded = embedding[ids]
    made = FreeSpace(embedded) if space == "free" else DirectionSpace(neighbours, embedding, embedded)
    network = Network(dtype)
    return network, embedded, network(embedded).array, Scaling(made, SENTENCES, scope)


class Recorder:
    """The network as a function of the perturbation; remembers what it was asked."""

    def __init__(self, network, embedded):
        self.network, self.embedded, self.asked = network, embedded, []

    def __call__(self, r):
        self.asked.append(r.array.copy())
        return self.network(self.embedded + r)


def find(space="free", dtype=np.float64, scope="sentence", seed=0, **options):
    network, embedded, logits, scaling = batch(space, dtype, scope)
    recorder = Recorder(network, embedded)
    options.setdefault("generator", generator(seed, "start"))
    return virtual_gradient(recorder, VirtualDivergence(logits, 3), scaling, XI, **options), recorder, logits, scaling


@pytest.mark.parametrize("space", ["free", "directions"])
def test_the_gradient_is_the_numerical_derivative_of_the_divergence(space):
    (found, _), recorder, logits, _ = find(space)
    (start,) = recorder.asked
    step, expected = 1e-5, np.zeros((N, D))
    for index in np.ndindex(N, D):
        nudge = np.zeros((N, D))
        nudge[index] = step
        up, down = (recorder(chainer.Variable(start + change)) for change in (nudge, -nudge))
        difference = kl_divergence(logits, up, normalizer=3) - kl_divergence(logits, down, normalizer=3)
        expected[index] = float(difference.array) / (2 * step)
    assert np.abs(expected).max() > 1e-6
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-11)


@pytest.mark.parametrize("sharpness", [0.3, 1.0])
def test_power_iteration_finds_the_direction_of_largest_curvature(sharpness):
    rng = np.random.default_rng(1)
    matrix = sharpness * rng.standard_normal((N * D, 4))
    clean = rng.standard_normal((1, 4))
    p = np.exp(clean[0]) / np.exp(clean[0]).sum()
    hessian = matrix @ (np.diag(p) - np.outer(p, p)) @ matrix.T  # of the divergence at r = 0, the network being linear
    dominant = np.linalg.eigh(hessian)[1][:, -1]
    scaling = Scaling(FreeSpace(np.zeros((N, D))), Sentences(np.zeros(N, int), 1))

    def network(r):
        return F.matmul(F.reshape(r, (1, N * D)), matrix) + clean

    def cosine(iterations, seed):
        gradient, _ = virtual_gradient(
            network, VirtualDivergence(clean), scaling, 1e-4, iterations, generator=generator(seed, "start")
        )
        return abs(gradient.ravel() @ dominant) / np.linalg.norm(gradient)

    once, often = (np.mean([cosine(iterations, seed) for seed in range(20)]) for iterations in (1, 25))
    assert once > 0.5  # a random direction in 36 dimensions has about 0.13
    assert often > 0.999


@pytest.mark.parametrize("space", ["free", "directions"])
def test_it_changes_the_output_more_than_a_random_direction(space):
    virtual, random = [], []
    for seed in range(20):
        (_, slope), recorder, logits, scaling = find(space, seed=seed)
        for choice, divergences in (("gradient", virtual), ("random", random)):
            r = perturb(choice, scaling, 1.0, slope, generator(seed, "random"))
            divergences.append(float(kl_divergence(logits, recorder(chainer.Variable(r))).array))
    assert np.mean(virtual) > 1.5 * np.mean(random)
    assert min(virtual) > 0


@pytest.mark.parametrize("space", ["free", "directions"])
def test_parameter_gradients_are_untouched(space):
    network, embedded, logits, scaling = batch(space)
    for parameter in network.params():
        parameter.grad = np.full_like(parameter.array, 7.0)
    before = {name: parameter.grad for name, parameter in network.namedparams()}
    virtual_gradient(
        Recorder(network, embedded), VirtualDivergence(logits), scaling, XI, 2, generator=generator(0, "start")
    )
    for name, parameter in network.namedparams():
        assert parameter.grad is before[name] and (parameter.grad == 7.0).all()


class Product(chainer.FunctionNode):
    """x w, which notes the gradients it is asked for."""

    def __init__(self, asked):
        super().__init__()
        self.asked = asked

    def forward(self, inputs):
        self.retain_inputs((0, 1))
        return (inputs[0] @ inputs[1],)

    def backward(self, indexes, grad_outputs):
        self.asked.extend(indexes)
        return tuple(
            F.matmul(grad_outputs[0], self.get_retained_inputs()[1], transb=True)
            if index == 0
            else F.matmul(self.get_retained_inputs()[0], grad_outputs[0], transa=True)
            for index in indexes
        )


def test_parameter_gradients_are_not_even_computed():
    weight, asked = chainer.Parameter(np.random.default_rng(2).standard_normal((D, 3))), []
    scaling = Scaling(FreeSpace(np.zeros((N, D))), SENTENCES)
    virtual_gradient(
        lambda r: Product(asked).apply((r, weight))[0],
        VirtualDivergence(np.zeros((N, 3))),
        scaling,
        XI,
        generator=generator(0, "start"),
    )
    assert asked == [0]


@pytest.mark.parametrize("scope", ["sentence", "word"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_step_is_xi_long(scope, dtype):
    (gradient, slope), recorder, _, _ = find("free", dtype, scope, power_iterations=3)
    assert gradient.dtype == slope.dtype == dtype and len(recorder.asked) == 3
    labels = SENTENCE if scope == "sentence" else np.arange(N)
    for r in recorder.asked:
        assert r.dtype == dtype
        np.testing.assert_allclose([np.linalg.norm(r[labels == label]) for label in np.unique(labels)], XI, rtol=1e-5)


def test_the_normalizer_divides_the_gradient():
    _, embedded, logits, scaling = batch()
    gradients = [
        virtual_gradient(
            Recorder(Network(np.float64), embedded),
            VirtualDivergence(logits, *divisor),
            scaling,
            XI,
            generator=generator(0, "start"),
        )[0]
        for divisor in ((), (1,), (4,))
    ]
    np.testing.assert_array_equal(gradients[0], gradients[1])
    np.testing.assert_allclose(gradients[2], gradients[0] / 4, rtol=1e-12)


@pytest.mark.parametrize("start", ["random", "uniform"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_in_the_space_of_directions_everything_has_the_type_of_the_words(start, dtype):
    (gradient, slope), recorder, _, _ = find("directions", dtype, "word", power_iterations=2, start=start)
    assert {array.dtype for array in (gradient, slope, *recorder.asked)} == {np.dtype(dtype)}


@pytest.mark.parametrize("space", ["free", "directions"])
def test_the_slope_is_the_gradient_along_the_coordinates(space):
    (gradient, slope), _, _, scaling = find(space)
    np.testing.assert_array_equal(slope, scaling.space.pull_back(gradient))


def released_step(space, alpha, xi):
    """The authors' r at alpha, word by word."""
    r = np.zeros((N, D))
    for word in range(N):
        s = np.zeros(D)
        for k in range(K):
            difference = space.embedding[space.neighbours[word, k]] - space.embedded[word]
            weight = alpha[word, k] / (np.sqrt((alpha[word] ** 2).sum()) + 1e-5)
            s += weight * difference / np.sqrt((difference**2).sum())
        r[word] = xi * s / np.sqrt(1e-6 + (s**2).sum())
    return r


@pytest.mark.parametrize("xi", [1.0, 0.1])
def test_uniform_start_is_the_authors_step_and_its_slope_the_numerical_derivative(xi):
    network, embedded, logits, scaling = batch("directions", scope="word")
    recorder = Recorder(network, embedded)
    _, slope = virtual_gradient(recorder, VirtualDivergence(logits, 3), scaling, xi, start="uniform")
    start = np.full((N, K), 1 / K)
    np.testing.assert_allclose(recorder.asked[0], released_step(scaling.space, start, xi), rtol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(recorder.asked[0], axis=1), xi, rtol=1e-4)

    def divergence(alpha):
        r = chainer.Variable(released_step(scaling.space, alpha, xi))
        return float(kl_divergence(logits, recorder(r), normalizer=3).array)

    step, expected = 1e-5, np.zeros((N, K))
    for index in np.ndindex(N, K):
        nudge = np.zeros((N, K))
        nudge[index] = step
        expected[index] = (divergence(start + nudge) - divergence(start - nudge)) / (2 * step)
    assert np.abs(expected).max() > 1e-4 * xi
    np.testing.assert_allclose(slope, expected, rtol=1e-5, atol=1e-10)


def test_uniform_start_in_float32_is_the_formula_of_the_authors_code():
    """Written out: the gradient goes back through r / sqrt(1e-6 + |r|^2) and through alpha / (|alpha| + 1e-5)."""
    network, embedded, logits, scaling = batch("directions", np.float32, "word")
    space = scaling.space
    gradient, slope = virtual_gradient(
        Recorder(network, embedded), VirtualDivergence(logits, 3), scaling, 1.0, start="uniform"
    )
    differences = (space.embedding[space.neighbours] - space.embedded[:, None]).astype(float)
    d = differences / np.linalg.norm(differences, axis=2, keepdims=True)
    for word in range(N):
        a, g = np.full(K, 1 / K), gradient[word].astype(float)
        n = np.linalg.norm(a)
        s = d[word].T @ a / (n + 1e-5)
        q = np.sqrt(1e-6 + s @ s)
        v = s / q
        ga = d[word] @ (g - v * (v @ g)) / q
        expected = ga / (n + 1e-5) - a * (a @ ga) / (n * (n + 1e-5) ** 2)
        np.testing.assert_allclose(slope[word], expected, rtol=1e-4, atol=1e-5 * np.abs(ga).max())


def test_uniform_start_over_a_sentence_gives_the_sentence_its_length():
    _, recorder, _, _ = find("directions", start="uniform", generator=None)
    np.testing.assert_allclose([np.linalg.norm(recorder.asked[0][one == SENTENCE]) for one in range(3)], XI, rtol=1e-5)


def test_best_passes_over_a_neighbour_without_a_direction_whose_slope_the_released_code_moves_from_zero():
    network, embedded, logits, scaling = batch("directions", scope="word")
    neighbours, embedding = scaling.space.neighbours.copy(), scaling.space.embedding
    same = np.flatnonzero((embedding == embedded[0]).all(axis=1))[0]
    neighbours[0, 1] = same
    space = DirectionSpace(neighbours, embedding, embedded)
    slope = -np.ones((N, K))
    slope[0, 1] = 1.0
    r = perturb("best", Scaling(space, SENTENCES, "released", "released"), 1.0, slope)
    assert np.abs(r[0]).max() > 0


def test_the_start_depends_on_the_generator_alone():
    first, again, other = (find("directions", seed=seed)[0][0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_it_works_where_graphs_are_switched_off():
    with chainer.no_backprop_mode():
        inside = find()[0][0]
    np.testing.assert_array_equal(inside, find()[0][0])
