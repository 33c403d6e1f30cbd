"""Explanations as one HTML page that needs nothing else."""

import contextlib
import functools
from pathlib import Path

import jinja2
import markupsafe

from iadv_foundation.console.printing import printable
from interpretable_adv.analysis.writing import opened

_TEMPLATES = Path(__file__).parent / "templates"
#: Stands for the explanations while the page around them is made.
_SECTIONS = markupsafe.Markup("<!-- explanations -->")


@functools.cache
def _template(name):
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    return environment.get_template(name)


@contextlib.contextmanager
def page(path, title):
    """Yield a function that adds an explanation to a page, which is written wholly or not at all.

    Whatever a text holds stays text.

    Args:
        path: file to write.
        title (str): of the page.
    """
    head, tail = _around(title)
    with opened(path) as write:
        write(head)
        yield lambda explanation: write(_section(explanation))
        write(tail)


def to_html(explanation):
    """A page with one explanation (str).

    Args:
        explanation (interpretable_adv.analysis.explanation.Explanation)
    """
    head, tail = _around(f"{explanation.about['source']}: {explanation.about['run']}")
    return head + _section(explanation) + tail


def _around(title):
    """What stands before and after the explanations (list of two str)."""
    return _template("explanations.html").render(title=title, sections=_SECTIONS).split(str(_SECTIONS))


def _section(explanation):
    return _template("explanation.html").render(
        about=explanation.about, words=explanation.words, notices=explanation.notices()
    )
