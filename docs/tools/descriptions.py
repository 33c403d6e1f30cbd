"""What each key of a section of settings means, in the words of the code."""

import inspect
import re

_ENTRY = re.compile(r"(\w+(?:, \w+)*)(?: \([^)]*\))?(?::(.*)|$)")
_FIELD = re.compile(r"\s+(\w+): (.+)")


def describe(model):
    """The meanings of a section's keys.

    They stand under ``Attributes`` of the class's docstring, or as a comment behind the key; those of a base count too.

    Args:
        model: a subclass of :class:`iadv_foundation.console.configuration.Section`.

    Returns:
        dict of str to str: key -> meaning; a key of which nothing is said is left out.
    """
    found = {}
    for cls in reversed(model.__mro__):
        if cls.__module__.startswith("pydantic") or cls is object:
            continue
        found |= _of_docstring(inspect.getdoc(cls) or "") | _of_comments(cls)
    return {key: _shown(text) for key, text in found.items() if key in model.model_fields and text}


def _of_docstring(text):
    """Entries ``name (type): meaning`` under ``Attributes:``, each over one line or more (dict of str to str)."""
    found, names = {}, []
    for line in text.partition("Attributes:\n")[2].splitlines():
        indent, entry = len(line) - len(line.lstrip()), _ENTRY.match(line.strip())
        if not line.strip():
            break
        if indent == 4 and entry:
            names = entry[1].split(", ")
            found |= dict.fromkeys(names, (entry[2] or "").strip())
        else:
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def _of_comments(cls):
    """Comments behind the keys of a class's source (dict of str to str)."""
    found = {}
    for line in _source(cls).splitlines():
        field, comment = _FIELD.match(line), line.partition("  # ")[2]
        if field and comment:
            found[field[1]] = comment.strip()
    return found


def _source(cls):
    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):  # made by pydantic.create_model
        return ""


def _shown(text):
    """A meaning as Markdown shows it (str): roles of Sphinx become code."""
    text = re.sub(r":\w+:`([^`]*)`", r"`\1`", text.strip()).replace("``", "`")
    return text[:1].upper() + text[1:] if text[:1].isalpha() and not text.startswith("alpha") else text
