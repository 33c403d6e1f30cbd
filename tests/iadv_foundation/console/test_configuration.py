"""Proves that later layers win, that values know where they stand, and that what is wrong in a file is named."""

import copy
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from iadv_foundation.console import configuration
from iadv_foundation.console.configuration import (
    CONFIGS,
    Layer,
    Section,
    describe,
    keys_of,
    merge,
    parse_overrides,
    place_of,
    read_file,
    read_layer,
    resolve,
)
from iadv_foundation.errors import UsageError

KEYS = st.sampled_from("abcd")
TREES = st.recursive(st.integers() | st.text(max_size=3), lambda inner: st.dictionaries(KEYS, inner, max_size=3))
LAYERS = st.dictionaries(st.sampled_from("abcd"), TREES, max_size=3)


class Optimiser(Section):
    rate: float = Field(gt=0)
    steps: int = 3


class Whole(Section):
    optimiser: Optimiser
    name: str = "x"


@pytest.fixture
def configs(tmp_path, monkeypatch):
    """An empty ``configs/``; call it to write a file."""
    monkeypatch.setattr(configuration, "CONFIGS", tmp_path)

    def write(name, text):
        path = tmp_path / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def leaves(tree, prefix=()):
    """``{path: value}`` of everything in nested dictionaries that is not a dictionary with something in it."""
    found = {}
    for key, value in tree.items():
        found |= leaves(value, (*prefix, key)) if isinstance(value, dict) and value else {(*prefix, key): value}
    return found


class TestMerge:
    """Later layers win, table by table."""

    @given(LAYERS, LAYERS)
    def test_all_of_the_later_and_the_untouched_of_the_earlier(self, first, second):
        before = copy.deepcopy((first, second))
        merged = leaves(merge(first, second))
        assert (first, second) == before
        later = {path: value for path, value in leaves(second).items() if value != {}}
        assert later.items() <= merged.items()
        for path, value in leaves(first).items():
            overruled = any(path[: len(other)] == other or other[: len(path)] == path for other in leaves(second))
            assert overruled or merged[path] == value

    @given(LAYERS, LAYERS, LAYERS)
    def test_grouping_does_not_matter_to_many_layers(self, first, second, third):
        assert merge(first, second, third) == merge(merge(first, second), third)

    @given(LAYERS)
    def test_nothing_changes_nothing(self, layer):
        assert merge(layer, {}) == merge({}, layer) == merge(layer, layer) == merge(layer)


class TestOverrides:
    """``--set section.key=value``."""

    @pytest.mark.parametrize(
        "assignment, layer",
        [
            ("a.b=1", {"a": {"b": 1}}),
            ("a.b=1.5e-3", {"a": {"b": 0.0015}}),
            ("a.b=true", {"a": {"b": True}}),
            ("a.b=[1, 2]", {"a": {"b": [1, 2]}}),
            ('a.b="1"', {"a": {"b": "1"}}),
            ("a.b=word", {"a": {"b": "word"}}),
            ("a.b= spaced ", {"a": {"b": "spaced"}}),
            ("a.b=x=y", {"a": {"b": "x=y"}}),
            ("a.b=", {"a": {"b": ""}}),
            (" a.b =2", {"a": {"b": 2}}),
            ("a=0", {"a": 0}),
        ],
    )
    def test_values(self, assignment, layer):
        assert parse_overrides([assignment]) == layer

    def test_the_last_of_several_wins(self):
        assert parse_overrides(["a.b=1", "a.c=2", "a.b=3"]) == {"a": {"b": 3, "c": 2}}

    @pytest.mark.parametrize("assignment", ["a.b", "=1", ".b=1", "a.=1", "a..b=1", ""])
    def test_what_is_no_assignment(self, assignment):
        with pytest.raises(UsageError, match="write --set section.key=value"):
            parse_overrides([assignment])


class TestResolve:
    """Strict keys and values; the message says which and what is known."""

    def test_values_and_defaults(self):
        whole = resolve(Whole, {"optimiser": {"rate": 1}}, {"optimiser": {"rate": 0.5}, "name": "y"})
        assert whole.model_dump() == {"optimiser": {"rate": 0.5, "steps": 3}, "name": "y"}

    @pytest.mark.parametrize(
        "layer, message",
        [
            (
                {"optimiser": {"rate": 1, "stepps": 3}},
                r"unknown configuration key 'optimiser.stepps' \(did you mean 'optimiser.steps'\?\)",
            ),
            (
                {"optimiser": {"rate": 1}, "qqq": 1},
                r"unknown configuration key 'qqq'; known keys: name, optimiser.rate, optimiser.steps",
            ),
            ({"name": "y"}, "configuration key 'optimiser' has no value"),
            ({"optimiser": {}}, "configuration key 'optimiser.rate' has no value"),
            ({"optimiser": {"rate": -1}}, "configuration key 'optimiser.rate': input should be greater than 0, not -1"),
            (
                {"optimiser": {"rate": "fast"}},
                "configuration key 'optimiser.rate': input should be a valid number.*, not 'fast'",
            ),
            ({"optimiser": {"rate": float("nan")}}, "configuration key 'optimiser.rate': .*finite number"),
            ({"optimiser": {"rate": float("inf")}}, "configuration key 'optimiser.rate': .*finite number"),
            ({"optimiser": 3}, "configuration key 'optimiser': .*"),
            ({"optimiser": {"rate": -1, "steps": "x"}}, "'optimiser.rate'.*; .*'optimiser.steps'"),
        ],
    )
    def test_mistakes(self, layer, message):
        with pytest.raises(UsageError, match=message) as error:
            resolve(Whole, layer)
        assert "\n" not in str(error.value)

    def test_a_configuration_does_not_change(self):
        with pytest.raises(ValueError):
            resolve(Whole, {"optimiser": {"rate": 1}}).name = "z"

    def test_keys(self):
        assert list(keys_of(Whole)) == ["optimiser.rate", "optimiser.steps", "name"]


