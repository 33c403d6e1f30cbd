"""Pictures by matplotlib that have equal bytes for equal content."""
from foundation.storage import files
from foundation.storage.special_files import is_special

#: For ``matplotlib.rc_context``.
STYLE = {"svg.hashsalt": "results", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 9}
# Without these the files would name the day and the version of matplotlib.
_METADATA = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None},
             "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}
FORMATS = tuple(_METADATA)


def format_of(path):
    """The format that a picture at a path (pathlib.Path) is written in (str), whether it is one of :data:`FORMATS` or not."""
    kind = path.suffix[1:].lower()
    return "png" if not kind and is_special(path) else kind


def save(figure, path):
    """Write a picture, wholly or not at all.

    Args:
        figure (matplotlib.figure.Figure)
        path (pathlib.Path): its suffix, one of :data:`FORMATS`, tells the format; PNG for a device or a pipe.
    """
    kind = format_of(path)
    with files.replacing(path) as partial:
        figure.savefig(partial, format=kind, dpi=150, metadata=_METADATA[kind])
