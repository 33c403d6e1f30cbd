"""Pictures by matplotlib that have equal bytes for equal content."""

import contextlib

import matplotlib

from iadv_foundation.storage import files
from iadv_foundation.storage.special_files import is_special

#: Of all pictures; the rest is as matplotlib has it where nobody has settings of their own.
STYLE = {"svg.hashsalt": "results", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 9}
# Without these the files would name the day and the version of matplotlib.
_METADATA = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
FORMATS = tuple(_METADATA)


def format_of(path):
    """The format that a picture at a path (pathlib.Path) is written in (str),
    whether it is one of :data:`FORMATS` or not.
    """
    kind = path.suffix[1:].lower()
    return "png" if not kind and is_special(path) else kind


@contextlib.contextmanager
def drawing(**style):
    """Have matplotlib draw as this project does, whatever the user's ``matplotlibrc`` says;
    ``style`` adds to :data:`STYLE`.
    """
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**STYLE, **style})
        yield


def save(figure, path):
    """Write a picture, wholly or not at all.

    Args:
        figure (matplotlib.figure.Figure)
        path (pathlib.Path): its suffix, one of :data:`FORMATS`, tells the format; PNG for a device or a pipe.
    """
    kind = format_of(path)
    with files.replacing(path) as partial:
        figure.savefig(partial, format=kind, dpi=150, metadata=_METADATA[kind])
