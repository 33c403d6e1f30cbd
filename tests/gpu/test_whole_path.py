"""All that a user does with a network, on a GPU: updates of both tasks and recipes, and every command on a trained run.

What the commands print as words and counts equals the CPU's exactly, what they compute to a stated tolerance.
"""

import contextlib
import io

import chainer
import numpy as np
import pytest

from iadv_foundation.arithmetic import self_test
from iadv_foundation.storage import files
from interpretable_adv import self_test as training
from interpretable_adv.cli import main
from interpretable_adv.methods import METHODS
from pretrain_lm.cli import main as pretrain
from tests.helpers import tiny_corpus

CPU = chainer.get_device("@numpy")
ONE_STEP = 1e-3
RUN = [
    "model.embedding_size=5",
    "model.hidden_size=8",
    "model.ffnn_size=6",
    "training.batch_size=8",
    "training.unlabeled_batch_size=8",
    "training.max_epochs=6",
    "training.learning_rate=0.05",
    "training.initialise=random",
    "perturbation.neighbours=3",
]
LM = [
    "lm.embedding_size=5",
    "lm.hidden_size=8",
    "lm.bptt_length=6",
    "lm.batch_size=4",
    "lm.cutoffs=[5, 20]",
    "lm.max_epochs=2",
]
TRAINED = {"classification": ("sample-sec", "iadvt"), "labelling": ("sample-ged", "advt")}


def options(settings):
    return [word for setting in settings for word in ("--set", setting)]


def number_of(device):
    return "-1" if device.name == "@numpy" else "0"


@pytest.mark.parametrize("recipe", ["paper", "authors"])
@pytest.mark.parametrize("task", training.CORPORA)
@pytest.mark.parametrize("method", METHODS)
def test_two_updates_of_every_method_equal_the_cpu(device, method, task, recipe):
    found, expected = (
        training.train_a_little(method, where, updates=2, task=task, recipe=recipe) for where in (device, CPU)
    )
    assert all(np.abs(array).max() > 0 for array in expected.values())
    self_test.require_close(found, expected, ONE_STEP)


def command(main, *argv):
    """What a command prints (str)."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        main([str(word) for word in argv])
    return printed.getvalue()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Folder of a run of each task, made on the CPU: task -> path (dict)."""
    out, runs = tmp_path_factory.mktemp("trained"), {}
    for task, (corpus, method) in TRAINED.items():
        tiny_corpus(out / "corpora" / corpus, task=task, name=corpus, documents=96)
        command(main, "train", corpus, "--method", method, "--out", out, "--quiet", *options(RUN))
        runs[task] = out / "runs" / corpus / "paper" / "quick" / method / "seed-0"
    command(pretrain, "sample-sec", "--out", out, "--quiet", *options(LM))
    return runs


def same(found, expected, tolerance=1e-4):
    """What was read from JSON has the same words, counts and order; numbers with a point are close."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key in expected:
            same(found[key], expected[key], tolerance)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, another in zip(found, expected, strict=True):
            same(one, another, tolerance)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=tolerance, abs=tolerance)
    else:
        assert found == expected


@pytest.mark.parametrize("task", TRAINED)
@pytest.mark.parametrize(
    "words",
    [
        ("evaluate", "RUN", "--split", "test", "--json", "JSON"),
        ("explain", "RUN", "--index", "3", "--json", "JSON"),
        ("explain", "RUN", "--index", "3", "--method", "ivat", "--json", "JSON"),
        ("predict", "RUN", "great word1 awful word2", "--json", "JSON"),
    ],
    ids=["evaluate", "explain", "explain by another method", "predict"],
)
def test_commands_on_a_run_give_what_they_give_on_the_cpu(device, trained, tmp_path, task, words):
    results = []
    for where in (device, CPU):
        file = tmp_path / f"{len(results)}.json"
        command(
            main,
            *({"RUN": trained[task], "JSON": file}.get(word, word) for word in words),
            "--device",
            number_of(where),
            *(() if words[0] == "predict" else ("--out", trained[task].parents[5])),
        )
        results.append(files.read_json(file))
    same(*results)


@pytest.mark.parametrize("task", TRAINED)
@pytest.mark.parametrize("method", ["advt", "iadvt"])
def test_attacks_and_interpretability_are_those_of_the_cpu(device, trained, tmp_path, task, method):
    results = []
    for where in (device, CPU):
        common = ("--device", number_of(where), "--out", trained[task].parents[5])
        file = tmp_path / f"{len(results)}.jsonl"
        printed = command(main, "attack", trained[task], "--method", method, "--json", file, *common)
        results.append(
            [printed, file.read_text(), command(main, "interpretability", trained[task], "--method", method, *common)]
        )
    for found, expected in zip(*results, strict=True):
        assert len(found.splitlines()) == len(expected.splitlines()) > 0
    assert results[0][0] == results[1][0] and results[0][2] == results[1][2]


def test_the_language_model_is_that_of_the_cpu(device, tmp_path):
    results = []
    for name, where in (("there", device), ("here", CPU)):
        out = tmp_path / name
        tiny_corpus(out / "corpora" / "sample-sec", name="sample-sec")
        command(pretrain, "sample-sec", "--out", out, "--quiet", "--device", number_of(where), *options(LM))
        metrics = files.read_json(out / "lm" / "sample-sec" / "paper" / "quick" / "seed-0" / "metrics.json")
        results.append({name: value for name, value in metrics.items() if "perplexity" in name})
    assert results[1]
    same(*results, tolerance=1e-3)
