"""``scaling``: how the time of one AdvT update grows with length, batch, hidden size and vocabulary."""

from benchmarks.measuring import Record, alternate, fitted_exponent
from benchmarks.step import OurStep, Problem

METHOD = "advt"
FIXED = {"length": 100, "batch": 32, "hidden": 256, "vocabulary": 10_000}
SERIES = {
    "length": (20, 38, 71, 134, 254, 480),
    "batch": (8, 16, 32, 64, 128),
    "hidden": (64, 128, 256, 512, 1024),
    "vocabulary": (1000, 4000, 16_000, 64_000, 256_000),
}


def new_step(length, batch, hidden, vocabulary, rounds):
    """One update of AdvT as a callable.

    Args:
        length (int): mean length of the documents.
        batch (int): documents.
        hidden (int): H.
        vocabulary (int): V.
        rounds (int): number of different batches.

    Returns:
        benchmarks.step.OurStep
    """
    settings = [f"model.hidden_size={hidden}", f"training.batch_size={batch}"]
    return OurStep(Problem.of(METHOD, length, rounds, vocabulary, settings))


def run(options):
    """Yield the records of all sizes that ``options`` (:class:`benchmarks.measuring.Options`) wants,
    quantity by quantity.
    """
    for quantity, series in SERIES.items():
        values = [value for value in series if options.wants(f"{quantity} {value}")]
        if values:
            yield from measure(quantity, values, FIXED, options.repeats)


def measure(quantity, values, fixed, repeats):
    """Yield a record for each value (rising ints) of a quantity, the others as in ``fixed``.

    The peer is the time at the smallest value in proportion.  The exponent, over the upper half of the values, stands
    in every record, where there are at least two.
    """
    medians = alternate(
        {value: new_step(**{**fixed, quantity: value}, rounds=repeats + 1) for value in values}, repeats
    )
    seconds = [medians[value] for value in values]
    exponent = {"exponent": fitted_exponent(values, seconds)} if len(values) > 1 else {}
    for value, passed in zip(values, seconds, strict=True):
        yield Record(
            "scaling",
            f"{quantity} {value}",
            passed,
            f"in proportion to {quantity} {values[0]}",
            seconds[0] * value / values[0],
            {"quantity": quantity, "value": value, **exponent},
        )
