"""Differentiable functions shared by the language model and the classifiers."""
from foundation.arithmetic.functions.packed_lstm import packed_lstm

__all__ = ["packed_lstm"]
