"""The language model carries its state over windows, drops by the update's number alone, learns what can be learnt."""

import chainer
import chainer.functions as F
import numpy as np
import pytest
from chainer import serializers

from data_prep.corpus import Split
from iadv_foundation.training import Adam
from pretrain_lm.batches import WindowIterator, Windows, streams_of
from pretrain_lm.evaluation import perplexity
from pretrain_lm.model import LanguageModel
from pretrain_lm.running_text import Reading, Text
from pretrain_lm.updater import TruncatedBpttUpdater


def text_of(ids, document=10):
    ids = np.asarray(ids, np.int32)
    return Text([Split(ids, np.append(np.arange(0, len(ids), document), len(ids)), None, False)])


def model_of(vocabulary=12, cutoffs=(4, 8), dropout=0.5, hidden=16, seed=0):
    model = LanguageModel(vocabulary, 8, hidden, cutoffs, dropout=dropout)
    model.initialize(seed, 0.1)
    return model


def losses_by_stream(model, text, batch_size, bptt_length):
    state = model.start_state(streams_of(text.tokens, batch_size))
    collected = []
    for window in Windows(Reading(text), batch_size, bptt_length):
        losses, state = model(window, state)
        collected.append(losses.array)
    return np.concatenate(collected)


def test_state_carries_over_windows_of_any_length():
    text, model = text_of(np.random.default_rng(0).integers(0, 12, 47)), model_of()
    with chainer.using_config("train", False):
        whole = losses_by_stream(model, text, 3, 100)
        for bptt_length in (1, 4, 15):
            np.testing.assert_allclose(losses_by_stream(model, text, 3, bptt_length), whole, rtol=1e-5)


def test_losses_are_those_of_the_distribution_after_the_words_before():
    text, model = text_of([3, 1, 9, 5, 11]), model_of()
    with chainer.using_config("train", False):
        (window,) = Windows(Reading(text), 1, 100)
        h, _ = model.lstm(model.embedding(window.inputs), window.batch_sizes)
        expected = -model.output.log_probability(h.array)[np.arange(5), [1, 9, 5, 11, 3]]
        np.testing.assert_allclose(model(window, model.start_state(1))[0].array, expected, rtol=1e-5)


def test_masks_depend_on_seed_and_update_and_only_in_training():
    text, model = text_of(np.arange(12)), model_of()
    (window,) = Windows(Reading(text), 2, 100)

    def losses(**names):
        return model(window, model.start_state(2), **names)[0].array

    np.testing.assert_array_equal(losses(seed=1, update=5), losses(seed=1, update=5))
    assert not np.array_equal(losses(seed=1, update=5), losses(seed=1, update=6))
    assert not np.array_equal(losses(seed=1, update=5), losses(seed=2, update=5))
    with chainer.using_config("train", False):
        np.testing.assert_array_equal(losses(update=5), losses(update=6))


def test_initial_weights_are_uniform_and_named_by_the_seed():
    model, same, other = model_of(seed=4), model_of(seed=4), model_of(seed=5)
    for (name, parameter), (_, again) in zip(model.namedparams(), same.namedparams(), strict=True):
        np.testing.assert_array_equal(parameter.array, again.array)
        if parameter.ndim > 1:
            assert np.abs(parameter.array).max() <= 0.1, name
            assert 0.03 < parameter.array.std() < 0.08 or parameter.size < 50, name
    assert not np.array_equal(model.embedding.W.array, other.embedding.W.array)
    np.testing.assert_array_equal(model.lstm.b.array.reshape(4, -1).mean(axis=1), [0, 1, 0, 0])


def test_no_gradient_reaches_the_window_before():
    text, model = text_of(np.arange(12)), model_of(dropout=0)
    first, second = Windows(Reading(text), 1, 6)
    _, state = model(first, model.start_state(1))
    losses, _ = model(second, state)
    model.cleargrads()
    F.sum(losses).backward()
    touched = np.flatnonzero(np.abs(model.embedding.W.grad).sum(axis=1))
    assert touched.tolist() == second.inputs.tolist()


@pytest.mark.parametrize("bptt_length", [3, 50])
def test_perplexity_of_a_uniform_model_is_the_size_of_the_vocabulary(bptt_length):
    model = model_of(vocabulary=12, cutoffs=())
    model.output.head.array[...] = 0
    text = text_of(np.random.default_rng(1).integers(0, 12, 100))
    assert perplexity(model, text, 4, bptt_length) == pytest.approx(12, rel=1e-6)


def test_perplexity_of_a_model_with_clusters_by_hand():
    model = model_of(
        vocabulary=12, cutoffs=(4, 8)
    )  # all alike: 4 words and 2 clusters in the head, 4 words in each tail
    for parameter in model.output.params():
        parameter.array[...] = 0
    mean = (3 * np.log(6) + 2 * np.log(6 * 4)) / 5
    assert perplexity(model, text_of([0, 5, 3, 11, 2]), 1, 2) == pytest.approx(np.exp(mean), rel=1e-6)


def updater_of(model, text, bptt_length=10, reset_probability=0.01):
    optimizer = Adam(0.02, gradient_clipping=1e9).setup(model)
    return TruncatedBpttUpdater(
        WindowIterator(text, 4, bptt_length, 0),
        optimizer,
        4,
        seed=0,
        reset_probability=reset_probability,
        device=chainer.get_device("@numpy"),
    )


def train(model, text, updates, **settings):
    updater = updater_of(model, text, **settings)
    for _ in range(updates):
        updater.update()


def test_it_learns_a_cycle():
    text, model = text_of(np.tile(np.arange(12), 40), document=12), model_of(cutoffs=(6,), dropout=0.1, hidden=24)
    before = perplexity(model, text, 4, 50)
    train(model, text, 120)
    assert before > 11
    assert perplexity(model, text, 4, 50) < 1.1


def test_the_state_is_reset_at_the_start_of_an_epoch_and_by_chance(monkeypatch):
    text = text_of(np.random.default_rng(2).integers(0, 12, 100))  # 4 streams of 25: windows of 10, 10 and 5
    resets = []
    monkeypatch.setattr(
        LanguageModel,
        "start_state",
        lambda model, streams: resets.append(streams) or tuple(np.zeros((streams, 16), np.float32) for _ in range(2)),
    )
    train(model_of(), text, 6, reset_probability=0.0)
    assert len(resets) == 1 + 2  # when it is made, and after updates 3 and 6
    resets.clear()
    train(model_of(), text, 6, reset_probability=1.0)
    assert len(resets) == 1 + 2 + 6


@pytest.mark.parametrize("done", [1, 2, 3, 4])
def test_an_updater_goes_on_where_it_was_saved(done):
    text = text_of(
        np.random.default_rng(3).integers(0, 12, 42)
    )  # the second and last window has one step, of 2 streams only
    updater, resumed = updater_of(model_of(seed=1), text), updater_of(model_of(seed=2), text)
    for _ in range(done):
        updater.update()
    saved = {name: np.array(value) for name, value in serializers.npz.serialize(updater).items()}
    serializers.NpzDeserializer(saved).load(resumed)
    for _ in range(3):
        updater.update()
        resumed.update()
    weights = dict(updater.get_optimizer("main").target.namedparams())
    for name, parameter in resumed.get_optimizer("main").target.namedparams():
        np.testing.assert_array_equal(parameter.array, weights[name].array, err_msg=name)
