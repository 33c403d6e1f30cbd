"""Every number of a configuration has a lower and an upper limit, and what lies beyond is one line with status 2."""

import pytest

from iadv_foundation.errors import UsageError
from interpretable_adv import settings
from pretrain_lm import lm_settings
from word_vectors import vector_settings

MODELS = {
    settings.Config: lambda text: settings.load("sample-sec", "paper", "quick", [text], "ivat"),
    lm_settings.Configuration: lambda text: lm_settings.load_configuration("sample-sec", "paper", "quick", [text]),
    vector_settings.SkipGramConfiguration: lambda text: vector_settings.load_skipgram_settings(
        "sample-ged", "quick", [text]
    ),
    vector_settings.GweConfiguration: lambda text: vector_settings.load_gwe_settings("sample-ged", "quick", [text]),
}
HUGE = (
    "99999999999999999999",
    "9223372036854775807",
    "1e308",
    "-1e308",
    "inf",
    "nan",
    "-1",
    "9" * 5000,
    "[" * 100_000,
    "1\nx=2",
)


def numbers(schema, part, name=()):
    """Yield (dotted name, JSON schema) of all numbers of a model."""
    part = schema["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
    if part.get("type") in ("integer", "number"):
        yield ".".join(name), part
    for key, inner in part.get("properties", {}).items():
        yield from numbers(schema, inner, (*name, key))
    if "items" in part:
        yield from numbers(schema, part["items"], name)


FIELDS = [
    (model, name, part)
    for model in MODELS
    for name, part in numbers(model.model_json_schema(), model.model_json_schema())
]


def test_the_schemas_are_read():
    assert len(FIELDS) > 40 and {"training.learning_rate", "lm.cutoffs", "vectors.window"} <= {
        name for _, name, _ in FIELDS
    }


@pytest.mark.parametrize("model, name, part", FIELDS, ids=[name for _, name, _ in FIELDS])
def test_a_number_has_limits(model, name, part):
    assert {"minimum", "exclusiveMinimum"} & set(part) and {"maximum", "exclusiveMaximum"} & set(part)
    for huge in HUGE:
        value = f"[{huge}]" if name == "lm.cutoffs" and huge[0] != "[" else huge
        with pytest.raises(UsageError) as refused:
            MODELS[model](f"{name}={value}")
            assert name.endswith("forget_bias") and value == "-1"  # which may be negative
            raise UsageError(name)
        assert len(str(refused.value)) < 6000


def test_a_key_of_thousands_of_parts():
    with pytest.raises(UsageError, match="write --set section.key=value"):
        settings.load("sample-sec", "paper", "quick", [".".join("a" * 5000) + "=1"])
