"""Proves that the registry holds the paper's eleven rows, each a different and sensible point of the cube, and two
networks of other papers, each with settings of its own.
"""

import dataclasses

import pytest

from iadv_foundation.console.configuration import CONFIGS
from interpretable_adv.methods import METHODS
from interpretable_adv.perturbation.choices import names

OF_OTHER_PAPERS = ["bilstm-skipgram", "bilstm-gwe"]
BEYOND_THE_PAPER = ["advt-pgd", "iadvt-pgd", "iadvt-sparse"]


def test_eleven_methods_under_their_names_and_two_networks_of_other_papers():
    assert list(METHODS) == [
        "baseline",
        "random",
        "iadvt-rand",
        "iadvt-best",
        "advt",
        "iadvt",
        "random-semi",
        "ivat-rand",
        "ivat-best",
        "vat",
        "ivat",
        *OF_OTHER_PAPERS,
        *BEYOND_THE_PAPER,
    ]
    assert all(METHODS[name].name == name for name in METHODS)


def test_no_two_methods_are_the_same():
    points = {(method.divergence, method.space, method.choice, method.layer) for method in METHODS.values()}
    assert len(points) == len(METHODS) == len({method.title for method in METHODS.values()})


def test_daggers_of_table_3():
    semi_supervised = [name for name in METHODS if METHODS[name].semi_supervised]
    assert semi_supervised == ["random-semi", "ivat-rand", "ivat-best", "vat", "ivat"]


def test_baseline_has_no_perturbation():
    baseline = METHODS["baseline"]
    assert (baseline.divergence, baseline.space, baseline.choice) == (None, None, None)
    assert not baseline.needs_gradient


def test_networks_of_other_papers_are_baselines_with_a_file_of_settings():
    assert [name for name, method in METHODS.items() if method.layer] == OF_OTHER_PAPERS
    assert {METHODS[name].layer for name in OF_OTHER_PAPERS} == {path.stem for path in (CONFIGS / "rows").iterdir()}
    assert all((METHODS[name].divergence, METHODS[name].choice) == (None, None) for name in OF_OTHER_PAPERS)


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.divergence])
def test_a_neighbour_is_chosen_only_among_directions(name):
    method = METHODS[name]
    assert method.choice in names()
    assert (method.choice in ("rand", "best", "sparse")) <= (method.space == "directions")
    assert method.needs_gradient == (method.choice not in ("rand", "random"))


def test_a_method_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        METHODS["vat"].choice = "random"


def test_methods_that_the_paper_does_not_have_say_so():
    assert [name for name, method in METHODS.items() if not method.in_paper] == BEYOND_THE_PAPER
