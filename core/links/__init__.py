"""Parts of networks shared by the language model and the classifiers."""
from core.links.embedding import Embedding
from core.links.packed_lstm import PackedBiLSTM, PackedLSTM

__all__ = ["Embedding", "PackedBiLSTM", "PackedLSTM"]
