"""Proves the order of the layers, and that unknown keys, wrong values and unreadable files are named."""
import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from core import configuration
from core.configuration import Section, keys_of, layers_of, merge, parse_overrides, read_layer, resolve
from core.errors import UsageError

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
            overruled = any(path[:len(other)] == other or other[:len(path)] == path for other in leaves(second))
            assert overruled or merged[path] == value

    @given(LAYERS, LAYERS, LAYERS)
    def test_grouping_does_not_matter_to_many_layers(self, first, second, third):
        assert merge(first, second, third) == merge(merge(first, second), third)

    @given(LAYERS)
    def test_nothing_changes_nothing(self, layer):
        assert merge(layer, {}) == merge({}, layer) == merge(layer, layer) == merge(layer)


class TestOverrides:
    """``--set section.key=value``."""

    @pytest.mark.parametrize("assignment, layer", [
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
    ])
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

    @pytest.mark.parametrize("layer, message", [
        ({"optimiser": {"rate": 1, "stepps": 3}},
         r"unknown configuration key 'optimiser.stepps' \(did you mean 'optimiser.steps'\?\)"),
        ({"optimiser": {"rate": 1}, "qqq": 1},
         r"unknown configuration key 'qqq'; known keys: name, optimiser.rate, optimiser.steps"),
        ({"name": "y"}, "configuration key 'optimiser' has no value"),
        ({"optimiser": {}}, "configuration key 'optimiser.rate' has no value"),
        ({"optimiser": {"rate": -1}}, "configuration key 'optimiser.rate': input should be greater than 0, not -1"),
        ({"optimiser": {"rate": "fast"}}, "configuration key 'optimiser.rate': input should be a valid number.*, not 'fast'"),
        ({"optimiser": {"rate": float("nan")}}, "configuration key 'optimiser.rate': .*finite number"),
        ({"optimiser": {"rate": float("inf")}}, "configuration key 'optimiser.rate': .*finite number"),
        ({"optimiser": 3}, "configuration key 'optimiser': .*"),
        ({"optimiser": {"rate": -1, "steps": "x"}}, "'optimiser.rate'.*; .*'optimiser.steps'"),
    ])
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

    def test_a_scale_has_values_for_a_task(self, configs):
        configs("corpora/reviews", 'task = "classification"\n[model]\nsize = 9\n')
        configs("corpora/essays", 'task = "labelling"\n[model]\nsize = 9\n')
        configs("scales/small", "[model]\nsize = 3\n[tasks.labelling.model]\nsize = 2\n")
        assert merge(*layers_of("reviews", "small"))["model"] == {"size": 3}
        assert merge(*layers_of("essays", "small"))["model"] == {"size": 2}
        assert "tasks" not in merge(*layers_of("essays", "small"))

    def test_a_corpus_file_without_a_task_is_named(self, configs):
        configs("corpora/bad", "[model]\nsize = 9\n")
        configs("scales/small", "")
        with pytest.raises(UsageError, match="corpora/bad.toml: .*task"):
            layers_of("bad", "small")


class TestOwnCorpora:
    """``text-NAME`` and ``tags-NAME`` use the file of their kind."""

    @pytest.fixture
    def kinds(self, configs):
        configs("corpora/text", 'task = "classification"\n[model]\nsize = 9\n')
        configs("corpora/tags", 'task = "labelling"\n[model]\nsize = 7\n')
        configs("scales/small", "[tasks.labelling.model]\nlayers = 2\n[only.text-reviews.model]\nlayers = 3\n")
        return configs

    def test_the_file_of_the_kind(self, kinds):
        assert merge(*layers_of("text-mails", "small"))["model"] == merge(*layers_of("text", "small"))["model"] == {"size": 9}
        assert merge(*layers_of("tags-my-2-essays", "small"))["model"] == {"size": 7, "layers": 2}

    def test_a_scale_has_values_for_one_of_them(self, kinds):
        assert merge(*layers_of("text-reviews", "small"))["model"] == {"size": 9, "layers": 3}

    def test_a_file_of_its_own_wins(self, kinds):
        kinds("corpora/text-mails", 'task = "labelling"\n[model]\nsize = 5\n')
        assert merge(*layers_of("text-mails", "small"))["model"] == {"size": 5, "layers": 2}

    @pytest.mark.parametrize("name", [
        "text-", "texts", "text-../text", "text-a/b", "Text-a", "textual-a", "tags_a", "text-a--b"])
    def test_other_names_stay_unknown(self, kinds, name):
        with pytest.raises(UsageError, match="unknown corpus .*choose from: tags, text"):
            layers_of(name, "small")

    @pytest.mark.parametrize("name, like, task", [("text", "imdb", "classification"), ("tags", "fce", "labelling")])
    def test_the_files_that_come_with_the_project(self, name, like, task):
        own, theirs = read_layer("corpora", name), read_layer("corpora", like)
        own["training"]["initialise"] = theirs["training"]["initialise"]  # only FCE is published with word vectors
        assert own == theirs
        assert layers_of(f"{name}-mine", "quick") == layers_of(name, "quick") and read_layer("corpora", name)["task"] == task
