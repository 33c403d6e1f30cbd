"""Which files of the documentation are made from the code, and whether they are what it gives."""

from pathlib import Path

from docs.tools import commands, imports_picture, library_page, settings_page
from iadv_foundation.errors import UsageError, UserError
from iadv_foundation.storage import files

DOCS = Path(__file__).resolve().parents[1]
#: Path below ``docs`` -> function that gives the file's text.
MADE = {
    "reference/commands.md": commands.page,
    "reference/configuration.md": settings_page.page,
    "reference/library.md": library_page.page,
    "images/imports.svg": imports_picture.picture,
}


def main(argv):
    """Renew the files, or with ``--check`` refuse those that are not what the code gives.

    Args:
        argv (list of str): the words after ``python -m docs.tools``.

    Raises:
        UsageError: another word.
        UserError: ``--check`` found something.
    """
    if argv not in ([], ["--check"]):
        raise UsageError("write python -m docs.tools, or python -m docs.tools --check")
    changed = stale()
    if argv and changed:
        raise UserError(f"{', '.join(changed)}: not what the code gives; run python -m docs.tools")
    for name, text in changed.items():
        (DOCS / name).parent.mkdir(exist_ok=True)
        files.write_text(DOCS / name, text)
        print(f"docs/{name}")


def stale():
    """The files that stand there otherwise, or not at all: path below ``docs`` -> text as it should be (dict)."""
    made = {name: make() for name, make in MADE.items()}
    return {
        name: text
        for name, text in made.items()
        if not (DOCS / name).is_file() or (DOCS / name).read_text(encoding="utf-8") != text
    }
