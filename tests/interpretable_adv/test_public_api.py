"""Proves that what ``import interpretable_adv`` offers is there, costs nothing until used, and does as it says."""

import doctest
import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import chainer
import numpy as np
import pytest

import interpretable_adv
from iadv_foundation.errors import DamagedFileError, UsageError, UserError
from interpretable_adv.cli import main
from interpretable_adv.demo import MODELS
from interpretable_adv.links import build_network
from interpretable_adv.settings import load
from tests.interpretable_adv.conftest import run_of

ROOT = Path(__file__).resolve().parents[2]
WITH_EXAMPLES = [
    "analysis.explanation",
    "links.adapters",
    "links.protocols",
    "methods",
    "model",
    "own_model",
    "perturbation.divergences",
    "perturbation.neighbour_table",
    "perturbation.neighbours",
    "perturbation.perturber",
    "perturbation.spaces",
    "perturbation.virtual",
]
POSITIVE, NEGATIVE = "A moving and very funny film .", "A dull and boring film ."


@pytest.fixture(scope="module", params=["advt", "iadvt"])
def model(request):
    return interpretable_adv.load_model(MODELS[request.param])


@pytest.mark.parametrize("name", interpretable_adv.__all__)
def test_every_public_name_is_there_with_an_example(name):
    value = getattr(interpretable_adv, name)
    assert name in dir(interpretable_adv)
    assert name in ("METHODS", "__version__") or ">>> " in inspect.getdoc(value)


def test_the_names_are_those_that_type_checkers_see():
    """One list for them, one for importing at run time: both hold the same."""
    seen = [
        line.strip().strip(",")
        for line in inspect.getsource(interpretable_adv).split("if TYPE_CHECKING:")[1].split("\n\n")[0].splitlines()
        if " import " in line
    ]
    names = {name.strip() for line in seen for name in line.split(" import ")[1].split(",")}
    assert names | {"__version__"} == set(interpretable_adv.__all__) == set(interpretable_adv._HOME) | {"__version__"}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'perturbed'"):
        _ = interpretable_adv.perturbed


def test_importing_it_imports_nothing_large():
    code = "import sys, json, interpretable_adv; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"numpy", "chainer", "pydantic", "matplotlib", "interpretable_adv.model"} & set(json.loads(done.stdout))


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_run(name):
    tried = doctest.testmod(importlib.import_module(f"interpretable_adv.{name}"))
    assert tried.attempted and not tried.failed


@pytest.mark.parametrize("encoder", ["lstm", "gru", "cnn"])
def test_the_networks_keep_the_contract(encoder):
    config = load("sample-sec", "paper", "quick", [f"model.encoder={encoder}"])
    network = build_network("classification", np.ones(9), config.model, 2)
    assert isinstance(network, interpretable_adv.Network)
    assert isinstance(network.embedding, interpretable_adv.Embedding)
    stock = interpretable_adv.StockEmbedding(chainer.links.EmbedID(9, 4))
    assert isinstance(stock, interpretable_adv.Embedding)
    assert not isinstance(chainer.links.EmbedID(9, 4), interpretable_adv.Embedding)


def test_predictions_are_those_of_the_command(model, capsys, tmp_path):
    table = tmp_path / "found.jsonl"
    main(["predict", str(model.run.folder), POSITIVE, NEGATIVE, "--json", str(table)])
    capsys.readouterr()
    expected = [json.loads(line) for line in table.read_text().splitlines()]
    found = model.predict([POSITIVE, NEGATIVE])
    assert [one.label for one in found] == [one["label"] for one in expected] == ["fresh", "rotten"]
    for one, wanted in zip(found, expected, strict=True):
        assert one.probabilities.shape == (2,) and one.text == wanted["text"] and one.words == []
        np.testing.assert_allclose(one.probabilities, [wanted["probabilities"][name] for name in model.classes])
    assert model.predict(POSITIVE).label == found[0].label
    assert model.predict([]) == []


def test_explanations_are_those_of_the_command(model, capsys, tmp_path):
    for method in (None, "advt", "iadvt"):
        path = tmp_path / f"{method}.json"
        main(
            ["explain", str(model.run.folder), POSITIVE, "--json", str(path)] + (["--method", method] if method else [])
        )
        assert model.explain(POSITIVE, method=method).to_json() == json.loads(path.read_text())
    capsys.readouterr()
    several = model.explain([POSITIVE, NEGATIVE], top=2)
    assert [one.about["prediction"] for one in several] == ["fresh", "rotten"]
    assert len(several[0].words[0]["runners_up"]) == 1
    several[0].draw(tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_bytes().startswith(b"<?xml") and several[0]._repr_png_()[:4] == b"\x89PNG"


def test_adversarial_texts_do_what_they_say(model):
    texts = [POSITIVE, NEGATIVE, "Boring ."]
    found = model.attack(texts, ["fresh", "rotten", "fresh"], max_words=5)
    for text, label, one in zip(texts, ("fresh", "rotten", "fresh"), found, strict=True):
        assert (one is None) == (model.predict(text).label != label)
        if one is not None:
            changed = [one.replaced.get(place, word) for place, word in enumerate(one.words)]
            assert one.changed == changed and 0 < len(one.replaced) <= 5
            words = [word for word in one.changed if word != "<eos>"]
            assert (model.predict(" ".join(words)).label != label) == one.fooled
    assert model.attack([]) == []


def test_a_convenience_for_one_question():
    assert interpretable_adv.predict(MODELS["advt"], POSITIVE).label == "fresh"
    assert len(interpretable_adv.explain(MODELS["advt"], [POSITIVE, NEGATIVE], method="iadvt")) == 2


def test_what_a_model_knows(model):
    assert model.classes == ["rotten", "fresh"] and model.task == "classification"
    assert model.method is interpretable_adv.METHODS[model.method.name]
    assert model.embeddings.shape[0] == len(model.vocabulary) and "film" in model.vocabulary
    assert "2 classes" in repr(model)


def test_mistakes_are_named(model, tmp_path):
    for error, ask in (
        (UserError, lambda: model.predict([POSITIVE, "zzzz"])),
        (UserError, lambda: model.explain("")),
        (UsageError, lambda: model.explain(POSITIVE, method="baseline")),
        (UserError, lambda: model.attack([POSITIVE], ["good"])),
        (UserError, lambda: interpretable_adv.load_model(tmp_path)),
        (UserError, lambda: interpretable_adv.load_model(tmp_path / "no.zip")),
    ):
        with pytest.raises(error) as raised:
            ask()
        assert "\n" not in str(raised.value)
    (tmp_path / "x.zip").write_bytes(b"PK")
    with pytest.raises((UserError, DamagedFileError)):
        interpretable_adv.load_model(tmp_path / "x.zip")


def test_a_network_that_labels_words(finished):
    model = interpretable_adv.load_model(run_of(finished, "labelling"))
    words = model.vocabulary[5:9]
    found = model.predict(" ".join([*words, "zzzz"]))
    assert found.words == [*words, "zzzz"] and found.unknown == ["zzzz"]
    assert len(found.label) == 5 and found.probabilities.shape == (5, 2)
    assert found.label == [model.classes[number] for number in found.probabilities.argmax(axis=1)]
    explanation = model.explain(" ".join(words))
    assert [word["prediction"] for word in explanation.words] == model.predict(" ".join(words)).label
    for text, one in zip([" ".join(words)], model.attack([" ".join(words)]), strict=True):
        assert (one is None) == (not any(label == model.classes[1] for label in model.predict(text).label))
