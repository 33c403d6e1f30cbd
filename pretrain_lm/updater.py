"""One update of the language model: one window of truncated back-propagation through time."""

import chainer
import chainer.functions as F
import numpy as np
from chainer import training

from iadv_foundation.arithmetic.random import generator


class TruncatedBpttUpdater(training.updaters.StandardUpdater):
    """Carries the hidden state of the streams from window to window.

    The loss is summed over the steps and averaged over the streams of a window, as is usual for language models; the
    threshold of gradient clipping refers to it.  What is reported as ``loss`` is the mean over words.

    Args:
        iterator (pretrain_lm.batches.WindowIterator)
        optimizer (chainer.Optimizer): set up with a :class:`pretrain_lm.model.LanguageModel`.
        streams (int): number of streams of the iterator.
        seed (int): the run's seed.
        reset_probability (float): probability that the state is set to zero before a window.
        device (chainer.backend.Device)
    """

    def __init__(self, iterator, optimizer, streams, seed, reset_probability, device):
        super().__init__(iterator, optimizer, device=device)
        self._streams, self._seed, self._reset_probability = streams, seed, reset_probability
        self._state = optimizer.target.start_state(streams)

    def update_core(self):
        optimizer = self.get_optimizer("main")
        model = optimizer.target
        iterator = self.get_iterator("main")
        window = iterator.next()
        if generator(self._seed, "state reset", self.iteration).random() < self._reset_probability:
            self._state = model.start_state(self._streams)
        with np.errstate(over="ignore", invalid="ignore"):  # the training loop tells of divergence, in one line
            losses, self._state = model(window, self._state, self._seed, self.iteration)
            loss = F.sum(losses) / self._streams
            model.cleargrads()
            loss.backward()
            optimizer.update()
        if iterator.is_new_epoch:
            self._state = model.start_state(self._streams)
        chainer.report({"loss": loss.array * (self._streams / len(window.inputs))})

    def serialize(self, serializer):
        super().serialize(serializer)
        self._state = tuple(
            serializer(name, array) for name, array in zip(("state_h", "state_c"), self._state, strict=True)
        )
