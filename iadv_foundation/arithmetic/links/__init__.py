"""Parts of networks shared by the language model and the classifiers."""

from iadv_foundation.arithmetic.links.embedding import Embedding
from iadv_foundation.arithmetic.links.packed_lstm import PackedBiLSTM, PackedLSTM

__all__ = ["Embedding", "PackedBiLSTM", "PackedLSTM"]
