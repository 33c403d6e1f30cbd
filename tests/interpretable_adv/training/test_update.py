"""Proves that an update of every method does what the equations (`paper`) or the released formulas (`authors`) say.

Both tasks, with and without a pool of unlabelled text, dropout on: the gradients at embeddings, LSTM, feed-forward
network and output before clipping, the perturbation of every word and the reported losses equal those of
:mod:`tests.interpretable_adv.oracle`, which takes one document at a time, finds neighbours by brute force and lets
Chainer differentiate through alpha.  In float64 the two differ by rounding alone, so even a small deviation shows.
"""

import itertools

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np
import pytest

from interpretable_adv.methods import METHODS
from interpretable_adv.perturbation import spaces
from tests.interpretable_adv.oracle.network import lstm
from tests.interpretable_adv.oracle.small import difference, setting

METHODS_OF_OURS = [name for name, method in METHODS.items() if method.layer is None]
TASKS, RECIPES = ("classification", "labelling"), ("paper", "authors")
CASES = [
    (method, task, recipe, pool)
    for method in METHODS_OF_OURS
    for task in TASKS
    for recipe in RECIPES
    for pool in ((False, True) if METHODS[method].semi_supervised else (False,))
]


def tolerance(method, dtype):
    """Largest difference relative to what is expected.

    In float32 the gradient of KL has fewer digits: it is of the difference between two outputs, xi = 0.1 apart at the
    words.
    """
    if dtype == np.float64:
        return 1e-9
    return 5e-5 if METHODS[method].semi_supervised and METHODS[method].needs_gradient else 1e-5


def compare(product, oracle, monkeypatch, most):
    """Make one update with both; what is reported and the perturbations are the same.

    Returns:
        tests.interpretable_adv.oracle.update.Update: the oracle's.
    """
    reported, r = product.update(monkeypatch)
    expected = oracle.update()
    assert reported.keys() == expected.reported.keys()
    for name, value in reported.items():
        assert difference(value, expected.reported[name]) < most, name
    assert len(r) == len(expected.r)
    for found, wanted in zip(r, expected.r, strict=True):
        assert difference(found, wanted) < most
    return expected


@pytest.mark.parametrize(
    "method, task, recipe, pool, dtype",
    [(*case, np.float64) for case in CASES] + [(*case, np.float32) for case in CASES if not case[3]],
)
def test_an_update_is_that_of_the_formulas(method, task, recipe, pool, dtype, monkeypatch):
    product, oracle = setting(method, task, recipe, pool, dtype)
    expected = compare(product, oracle, monkeypatch, tolerance(method, dtype))
    found = product.gradients()
    differences = {name: difference(found[name], gradient) for name, gradient in expected.gradients.items()}
    assert max(differences.values()) < tolerance(method, dtype), differences
    assert all(np.abs(gradient).max() > 1e-4 for gradient in expected.gradients.values())
    if METHODS[method].divergence:
        assert expected.reported["perturbed_loss"] > 1e-4 and min(np.linalg.norm(r) for r in expected.r[:3]) > 0.01


@pytest.mark.parametrize("method", ["iadvt", "ivat"])
def test_masks_of_neighbours_are_drawn_for_a_few_words_at_a_time(method, monkeypatch):
    """Each few words have their own, the same ones at every use of the directions."""
    product, oracle = setting(method, "labelling", "authors", True)
    oracle.masked_at_once = 3
    neighbours, size = oracle.config.perturbation.neighbours, oracle.config.model.embedding_size
    monkeypatch.setitem(spaces.CHUNK_BYTES, "cpu", 3 * neighbours * size * 8)
    compare(product, oracle, monkeypatch, 1e-9)


def test_methods_on_labelled_text_leave_the_pool_alone(monkeypatch):
    losses = [setting("iadvt", "classification", "paper", pool)[0].update(monkeypatch)[0] for pool in (False, True)]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("recipe, pool", [("paper", True), ("paper", False), ("authors", True)])
