"""Windows of three words and a maximum over them (Kim 2014).  Not in the paper."""

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np


class OfWords(chainer.Chain):
    """Features of the window around each word (ReLU); beyond a document's ends there is nothing, zeros."""

    from_language_model = ()

    def __init__(self, model):
        super().__init__()
        self.size = model.hidden_size
        with self.init_scope():
            self.windows = L.Linear(3 * model.embedding_size, model.hidden_size)

    def forward(self, embedded, layout):
        nothing = self.xp.zeros((len(layout.lengths), embedded.shape[1]), embedded.dtype)
        circled, circle = F.concat([embedded, nothing], axis=0), self.xp.asarray(_circle(layout))
        before, after = (F.permutate(circled, circle, inv=backwards)[: len(embedded)] for backwards in (False, True))
        return F.relu(self.windows(F.concat([before, embedded, after], axis=1)))


class OfDocument(OfWords):
    """The largest value of each feature over a document's words.

    Of several equal ones, which are frequent because texts repeat themselves, the first has the gradient:
    ``chainer.functions.max`` would give all of it to each of them.
    """

    def forward(self, embedded, layout):
        features = super().forward(embedded, layout)
        step, document, starts = (self.xp.asarray(each) for each in (layout.step, layout.sentence, layout.starts))
        padded = self.xp.full((len(layout.lengths), len(layout.starts), self.size), -np.inf, features.dtype)
        padded[document, step] = features.array
        largest = starts[padded.argmax(axis=1)] + self.xp.arange(len(padded))[:, None]
        return F.get_item(features, (largest, self.xp.arange(self.size)[None]))


def _circle(layout):
    """For each place the one before it, int32 (N + B,).

    The places are the N packed words, then a row of zeros a document: before its first word, and after its last one.
    """
    words = len(layout.step)
    before = np.where(layout.step > 0, layout.starts[layout.step - 1], words) + layout.sentence
    return np.concatenate([before, layout.last]).astype(np.int32)
