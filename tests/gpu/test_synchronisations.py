"""How often an update makes the host wait for a device, counted on the stand-in.

A host that waits lets the device run dry.  ``pytest -s`` prints every place.
"""

import collections

import chainer
import pytest

from iadv_foundation.arithmetic import self_test
from interpretable_adv import self_test as training
from interpretable_adv.methods import METHODS

pytestmark = pytest.mark.gpu
GPU = "@cupy:0"


@pytest.fixture
def counted(cupy):
    """A function: a call -> what it made the host wait for or send (collections.Counter of (what, where))."""
    if not hasattr(cupy, "COUNTS"):
        pytest.skip("CuPy does not count them, its stand-in does")

    def count(call):
        cupy.COUNTS.clear()
        call()
        return collections.Counter(cupy.COUNTS)

    return count


def waits(counts):
    """How often the host waited (int): for a value or for the size of a result.  Sending does not make it wait."""
    return sum(times for (what, _), times in counts.items() if what != "sent")


@pytest.mark.parametrize("reverse", [False, True])
def test_the_lstm_never_waits_however_long_the_sequences(counted, reverse):
    device = chainer.get_device(GPU)
    one, many = (
        counted(lambda lengths=lengths: self_test.lstm_result(device, lengths, reverse=reverse))
        for lengths in ((1,), tuple(range(1, 60)))
    )
    assert waits(one) == waits(many) == 7  # the results that the check itself reads


def most_waits(method):
    """One for each pass whose gradient or perturbation is seen to be finite."""
    if not method.perturbs:
        return 0
    steps = {"pgd": 9, "sparse": 5, "best": 3}.get(method.choice, 2)
    return steps + method.semi_supervised


@pytest.mark.parametrize("recipe", ["paper", "authors"])
@pytest.mark.parametrize("task", training.CORPORA)
@pytest.mark.parametrize("method", METHODS)
def test_an_update_waits_a_few_times(counted, method, task, recipe):
    """The third update: before it the optimiser is set up and the neighbours are found."""
    updater = training.new_updater(method, chainer.get_device(GPU), task=task, recipe=recipe)
    updater.update()
    updater.update()
    found = counted(updater.update)
    print(f"{method} {task} {recipe}: waits {waits(found)}, sends {sum(found.values()) - waits(found)}")
    for (what, where), times in sorted(found.items()):
        print(f"    {times} {what} {where}")
    assert waits(found) <= most_waits(METHODS[method])
