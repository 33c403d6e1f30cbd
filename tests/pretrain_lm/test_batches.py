"""Windows hold every token once as input and once as target, streams run on from window to window,
and iteration resumes.
"""

import numpy as np
import pytest
from chainer import serializers
from hypothesis import given, strategies

from data_prep.corpus import Split
from pretrain_lm.batches import WindowIterator, Windows
from pretrain_lm.running_text import Reading, Text


def text_of(lengths):
    """Documents of these lengths; every token of the text is another number."""
    offsets = np.cumsum([0, *lengths])
    return Text([Split(np.arange(offsets[-1], dtype=np.int32), offsets, None, False)])


def streams_in(windows):
    """What each stream reads from its first window to its last, as (input, target) pairs."""
    streams = {}
    for window in windows:
        begin = 0
        for size in window.batch_sizes:
            for stream in range(size):
                pair = int(window.inputs[begin + stream]), int(window.targets[begin + stream])
                streams.setdefault(stream, []).append(pair)
            begin += size
        assert begin == len(window.inputs) == len(window.targets)
    return streams


@given(
    strategies.lists(strategies.integers(1, 30), min_size=1, max_size=20),
    strategies.integers(1, 9),
    strategies.integers(1, 12),
    strategies.integers(0, 5),
)
def test_windows_are_all_tokens_with_the_next_token_as_target(lengths, batch_size, bptt_length, seed):
    text = text_of(lengths)
    order = np.random.default_rng(seed).permutation(len(lengths))
    running = Reading(text, order)[np.arange(text.tokens)].tolist()
    windows = list(Windows(Reading(text, order), batch_size, bptt_length))
    streams = streams_in(windows)
    joined = [pair for stream in sorted(streams) for pair in streams[stream]]
    assert [token for token, _ in joined] == running
    assert [target for _, target in joined] == running[1:] + running[:1]
    sizes = [len(stream) for stream in streams.values()]
    assert len(streams) == min(batch_size, text.tokens) and max(sizes) - min(sizes) <= 1
    assert all(len(window.batch_sizes) == bptt_length for window in windows[:-1])
    assert all((window.batch_sizes == len(streams)).all() for window in windows[:-1])


def test_a_window_that_is_not_there():
    windows = Windows(Reading(text_of([5, 5])), 2, 3)
    assert len(windows) == 2
    with pytest.raises(IndexError):
        windows[2]


def test_each_epoch_reads_all_tokens_in_a_new_order_of_documents():
    iterator = WindowIterator(text_of([3, 4, 5, 6, 7]), batch_size=2, bptt_length=4, seed=0)
    epochs = []
    for epoch in range(3):
        inputs = []
        while True:
            inputs.extend(iterator.next().inputs.tolist())
            if iterator.is_new_epoch:
                break
        assert iterator.epoch == iterator.epoch_detail == epoch + 1
        assert sorted(inputs) == list(range(25))
        epochs.append(inputs)
    assert epochs[0] != epochs[1] != epochs[2]


def test_epoch_detail_grows_by_one_window():
    iterator = WindowIterator(text_of([16]), batch_size=2, bptt_length=2, seed=0)
    assert iterator.epoch_detail == 0 and iterator.previous_epoch_detail is None
    seen = []
    for _ in range(5):
        next(iterator)
        seen.append((iterator.previous_epoch_detail, iterator.epoch_detail, iterator.is_new_epoch))
    assert seen == [(0, 0.25, False), (0.25, 0.5, False), (0.5, 0.75, False), (0.75, 1, True), (1, 1.25, False)]


@pytest.mark.parametrize("done", [0, 1, 3, 4, 6])
def test_it_goes_on_where_it_was_saved(done):
    def fresh():
        return WindowIterator(text_of([3, 4, 5, 6, 7]), batch_size=2, bptt_length=4, seed=3)

    iterator, resumed = fresh(), fresh()
    for _ in range(done):
        iterator.next()
    saved = serializers.DictionarySerializer()
    saved.save(iterator)
    serializers.NpzDeserializer(saved.target).load(resumed)
    for name in ("epoch", "is_new_epoch", "epoch_detail"):
        assert getattr(resumed, name) == getattr(iterator, name)
    for _ in range(6):
        np.testing.assert_array_equal(resumed.next().inputs, iterator.next().inputs)
