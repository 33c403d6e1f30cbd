"""A network of another paper has its own settings above those of corpus, recipe and scale, and below ``--set``."""

import pytest

from iadv_foundation.errors import UsageError
from interpretable_adv.settings import load

ROWS = {"bilstm-skipgram": "skipgram", "bilstm-gwe": "gwe"}


@pytest.mark.parametrize("method", ROWS)
def test_what_a_row_of_table_6_has_of_its_own(method):
    own, shared = (load("fce", "paper", "paper", method=name).model_dump() for name in (method, "baseline"))
    different = {
        f"{section}.{key}": value
        for section, values in own.items()
        for key, value in values.items()
        if value != shared[section][key]
    }
    expected = {
        "model.activation": "tanh",
        "model.dropout": 0.0,
        "training.batch_size": 64,
        "training.patience": 7,
        "training.vectors": ROWS[method],
    }
    if method == "bilstm-skipgram":
        del expected["training.vectors"]  # the same as everywhere on FCE
    assert different == expected
    assert own["model"] | {"dropout": 0.5} == shared["model"] | {"activation": "tanh"}
    assert own["training"]["learning_rate"] == 0.001 and own["training"]["initialise"] == "vectors"


def test_a_sample_starts_from_its_language_model_but_the_rows_from_vectors():
    assert load("sample-ged", "paper", "quick").training.initialise == "lm"
    assert {load("sample-ged", "paper", "quick", method=method).training.initialise for method in ROWS} == {"vectors"}


@pytest.mark.parametrize("method", ["advt", "ivat", "random"])
def test_the_papers_methods_share_all_settings(method):
    assert load("fce", "authors", "reduced", method=method) == load("fce", "authors", "reduced")


def test_an_override_beats_a_row():
    config = load("fce", "paper", "paper", ["training.batch_size=5", "training.vectors=word2vec"], "bilstm-gwe")
    assert (
        config.training.batch_size == 5 and config.training.vectors == "word2vec" and config.model.activation == "tanh"
    )


@pytest.mark.parametrize("encoder", ["gru", "cnn"])
@pytest.mark.parametrize(
    "method, more, message",
    [
        ("iadvt", ["model.forget_bias=1"], "--set model.forget_bias: only the LSTM reads it"),
        ("vat", ["model.bilstm_weights=orthogonal"], "--set model.bilstm_weights: only the LSTM reads it"),
        ("bilstm-gwe", [], "method bilstm-gwe is another paper's bi-LSTM"),
    ],
)
def test_an_encoder_beside_what_only_the_lstm_has_is_refused(encoder, method, more, message):
    with pytest.raises(UsageError, match=message):
        load("fce", "paper", "quick", [*more, f"model.encoder={encoder}"], method)
    assert load("fce", "paper", "quick", [*more, "model.encoder=lstm"], method).model.encoder == "lstm"


def test_an_unknown_encoder_is_answered_with_those_there_are():
    with pytest.raises(UsageError, match="'model.encoder': input should be 'cnn', 'gru' or 'lstm', not 'grus'"):
        load("fce", "paper", "quick", ["model.encoder=grus", "model.forget_bias=1"], "bilstm-gwe")


@pytest.mark.parametrize(
    "override, words",
    [
        ("model.activation=sigmoid", "model.activation"),
        ("training.vectors=glove", "training.vectors"),
        ("training.initialise=word2vec", "training.initialise"),
    ],
)
def test_unknown_names_are_refused(override, words):
    with pytest.raises(UsageError, match=words):
        load("fce", "paper", "paper", [override])
