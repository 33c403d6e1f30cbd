"""Gated recurrent units (Cho et al. 2014), Chainer's own.  Not in the paper."""

import chainer
import chainer.links as L

from interpretable_adv.links.sequences import apart, together


class OfDocument(chainer.Chain):
    """The hidden state after the last word."""

    from_language_model = ()

    def __init__(self, model):
        super().__init__()
        self.size = model.hidden_size
        with self.init_scope():
            self.gru = L.NStepGRU(1, model.embedding_size, model.hidden_size, 0.0)

    def forward(self, embedded, layout):
        h, _ = self.gru(None, apart(embedded, layout))
        return h[0]


class OfWords(chainer.Chain):
    """Both directions' hidden states at every word."""

    from_language_model = ()

    def __init__(self, model):
        super().__init__()
        self.size = 2 * model.hidden_size
        with self.init_scope():
            self.gru = L.NStepBiGRU(1, model.embedding_size, model.hidden_size, 0.0)

    def forward(self, embedded, layout):
        return together(self.gru(None, apart(embedded, layout))[1], layout)
