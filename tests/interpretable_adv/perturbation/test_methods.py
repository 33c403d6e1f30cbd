"""Proves that the registry holds the paper's eleven rows, each a different and sensible point of the cube."""
import dataclasses

import pytest

from interpretable_adv.perturbation import METHODS
from interpretable_adv.perturbation.choices import CHOICES


def test_eleven_methods_under_their_names():
    assert list(METHODS) == ["baseline", "random", "iadvt-rand", "iadvt-best", "advt", "iadvt", "random-semi", "ivat-rand",
                             "ivat-best", "vat", "ivat"]
    assert all(METHODS[name].name == name for name in METHODS)


def test_no_two_methods_are_the_same():
    points = {(method.divergence, method.space, method.choice) for method in METHODS.values()}
    assert len(points) == len(METHODS) == len({method.title for method in METHODS.values()})


def test_daggers_of_table_3():
    semi_supervised = [name for name in METHODS if METHODS[name].semi_supervised]
    assert semi_supervised == ["random-semi", "ivat-rand", "ivat-best", "vat", "ivat"]


def test_baseline_has_no_perturbation():
    baseline = METHODS["baseline"]
    assert (baseline.divergence, baseline.space, baseline.choice) == (None, None, None)
    assert not baseline.needs_gradient


@pytest.mark.parametrize("method", list(METHODS.values())[1:], ids=lambda method: method.name)
def test_a_neighbour_is_chosen_only_among_directions(method):
    assert method.choice in CHOICES
    assert (method.choice in ("rand", "best")) <= (method.space == "directions")
    assert method.needs_gradient == (method.choice in ("gradient", "best"))


def test_a_method_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        METHODS["vat"].choice = "random"
