"""A network for a corpus, with start weights that depend on nothing but the seed."""

import chainer
import numpy as np

from iadv_foundation.arithmetic.random import generator
from interpretable_adv.links import build_network


def make_network(corpus, config, seed):
    """The network for a corpus with start weights that depend on ``seed`` alone (chainer.Chain)."""
    # Chainer's initialisers draw from NumPy's global generator: seed it for this alone.
    before = np.random.get_state()
    np.random.seed(generator(seed, "initial weights").integers(1 << 32))
    try:
        with chainer.using_config("dtype", np.float32):
            return build_network(corpus.task, corpus.vocabulary.counts, config.model, len(corpus.classes))
    finally:
        np.random.set_state(before)
