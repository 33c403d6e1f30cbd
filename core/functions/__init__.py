"""Differentiable functions shared by the language model and the classifiers."""
from core.functions.packed_lstm import packed_lstm

__all__ = ["packed_lstm"]
