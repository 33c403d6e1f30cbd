"""The reference of all settings: from the sections that check them, and the files of ``configs/`` that hold values."""

import json

from docs.tools.descriptions import describe
from iadv_foundation.console import configuration
from interpretable_adv import settings
from interpretable_adv.perturbation import choices
from interpretable_adv.perturbation.switches import DIVERGENCES, SPACES, EveryMethod
from pretrain_lm.lm_settings import LanguageModelSettings
from quoted_systems.systems import SYSTEMS
from word_vectors.vector_settings import GweSettings, SkipGramSettings

_HEAD = """# Settings

*This page is made from the code and from `configs/` by `python -m docs.tools`.*

`--set section.key=value` changes a setting of one command. `--print-config` prints all settings of a command, their
values, and the file and line that each comes from. A value comes from the last of these that has it:

| files of `configs/` | what for |
| --- | --- |
| `systems/SYSTEM` | a system that Table 3 quotes |
| `common` | all tasks |
| `tasks/KIND` | `sentiment`, `category` or `error-detection` |
| `corpora/CORPUS` | one corpus |
| `recipes/RECIPE` | `paper` or `authors`: where paper and released code differ |
| `scales/SCALE` | `quick`, `reduced` or `paper`: how large everything is |
| `scales/SCALE/KIND`, `/CORPUS`, `/SYSTEM` | the same for one task, corpus or system |
| `variants/VARIANT` | a variant of a scale, `--scale SCALE+VARIANT` |
| `rows/ROW` | a row of another paper in Table 6 |
| `--set` | one command |

In the column *values*, each value stands behind the file that has it, in this order; *default* is that of the code.
"""
_LIMITS = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
_FOLDERS = ("systems", "", "tasks", "corpora", "recipes", "scales", "scales/*", "variants", "rows")


def page():
    """The page (str)."""
    values = list(_values())
    parts = [_HEAD, "## Networks and their training\n"]
    parts += _section("model", "the network (Table 2)", settings.ModelConfig, values)
    parts += _section("training", "optimisation and model selection (Table 2)", settings.TrainingConfig, values)
    parts += ["## Perturbations\n", "A method reads the settings of its space, its divergence and its choice.\n"]
    for title, model in _perturbation():
        parts += _section("perturbation", title, model, values)
    parts += ["## What embeddings start from\n"]
    parts += _section("lm", "the language model", LanguageModelSettings, values)
    parts += _section("vectors", "skip-gram vectors", SkipGramSettings, values)
    parts += _section("gwe", "error- and grammaticality-specific vectors", GweSettings, values)
    parts += ["## Systems that Table 3 quotes\n"]
    for system in SYSTEMS.values():
        for name, field in system.module("settings").Configuration.model_fields.items():
            parts += _section(name, f"of `{system.name}`", field.annotation, values)
    return "\n".join(parts).rstrip() + "\n"


def _perturbation():
    """Yield what reads settings of ``[perturbation]``, in words, and the section of them."""
    yield "every method with a perturbation", EveryMethod
    for name, model in SPACES.items():
        yield f"space `{name}`", model
    for name, model in DIVERGENCES.items():
        yield f"divergence `{name}`", model
    for name in choices.names():
        if choices.settings_of(name):
            yield f"choice `{name}`", choices.settings_of(name)


def _values():
    """Yield (file as users know it, its nested values, its text) of ``configs/``, first to last."""
    for folder in _FOLDERS:
        for path in sorted(configuration.CONFIGS.glob(f"{folder}/*.toml" if folder else "*.toml")):
            name = path.relative_to(configuration.CONFIGS).with_suffix("").as_posix()
            yield name, configuration.read_file(name)


def _section(name, title, model, values):
    """The lines on one section of settings (list of str)."""
    lines = [f"### `[{name}]`, {title}\n", "| key | type and limits | values | meaning |", "| --- | --- | --- | --- |"]
    schema, meanings = model.model_json_schema(), describe(model)
    for key, part in schema["properties"].items():
        cells = [f"`{key}`", kind_of(part), ", ".join(_found(name, key, part, values)), meanings.get(key, "")]
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return [*lines, ""]


def _found(section, key, part, values):
    """Yield each value of a key with the file that has it."""
    if "default" in part:
        yield f"default `{json.dumps(part['default'])}`"
    for name, layer in values:
        if key in layer.get(section, {}):
            yield f"{name} `{json.dumps(layer[section][key])}`"


def kind_of(part):
    """A type and its limits in words (str), from a part of a JSON schema."""
    if "enum" in part or "const" in part:
        return " or ".join(f"`{value}`" for value in part.get("enum", [part.get("const")]))
    if part["type"] == "array":
        return f"list of: {kind_of(part['items'])}"
    if part["type"] == "boolean":
        return "`true` or `false`"
    kind = {"integer": "whole number", "number": "number"}[part["type"]]
    if "minimum" in part and "maximum" in part:
        return f"{kind}, {_number(part['minimum'])} to {_number(part['maximum'])}"
    return ", ".join([kind, *(f"{word} {_number(part[name])}" for name, word in _LIMITS.items() if name in part)])


def _number(value):
    return f"{value:,}" if isinstance(value, int) else f"{value:g}".replace("e+0", "e").replace("e+", "e")
