"""Start weights that depend on nothing but the seed."""

import chainer
import numpy as np

from iadv_foundation.arithmetic.random import generator


def seeded(seed, make):
    """What ``make()`` makes, a network (chainer.Link) of float32 whose start weights depend on ``seed`` alone."""
    # Chainer's initialisers draw from NumPy's global generator: seed it for this alone.
    before = np.random.get_state()
    np.random.seed(generator(seed, "initial weights").integers(1 << 32))
    try:
        with chainer.using_config("dtype", np.float32):
            return make()
    finally:
        np.random.set_state(before)
