"""Windows of three words and a maximum over them (Kim 2014).  Not in the paper."""
import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np

from interpretable_adv.links.sequences import apart


class OfWords(chainer.Chain):
    """Features of the window around each word; beyond a document's ends there is nothing, zeros."""

    from_language_model = ()

    def __init__(self, model):
        super().__init__()
        self.size = model.hidden_size
        with self.init_scope():
            self.windows = L.Linear(3 * model.embedding_size, model.hidden_size)

    def forward(self, embedded, layout):
        nothing = self.xp.zeros((1, embedded.shape[1]), embedded.dtype)
        padded = F.concat([embedded, nothing], axis=0)
        windows = [F.get_item(padded, self.xp.asarray(places)) for places in _beside(layout)]
        return F.relu(self.windows(F.concat([windows[0], embedded, windows[1]], axis=1)))


class OfDocument(OfWords):
    """The largest value of each feature over a document's words."""

    def forward(self, embedded, layout):
        # No feature is below zero, so that the zeros after a shorter document's end are never larger.
        return F.max(F.pad_sequence(apart(super().forward(embedded, layout), layout)), axis=1)


def _beside(layout):
    """Packed positions, int64 (N,) each, of the words before and after each word; N where there is none."""
    count = len(layout.step)
    before, after = np.full(count, count), np.full(count, count)
    inside = layout.step > 0
    before[inside] = (layout.starts[layout.step - 1] + layout.sentence)[inside]
    after[before[inside]] = np.flatnonzero(inside)
    return before, after
