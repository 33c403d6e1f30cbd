"""The adaptive softmax sums to one, equals a dense softmax of the same weights, and its gradients are right."""

import chainer
import chainer.functions as F
import numpy as np
import pytest
from hypothesis import given, strategies

from iadv_foundation import old_chainer
from pretrain_lm.adaptive_softmax import AdaptiveSoftmax, AdaptiveSoftmaxLoss, cutoffs_for

with old_chainer.stand_ins():
    from chainer import gradient_check

VOCABULARY, HIDDEN = 13, 10
CUTOFFS = [(), (4,), (3, 8), (2, 5, 9)]
BATCHES = {
    "every cluster": [0, 12, 5, 8, 3, 2, 7, 11, 4],
    "head only": [1, 0, 2, 1],
    "last cluster only": [12, 9, 12],
    "one word": [5],
}


def layer(cutoffs, dtype=np.float64, ranked=True, scale=1.0):
    rng = np.random.default_rng(1)
    with chainer.using_config("dtype", dtype):
        output = AdaptiveSoftmax(
            HIDDEN, VOCABULARY, cutoffs, factor=3, rank=None if ranked else rng.permutation(VOCABULARY)
        )
    for parameter in output.params():
        parameter.array[...] = rng.normal(size=parameter.shape) * scale
    return output


def hidden_states(number, dtype=np.float64):
    return np.random.default_rng(2).normal(size=(number, HIDDEN)).astype(dtype)


def dense_log_probability(output, h):
    """A softmax over one dense row of logits: a tail word's logit is its cluster's,
    plus its own log-share of the cluster.
    """
    logits = F.linear(h, output.head)
    heads = output.head.shape[0] - len(output.tails)
    columns = [logits[:, :heads]]
    for k, tail in enumerate(output.tails):
        inside = F.log_softmax(F.linear(F.linear(h, tail.projection), tail.words))
        columns.append(F.broadcast_to(logits[:, heads + k, None], inside.shape) + inside)
    return F.log_softmax(F.concat(columns, axis=1))[:, output.rank]


@pytest.mark.parametrize("ranked", [True, False])
@pytest.mark.parametrize("cutoffs", CUTOFFS)
def test_probabilities_sum_to_one_and_equal_a_dense_softmax(cutoffs, ranked):
    output, h = layer(cutoffs, ranked=ranked), hidden_states(6)
    logarithms = output.log_probability(h)
    np.testing.assert_allclose(np.exp(logarithms).sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(logarithms, dense_log_probability(output, h).array, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-4), (np.float64, 1e-10)])
