"""The paper's encoders (sections 3.2 and 3.3): an LSTM for a document, a bi-LSTM for its words."""

import chainer.functions as F
from chainer import initializers

from iadv_foundation.arithmetic.links import PackedBiLSTM, PackedLSTM

_BILSTM_WEIGHTS = {"normal": None, "orthogonal": initializers.Orthogonal()}


class OfDocument(PackedLSTM):
    """The hidden state at the last word (Figure 2 left)."""

    from_language_model = ("w_x", "w_h", "b")

    def __init__(self, model):
        super().__init__(model.embedding_size, model.hidden_size, model.forget_bias)
        self.size = model.hidden_size

    def forward(self, embedded, layout):
        h, _ = super().forward(embedded, layout.batch_sizes)
        return F.get_item(h, self.xp.asarray(layout.last))


class OfWords(PackedBiLSTM):
    """Both directions' hidden states at every word (Figure 2 right)."""

    from_language_model = ()

    def __init__(self, model):
        super().__init__(
            model.embedding_size, model.hidden_size, model.forget_bias, _BILSTM_WEIGHTS[model.bilstm_weights]
        )
        self.size = 2 * model.hidden_size

    def forward(self, embedded, layout):
        return super().forward(embedded, layout.batch_sizes)
