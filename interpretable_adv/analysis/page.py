"""An explanation as one HTML page that needs nothing else."""
from pathlib import Path

import jinja2

from foundation.console.printing import printable

_TEMPLATES = Path(__file__).parent / "templates"


def to_html(explanation):
    """An explanation as a page (str); whatever the text holds stays text.

    Args:
        explanation (interpretable_adv.analysis.explanation.Explanation)
    """
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True,
                                     lstrip_blocks=True, undefined=jinja2.StrictUndefined,
                                     finalize=lambda value: printable(value) if type(value) is str else value)
    return environment.get_template("explanation.html").render(
        about=explanation.about, words=explanation.words, notices=explanation.notices())
