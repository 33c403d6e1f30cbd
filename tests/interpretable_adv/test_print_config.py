"""``--print-config``: all values as they are used, each with the place where it really stands;
and nothing else happens.
"""

import re
import tomllib

import pytest

from iadv_foundation.console.configuration import CONFIGS
from iadv_foundation.errors import UsageError
from interpretable_adv.cli import main as interpretable_adv
from interpretable_adv.settings import load
from pretrain_lm.cli import main as pretrain_lm
from pretrain_lm.lm_settings import load_configuration
from word_vectors.cli import main as word_vectors
from word_vectors.vector_settings import load_gwe_settings, load_skipgram_settings

LINE = re.compile(r"(\w+) = (.*?) +# (.*)")
TRAIN = ["train", "fce", "--method", "bilstm-gwe"]


def printed(main, argv, tmp_path, capsys):
    """(values, {"section.key": place}) of what a command prints, after a look that it made no file."""
    main([*argv, "--print-config", "--out", str(tmp_path / "out")])
    text, places, section = capsys.readouterr().out, {}, None
    for line in text.splitlines():
        section = line[1:-1] if line.startswith("[") else section
        if found := LINE.fullmatch(line):
            places[f"{section}.{found[1]}"] = found[3]
    assert not list(tmp_path.iterdir())
    return tomllib.loads(text), places


def check_places(values, places):
    """Every value stands in the file and line, or the option, that is named for it."""
    assert set(places) == {f"{section}.{key}" for section, inner in values.items() for key in inner}
    for key, place in places.items():
        section, _, name = key.partition(".")
        value = values[section][name]
        if place == "default":
            continue
        if place.startswith("--set "):
            assert place.startswith(f"--set {key}=")
            continue
        file, _, number = place.rpartition(":")
        line = (CONFIGS.parent / file).read_text().split("\n")[int(number) - 1]
        assert tomllib.loads(line) == {name: value}, place


@pytest.mark.parametrize("corpus", ["sample-sec", "sample-cac", "fce", "agnews", "text-mails", "tags-essays"])
@pytest.mark.parametrize("method", ["ivat", "bilstm-gwe"])
@pytest.mark.parametrize("recipe, scale", [("paper", "quick"), ("authors", "reduced"), ("paper", "paper")])
def test_of_a_training_run(tmp_path, capsys, corpus, method, recipe, scale):
    argv = ["train", corpus, "--method", method, "--recipe", recipe, "--scale", scale]
    values, places = printed(interpretable_adv, argv, tmp_path, capsys)
    assert values == load(corpus, recipe, scale, method=method).model_dump()
    check_places(values, places)


def test_options_win_and_are_named(tmp_path, capsys):
    argv = [
        *TRAIN,
        "--set",
        "training.patience=2",
        "--set",
        "training.vectors=word2vec",
        "--set",
        "training.patience=3",
    ]
    values, places = printed(interpretable_adv, argv, tmp_path, capsys)
    check_places(values, places)
    assert values["training"]["patience"] == 3 and places["training.patience"] == "--set training.patience=3"
    assert places["training.vectors"] == "--set training.vectors=word2vec"
    assert places["training.batch_size"].startswith("configs/rows/bilstm-gwe.toml:")
    assert places["training.max_epochs"].startswith("configs/scales/quick.toml:")


@pytest.mark.parametrize("recipe", ["paper", "authors"])
def test_of_a_language_model(tmp_path, capsys, recipe):
    values, places = printed(pretrain_lm, ["agnews", "--recipe", recipe, "--set", "lm.dropout=0.1"], tmp_path, capsys)
    assert values == {"lm": load_configuration("agnews", recipe, "quick", ["lm.dropout=0.1"]).model_dump()}
    check_places(values, places)
    assert places["lm.dropout"] == "--set lm.dropout=0.1"


@pytest.mark.parametrize("scale", ["quick", "paper"])
def test_of_word_vectors(tmp_path, capsys, scale):
    for command, section, settings in (
        ("skipgram", "vectors", load_skipgram_settings),
        ("gwe", "gwe", load_gwe_settings),
    ):
        values, places = printed(word_vectors, [command, "sample-ged", "--scale", scale], tmp_path, capsys)
        assert values == {section: settings("sample-ged", scale).model_dump()}
        check_places(values, places)


@pytest.mark.parametrize(
    "main, argv, message",
    [
        (interpretable_adv, ["train", "imbd", "--method", "advt"], "unknown corpus 'imbd'"),
        (interpretable_adv, ["train", "imdb", "--method", "adv"], "unknown method 'adv'"),
        (interpretable_adv, [*TRAIN, "--set", "training.patiense=3"], "did you mean 'training.patience'"),
        (pretrain_lm, ["imdb", "--recipe", "papier"], "unknown recipe 'papier'"),
        (word_vectors, ["skipgram", "imdb"], "configuration key 'vectors' has no value"),
        (word_vectors, ["gwe", "imbd"], "unknown corpus 'imbd'"),
    ],
)
def test_mistakes_are_told_as_they_are_without_it(tmp_path, capsys, main, argv, message):
    for option in ([], ["--print-config"]):
        with pytest.raises(UsageError, match=message):
            main([*argv, *option, "--out", str(tmp_path)])
    assert not capsys.readouterr().out and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "main, argv",
    [
        (interpretable_adv, ["train", "imbd", "--method", "advt"]),
        (pretrain_lm, ["imbd"]),
        (word_vectors, ["skipgram", "imbd"]),
        (word_vectors, ["gwe", "imbd"]),
        (word_vectors, ["import", "imbd", "vectors.txt"]),
    ],
)
def test_an_unknown_corpus_gives_one_message_everywhere(tmp_path, main, argv):
    with pytest.raises(UsageError) as told:
        main([*argv, "--out", str(tmp_path)])
    assert str(told.value).startswith(
        "unknown corpus 'imbd' (did you mean 'imdb'?); choose from: sample-sec, sample-cac, "
    )