class TestFiles:
    """Reading ``configs/``."""

    def test_a_layer(self, configs):
        configs("scales/small", "[a]\nb = 1\n")
        assert read_layer("scales", "small") == {"a": {"b": 1}}

    @pytest.mark.parametrize("name", ["smal", "../scales/small", "small.toml", "", "/etc/passwd"])
    def test_unknown_names(self, configs, name):
        configs("scales/small", "")
        with pytest.raises(UsageError, match="unknown scale .*choose from: small"):
            read_layer("scales", name)

    def test_each_folder_is_named_in_the_singular(self, configs):
        for folder, what in (("corpora", "corpus"), ("recipes", "recipe"), ("scales", "scale")):
            configs(f"{folder}/one", "")
            with pytest.raises(UsageError, match=f"unknown {what} 'two'; choose from: one"):
                read_layer(folder, "two")

    @pytest.mark.parametrize("content", [b"a = \n", b"\xff\xfe", b"a = 1\na = 2\n"])
    def test_what_is_not_toml_names_the_file(self, configs, content):
        path = configs("recipes/bad", "")
        path.write_bytes(content)
        with pytest.raises(UsageError, match="recipes/bad.toml: "):
            read_layer("recipes", "bad")

    def test_a_file_that_may_be_missing_has_no_values(self, configs):
        assert read_file("scales/small/fce") == {}
        configs("scales/small", "a = 1\n")
        assert read_file("scales/small") == {"a": 1}


class TestPlaces:
    """Every value knows the file and line, or the option, that it comes from."""

    @pytest.mark.parametrize(
        "path", sorted(CONFIGS.rglob("*.toml")), ids=lambda path: path.relative_to(CONFIGS).as_posix()
    )
    def test_the_line_of_every_value_holds_it(self, path):
        layer = read_file(path.relative_to(CONFIGS).with_suffix("").as_posix())
        lines = path.read_text(encoding="utf-8").split("\n")
        assert layer.source == path.relative_to(CONFIGS.parent).as_posix() and layer == tomllib.loads("\n".join(lines))
        for key, value in leaves(layer).items():
            file, _, number = layer.place_of(".".join(key)).rpartition(":")
            assert file == layer.source and tomllib.loads(lines[int(number) - 1]) == {key[-1]: value}

    def test_of_what_is_written_otherwise_the_file_is_known(self, configs):
        configs("scales/small", "a = {b = 1}\n[c.d]\ne = 2\n")
        layer = read_file("scales/small")
        assert layer.place_of("a.b") == layer.source and layer.place_of("c.d.e") == f"{layer.source}:3"
        assert layer.place_of("a.x") is None and layer.place_of("c.d.e.f") is None

    def test_the_last_layer_that_has_a_value_is_named(self):
        layers = [
            Layer({"optimiser": {"rate": 1, "steps": 2}}, "one", {}),
            Layer({"optimiser": {"rate": 3}}, "two", {}),
            parse_overrides(["name=a=b"]),
        ]
        assert [place_of(key, layers) for key in ("optimiser.rate", "optimiser.steps", "name", "optimiser.x")] == [
            "two",
            "one",
            "--set name=a=b",
            None,
        ]

    def test_a_mistake_in_a_file_names_file_and_line(self, configs):
        configs("scales/small", "[optimiser]\nrate = -1\nstepps = 3\n")
        with pytest.raises(UsageError) as error:
            resolve(Whole, read_file("scales/small"))
        file = read_file("scales/small").source
        assert f"{file}:2: configuration key 'optimiser.rate': " in str(error.value)
        assert f"{file}:3: unknown configuration key 'optimiser.stepps'" in str(error.value)

    def test_a_printed_configuration_is_toml_with_every_value_and_its_place(self):
        class Sections(Section):
            optimiser: Optimiser

        text = describe(Sections, [Layer({"optimiser": {"rate": 2}}, "one", {"optimiser.rate": "one:7"})])
        assert tomllib.loads(text) == {"optimiser": {"rate": 2.0, "steps": 3}}
        assert [line.split("# ")[1] for line in text.splitlines() if "=" in line] == ["one:7", "default"]


def test_the_files_are_inside_the_package_where_it_is_installed(tmp_path):
    (tmp_path / "configs").mkdir()
    assert configuration._configs(tmp_path / "iadv_foundation") == tmp_path / "configs"
    (tmp_path / "iadv_foundation" / "configs").mkdir(parents=True)
    assert configuration._configs(tmp_path / "iadv_foundation") == tmp_path / "iadv_foundation" / "configs"
