"""Proves that runs of the version before settings belonged to methods are still read, and what makes a run another one.

``made_before`` holds two of its runs and their small corpus, as it left them.
"""

import shutil
from pathlib import Path

import pytest

from iadv_foundation.console.cli import run
from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from interpretable_adv.cli import main
from interpretable_adv.methods import METHODS
from interpretable_adv.run_format import FORMAT, outdated, upgrade
from interpretable_adv.settings import load, used

SETTINGS = [
    "training.initialise=random",
    "model.embedding_size=8",
    "model.hidden_size=6",
    "model.ffnn_size=5",
    "perturbation.neighbours=3",
    "training.max_epochs=2",
    # what scale quick was when the runs were made
    "model.dropout=0.5",
    "training.max_words=60",
    "training.batch_size=32",
    "training.unlabeled_batch_size=48",
    "training.learning_rate=0.003",
]


@pytest.fixture
def out(tmp_path):
    """A copy of what the version before made."""
    shutil.copytree(Path(__file__).with_name("made_before"), tmp_path / "out")
    return tmp_path / "out"


def folder(out, method):
    return out / "runs" / "text-before" / "paper" / "quick" / method / "seed-0"


def status_of(arguments):
    """Exit status of ``python -m interpretable_adv`` with these arguments."""
    with pytest.raises(SystemExit) as end:
        run(main, "p", arguments)
    return end.value.code


def train(out, method, *more):
    """Exit status of the command that made the run, with more settings."""
    settings = [word for setting in [*SETTINGS, *more] for word in ("--set", setting)]
    return status_of(["train", "text-before", "--method", method, "--out", str(out), "--quiet", *settings])


def contents(path):
    return {file.name: file.read_bytes() for file in path.iterdir() if not file.name.startswith(".")}


@pytest.mark.parametrize("method", ["iadvt", "baseline"])
def test_a_run_of_before_is_finished_already(out, method, capsys):
    before = contents(folder(out, method))
    assert train(out, method) == 0
    assert "(was finished already)" in capsys.readouterr().out
    assert contents(folder(out, method)) == before


def test_a_setting_that_the_method_does_not_read_is_no_change(out, capsys):
    unread = [
        "perturbation.xi=0.5",
        "perturbation.epsilon_free=9",
        "training.unlabeled_batch_size=7",
        "perturbation.pgd_steps=9",
    ]
    assert train(out, "iadvt", *unread) == 0
    assert "(was finished already)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "setting", ["perturbation.epsilon_directions=2", "training.learning_rate=0.5", "model.dropout=0.1"]
)
def test_one_that_it_reads_is(out, setting, capsys):
    before = contents(folder(out, "iadvt"))
    assert train(out, "iadvt", setting) == 1
    assert f"another configuration ({setting.partition('=')[0]}: " in capsys.readouterr().err
    assert contents(folder(out, "iadvt")) == before


def test_a_setting_that_did_not_exist_is_what_it_usually_is_and_nothing_else(out, capsys):
    """The version before had no model.random_embeddings: its random start is the one that recipe paper says."""
    assert "random_embeddings" not in files.read_json(folder(out, "iadvt") / "config.json")["model"]
    assert train(out, "iadvt", "model.random_embeddings=uniform") == 0
    assert train(out, "iadvt", "model.random_embeddings=normal") == 1
    assert "model.random_embeddings: 'uniform' there, 'normal' now" in capsys.readouterr().err


def test_a_run_from_before_there_were_encoders_has_the_lstm(out, capsys):
    assert "encoder" not in files.read_json(folder(out, "iadvt") / "config.json")["model"]
    assert train(out, "iadvt", "model.encoder=lstm") == 0
    assert train(out, "iadvt", "model.encoder=gru") == 1
    assert "model.encoder: 'lstm' there, 'gru' now" in capsys.readouterr().err


@pytest.mark.parametrize("encoder", ["gru", "cnn"])
def test_a_run_with_another_encoder(out, encoder, capsys):
    """Trained, finished already the second time, looked at; its configuration holds nothing that only an LSTM reads."""
    assert [train(out, "ivat", f"model.encoder={encoder}") for _ in range(2)] == [0, 0]
    assert capsys.readouterr().out.count("(was finished already)") == 1
    model = files.read_json(folder(out, "ivat") / "config.json")["model"]
    assert model["encoder"] == encoder and not {"forget_bias", "bilstm_weights"} & set(model)
    assert upgrade(files.read_json(folder(out, "ivat") / "config.json"))["model"] == model
    assert status_of(["explain", str(folder(out, "ivat")), "a warm and funny film", "--method", "iadvt"]) == 0
    assert train(out, "ivat") == 1


