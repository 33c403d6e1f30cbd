"""Proves that coordinates and perturbations of both spaces are what Eq. 11-13 say, and gradients go back exactly."""

import tracemalloc

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpretable_adv.perturbation import DirectionSpace, FreeSpace, spaces

V, D, K, N = 12, 5, 3, 9
SENTENCE = np.array([0, 1, 2, 0, 1, 2, 0, 1, 0])
PERTURBABLE = np.array([1, 1, 1, 1, 1, 0, 1, 0, 0], bool)


class Words:
    """A batch of random words with dropout masks and random neighbours."""

    def __init__(self, seed=0, dtype=np.float64, words=N):
        rng = np.random.default_rng(seed)
        self.rng = rng
        self.embedding = rng.standard_normal((V, D)).astype(dtype)
        self.ids = rng.integers(0, V, words)
        self.neighbours = (self.ids[:, None] + 1 + np.array([rng.permutation(V - 1)[:K] for _ in range(words)])) % V
        self.neighbours = self.neighbours.astype(np.int32)
        self.mask = 2 * (rng.random((words, D)) < 0.7).astype(dtype)
        self.embedded = self.embedding[self.ids] * self.mask

    def differences(self, neighbour_mask=None):
        """w_k - w, (N, K, D), the plain way."""
        mask = self.mask[:, None] if neighbour_mask is None else neighbour_mask
        return self.embedding[self.neighbours] * mask - self.embedded[:, None]

    def directions(self, neighbour_mask=None):
        """Eq. 11, (N, K, D), the plain way."""
        differences = self.differences(neighbour_mask)
        length = np.sqrt((differences**2).sum(axis=2, keepdims=True))
        return np.where(length > 0, differences / np.where(length > 0, length, 1), 0)

    def space(self, name, perturbable=None):
        if name == "free":
            return FreeSpace(self.embedded, perturbable)
        return DirectionSpace(self.neighbours, self.embedding, self.embedded, self.mask, perturbable)


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-5), (np.float64, 1e-12)])
@pytest.mark.parametrize("k", range(K))
def test_a_direction_is_a_unit_vector_from_the_masked_word(dtype, tolerance, k):
    words = Words(1, dtype)
    space = words.space("directions")
    coordinates = space.one_hot(np.full(N, k))
    r = space.to_embedding(coordinates)
    assert r.dtype == coordinates.dtype == space.pull_back(r).dtype == dtype
    np.testing.assert_allclose(r, words.directions()[:, k], atol=tolerance)
    np.testing.assert_allclose(np.linalg.norm(r, axis=1), 1, rtol=tolerance)
    ahead = words.embedded + r * np.linalg.norm(words.differences()[:, k], axis=1)[:, None]
    np.testing.assert_allclose(ahead, words.embedding[words.neighbours[:, k]] * words.mask, atol=10 * tolerance)


def test_without_dropout():
    words = Words(2)
    words.mask = np.ones_like(words.mask)
    words.embedded = words.embedding[words.ids]
    alpha = words.rng.standard_normal((N, K))
    r = DirectionSpace(words.neighbours, words.embedding, words.embedded).to_embedding(alpha)
    np.testing.assert_allclose(r, np.einsum("nk,nkd->nd", alpha, words.directions()), atol=1e-12)


def test_no_direction_to_a_word_with_the_same_vector():
    words = Words(3)
    words.embedding[words.neighbours[0, 1]] = words.embedding[words.ids[0]]
    words.embedded = words.embedding[words.ids] * words.mask
    words.mask[4] = words.embedded[4] = 0  # everything dropped: no neighbour differs
    with np.errstate(all="raise"):
        space = words.space("directions")
        r = space.to_embedding(np.ones((N, K)))
        g = space.pull_back(np.ones((N, D)))
    np.testing.assert_allclose(r, words.directions().sum(axis=1), atol=1e-12)
    assert g[0, 1] == 0 and (g[4] == 0).all() and (r[4] == 0).all()


@pytest.mark.parametrize("perturbable", [None, PERTURBABLE], ids=["all", "some"])
def test_which_neighbours_give_a_direction(perturbable):
    words = Words(3)
    words.embedding[words.neighbours[0, 1]] = words.embedding[words.ids[0]]
    words.embedded = words.embedding[words.ids] * words.mask
    expected = words.directions().any(axis=2)
    assert not expected[0, 1] and expected.sum() > N
    if perturbable is not None:
        expected[~perturbable] = False
    np.testing.assert_array_equal(words.space("directions", perturbable).has_direction(), expected)


