"""Stage 2: from ids to weights, by a language model.

An LSTM learns to predict the next word of the labelled training text and the unlabelled text.  Its word embeddings and
LSTM weights are what a classifier starts from (section 5 of the paper);
:func:`pretrain_lm.checkpoint.load_language_model_weights` hands them over.
"""

import iadv_foundation  # noqa: F401  (repairs Chainer for whoever imports it)
