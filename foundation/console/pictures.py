"""Pictures by matplotlib that have equal bytes for equal content."""
from foundation.storage import files

#: For ``matplotlib.rc_context``.
STYLE = {"svg.hashsalt": "results", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 9}
# Without these the files would name the day and the version of matplotlib.
_METADATA = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None},
             "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}
FORMATS = tuple(_METADATA)


def save(figure, path):
    """Write a picture, wholly or not at all.

    Args:
        figure (matplotlib.figure.Figure)
        path (pathlib.Path): its suffix, one of :data:`FORMATS`, tells the format.
    """
    kind = path.suffix[1:].lower()
    with files.replacing(path) as partial:
        figure.savefig(partial, format=kind, dpi=150, metadata=_METADATA[kind])