@pytest.mark.parametrize("name", ["free", "directions"])
@pytest.mark.parametrize("perturbable", [None, PERTURBABLE], ids=["all", "some"])
@given(seed=st.integers(0, 999), scale=st.floats(-5, 5))
@settings(max_examples=30, deadline=None)
def test_linear_and_pull_back_is_the_adjoint(name, perturbable, seed, scale):
    words = Words(seed)
    space = words.space(name, perturbable)
    a, b = words.rng.standard_normal((2, *space.coordinates_shape))
    g = words.rng.standard_normal((N, D))
    summed = space.to_embedding(a) + scale * space.to_embedding(b)
    np.testing.assert_allclose(space.to_embedding(a + scale * b), summed, atol=1e-10)
    np.testing.assert_allclose((space.to_embedding(a) * g).sum(), (a * space.pull_back(g)).sum(), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", ["free", "directions"])
def test_words_that_are_not_perturbed(name):
    words = Words(4)
    space = words.space(name, PERTURBABLE)
    coordinates = space.random(np.random.default_rng(0))
    assert (coordinates[~PERTURBABLE] == 0).all() and (coordinates[PERTURBABLE] != 0).all()
    everywhere = np.ones(space.coordinates_shape)
    assert (space.to_embedding(everywhere)[~PERTURBABLE] == 0).all()
    assert (space.pull_back(np.ones((N, D)))[~PERTURBABLE] == 0).all()
    np.testing.assert_allclose(
        space.to_embedding(everywhere)[PERTURBABLE], words.space(name).to_embedding(everywhere)[PERTURBABLE], atol=1e-12
    )
    assert (everywhere == 1).all()


def test_masks_of_the_neighbours_own():
    words = Words(5)
    masks = 2 * (words.rng.random((N, K, D)) < 0.5).astype(float)
    space = DirectionSpace(words.neighbours, words.embedding, words.embedded, neighbour_mask=lambda some: masks[some])
    alpha, g = words.rng.standard_normal((N, K)), words.rng.standard_normal((N, D))
    np.testing.assert_allclose(
        space.to_embedding(alpha), np.einsum("nk,nkd->nd", alpha, words.directions(masks)), atol=1e-12
    )
    np.testing.assert_allclose(space.pull_back(g), np.einsum("nd,nkd->nk", g, words.directions(masks)), atol=1e-12)


def test_the_size_of_a_chunk_changes_nothing(monkeypatch):
    words = Words(6)
    alpha, g = words.rng.standard_normal((N, K)), words.rng.standard_normal((N, D))
    whole = words.space("directions")
    expected = whole.to_embedding(alpha), whole.pull_back(g)
    monkeypatch.setitem(spaces.CHUNK_BYTES, "cpu", 2 * K * D * 8)  # two words at a time, the last chunk is smaller
    parts = words.space("directions")
    np.testing.assert_allclose(parts.to_embedding(alpha), expected[0], atol=1e-13)
    np.testing.assert_allclose(parts.pull_back(g), expected[1], atol=1e-13)


def test_directions_of_a_whole_batch_are_never_in_memory():
    rng = np.random.default_rng(7)
    words, size, k = 4000, 128, 10
    embedding = rng.standard_normal((500, size), dtype=np.float32)
    neighbours, embedded = rng.integers(0, 500, (words, k)), rng.standard_normal((words, size), dtype=np.float32)
    mask = np.ones_like(embedded)
    tracemalloc.start()
    space = DirectionSpace(neighbours, embedding, embedded, mask)
    space.to_embedding(space.pull_back(embedded))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * embedded.nbytes + 4 * spaces.CHUNK_BYTES["cpu"] < words * k * size * 4


class LSTMClassifier(chainer.Chain):
    """An LSTM over packed words of ``SENTENCE``, with Chainer's own LSTM."""

    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.lstm, self.output = L.NStepLSTM(1, D, 4, 0), L.Linear(4, 3)

    def __call__(self, packed):
        sequences = [F.get_item(packed, np.flatnonzero(sentence == SENTENCE)) for sentence in range(3)]
        h, _, _ = self.lstm(None, None, sequences)
        return self.output(h[0])


@pytest.mark.parametrize("name", ["free", "directions"])
def test_pull_back_is_the_numerical_derivative_of_the_loss(name):
    with chainer.using_config("dtype", np.float64):
        np.random.seed(8)
        network = LSTMClassifier()
    words = Words(8)
    space = words.space(name, PERTURBABLE)
    labels = np.array([0, 2, 1])

    def loss(coordinates):
        return F.softmax_cross_entropy(
            network(chainer.Variable(words.embedded + space.to_embedding(coordinates))), labels
        )

    x = chainer.Variable(words.embedded)
    (gradient,) = chainer.grad([F.softmax_cross_entropy(network(x), labels)], [x])
    found = space.pull_back(gradient.array)
    step, expected = 1e-5, np.zeros(space.coordinates_shape)
    for index in np.ndindex(*space.coordinates_shape):
        nudge = np.zeros(space.coordinates_shape)
        nudge[index] = step
        expected[index] = float(loss(nudge).array - loss(-nudge).array) / (2 * step)
    assert np.abs(expected).max() > 1e-3
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-10)
