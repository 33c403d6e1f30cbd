"""The reference of the Python interface, from the docstrings of ``interpretable_adv.__all__``."""

import inspect
import json
import re

import interpretable_adv

_HEAD = """# Python interface

*This page is made from the docstrings by `python -m docs.tools`.*

What `interpretable_adv` offers to programs and notebooks. [In Python](../library.md) shows how it is used. B is the
number of texts of a batch, N that of its words, D the size of an embedding, V that of the vocabulary, K the number
of neighbours.
"""
_SECTION = re.compile(r"^(Args|Returns|Raises|Examples|Attributes|Yields):$")
_ENTRY = re.compile(r"^(\*{0,2}\w[\w.]*(?:, \*{0,2}\w[\w.]*)*)(?: \([^)]*\))?:(?: (.*))?$")
_TITLES = {"Args": "Arguments"}


def page():
    """The page (str)."""
    parts = [_HEAD]
    for name in sorted(interpretable_adv.__all__, key=str.lower):
        value = getattr(interpretable_adv, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            parts += _entry(name, value)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip() + "\n"


def _entry(name, value):
    """The lines on a class with its methods, or on a function (list of str)."""
    lines = [f"\n## `{name}`\n", _signature(name, value), *rendered(inspect.getdoc(value) or "")]
    for member, what in sorted(vars(value).items()) if inspect.isclass(value) else ():
        target = what.fget if isinstance(what, property) else what
        if member.startswith("_") or not inspect.isfunction(target) or not target.__doc__:
            continue
        lines.append(f"\n### `{name}.{member}`\n")
        if not isinstance(what, property):
            lines.append(_signature(member, target))
        lines += rendered(inspect.getdoc(target) or "")
    return lines


def _signature(name, value):
    """What is written to call it, without types (str); of a protocol, nothing."""
    if getattr(value, "_is_protocol", False):
        return ""
    kinds, words, starred = inspect.Parameter, [], False
    for one in inspect.signature(value).parameters.values():
        if one.name == "self":
            continue
        if one.kind is kinds.KEYWORD_ONLY and not starred:
            words, starred = [*words, "*"], True
        star = {kinds.VAR_POSITIONAL: "*", kinds.VAR_KEYWORD: "**"}.get(one.kind, "")
        starred = starred or one.kind is kinds.VAR_POSITIONAL
        default = "" if one.default is one.empty else f"={_written(one.default)}"
        words.append(f"{star}{one.name}{default}")
    return f"    {name}({', '.join(words)})\n"


def _written(value):
    """A value as code has it (str), a text between double quotes."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def rendered(docstring):
    """A docstring in Google's form as lines of Markdown (list of str)."""
    lines, section, code = [], None, []
    for line in docstring.splitlines():
        title = _SECTION.match(line)
        if title:
            section = title[1]
            lines += ["", f"**{_TITLES.get(section, section)}**", ""]
        elif section == "Examples":
            code.append(line.removeprefix("    "))
        elif section is None:
            lines.append(_shown(line))
        else:
            lines += _of_section(section, line.removeprefix("    "))
    return [*lines, *(["```pycon", *_stripped(code), "```"] if code else []), ""]


def _of_section(section, line):
    """A line of a list of arguments and the like, as lines of Markdown."""
    entry = _ENTRY.match(line)
    if section != "Returns" and entry:
        return [f"- `{entry[1]}`: {_shown(entry[2] or '')}".rstrip()]
    return [f"  {_shown(line.strip())}" if section != "Returns" else _shown(line)] if line.strip() else []


def _stripped(lines):
    """Lines of code without empty ones at both ends."""
    text = "\n".join(lines).strip("\n")
    return text.split("\n")


def _shown(text):
    """A line as Markdown shows it (str): roles of Sphinx, formulas and double backticks become code."""
    text = re.sub(r"^\.\. math:: (.*)$", r"`\1`", text)
    text = re.sub(r":\w+:`~?([^`]*)`", r"`\1`", text).replace("``", "`")
    return "`".join(part if place % 2 else part.replace("<", "&lt;") for place, part in enumerate(text.split("`")))
