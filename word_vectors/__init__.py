"""Stage 2b: word vectors that a network's embeddings start from, where they do not start from a language model.

Skip-gram vectors trained on the text at hand (:mod:`word_vectors.skipgram`), vectors that somebody else trained
(:mod:`word_vectors.importing`), and error- and grammaticality-specific vectors (:mod:`word_vectors.gwe`).
:func:`word_vectors.store.load` hands them over.
"""

import iadv_foundation  # noqa: F401  (repairs Chainer for whoever imports it)
