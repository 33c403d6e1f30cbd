"""Differentiable functions shared by the language model and the classifiers."""
from foundation.arithmetic.functions.gateless_lstm import gateless_lstm
from foundation.arithmetic.functions.packed_lstm import packed_lstm

__all__ = ["gateless_lstm", "packed_lstm"]
