"""The paper's networks (Figure 2), their encoders, and what training and analysis need of any network."""

import importlib

_PUBLIC = {
    "SequenceTagger": "networks",
    "TextClassifier": "networks",
    "build_network": "networks",
    "Embedding": "protocols",
    "Network": "protocols",
    "StockEmbedding": "adapters",
}
__all__ = list(_PUBLIC)


def __getattr__(name):
    """The public names, each imported when it is asked for: the names of the encoders are read without Chainer."""
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
