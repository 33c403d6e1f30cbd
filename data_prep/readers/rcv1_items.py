"""The news items of Reuters Corpus Volume 1: XML files, those of a day in a zip archive or in a folder of its own.

An item has no document type and no entities but the five of XML and numeric ones, so anything else is refused: no file
is opened and no text multiplied because an item says so.
"""

import io
import re
import types
import typing
from xml.parsers import expat

from data_prep.sources import Zip
from iadv_foundation.errors import UserError

#: A day's archive on the CDs: ``19960820.zip``.
DAYS = r"(?i:\d{8}\.zip)"
#: An item in it, or in the folder of its day: ``2286newsML.xml``.
ITEMS = r"(?i:\d+newsML\.xml)"
TOPICS, COUNTRIES = "bip:topics:1.0", "bip:countries:1.0"
_TEXT = ("headline", "text")


class Item(typing.NamedTuple):
    """A news item.

    Attributes:
        number (int): its ``itemid``.
        date (str): ``1996-08-20``.
        text (str): headline and paragraphs, one on each line.
        codes (frozenset of str): classes of which it has at least one code, of ``TOPICS``, ``COUNTRIES``, ...
        place (str): archive and member, for messages.
    """

    number: int
    date: str
    text: str
    codes: frozenset
    place: str


def items_of(source):
    """Yield every :class:`Item` of a source, one day's archive in memory at a time.

    Args:
        source (data_prep.sources.Folder or Zip or Tar): with ``DAYS`` or ``ITEMS`` in it.

    Raises:
        UserError: an archive is damaged, an item is not what it should be, or comes twice; names archive, member and
            line.
    """
    seen = set()
    for place, content in _members(source):
        item = parse(content, place)
        if item.number in seen:
            raise UserError(f"{place}: item {item.number} is there twice")
        seen.add(item.number)
        yield item
    if not seen:
        raise UserError(f"{source.name} holds no news items (looked for names like 19960820.zip and 2286newsML.xml)")


def parse(content, place):
    """Read the XML of an item.

    Args:
        content (bytes)
        place (str): archive and member, for messages.

    Returns:
        Item

    Raises:
        UserError: it is broken, not a ``newsitem`` with ``itemid`` and ``date``, or declares entities; names the line.
    """
    return _Parser(place).parse(content)


def _members(source):
    for name, content in source.members(f"{DAYS}|{ITEMS}"):
        place = f"{source.name}: {name}"
        if re.fullmatch(rf"(?:.*/)?{ITEMS}", name):
            yield place, content
        else:
            for inner, item in _Day(place, content).members(ITEMS):
                yield f"{place}: {inner}", item


class _Held(io.BytesIO):
    """Bytes in place of a file; the size is all that is asked of a path besides its content."""

    def stat(self):
        return types.SimpleNamespace(st_size=len(self.getbuffer()))


class _Day(Zip):
    """A zip archive that was itself a member of an archive."""

    def __init__(self, place, content):
        super().__init__(_Held(content))
        self._place = place

    @property
    def name(self):
        return self._place


class _Parser:
    def __init__(self, place):
        self._place = place
        self._path, self._pieces, self._codes, self._class = [], [], set(), None
        self._number = self._date = None
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.StartElementHandler, self._expat.EndElementHandler = self._start, self._end
        self._expat.CharacterDataHandler = self._characters
        self._expat.EntityDeclHandler = lambda name, *_: self._refuse_entity(name)
        self._expat.SkippedEntityHandler = lambda name, _: self._refuse_entity(name)

    def parse(self, content):
        try:
            self._expat.Parse(content, True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise UserError(f"{self._place}, line {error.lineno}: broken XML ({reason})") from None
        text = "".join(self._pieces).strip()
        return Item(self._number, self._date, text, frozenset(self._codes), self._place)

    def _start(self, name, attributes):
        if not self._path:
            if name != "newsitem":
                self._refuse(f"a newsitem expected, {name} found")
            self._number = int(self._attribute(attributes, "itemid", r"[0-9]{1,9}"))
            self._date = self._attribute(attributes, "date", r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
        elif name == "codes":
            self._class = attributes.get("class")
        elif name == "code" and self._path[-1] == "codes":
            self._codes.add(self._class)
        self._path.append(name)

    def _end(self, name):
        if self._in_text():
            self._pieces.append("\n")
        self._path.pop()

    def _characters(self, characters):
        if self._in_text():
            self._pieces.append(characters)

    def _in_text(self):
        return len(self._path) > 1 and self._path[1] in _TEXT

    def _attribute(self, attributes, name, pattern):
        value = attributes.get(name)
        if value is None or not re.fullmatch(pattern, value):
            self._refuse(f"a newsitem without {name}" if value is None else f"{name} {value[:20]!r} of a newsitem")
        return value

    def _refuse_entity(self, name):
        self._refuse(f"entity {name[:20]!r}; no item has any but those of XML")

    def _refuse(self, what):
        raise UserError(f"{self._place}, line {self._expat.CurrentLineNumber}: {what}")
