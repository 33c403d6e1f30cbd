"""The topics of RCV1-v2: which of the 55 classes a news item has, from online appendix 8 of Lewis et al. 2004.

The file, ``rcv1-v2.topics.qrels`` (plain or gzip), has a line ``TOPIC ITEM 1`` for each topic of each of the 804,414
items of RCV1-v2.  The topics above one that an item has are there too: ``C151`` never comes without ``C15`` and
``CCAT``.
"""

import contextlib
import gzip
import io
import re

from data_prep.guards import Bounded, Budget, damage_named
from iadv_foundation.errors import UserError

#: The 55 topics of the second level, as Johnson & Zhang's ``rcv1-lvl2.catdic`` orders them.
SECOND_LEVEL = (
    "C11",
    "C12",
    "C13",
    "C14",
    "C15",
    "C16",
    "C17",
    "C18",
    "C21",
    "C22",
    "C23",
    "C24",
    "C31",
    "C32",
    "C33",
    "C34",
    "C41",
    "C42",
    "E11",
    "E12",
    "E13",
    "E14",
    "E21",
    "E31",
    "E41",
    "E51",
    "E61",
    "E71",
    "G15",
    "GCRIM",
    "GDEF",
    "GDIP",
    "GDIS",
    "GENT",
    "GENV",
    "GFAS",
    "GHEA",
    "GJOB",
    "GMIL",
    "GOBIT",
    "GODD",
    "GPOL",
    "GPRO",
    "GREL",
    "GSCI",
    "GSPO",
    "GTOUR",
    "GVIO",
    "GVOTE",
    "GWEA",
    "GWELF",
    "M11",
    "M12",
    "M13",
    "M14",
)
#: Names under which the file is looked for.
FILES = r"rcv1-v2\.topics\.qrels(?:\.gz)?"
HOME = "http://www.ai.mit.edu/projects/jmlr/papers/volume5/lewis04a/a08-topic-qrels/rcv1-v2.topics.qrels.gz"
#: In place of a class: the item has no topic of the second level, or several.
NONE, SEVERAL = -1, -2
_LINE = re.compile(rb"([CEGM][A-Z0-9]{2,5}) ([0-9]{1,9}) 1\s*")


def files_beside(path):
    """The topics files next to an archive or folder: list of pathlib.Path, the plain one before the compressed one.

    Args:
        path (pathlib.Path): of the archive or folder.
    """
    return sorted(
        found for found in path.resolve().parent.iterdir() if re.fullmatch(FILES, found.name) and found.is_file()
    )


def classes_of_items(source):
    """The class of every item of RCV1-v2.

    Args:
        source (data_prep.sources.Folder or Zip or Tar): the topics file is next to it or in it.

    Returns:
        dict of int to int: number of the item -> index in ``SECOND_LEVEL``, ``NONE`` or ``SEVERAL``.

    Raises:
        UserError: there is no topics file, there are two, it is damaged, or a line is malformed; names file and line.
    """
    place, content = _topics_file(source)
    classes, indices = {}, {topic.encode(): index for index, topic in enumerate(SECOND_LEVEL)}
    with _lines(place, content) as lines:
        for number, line in enumerate(lines, 1):
            found = _LINE.fullmatch(line)
            if not found:
                if not line.strip():
                    continue
                shown = line[:60].decode("latin-1").rstrip()
                raise UserError(f"{place}, line {number}: {shown!r} is not a topic, the number of an item and 1")
            item, index = int(found[2]), indices.get(found[1])
            before = classes.setdefault(item, NONE)
            if index is not None and index == before:
                raise UserError(f"{place}, line {number}: topic {found[1].decode()} of item {item} is there twice")
            if index is not None:
                classes[item] = index if before == NONE else SEVERAL
    return classes


def _topics_file(source):
    """(place, bytes) of the topics file; of a plain and a compressed one, the plain one."""
    beside = files_beside(source.path)
    if beside:
        return beside[0].name, beside[0].read_bytes()
    inside = sorted(source.members(FILES), key=lambda member: member[0].endswith(".gz"))
    if not inside:
        raise UserError(
            f"{source.name}: the topics file rcv1-v2.topics.qrels.gz is neither in it nor next to it; "
            f"it is to be had at {HOME}"
        )
    if len(inside) > 1 and inside[1][0] != inside[0][0] + ".gz":
        raise UserError(f"{source.name} holds several topics files: {inside[0][0]} and {inside[1][0]}")
    return f"{source.name}: {inside[0][0]}", inside[0][1]


@contextlib.contextmanager
def _lines(place, content):
    """Yield a binary file object, decompressed where the content is compressed."""
    raw = io.BytesIO(content)
    with (
        damage_named(place),
        gzip.open(raw) if content.startswith(b"\x1f\x8b") else raw as stream,
        io.BufferedReader(Bounded(stream, (Budget(place, len(content)),))) as lines,
    ):
        yield lines
