"""The order of the files that a corpus is configured by, and that a name which is no corpus is refused alike."""

import itertools

import pytest

from data_prep.corpora import CORPORA, named
from data_prep.description import KINDS
from data_prep.layers import base_scale, layers_of, read_scale
from iadv_foundation.console import configuration
from iadv_foundation.console.configuration import CONFIGS, merge
from iadv_foundation.errors import UsageError

#: Files in the order in which they override each other, for corpus "sample-ged" at scale "small".
IN_ORDER = (
    "common",
    "tasks/error-detection",
    "corpora/sample-ged",
    "recipes/usual",
    "scales/small",
    "scales/small/error-detection",
    "scales/small/sample-ged",
    "rows/own",
)


@pytest.fixture
def configs(tmp_path, monkeypatch):
    """``configs/`` with empty files for every task, a scale, a recipe and a row; call it to write a file."""
    monkeypatch.setattr(configuration, "CONFIGS", tmp_path)

    def write(name, text):
        path = tmp_path / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    for name in (*(f"tasks/{kind}" for kind in KINDS), "scales/small", "recipes/usual", "rows/own"):
        write(name, "")
    return write


def value(corpus, **chosen):
    return merge(*layers_of(corpus, "small", **chosen)).get("model", {}).get("size")


@pytest.mark.parametrize("first, second", list(itertools.combinations(IN_ORDER, 2)))
def test_the_later_of_two_files_wins(configs, first, second):
    chosen = {"recipe": "usual", "row": "own"}
    configs(first, "[model]\nsize = 1\n")
    assert value("sample-ged", **chosen) == 1
    configs(second, "[model]\nsize = 2\n")
    assert value("sample-ged", **chosen) == 2
    configs(second, "[model]\nlayers = 3\n")
    assert merge(*layers_of("sample-ged", "small", **chosen))["model"] == {"size": 1, "layers": 3}


@pytest.mark.parametrize(
    "name",
    [
        "tasks/sentiment",
        "corpora/fce",
        "scales/small/sentiment",
        "scales/small/fce",
        "recipes/other",
        "scales/other",
        "scales/other/sample-ged",
        "rows/other",
    ],
)
def test_files_of_others_do_not_count(configs, name):
    configs(name, "[model]\nsize = 1\n")
    assert value("sample-ged", recipe="usual", row="own") is None


class TestVariants:
    """``SCALE+VARIANT``: settings of the classifiers that are tried beside those of a scale."""

    def of(self, scale, **chosen):
        return merge(*layers_of("imdb", scale, **chosen))["model"]

    def test_it_overrides_its_scale_and_a_row_overrides_it(self, configs):
        configs("scales/small/imdb", "[model]\nsize = 1\nlayers = 3\n")
        configs("variants/wide", "[model]\nsize = 2\n")
        assert self.of("small+wide") == {"size": 2, "layers": 3}
        assert self.of("small") == {"size": 1, "layers": 3}
        configs("rows/own", "[model]\nsize = 4\n")
        assert self.of("small+wide", row="own") == {"size": 4, "layers": 3}

    def test_of_several_the_last_one_wins(self, configs):
        configs("variants/wide", "[model]\nsize = 2\n")
        configs("variants/wider", "[model]\nsize = 3\n")
        assert self.of("small+wide+wider") == {"size": 3}
        assert self.of("small+wider+wide") == {"size": 2}

    @pytest.mark.parametrize("scale, base", [("small", "small"), ("small+wide", "small"), ("small+a-2.5+b", "small")])
    def test_the_scale_itself(self, scale, base):
        assert base_scale(scale) == base

    @pytest.mark.parametrize(
        "scale, message",
        [
            ("small+wied", "unknown variant 'wied' .did you mean 'wide'"),
            ("small+", "unknown variant ''"),
            ("+wide", "unknown scale ''"),
            ("wide+small", "unknown scale 'wide'"),
            ("small+wide+wide", "each variant once"),
            ("small+lm", "variants/lm.toml: a variant has the sections model, training, perturbation, not lm"),
        ],
    )
    def test_mistakes(self, configs, scale, message):
        configs("variants/wide", "")
        configs("variants/lm", "[lm]\nhidden_size = 3\n")
        with pytest.raises(UsageError, match=message):
            read_scale(scale)


def test_without_a_recipe_or_a_row_none_is_read(configs):
    configs("recipes/usual", "[model]\nsize = 1\n")
    configs("rows/own", "[model]\nsize = 2\n")
    assert value("sample-ged") is None


def test_a_users_corpus_has_the_files_of_its_form_and_its_own_above_them(configs):
    configs("corpora/text", "[model]\nsize = 1\n")
    configs("scales/small/text-mails", "[model]\nlayers = 3\n")
    assert [merge(*layers_of(name, "small"))["model"] for name in ("text", "text-mails", "text-a-2")] == [
        {"size": 1},
        {"size": 1, "layers": 3},
        {"size": 1},
    ]
    configs("corpora/text-mails", "[model]\nsize = 2\n")
    assert (value("text"), value("text-mails"), value("text-other"), value("tags")) == (1, 2, 1, None)


@pytest.mark.parametrize(
    "name",
    [
        "text-",
        "texts",
        "text-../text",
        "text-a/b",
        "Text-a",
        "textual-a",
        "tags_a",
        "text-a--b",
        "",
        "imbd",
        "../corpora/fce",
        "fce.toml",
        "/etc/passwd",
    ],
)
def test_an_unknown_corpus_gives_the_registry_s_message(configs, name):
    with pytest.raises(UsageError) as by_name:
        named(name)
    with pytest.raises(UsageError) as by_layer:
        layers_of(name, "small")
    assert str(by_layer.value) == str(by_name.value)
    assert str(by_name.value).startswith(f"unknown corpus {name!r}")
    assert "choose from: sample-sec, " in str(by_name.value)


@pytest.mark.parametrize("folder, known", [("corpora", "fce"), ("scales/small", "error-detection")])
def test_a_file_that_would_never_be_read_is_refused(configs, folder, known):
    configs(f"{folder}/{known}", "")
    layers_of("imdb", "small")
    configs(f"{folder}/imbd", "")
    with pytest.raises(UsageError, match=f"unknown file in configs/{folder}, 'imbd'.*did you mean 'imdb'"):
        layers_of("fce", "small")


def test_a_task_is_no_corpus(configs):
    configs("corpora/sentiment", "")
    with pytest.raises(UsageError, match="unknown file in configs/corpora, 'sentiment'"):
        layers_of("imdb", "small")


@pytest.mark.parametrize(
    "chosen, message",
    [
        ({"scale": "smal"}, "unknown scale 'smal' .did you mean 'small'"),
        ({"scale": "small", "recipe": "x"}, "unknown recipe 'x'"),
        ({"scale": "small", "row": "x"}, "unknown row 'x'"),
    ],
)
def test_other_unknown_names(configs, chosen, message):
    with pytest.raises(UsageError, match=message):
        layers_of("imdb", **chosen)


def test_every_kind_has_its_file_and_every_corpus_a_kind():
    files = {path.stem for path in (CONFIGS / "tasks").iterdir()}
    assert files == set(KINDS) == {corpus.kind for corpus in CORPORA.values()}
