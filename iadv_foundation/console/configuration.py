"""Configuration in layers of TOML, with strict keys and errors that a person can read."""

import difflib
import json
import re
import tomllib
from pathlib import Path
from typing import Annotated

import pydantic

from iadv_foundation.console.cli import closest
from iadv_foundation.errors import UsageError


def _configs(package):
    """The folder of all configuration files: in the package where it is installed, beside it in a checkout."""
    inside = package / "configs"
    return inside if inside.is_dir() else package.parent / "configs"


CONFIGS = _configs(Path(__file__).resolve().parents[1])
_SINGULAR = {
    "corpora": "corpus",
    "recipes": "recipe",
    "rows": "row",
    "scales": "scale",
    "systems": "system",
    "tasks": "task",
    "variants": "variant",
}
_DEEPEST = 8  # tables in tables of --set; the configuration itself has two
_COLUMN = 40  # where comments begin in a printed configuration
_TABLE, _KEY = re.compile(r"\s*\[([\w.-]+)\]"), re.compile(r"\s*([\w.-]+)\s*=")


# The numbers of configurations.  All have limits, far outside what anybody trains with and inside what the arithmetic
# takes.
Size = Annotated[int, pydantic.Field(ge=1, le=16_384)]  # of a layer or a vector
Count = Annotated[int, pydantic.Field(ge=1, le=1_000_000)]  # of documents, epochs, steps
Rate = Annotated[float, pydantic.Field(gt=0, le=100)]  # a learning rate, a scale
Weight = Annotated[float, pydantic.Field(ge=0, le=1e6)]  # a factor of a loss, a length


class Section(pydantic.BaseModel):
    """Base of every part of a configuration: unknown keys are errors, values are checked, nothing changes later."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)


class Layer(dict):
    """Nested values from one place, a file or ``--set``, which knows where each of them stands.

    Attributes:
        source (str): the file as users know it, ``configs/recipes/paper.toml``, or ``--set``.
        places (dict of str to str): dotted key -> file and line, or the option, as far as known.
    """

    def __init__(self, values, source, places):
        super().__init__(values)
        self.source, self.places = source, places

    def only(self, sections):
        """The layer without the other sections (Layer)."""
        return Layer({name: self[name] for name in sections if name in self}, self.source, self.places)

    def place_of(self, key):
        """Where the value of a dotted key stands (str); None if this layer has none."""
        found = self
        for part in key.split("."):
            if not isinstance(found, dict) or part not in found:
                return None
            found = found[part]
        return self.places.get(key, self.source)


def read_layer(folder, name):
    """Read ``configs/<folder>/<name>.toml``.

    Returns:
        Layer

    Raises:
        UsageError: there is no such file, or it is not TOML.
    """
    known = sorted(found.stem for found in (CONFIGS / folder).glob("*.toml"))
    return read_file(f"{folder}/{closest(name, known, _SINGULAR[folder])}")


def read_file(name):
    """Read ``configs/<name>.toml`` (Layer); a file that is not there has no values.

    Raises:
        UsageError: it is not TOML.
    """
    path = CONFIGS / f"{name}.toml"
    source = f"{CONFIGS.name}/{name}.toml"
    if not path.is_file():
        return Layer({}, source, {})
    try:
        text = path.read_text(encoding="utf-8")
        return Layer(tomllib.loads(text), source, {key: f"{source}:{line}" for key, line in _lines_of_keys(text)})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None


def _lines_of_keys(text):
    """Yield (dotted key, number of its line) of a TOML file in which every key begins a line."""
    table = ""
    for number, line in enumerate(text.split("\n"), 1):
        if found := _TABLE.match(line):
            table = f"{found[1]}."
        elif found := _KEY.match(line):
            yield f"{table}{found[1]}", number


def merge(*layers):
    """Merge nested dictionaries; a later layer wins, table by table.  The arguments stay as they are."""
    merged = {}
    for layer in layers:
        for key, value in layer.items():
            if isinstance(value, dict):
                before = merged.get(key)
                merged[key] = merge(before if isinstance(before, dict) else {}, value)
            else:
                merged[key] = value
    return merged


def parse_overrides(assignments):
    """Turn ``["perturbation.epsilon=1", ...]`` into a :class:`Layer`.

    A value is TOML; what is not is taken as a string.

    Raises:
        UsageError: an assignment has no ``=`` or no key.
    """
    layer, places = {}, {}
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        parts = key.strip().split(".")
        if not equals or not all(parts) or len(parts) > _DEEPEST or "\n" in assignment:
            raise UsageError(f"--set {assignment}: write --set section.key=value")
        try:
            parsed = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            parsed = value.strip()
        except (RecursionError, ValueError):
            raise UsageError(f"--set {key}=...: the value is nested too deep, or has too many digits") from None
        for part in reversed(parts):
            parsed = {part: parsed}
        layer = merge(layer, parsed)
        places[key.strip()] = f"--set {assignment}"
    return Layer(layer, "--set", places)


def resolve(model, *layers):
    """Merge ``layers`` and check them against ``model`` (a :class:`Section`).

    Raises:
        UsageError: unknown key, missing key, or a value of the wrong type or out of range; one line for all of them.
    """
    try:
        return model.model_validate(merge(*layers))
    except pydantic.ValidationError as error:
        raise UsageError("; ".join(_explain(model, problem, layers) for problem in error.errors())) from None


def _explain(model, problem, layers):
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "missing":
        return f"configuration key {key!r} has no value"
    place = place_of(".".join(part for part in problem["loc"] if isinstance(part, str)), layers)
    where = f"{place}: " if place and not place.startswith("--set") else ""  # An option names its key itself.
    if problem["type"] == "extra_forbidden":
        known = sorted(keys_of(model))
        near = difflib.get_close_matches(key, known, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else f"; known keys: {', '.join(known)}"
        return f"{where}unknown configuration key {key!r}{hint}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{where}configuration key {key!r}: {message[0].lower()}{message[1:]}, not {_shown(problem['input'])}"


def _shown(value):
    """A value for a message, cut where it is long (str)."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return "this value"
    return text if len(text) <= 2 * _COLUMN else f"{text[: 2 * _COLUMN]}..."


def place_of(key, layers):
    """Where the value of a dotted key comes from, the last of the layers that has one (str); None if none has.

    Args:
        layers (sequence of dict): those that are no :class:`Layer` do not tell.
    """
    places = (layer.place_of(key) for layer in reversed(layers) if isinstance(layer, Layer))
    return next((place for place in places if place), None)


def describe(model, layers):
    """A resolved configuration as TOML: each key with its value and, as a comment, where that comes from (str).

    Args:
        model: a :class:`Section` of sections.
        layers (sequence of Layer): first to last.

    Raises:
        UsageError: as :func:`resolve`.
    """
    sources = [f"#   {layer.source}" for layer in layers if layer]
    lines = ["# Each value comes from the last of these that has it:", *sources]
    for section, values in resolve(model, *layers).model_dump().items():
        lines += ["", f"[{section}]"]
        for key, value in values.items():
            place = place_of(f"{section}.{key}", layers) or "default"
            lines.append(f"{f'{key} = {json.dumps(value)}':<{_COLUMN}}  # {place}")
    return "\n".join(lines)


def keys_of(model, prefix=""):
    """Yield the dotted names of all keys of a :class:`Section`."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, pydantic.BaseModel):
            yield from keys_of(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"