@pytest.mark.parametrize("method", ["baseline", "advt", "iadvt", "vat", "ivat", "ivat-best"])
def test_five_updates_over_three_epochs(method, recipe, pool, monkeypatch):
    """Neighbours are found anew at each epoch's start, draws at each update; Adam and clipping are the textbook's."""
    more = ["training.learning_rate=0.05", "training.gradient_clipping=0.4"]
    product, oracle = setting(method, "classification", recipe, pool, more=more)
    tables, clipped = [], []
    for _ in range(5):
        expected = compare(product, oracle, monkeypatch, 1e-6)
        tables.append(getattr(oracle, "neighbours", None))
        clipped.append(np.sqrt(sum((gradient**2).sum() for gradient in expected.gradients.values())) > 0.4)
    for name, weight in product.weights().items():
        assert difference(weight, oracle.network.weights[name].array) < 1e-6, name
    assert any(clipped)
    if METHODS[method].space == "directions":
        assert tables[0] is tables[1] and (tables[1] != tables[2]).any() and (tables[3] != tables[4]).any()


@pytest.mark.parametrize("method, pool", [("iadvt", False), ("ivat", True)])
def test_neighbours_of_every_update(method, pool, monkeypatch):
    """Found among all rows as they are by then, also those that no batch has read for a while."""
    more = [
        "training.learning_rate=0.2",
        "perturbation.neighbour_refresh=iteration",
        "training.batch_size=1",
        "training.unlabeled_batch_size=2",
    ]
    product, oracle = setting(method, "classification", "paper", pool, more=more)
    tables = []
    for _ in range(7):
        compare(product, oracle, monkeypatch, 1e-6)
        tables.append(oracle.neighbours)
    assert all((one != other).any() for one, other in itertools.pairwise(tables))


def test_documents_of_like_lengths_come_together_where_asked_for():
    product, _ = setting("vat", "classification", "paper", True, more=["training.length_window=3"])
    assert [product.updater.get_iterator(name).length_window for name in ("main", "pool")] == [3, 3]


SWITCHES = [
    ("vat", ["perturbation.power_iterations=3"]),
    ("ivat", ["perturbation.power_iterations=2"]),
    ("vat", ["perturbation.xi_scope=word"]),
    ("ivat", ["perturbation.xi_scope=word"]),
    ("advt", ["perturbation.scope_free=word"]),
    ("iadvt", ["perturbation.scope_directions=word"]),
    ("ivat", ["perturbation.scope_directions=word"]),
    ("iadvt", ["perturbation.gradient_pass=separate"]),
    ("advt-pgd", ["perturbation.pgd_steps=6"]),
    ("iadvt-pgd", ["perturbation.pgd_step_size=0.2"]),
    ("iadvt-pgd", ["perturbation.scope_directions=word"]),
    ("iadvt-sparse", ["perturbation.sparse_words=1"]),
    ("baseline", ["model.normalise_embeddings=true"]),
    ("iadvt", ["model.normalise_embeddings=true"]),
    ("ivat", ["model.normalise_embeddings=true"]),
    ("advt", ["model.activation=tanh"]),
    ("iadvt", ["model.dropout=0"]),
    ("vat", ["model.dropout=0"]),
    ("iadvt", ["training.average_over=labels"]),
    ("ivat", ["training.average_over=labels"]),
]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("method, switches", SWITCHES, ids=lambda value: value if isinstance(value, str) else value[0])
def test_a_switch_of_the_configuration_is_what_it_says(method, switches, task, monkeypatch):
    """Two updates, so that what is done at each one is told from what is done at each epoch."""
    product, oracle = setting(method, task, "paper", True, more=["training.learning_rate=0.1", *switches])
    plain, _ = setting(method, task, "paper", True, more=["training.learning_rate=0.1"])
    for _ in range(2):
        compare(product, oracle, monkeypatch, 1e-6)
        plain.update(monkeypatch)
    weights, others = product.weights(), plain.weights()
    for name, weight in weights.items():
        assert difference(weight, oracle.network.weights[name].array) < 1e-7, name
    changed = max(difference(weight, others[name]) for name, weight in weights.items())
    assert changed > 1e-4 or switches == ["perturbation.gradient_pass=separate"] or "average" in switches[0]


