"""The measured tables in the texts: each is made from the records of the runs that lie beside them.

A text marks a place, ``python -m results readme`` fills it::

    <!-- measured: NAME -->
    <!-- end -->
"""

from pathlib import Path

from iadv_foundation.errors import UserError
from iadv_foundation.storage import files

from .. import COMMAND
from . import fce, quick, rotten, summary
from .blocks import fill

ROOT = Path(__file__).parents[2]
TEXTS = (
    "README.md",
    "docs/reproduction/results.md",
    "measured/fce-paper/README.md",
    "measured/quick/README.md",
    "measured/perturbations/README.md",
    "measured/rotten-reduced/README.md",
)
BLOCKS = {**summary.BLOCKS, **fce.BLOCKS, **quick.BLOCKS, **rotten.BLOCKS}


def made(root=ROOT):
    """What the texts and tables should be, from the records under ``root``.

    Args:
        root (pathlib.Path): the repository, or a copy of ``measured`` and the texts.

    Returns:
        dict of pathlib.Path to str.

    Raises:
        UserError: a text's marks are broken or name something else; or this is no repository, but an installed package.
        DamagedFileError: a record cannot be read.
    """
    measured = Path(root) / "measured"
    if not measured.is_dir():
        raise UserError(
            f"there is no folder {measured}: readme needs a clone of the repository, not an installed package"
        )
    found = {Path(root) / name: fill(Path(root) / name, BLOCKS, measured) for name in TEXTS}
    for module in (fce, quick):
        for document, folder in module.documents(measured):
            texts = {f"{document.stem}.md": document.to_markdown(), f"{document.stem}.csv": document.to_csv()}
            texts |= {f"{document.stem}-{name}.csv": document.attached_csv(name) for name in document.attached}
            found |= {folder / name: text for name, text in texts.items()}
    return found


def write(root=ROOT):
    """Bring all texts and tables up to date; returns the paths of those that changed (list of pathlib.Path)."""
    changed = stale(root)
    for path, text in changed.items():
        files.write_text(path, text)
    return list(changed)


def check(root=ROOT):
    """Refuse texts and tables that are not what the records give.

    Raises:
        UserError: some are not; and see :func:`made`.
    """
    changed = stale(root)
    if changed:
        raise UserError(f"{', '.join(str(path) for path in changed)}: not what the records give; run {COMMAND} readme")


def stale(root=ROOT):
    """Those of :func:`made` that stand there otherwise, or not at all (dict of pathlib.Path to str)."""
    return {
        path: text
        for path, text in made(root).items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    }
