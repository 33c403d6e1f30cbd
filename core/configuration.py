"""Configuration in layers of TOML, with strict keys and errors that a person can read."""
import difflib
import re
import tomllib
from pathlib import Path

import pydantic

from core.cli import closest
from core.errors import UsageError

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
_SINGULAR = {"corpora": "corpus", "recipes": "recipe", "rows": "row", "scales": "scale"}
_OWN_CORPUS = re.compile(r"(text|tags)(?:-[a-z0-9]+)+")


class Section(pydantic.BaseModel):
    """Base of every part of a configuration: unknown keys are errors, values are checked, nothing changes afterwards."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)


def read_layer(folder, name):
    """Read ``configs/<folder>/<name>.toml``.

    Raises:
        UsageError: there is no such file, or it is not TOML.
    """
    known = sorted(found.stem for found in (CONFIGS / folder).glob("*.toml"))
    path = CONFIGS / folder / f"{closest(name, known, _SINGULAR[folder])}.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None


def layers_of(corpus, scale):
    """The layers that do not depend on a recipe: the corpus (at the paper's size), then the scale, then the scale's own
    values for the corpus's task (its table ``tasks.<task>``) and for the corpus itself (``only.<corpus>``).

    A user's own corpus, ``text-NAME`` or ``tags-NAME``, has the layer of ``text`` or ``tags`` unless it has a file of its own.

    Returns:
        list of dict, first to last.

    Raises:
        UsageError: unknown corpus or scale.
    """
    own = _OWN_CORPUS.fullmatch(corpus)
    file = own[1] if own and not (CONFIGS / "corpora" / f"{corpus}.toml").is_file() else corpus
    corpus_layer, scale_layer = read_layer("corpora", file), read_layer("scales", scale)
    if "task" not in corpus_layer:
        raise UsageError(f"{CONFIGS / 'corpora' / file}.toml: the key task, \"classification\" or \"labelling\", is missing")
    tasks, only = scale_layer.pop("tasks", {}), scale_layer.pop("only", {})
    return [corpus_layer, scale_layer, tasks.get(corpus_layer["task"], {}), only.get(corpus, {})]


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
    """Turn ``["perturbation.epsilon=1", ...]`` into a layer.  A value is TOML; what is not is taken as a string.

    Raises:
        UsageError: an assignment has no ``=`` or no key.
    """
    layer = {}
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        parts = key.strip().split(".")
        if not equals or not all(parts):
            raise UsageError(f"--set {assignment}: write --set section.key=value")
        try:
            parsed = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            parsed = value.strip()
        for part in reversed(parts):
            parsed = {part: parsed}
        layer = merge(layer, parsed)
    return layer


def resolve(model, *layers):
    """Merge ``layers`` and check them against ``model`` (a :class:`Section`).

    Raises:
        UsageError: unknown key, missing key, or a value of the wrong type or out of range; one line for all of them.
    """
    try:
        return model.model_validate(merge(*layers))
    except pydantic.ValidationError as error:
        raise UsageError("; ".join(_explain(model, problem) for problem in error.errors())) from None


def _explain(model, problem):
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        known = sorted(keys_of(model))
        near = difflib.get_close_matches(key, known, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else f"; known keys: {', '.join(known)}"
        return f"unknown configuration key {key!r}{hint}"
    if problem["type"] == "missing":
        return f"configuration key {key!r} has no value"
    message = problem["msg"].removeprefix("Value error, ")
    return f"configuration key {key!r}: {message[0].lower()}{message[1:]}, not {problem['input']!r}"


def keys_of(model, prefix=""):
    """Yield the dotted names of all keys of a :class:`Section`."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, pydantic.BaseModel):
            yield from keys_of(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"
