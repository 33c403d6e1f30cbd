"""Imports go one way: data_prep -> pretrain_lm, word_vectors -> interpretable_adv -> quoted_systems -> results, with
iadv_foundation beneath all."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "iadv_foundation": set(),
    "data_prep": {"iadv_foundation"},
    "pretrain_lm": {"iadv_foundation", "data_prep"},
    "word_vectors": {"iadv_foundation", "data_prep"},
    "interpretable_adv": {"iadv_foundation", "data_prep", "pretrain_lm", "word_vectors"},
    "quoted_systems": {"iadv_foundation", "data_prep", "pretrain_lm", "word_vectors", "interpretable_adv"},
    "results": {"iadv_foundation", "data_prep", "pretrain_lm", "word_vectors", "interpretable_adv", "quoted_systems"},
}


def imported_packages(path):
    """First parts of the names of all modules that a file imports, wherever it does (set of str)."""
    return {name.partition(".")[0] for name in imported_modules(path)}


def imported_modules(path):
    """The names of all modules that a file imports or imports from (set of str)."""
    names = set()
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            assert node.level <= len(package), f"{path} imports from above its package"
            names.add(".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])]))
        elif isinstance(node, ast.ImportFrom):
            names |= (
                {node.module}
                if node.module != "interpretable_adv"
                else {f"{node.module}.{alias.name}" for alias in node.names}
            )
    return names


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_no_import_against_the_direction(package):
    paths = sorted((ROOT / package).rglob("*.py"))
    assert len(paths) > 3
    own = {*MAY_IMPORT, "workflow", "benchmarks", "tests"}
    for path in paths:
        wrong = imported_packages(path) & own - MAY_IMPORT[package] - {package}
        assert not wrong, f"{path.relative_to(ROOT)} imports {', '.join(sorted(wrong))}"


def test_results_says_its_own_name_nowhere():
    """It is ``results`` in a checkout and ``interpretable_adv.results`` where it is installed."""
    for path in (ROOT / "results").rglob("*.py"):
        absolute = {
            name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, (ast.Import, ast.ImportFrom)) and not getattr(node, "level", 0)
            for name in [getattr(node, "module", None), *(alias.name for alias in node.names)]
        }
        assert not [name for name in absolute if name and name.split(".")[0] == "results"], path


#: Rooms of the method, and those of its other rooms that each may look into.
ROOMS = {
    "functions": set(),
    "perturbation": {"functions", "methods", "settings"},
    "links": {"functions", "methods", "settings"},
    "evaluation": {"functions", "links", "methods", "settings", "documents", "trained"},
    "bundle": {"links", "evaluation", "analysis", "methods", "documents", "trained", "traits"},
    "analysis": {
        "functions",
        "perturbation",
        "links",
        "evaluation",
        "methods",
        "settings",
        "documents",
        "trained",
        "start",
    },
}


@pytest.mark.parametrize("room", ROOMS)
def test_the_method_s_rooms_know_nothing_of_training(room):
    paths = sorted((ROOT / "interpretable_adv" / room).rglob("*.py"))
    assert paths
    for path in paths:
        names = {name.split(".")[1] for name in imported_modules(path) if name.startswith("interpretable_adv.")}
        wrong = names - ROOMS[room] - {room}
        assert not wrong, f"{path.relative_to(ROOT)} imports {', '.join(sorted(wrong))}"
