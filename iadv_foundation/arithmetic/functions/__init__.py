"""Differentiable functions shared by the language model, the classifiers and the systems quoted from other papers."""

from iadv_foundation.arithmetic.functions.gateless_lstm import gateless_lstm
from iadv_foundation.arithmetic.functions.packed_lstm import packed_lstm
from iadv_foundation.arithmetic.functions.packed_max import packed_max

__all__ = ["gateless_lstm", "packed_lstm", "packed_max"]
