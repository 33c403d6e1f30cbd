"""How long an update takes, and what a run needs of memory and disk: functions of the sizes of text and network.

Time is a sum of parts, each a count times a measured price (``cost_model.toml``, by ``python -m benchmarks.cost``):

=============  =================================================================================================
``update``     once an update: Python, the optimiser, clipping
``step``       a time step of the LSTM: calls of functions on a few rows
``product``    10^9 multiplications of the LSTM's products
``weights``    10^9 weights read again at a time step: large ones do not stay in the cache
``gate``       10^6 values of gates, dropout and the like
``neighbour``  10^6 values of the directions to a word's neighbours (iAdvT, iVAT)
``logit``      10^6 values that the language model's softmax gives to words
=============  =================================================================================================

A pass forward and backward counts 1, forward alone a third.
"""

import dataclasses
import functools
import math
import tomllib
from pathlib import Path

PARTS = "update", "step", "product", "weights", "gate", "neighbour", "logit"
_FORWARD = 1 / 3
_FLOAT = 4  # bytes
_PRICES = Path(__file__).with_name("cost_model.toml")


@dataclasses.dataclass(frozen=True)
class Network:
    """Sizes of a network.

    Attributes:
        hidden (int): units of the LSTM, in each direction.
        embedding (int): dimensions of a word.
        vocabulary (int): words.
        directions (int): 2 for a bi-LSTM.
    """

    hidden: int
    embedding: int
    vocabulary: int
    directions: int = 1

    @property
    def weights(self):
        """Of the LSTM (int)."""
        return self.directions * 4 * self.hidden * (self.embedding + self.hidden)

    @property
    def parameters(self):
        """All (int), but for the few of the output layers."""
        return self.weights + self.vocabulary * self.embedding


@dataclasses.dataclass(frozen=True)
class Batch:
    """What one pass reads.

    Attributes:
        tokens (float): words of all documents.
        longest (float): words of the longest one: the LSTM's time steps.
    """

    tokens: float
    longest: float


@functools.cache
def prices():
    """Seconds of each part on one core, and what else was measured (dict): ``cost_model.toml``."""
    return tomllib.loads(_PRICES.read_text(encoding="utf-8"))


def passes(method, has_pool):
    """How often an update goes through the network.

    Args:
        method (interpretable_adv.methods.Method)
        has_pool (bool): whether there is unlabelled text.

    Returns:
        tuple of float: passes over the batch of labelled documents, over that of the pool, and those of them that have
        a perturbation.
    """
    if not method.perturbs:
        return 1.0, 0.0, 0.0
    if not method.semi_supervised:
        return 2.0, 0.0, 1.0
    searched = 1.0 * method.needs_gradient  # one power iteration
    if has_pool:
        return 1.0, _FORWARD + searched + 1.0, searched + 1.0
    return 2.0 + searched, 0.0, searched + 1.0


def counts(network, batches, neighbours=0):
    """How much of each part an update has.

    Args:
        network (Network)
        batches (iterable of (Batch, float, float)): what is read, passes over it, and perturbed ones among those.
        neighbours (int): directions of each word; 0 where the perturbation is free.

    Returns:
        dict of str to float
    """
    found = dict.fromkeys(PARTS, 0.0)
    found["update"] = 1.0
    for batch, times, perturbed in batches:
        found["step"] += times * batch.longest * network.directions
        found["product"] += times * batch.tokens * 3 * network.weights / 1e9
        found["weights"] += times * batch.longest * network.directions * 4 * network.hidden**2 / 1e9
        found["gate"] += times * batch.tokens * network.hidden * network.directions / 1e6
        found["neighbour"] += perturbed * batch.tokens * neighbours * network.embedding / 1e6
    return found


def language_model_counts(settings, vocabulary):
    """How much of each part an update of the language model has (dict of str to float).

    Args:
        settings (dict): section ``[lm]``.
        vocabulary (int)
    """
    network = Network(settings["hidden_size"], settings["embedding_size"], vocabulary)
    words = settings["batch_size"] * settings["bptt_length"]
    found = counts(network, [(Batch(words, settings["bptt_length"]), 1.0, 0.0)])
    products, logits = _softmax(settings, vocabulary)
    return {**found, "product": found["product"] + words * products / 1e9, "logit": words * logits / 1e6}


def _softmax(settings, vocabulary):
    """Multiplications, forward and backward, and values of the adaptive softmax, for a word ((float, float))."""
    from pretrain_lm.adaptive_softmax import cutoffs_for  # here, because it takes Chainer

    cutoffs, hidden = cutoffs_for(vocabulary, settings["cutoffs"]), settings["hidden_size"]
    bounds = (*cutoffs, vocabulary)
    logits = bounds[0] + len(cutoffs)
    products = hidden * logits
    for k, (begin, end) in enumerate(zip(bounds, bounds[1:], strict=False), start=1):
        share = math.log((end + 10) / (begin + 10)) / math.log((vocabulary + 10) / 10)  # of the words: Zipf's law
        projection = max(1, hidden // settings["tail_factor"] ** k)
        products += share * projection * (hidden + end - begin)
        logits += share * (end - begin)
    return 3 * products, logits


def seconds(found, of=None):
    """What counts (dict of str to float) take on one core (float)."""
    price = of or prices()["cpu"]
    return sum(price[part] * count for part, count in found.items())


def gpu_seconds(found):
    """The same on a GPU: A PREDICTION, since nobody has run one.

    A card is bound by its arithmetic or by the calls that the host makes; both are assumptions (``cost_model.toml``).
    """
    card = prices()["gpu"]
    arithmetic = 2 * 1e9 * found["product"] / (card["flops"] * card["used"])
    calls = found["step"] * card["calls_a_step"] * card["seconds_a_call"] + card["update"]
    return max(arithmetic, calls)


def memory_mb(network, batch_tokens):
    """Memory of a training process (float).

    Args:
        network (Network)
        batch_tokens (float): the most words that an update holds.
    """
    found = prices()["memory"]
    weights = found["copies"] * network.parameters * _FLOAT / 1e6
    values = found["values"] * batch_tokens * network.directions * network.hidden * _FLOAT / 1e6
    return found["base"] + weights + values


def disk_mb(network):
    """Disk of a run: best weights, and while it trains also a snapshot of weights and Adam's two moments.

    Returns:
        tuple of float: MB while it trains, and when it is finished.
    """
    weights = network.parameters * _FLOAT / 1e6
    return 4 * weights, weights
