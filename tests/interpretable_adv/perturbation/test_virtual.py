"""Proves that the power iteration finds where the output changes fastest, and touches nothing but the perturbation."""
import numpy as np
import pytest

from core import compat  # noqa: F401  (before chainer)
import chainer
import chainer.functions as F
import chainer.links as L

from core.random import generator
from interpretable_adv.functions import kl_divergence
from interpretable_adv.perturbation import DirectionSpace, FreeSpace, Scaling, Sentences, perturb, virtual_gradient

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
        h, _, _ = self.lstm(None, None, [F.get_item(packed, np.flatnonzero(SENTENCE == sentence)) for sentence in range(3)])
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
    options.setdefault("normalizer", 3)
    return virtual_gradient(recorder, logits, scaling, XI, **options), recorder, logits, scaling


@pytest.mark.parametrize("space", ["free", "directions"])
def test_the_gradient_is_the_numerical_derivative_of_the_divergence(space):
    found, recorder, logits, _ = find(space)
    start, = recorder.asked
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
        gradient = virtual_gradient(network, clean, scaling, 1e-4, iterations, generator=generator(seed, "start"))
        return abs(gradient.ravel() @ dominant) / np.linalg.norm(gradient)

    once, often = (np.mean([cosine(iterations, seed) for seed in range(20)]) for iterations in (1, 25))
    assert once > 0.5  # a random direction in 36 dimensions has about 0.13
    assert often > 0.999


@pytest.mark.parametrize("space", ["free", "directions"])
def test_it_changes_the_output_more_than_a_random_direction(space):
    virtual, random = [], []
    for seed in range(20):
        gradient, recorder, logits, scaling = find(space, seed=seed)
        for choice, divergences in (("gradient", virtual), ("random", random)):
            r = perturb(choice, scaling, 1.0, gradient, generator(seed, "random"))
            divergences.append(float(kl_divergence(logits, recorder(chainer.Variable(r))).array))
    assert np.mean(virtual) > 1.5 * np.mean(random)
    assert min(virtual) > 0


@pytest.mark.parametrize("space", ["free", "directions"])
def test_parameter_gradients_are_untouched(space):
    network, embedded, logits, scaling = batch(space)
    for parameter in network.params():
        parameter.grad = np.full_like(parameter.array, 7.0)
    before = {name: parameter.grad for name, parameter in network.namedparams()}
    virtual_gradient(Recorder(network, embedded), logits, scaling, XI, 2, generator=generator(0, "start"))
    for name, parameter in network.namedparams():
        assert parameter.grad is before[name] and (parameter.grad == 7.0).all()


class Product(chainer.FunctionNode):
    """x w, which notes the gradients it is asked for."""

    asked = ()

    def forward(self, inputs):
        self.retain_inputs((0, 1))
        return inputs[0] @ inputs[1],

    def backward(self, indexes, grad_outputs):
        type(self).asked += tuple(indexes)
        return tuple(F.matmul(grad_outputs[0], self.get_retained_inputs()[1], transb=True) if index == 0 else
                     F.matmul(self.get_retained_inputs()[0], grad_outputs[0], transa=True) for index in indexes)


def test_parameter_gradients_are_not_even_computed():
    weight = chainer.Parameter(np.random.default_rng(2).standard_normal((D, 3)))
    scaling = Scaling(FreeSpace(np.zeros((N, D))), SENTENCES)
    virtual_gradient(lambda r: Product().apply((r, weight))[0], np.zeros((N, 3)), scaling, XI, generator=generator(0, "start"))
    assert Product.asked == (0,)


@pytest.mark.parametrize("scope", ["sentence", "word"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_step_is_xi_long(scope, dtype):
    gradient, recorder, _, _ = find("free", dtype, scope, power_iterations=3)
    assert gradient.dtype == dtype and len(recorder.asked) == 3
    labels = SENTENCE if scope == "sentence" else np.arange(N)
    for r in recorder.asked:
        assert r.dtype == dtype
        np.testing.assert_allclose([np.linalg.norm(r[labels == label]) for label in np.unique(labels)], XI, rtol=1e-5)


def test_uniform_start_has_the_same_alpha_everywhere():
    _, recorder, _, scaling = find("directions", start="uniform", generator=None)
    np.testing.assert_allclose(recorder.asked[0], scaling.space.to_embedding(np.full((N, K), XI / K)), rtol=1e-12)


def test_the_start_depends_on_the_generator_alone():
    first, again, other = (find("directions", seed=seed)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_it_works_where_graphs_are_switched_off():
    with chainer.no_backprop_mode():
        inside = find()[0]
    np.testing.assert_array_equal(inside, find()[0])
