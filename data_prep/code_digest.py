"""What tells whether a corpus was prepared by the code that is here now: a digest of the modules with a part in it.

They are the corpus's own module, :mod:`data_prep.prepare`, and what these import of this package, directly or through
others: another corpus or reader may come or change, and nothing has to be prepared again.
"""

import ast
import functools
from pathlib import Path

from iadv_foundation.storage import files

ROOT = Path(__file__).resolve().parent
PIPELINE = "data_prep.prepare"
# They only bring files, of whose content the record has a digest of its own.
_FETCHING = {"data_prep.downloads", "data_prep.packages"}


@functools.cache
def code_digest(module, root=ROOT):
    """SHA-256 of the code that prepares a corpus.

    Args:
        module (str): that describes it, see :class:`data_prep.description.CorpusDescription`.
        root (pathlib.Path): the folder of ``data_prep``.
    """
    return files.digest_of_json({name: files.digest_of_file(_file(name, root)) for name in modules_of(module, root)})


def modules_of(module, root=ROOT):
    """Names of the modules of this package that a corpus is prepared by (list of str, in order)."""
    found, waiting = set(), [module, PIPELINE]
    while waiting:
        name = waiting.pop()
        if name not in found | _FETCHING:
            found.add(name)
            waiting.extend(_imported(_file(name, root), root))
    return sorted(found)


def _imported(path, root):
    """Names of the modules, not the packages, that a file of this package imports from it (list of str)."""
    return [name for name in _names(path.read_bytes()) if name.startswith("data_prep.") and _file(name, root).is_file()]


@functools.cache
def _names(source):
    """All modules that a source text may import (tuple of str): ``from a import b`` means ``a`` or ``a.b``."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.extend([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
    return tuple(names)


def _file(name, root):
    return root.joinpath(*name.split(".")[1:]).with_suffix(".py")