@pytest.mark.parametrize("both_ways", [False, True])
def test_the_oracle_s_lstm_is_chainer_s(both_ways):
    """The order of the gates and the state at the start are those of NStepLSTM and NStepBiLSTM."""
    size, rng = 4, np.random.default_rng(0)
    words = rng.standard_normal((6, 5))
    with chainer.using_config("dtype", np.float64):
        stock = (L.NStepBiLSTM if both_ways else L.NStepLSTM)(1, 5, size, 0.0)
    found = []
    for number, layer in enumerate(stock):
        w_x, w_h, b = (rng.standard_normal(shape) for shape in ((5, 4 * size), (size, 4 * size), 4 * size))
        for position, gate in enumerate((0, 1, 3, 2)):  # Chainer: i, f, g, o
            columns = slice(gate * size, (gate + 1) * size)
            getattr(layer, f"w{position}").array[...] = w_x[:, columns].T
            getattr(layer, f"w{position + 4}").array[...] = w_h[:, columns].T
            getattr(layer, f"b{position}").array[...], getattr(layer, f"b{position + 4}").array[...] = b[columns], 0
        x = chainer.Variable(words[::-1] if number else words)
        found.append(F.flip(lstm(x, w_x, w_h, b), 0) if number else lstm(x, w_x, w_h, b))
    expected = stock(None, None, [chainer.Variable(words)])[2][0].array
    np.testing.assert_allclose(F.concat(found, axis=1).array, expected, rtol=1e-12)


@pytest.mark.parametrize(
    "recipe, method, pool, passes",
    [
        ("paper", "baseline", False, 1),
        ("paper", "random", False, 2),
        ("paper", "iadvt-rand", False, 2),
        ("paper", "advt", False, 2),
        ("paper", "iadvt-best", False, 2),  # the clean pass has the gradient
        ("authors", "advt", False, 3),
        ("authors", "random", False, 2),
        ("paper", "vat", False, 3),
        ("paper", "ivat-best", False, 3),
        ("paper", "ivat-rand", False, 2),
        ("paper", "vat", True, 4),
        ("paper", "random-semi", True, 3),
        ("authors", "ivat", True, 4),
    ],
)
def test_an_update_makes_no_more_passes_than_it_needs(recipe, method, pool, passes, monkeypatch):
    product, _ = setting(method, "classification", recipe, pool)
    asked, logits = [], product.network.logits
    monkeypatch.setattr(product.network, "logits", lambda *arguments: asked.append(1) or logits(*arguments))
    product.update(monkeypatch)
    assert len(asked) == passes


@pytest.mark.parametrize("encoder", ["gru", "cnn"])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("method", ["baseline", "advt", "iadvt", "vat", "ivat"])
@pytest.mark.parametrize("recipe", RECIPES)
def test_other_encoders_are_perturbed_likewise(encoder, task, method, recipe, monkeypatch):
    """Every space and divergence, two updates: the network is a function from embedded words to logits, no more."""
    product, oracle = setting(method, task, recipe, METHODS[method].semi_supervised, more=[f"model.encoder={encoder}"])
    expected = compare(product, oracle, monkeypatch, 1e-8)
    differences = {
        name: difference(gradient, expected.gradients[name]) for name, gradient in product.gradients().items()
    }
    assert max(differences.values()) < 1e-8, differences
    assert any(
        name.startswith("/encoder") and np.abs(gradient).max() > 1e-4 for name, gradient in expected.gradients.items()
    )
    compare(product, oracle, monkeypatch, 1e-6)