@pytest.mark.parametrize(
    "command",
    [
        ["explain", "a warm and funny film"],
        ["explain", "a dull film", "--method", "vat"],
        ["evaluate"],
        ["interpretability"],
        ["attack"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("method", ["iadvt", "baseline"])
def test_it_can_be_looked_at(out, method, command, capsys):
    name, *more = command
    assert status_of([name, str(folder(out, method)), *more]) == 0
    assert capsys.readouterr().out.strip()


def test_settings_of_a_later_version_are_left_out(out):
    path = folder(out, "iadvt") / "config.json"
    config = files.read_json(path)
    files.write_json(path, {**config, "perturbation": {**config["perturbation"], "not_yet_known": 3}})
    assert status_of(["evaluate", str(folder(out, "iadvt"))]) == 0


def test_a_later_format_is_refused(out, capsys):
    path = folder(out, "iadvt") / "config.json"
    files.write_json(path, {**files.read_json(path), "format": FORMAT + 1})
    assert status_of(["evaluate", str(folder(out, "iadvt"))]) == 1
    assert f"format {FORMAT + 1}, of a later version" in capsys.readouterr().err


def stored(method, recipe, corpus="imdb", overrides=(), **more):
    """What config.json of a run of format 1 held."""
    return {
        "corpus": corpus,
        "recipe": recipe,
        "scale": "paper",
        "method": method,
        "task": "classification",
        **load(corpus, recipe, "paper", overrides, method).model_dump(),
        **more,
    }


@pytest.mark.parametrize(
    "method, recipe, overrides, concerned",
    [
        ("iadvt", "authors", (), True),
        ("ivat", "authors", (), True),
        ("advt", "authors", (), False),
        ("vat", "authors", (), False),
        ("iadvt", "paper", (), False),
        ("ivat", "paper", ["perturbation.ivat_start=uniform"], True),
        ("baseline", "authors", ["training.initialise=random"], True),
        ("baseline", "paper", ["training.initialise=random"], False),
    ],
)
def test_runs_that_a_repair_concerns_are_no_longer_what_they_say(method, recipe, overrides, concerned):
    there = stored(method, recipe, overrides=overrides)
    assert bool(outdated(there)) == concerned
    assert not outdated({**there, "format": FORMAT})
    if concerned:
        with pytest.raises(UserError, match="only since format 2"):
            upgrade(there)


@pytest.mark.parametrize("method", METHODS)
def test_a_configuration_of_today_is_its_own_upgrade(method):
    config = {
        "format": FORMAT,
        **stored(method, "paper"),
        **used(load("imdb", "paper", "paper", (), method), METHODS[method]),
    }
    assert upgrade(config) == config


def test_a_run_holds_what_its_method_reads():
    kept = {
        method: set(used(load("imdb", "paper", "paper", (), method), METHODS[method])["perturbation"])
        for method in METHODS
    }
    assert kept["baseline"] == kept["bilstm-gwe"] == set()
    assert {"epsilon_free", "scope_free", "gradient_pass"} <= kept["advt"] and not {
        "xi",
        "neighbours",
        "pgd_steps",
    } & kept["advt"]
    assert {"xi", "epsilon_free"} <= kept["vat"] and not {"ivat_start", "epsilon_directions"} & kept["vat"]
    assert {"ivat_start", "epsilon_directions", "neighbours"} <= kept["ivat"]
    assert not {"xi", "xi_scope", "power_iterations", "ivat_start"} & (kept["ivat-rand"] | kept["random-semi"])
    assert {"xi", "ivat_start"} <= kept["ivat-best"]
    assert kept["iadvt-pgd"] - kept["iadvt"] == {"pgd_steps", "pgd_step_size"}
    assert kept["iadvt-sparse"] - kept["iadvt"] == {"sparse_words"}


def test_another_encoder_does_not_read_what_is_the_lstm_s():
    models = {
        encoder: used(load("imdb", "paper", "paper", [f"model.encoder={encoder}"]), METHODS["advt"])["model"]
        for encoder in ("lstm", "gru")
    }
    assert set(models["lstm"]) - set(models["gru"]) == {"forget_bias", "bilstm_weights"}


def test_a_run_of_a_method_that_is_gone_is_called_that(out, capsys):
    path = folder(out, "iadvt") / "config.json"
    files.write_json(path, {**files.read_json(path), "method": "iadvt-new"})
    assert status_of(["evaluate", str(folder(out, "iadvt"))]) == 1
    assert "a run of the method 'iadvt-new', which this version does not have" in capsys.readouterr().err
