"""A hook of MkDocs: files outside ``docs`` that a page links to become part of the site, at their own paths.

So a link works in the repository and on the site alike: ``../measured/fce-paper/README.md``.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_LINK = re.compile(r"(!?\[[^\]]*\]\()([^)#\s:]+)((?:#[^)\s]*)?\))")


def on_files(files, config):
    """Add what the navigation names, what the pages link to, and what is linked to from there."""
    targets = [ROOT / name for name in _names(config["nav"])]
    for page in files.documentation_pages():
        targets += linked(Path(page.abs_src_path))
    while targets:
        target = targets.pop()
        name = site_path(target)
        if target.is_file() and files.get_file_from_path(name) is None:
            files.append(File.generated(config, name, abs_src_path=str(target)))
            if target.suffix == ".md":
                targets += linked(target)
    return files


def _names(nav):
    """Yield the paths in a navigation of MkDocs (str): a path, titles with one each, or titles with lists of them."""
    if isinstance(nav, str):
        yield nav
    else:
        for entry in nav.values() if isinstance(nav, dict) else nav:
            yield from _names(entry)


def on_page_markdown(markdown, page, **_):
    """Lead links to where their targets stand on the site; a link to a folder becomes plain words."""
    source = Path(page.file.abs_src_path)

    def moved(match):
        target = resolved(source, match[2])
        if target.is_dir():
            return match[1][1:-2]
        here = posixpath.dirname(page.file.src_uri)
        return f"{match[1]}{posixpath.relpath(site_path(target), here or '.')}{match[3]}"

    return _LINK.sub(moved, markdown)


def linked(path):
    """The files and folders that a text links to (list of pathlib.Path), there or not."""
    return [resolved(path, match[2]) for match in _LINK.finditer(path.read_text(encoding="utf-8"))]


def resolved(source, link):
    """Where a relative link of a text leads (pathlib.Path)."""
    return Path(posixpath.normpath(source.parent.as_posix() + "/" + link))


def site_path(path):
    """Where a file of the repository stands on the site (str)."""
    if path == ROOT / "README.md":
        return "index.md"
    return path.relative_to(DOCS if path.is_relative_to(DOCS) else ROOT).as_posix()
