"""Loss functions of the method as Chainer functions."""

from interpretable_adv.functions.kl_divergence import kl_divergence

__all__ = ["kl_divergence"]
