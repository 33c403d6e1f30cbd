"""Windows for truncated back-propagation through time: parallel streams of running text, cut every few words.

A reading of M tokens is cut into B streams as equal as can be (their lengths differ by one at most).  A window holds
the same few steps of every stream; the hidden state at the end of one window is where the next one starts.  Every token
is an input exactly once and, the reading being a ring, a target exactly once.
"""

import dataclasses

import chainer
import numpy as np

from iadv_foundation.arithmetic.random import generator
from pretrain_lm.running_text import Reading


@dataclasses.dataclass(frozen=True, eq=False)
class Window:
    """The same T steps of all streams, N tokens, packed (see :mod:`iadv_foundation.arithmetic.packing`).

    Attributes:
        inputs (numpy.ndarray): int32 (N,), time-major.
        targets (numpy.ndarray): int32 (N,), the token after each input.
        batch_sizes (numpy.ndarray): int64 (T,), streams that have a token at each step; only the last step of a reading
            can have fewer than all.
    """

    inputs: np.ndarray
    targets: np.ndarray
    batch_sizes: np.ndarray


class Windows:
    """The windows of one reading, as a sequence of :class:`Window`.

    Args:
        reading (pretrain_lm.running_text.Reading): M tokens.
        batch_size (int): B, number of streams (M if that is less).
        bptt_length (int): steps of a window; the last window may have fewer.
    """

    def __init__(self, reading, batch_size, bptt_length):
        self._reading, self._bptt_length = reading, bptt_length
        self._streams = streams_of(reading.tokens, batch_size)
        lengths = np.full(self._streams, reading.tokens // self._streams)
        lengths[: reading.tokens % self._streams] += 1
        self._starts = np.cumsum(lengths) - lengths
        self._lengths = lengths

    def __len__(self):
        return (int(self._lengths[0]) + self._bptt_length - 1) // self._bptt_length

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(f"window {index} of {len(self)}")
        first = index * self._bptt_length
        steps = np.arange(first, min(first + self._bptt_length, self._lengths[0]))
        batch_sizes = (self._lengths > steps[:, None]).sum(axis=1)
        places = (self._starts + steps[:, None]).reshape(-1)[: batch_sizes.sum()]
        return Window(self._reading[places], self._reading[places + 1], batch_sizes)


def streams_of(tokens, batch_size):
    """Number of streams that a text of this many tokens is cut into."""
    return min(batch_size, tokens)


class WindowIterator(chainer.dataset.Iterator):
    """Endless windows of a text; each epoch reads its documents in a new order,
    drawn from the seed and the epoch alone.

    Args:
        text (pretrain_lm.running_text.Text)
        batch_size, bptt_length (int): see :class:`Windows`.
        seed (int): the run's seed.

    Attributes:
        epoch (int): epochs that are over.
        is_new_epoch (bool): whether the last window ended an epoch.
        epoch_detail, previous_epoch_detail (float): epochs that are over, with the share of the current one; after and
            before the last window.
    """

    def __init__(self, text, batch_size, bptt_length, seed):
        self._text, self._batch_size, self._bptt_length, self._seed = text, batch_size, bptt_length, seed
        self.epoch = 0
        self.is_new_epoch = False
        self._next_window = 0
        self._opened_epoch, self._windows = None, None
        self._windows_per_epoch = len(Windows(Reading(text), batch_size, bptt_length))

    def __next__(self):
        if self._opened_epoch != self.epoch:
            order = generator(self._seed, "order of documents", self.epoch).permutation(len(self._text.lengths))
            self._windows = Windows(Reading(self._text, order), self._batch_size, self._bptt_length)
            self._opened_epoch = self.epoch
        window = self._windows[self._next_window]
        self._next_window += 1
        self.is_new_epoch = self._next_window == self._windows_per_epoch
        if self.is_new_epoch:
            self.epoch += 1
            self._next_window = 0
        return window

    next = __next__

    @property
    def epoch_detail(self):
        return self.epoch + self._next_window / self._windows_per_epoch

    @property
    def previous_epoch_detail(self):
        windows = self.epoch * self._windows_per_epoch + self._next_window
        return (windows - 1) / self._windows_per_epoch if windows else None

    def serialize(self, serializer):
        self.epoch = serializer("epoch", self.epoch)
        self.is_new_epoch = bool(serializer("is_new_epoch", self.is_new_epoch))
        self._next_window = serializer("next_window", self._next_window)
