"""``step``: one whole training step of a method against the same step on stock Chainer links and in PyTorch.

A step is everything from the ids of a batch to the updated weights: batch assembly, all passes, perturbation, clipping,
optimiser.  The neighbours of the words are given.
"""

import dataclasses
import itertools

import chainer
import numpy as np

from benchmarks.devices import CPU, as_numpy, device_for
from benchmarks.inputs import ragged_lengths, zipf_ids
from benchmarks.measuring import Record, alternate
from benchmarks.peers.chainer_step import ChainerStep, memory_of_step
from data_prep.corpus import Split, Vocabulary
from interpretable_adv.documents import Documents
from interpretable_adv.links.making import make_network
from interpretable_adv.methods import METHODS
from interpretable_adv.settings import load
from interpretable_adv.training.run import make_optimizer
from interpretable_adv.training.updater import AdversarialUpdater

NAMES = "baseline", "advt", "iadvt", "vat", "ivat"
MEANS = 20, 100, 240
HIDDEN = 256, 1024
VOCABULARY = 87_000
_SEED = 0


@dataclasses.dataclass(frozen=True, eq=False)
class Problem:
    """What every side gets: settings, start weights and documents, some rounds of batches.

    Attributes:
        method (interpretable_adv.perturbation.Method): the row of Table 3.
        config (interpretable_adv.settings.Config): of the run.
        vocabulary (data_prep.corpus.Vocabulary): of V words.
        labelled (data_prep.corpus.Split): a batch for each round; the lengths are those of the first.
        pool (data_prep.corpus.Split or None): for the VAT family.
        neighbours (numpy.ndarray): int32 (V, K), drawn at random.
    """

    method: object
    config: object
    vocabulary: Vocabulary
    labelled: Split
    pool: Split | None
    neighbours: np.ndarray
    task = "classification"
    classes = "negative", "positive"

    @classmethod
    def of(cls, name, mean, rounds, vocabulary_size=VOCABULARY, settings=()):
        """A problem for the method called ``name``, with documents of this mean length (see :mod:`benchmarks.inputs`).

        Args:
            name (str): a key of ``METHODS``.
            mean (float): mean length.
            rounds (int): number of batches.
            vocabulary_size (int): V.
            settings (iterable of str): ``section.key=value``, on top of IMDB's at the paper's size and recipe.
        """
        method, config = METHODS[name], load("imdb", "paper", "paper", settings)
        specials = Vocabulary.specials
        counts = (1e9 / (np.arange(vocabulary_size) + 10)).astype(np.int64)
        labelled = _documents(config.training.batch_size, mean, rounds, vocabulary_size, seed=0)
        labels = np.tile(np.arange(config.training.batch_size, dtype=np.int32) % 2, rounds)
        pool = None
        if method.semi_supervised:
            pool = Split(
                *_documents(config.training.unlabeled_batch_size, mean, rounds, vocabulary_size, seed=1), None, False
            )
        neighbours = np.random.default_rng(_SEED).integers(
            specials, vocabulary_size, (vocabulary_size, config.perturbation.neighbours), np.int32
        )
        return cls(
            method,
            config,
            Vocabulary([f"word{index}" for index in range(vocabulary_size)], counts),
            Split(*labelled, labels, False),
            pool,
            neighbours,
        )

    def rounds(self):
        """Yield (documents, labels, documents of the pool or None) of each round, lists of int32 (length,)."""
        size, pool_size = self.config.training.batch_size, self.config.training.unlabeled_batch_size
        for number in range(len(self.labelled) // size):
            labelled = [self.labelled[index] for index in range(number * size, (number + 1) * size)]
            pool = None
            if self.pool is not None:
                pool = [self.pool[index][0] for index in range(number * pool_size, (number + 1) * pool_size)]
            yield [ids for ids, _ in labelled], np.array([label for _, label in labelled], np.int32), pool


def _documents(count, mean, rounds, vocabulary_size, seed):
    """(ids, offsets) of ``rounds`` batches of ``count`` documents that end with ``<eos>``;
    all rounds have equal lengths.
    """
    lengths = np.tile(ragged_lengths(count, mean), rounds)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ids = zipf_ids(int(lengths.sum()), vocabulary_size - Vocabulary.specials, seed) + np.int32(Vocabulary.specials)
    ids[offsets[1:] - 1] = Vocabulary.eos
    return ids, offsets


class Rounds(Documents):
    """The documents of several rounds, each batch from the next round, so that every batch is equally long and has
    words of its own.

    Args:
        split (data_prep.corpus.Split): ``size`` documents for each round.
        size (int): of a batch.
    """

    def __init__(self, split, size):
        super().__init__([split], per_token=False)
        self.lengths = self.lengths[:size]
        self._first_of_round = itertools.cycle(range(0, len(split), size))

    def batch(self, indices, xp=np):
        """The documents of these numbers (0 to size - 1) in the next round."""
        return super().batch(indices + next(self._first_of_round), xp)


class GivenNeighbours:
    """A table of neighbours that was made before: int32 (V, K)."""

    def __init__(self, table):
        self.table = table

    def refresh(self, embedding):
        """The table stays."""

    def lookup(self, ids, embedding):
        """The neighbours (N, K) of the words ``ids`` (N,)."""
        return self.table[ids]


class OurStep:
    """Our side: :class:`interpretable_adv.training.updater.AdversarialUpdater`; each call is one update.

    Args:
        problem (Problem)
        device (benchmarks.devices.Cpu)
    """

    def __init__(self, problem, device=CPU):
        config = problem.config
        self.network = make_network(problem, config, _SEED)
        self.network.to_device(device.chainer)
        self.optimizer = make_optimizer(self.network, config.training)
        self.labelled = Rounds(problem.labelled, config.training.batch_size)
        self.pool = None if problem.pool is None else Rounds(problem.pool, config.training.unlabeled_batch_size)
        self.updater = AdversarialUpdater(
            self.network, self.optimizer, problem.method, config, self.labelled, self.pool, problem.vocabulary, _SEED
        )
        if problem.method.space == "directions":
            self.updater.perturbed.perturber.neighbours = GivenNeighbours(device.send(problem.neighbours))

    def __call__(self):
        """The clean loss and, but for the baseline, the perturbed one (list of float)."""
        observation = {}
        with chainer.reporter.Reporter().scope(observation):
            self.updater.update()
        return [float(observation[name].array) for name in ("loss", "perturbed_loss") if name in observation]

    def weights(self):
        """See :func:`weights_of`."""
        return weights_of(self.network, self.optimizer)


def weights_of(network, optimizer):
    """Copies of the weights of a text classifier that ``optimizer`` updates.

    Returns:
        dict of str to numpy.ndarray: ``embedding`` (V, D); ``w_x`` (D, 4H), ``w_h`` (H, 4H), ``b`` (4H,) with the gates
        in the order i, f, o, g; ``ffnn_w``, ``ffnn_b``, ``output_w``, ``output_b``.
    """
    network.embedding.catch_up()
    encoder, ffnn, output = network.encoder, network.ffnn, network.output
    parameters = {
        "embedding": network.embedding.W,
        "w_x": encoder.w_x,
        "w_h": encoder.w_h,
        "b": encoder.b,
        "ffnn_w": ffnn.W,
        "ffnn_b": ffnn.b,
        "output_w": output.W,
        "output_b": output.b,
    }
    return {name: as_numpy(parameter.array).copy() for name, parameter in parameters.items()}


def run(options):
    """Yield the records of all sizes that ``options`` (:class:`benchmarks.measuring.Options`) wants."""
    device = device_for(options.device)
    for hidden, mean, name in itertools.product(HIDDEN, MEANS, NAMES):
        size = f"{name}, mean {mean}, LSTM {hidden}"
        if options.wants(size):
            problem = Problem.of(name, mean, options.repeats + 1, settings=[f"model.hidden_size={hidden}"])
            yield from measure(size, problem, options.repeats, device)


def measure(size, problem, repeats, device=CPU):
    """Yield the records of one :class:`Problem` on one device, all sides in turns."""
    ours = OurStep(problem, device)
    sides = {"ours": ours, **dict(_peers(size, problem, ours.weights(), device))}
    medians = alternate(sides, repeats, device.synchronise)
    torch = [name for name in medians if name.startswith("torch")]
    for name in medians:
        if name != "ours":
            yield _record(size, problem, medians, name, name)
    if torch:
        better = min(torch, key=medians.get)
        yield _record(size, problem, medians, "torch (better)", better, mode=better.removeprefix("torch "))


def _peers(size, problem, weights, device):
    """Yield (name, callable) of those that can be measured."""
    arguments = (problem.method, problem.config, weights, problem.neighbours, problem.vocabulary.eos, device)
    needed, free = (
        memory_of_step(problem.config.model, _longest(problem), len(problem.vocabulary)),
        device.memory_for_peer(),
    )
    if free is None or needed <= free:
        stock = device.stock_chainer(f"step: {size}", lambda: _over_rounds(ChainerStep(*arguments), problem))
        if stock is not None:
            yield "stock Chainer", stock
    else:
        print(
            f"step: {size}: stock Chainer left out: it keeps its weights once for each time step, which takes "
            f"{needed / 1e9:.1f} GB; it may take {free / 1e9:.1f} GB",
            flush=True,
        )
    if device.have_pytorch():
        from benchmarks.peers.pytorch_step import PyTorchStep

        yield "torch packed", _over_rounds(PyTorchStep(*arguments), problem)
        yield "torch padded", _over_rounds(PyTorchStep(*arguments, padded=True), problem)


def _longest(problem):
    splits = [problem.labelled] if problem.pool is None else [problem.labelled, problem.pool]
    return max(int(split.lengths.max()) for split in splits)


def _over_rounds(peer, problem):
    rounds = itertools.cycle(problem.rounds())
    return lambda: peer(*next(rounds))


def _record(size, problem, medians, peer, side, **more):
    rounds = len(problem.labelled) // problem.config.training.batch_size
    words = sum(int(split.lengths.sum()) for split in (problem.labelled, problem.pool) if split is not None) // rounds
    return Record("step", size, medians["ours"], peer, medians[side], {"words_per_s": words / medians["ours"], **more})
