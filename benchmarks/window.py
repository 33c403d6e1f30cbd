"""``window``: an epoch of batches of like lengths against the same documents in batches at random."""

import itertools

from benchmarks.measuring import Record, alternate
from benchmarks.step import HIDDEN, Problem, make_network, make_optimizer
from interpretable_adv.documents import Documents
from interpretable_adv.training.updater import AdversarialUpdater

NAMES = "advt", "vat"
MEAN = 240
BATCHES = 16
WINDOWS = 4, 16


class OurEpoch:
    """One epoch of updates over the documents of a problem; each call is one epoch.

    Args:
        problem (benchmarks.step.Problem)
    """

    def __init__(self, problem):
        config = problem.config
        labelled = Documents([problem.labelled], per_token=False)
        pool = None if problem.pool is None else Documents([problem.pool], per_token=False)
        network = make_network(problem, config, 0)
        self.updates = -(-len(labelled) // config.training.batch_size)
        self.updater = AdversarialUpdater(
            network,
            make_optimizer(network, config.training),
            problem.method,
            config,
            labelled,
            pool,
            problem.vocabulary,
            0,
        )

    def __call__(self):
        for _ in range(self.updates):
            self.updater.update()


def run(options):
    """Yield the records of all sizes that ``options`` (:class:`benchmarks.measuring.Options`) wants."""
    for hidden, name in itertools.product(HIDDEN, NAMES):
        size = f"{name}, mean {MEAN}, LSTM {hidden}"
        if options.wants(size):
            yield from measure(size, name, MEAN, [f"model.hidden_size={hidden}"], options.repeats)


def measure(size, name, mean, settings, repeats, batches=BATCHES, windows=WINDOWS):
    """Yield a record for each window; the peer is a window of one batch, which is none.

    Args:
        size (str): for the record.
        name (str): a key of ``METHODS``.
        mean (float): mean length.
        settings (list of str): ``section.key=value``.
        repeats (int)
        batches (int): in an epoch.
        windows (iterable of int): values of ``training.length_window``.
    """
    sides = {
        window: OurEpoch(Problem.of(name, mean, batches, settings=[*settings, f"training.length_window={window}"]))
        for window in (1, *windows)
    }
    medians = alternate(sides, repeats)
    for window in windows:
        yield Record(
            "window",
            f"{size}, {window} batches",
            medians[window],
            "batches at random",
            medians[1],
            {"seconds_per_update": medians[window] / batches},
        )
