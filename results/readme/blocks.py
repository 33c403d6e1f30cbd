"""Marked places of a text, and tables in the form that stands there."""

import re

from iadv_foundation.errors import UserError

_START, _END = "<!-- measured: ", "<!-- end -->"
_BLOCK = re.compile(rf"({_START}(\S+) -->\n)(?:(?!{_START}).)*?({_END})", re.DOTALL)


def fill(path, blocks, measured):
    """A text with its marked places filled.

    Args:
        path (pathlib.Path): of the text.
        blocks (dict of str to callable): name -> function of ``measured`` that returns Markdown without its last
            newline.
        measured (pathlib.Path): folder of the records.

    Returns:
        str

    Raises:
        UserError: a mark has no end, or a name is none of ``blocks``.
    """
    text = path.read_text(encoding="utf-8")
    names = [match[2] for match in _BLOCK.finditer(text)]
    if not len(names) == text.count(_START) == text.count(_END):
        raise UserError(f"{path}: each '{_START}NAME -->' needs one '{_END}' after it")
    for name in names:
        if name not in blocks:
            raise UserError(f"{path}: there is no block called {name}; there are {', '.join(sorted(blocks))}")
    return _BLOCK.sub(lambda match: f"{match[1]}{blocks[match[2]](measured)}\n{match[3]}", text)


def table(headings, rows, left=1):
    """A Markdown table (str).

    Args:
        headings (sequence of str)
        rows (iterable of sequences of str)
        left (int): how many columns from the left hold names; the others are set flush right.
    """
    rule = ["---"] * left + ["---:"] * (len(headings) - left)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (headings, rule, *rows))