@pytest.mark.parametrize("cutoffs", CUTOFFS)
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("ranked", [True, False])
def test_loss_and_gradients_equal_those_of_the_dense_softmax(cutoffs, batch, ranked, dtype, tolerance):
    output, targets = layer(cutoffs, dtype, ranked), np.array(BATCHES[batch], np.int32)
    weights = np.random.default_rng(3).normal(size=len(targets)).astype(dtype)
    results = []
    for losses_of in (
        lambda h: output(h, targets),
        lambda h: -F.select_item(dense_log_probability(output, h), targets),
    ):
        h = chainer.Variable(hidden_states(len(targets), dtype))
        losses = losses_of(h)
        output.cleargrads()
        F.sum(losses * weights).backward()
        gradients = {name: np.zeros(p.shape) if p.grad is None else p.grad for name, p in output.namedparams()}
        results.append((losses.array, h.grad, gradients))
    (losses, grad_h, gradients), (dense_losses, dense_grad_h, dense_gradients) = results
    assert losses.dtype == dtype
    np.testing.assert_allclose(losses, dense_losses, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(grad_h, dense_grad_h, rtol=tolerance, atol=tolerance)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, dense_gradients[name], rtol=tolerance, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("batch", BATCHES)
def test_gradients_equal_numerical_ones(batch):
    output, targets = layer((3, 8), scale=0.5), np.array(BATCHES[batch], np.int32)
    in_all = [weight.array for tail in output.tails for weight in (tail.projection, tail.words)]
    # A numerical derivative needs every cluster's weights as inputs; those of clusters that are not hit have gradient
    # None.
    clusters = np.digitize(targets, output.cutoffs)
    hit = sorted(set(clusters) - {0})
    used = [weight for k in hit for weight in in_all[2 * (k - 1) : 2 * k]]

    def losses(h, head, *weights):
        inputs = list(in_all)
        for position, k in enumerate(hit):
            inputs[2 * (k - 1) : 2 * k] = weights[2 * position : 2 * position + 2]
        return AdaptiveSoftmaxLoss(targets, output.cutoffs).apply((h, head, *inputs))[0]

    gradient = np.random.default_rng(4).normal(size=len(targets))
    gradient_check.check_backward(
        losses,
        (hidden_states(len(targets)), output.head.array, *used),
        gradient,
        dtype=np.float64,
        atol=1e-6,
        rtol=1e-5,
    )


@pytest.mark.parametrize("cutoffs", CUTOFFS)
def test_a_word_is_where_its_rank_says(cutoffs):
    by_rank, rank = layer(cutoffs), np.random.default_rng(5).permutation(VOCABULARY)
    by_id = AdaptiveSoftmax(HIDDEN, VOCABULARY, cutoffs, factor=3, rank=rank)
    for (_, theirs), (_, ours) in zip(sorted(by_rank.namedparams()), sorted(by_id.namedparams()), strict=True):
        ours.array = theirs.array.copy()
    h, targets = hidden_states(9), np.array(BATCHES["every cluster"], np.int32)
    np.testing.assert_array_equal(by_id.log_probability(h), by_rank.log_probability(h)[:, rank])
    losses = by_id(chainer.Variable(h), targets)
    np.testing.assert_array_equal(losses.array, by_rank(chainer.Variable(h), rank[targets].astype(np.int32)).array)
    assert by_id.rank.dtype == by_rank.rank.dtype == np.int32


def test_clusters_that_are_not_hit_are_not_computed():
    output = layer((3, 8))
    first, second = output.tails
    second.projection.array[...] = second.words.array[...] = np.nan
    node = AdaptiveSoftmaxLoss(np.array([1, 4, 7], np.int32), output.cutoffs)
    h = chainer.Variable(hidden_states(3))
    (losses,) = node.apply((h, output.head, first.projection, first.words, second.projection, second.words))
    output.cleargrads()
    F.sum(losses).backward()
    assert node.hit == [0]
    assert np.isfinite(losses.array).all() and np.isfinite(h.grad).all() and np.isfinite(first.words.grad).all()
    assert second.projection.grad is None and second.words.grad is None


def test_no_tail_is_computed_for_words_of_the_head():
    output = layer((3, 8))
    for tail in output.tails:
        tail.projection.array[...] = np.nan
    losses = output(chainer.Variable(hidden_states(2)), np.array([0, 2], np.int32))
    output.cleargrads()
    F.sum(losses).backward()
    assert np.isfinite(losses.array).all()
    assert all(parameter.grad is None for tail in output.tails for parameter in tail.params())


def test_large_logits_neither_overflow_nor_lose_the_distribution():
    output, h = layer((3, 8), np.float32, scale=300), hidden_states(5, np.float32)
    np.testing.assert_allclose(np.exp(output.log_probability(h)).sum(axis=1), 1, rtol=1e-4)
    assert np.isfinite(output(h, np.array([0, 5, 12, 3, 8], np.int32)).array).all()


def test_it_refuses_a_second_derivative():
    h = chainer.Variable(hidden_states(2))
    losses = layer((3, 8))(h, np.array([0, 5], np.int32))
    with pytest.raises(RuntimeError, match="twice"):
        F.sum(losses).backward(enable_double_backprop=True)


def test_projections_shrink_by_the_factor():
    output = AdaptiveSoftmax(64, 100, (10, 30), factor=4)
    assert output.head.shape == (12, 64)
    assert [tail.projection.shape for tail in output.tails] == [(16, 64), (4, 64)]
    assert [tail.words.shape for tail in output.tails] == [(20, 16), (70, 4)]
    assert AdaptiveSoftmax(3, 100, (10, 30), factor=4).tails[1].projection.shape == (1, 3)
    assert AdaptiveSoftmax(64, 100, (10,)).tails[0].projection.shape == (16, 64)


@given(strategies.integers(2, 200_000))
def test_automatic_cutoffs_fit_the_vocabulary(size):
    cutoffs = cutoffs_for(size)
    assert list(cutoffs) == sorted(set(cutoffs))
    assert all(50 <= cutoff < size for cutoff in cutoffs)
    assert len(cutoffs) == (0 if size < 1000 else 2)


def test_cutoffs_of_known_vocabularies():
    assert cutoffs_for(87_007) == cutoffs_for(40_000) == (2000, 10000)
    assert cutoffs_for(12_000) == (600, 3000)
    assert cutoffs_for(1019) == cutoffs_for(1000)[:1] + (254,) == (50, 254)
    assert all(isinstance(cutoff, int) for cutoff in cutoffs_for(12_000))
    assert cutoffs_for(87_007, [500]) == (500,)
    assert cutoffs_for(5000, [2000, 10000]) == (2000,)
    assert cutoffs_for(2000, [2000, 10000]) == ()
