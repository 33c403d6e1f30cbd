"""A miniature of Reuters Corpus Volume 1 in the layout of the CDs, and its topics file.  All texts are made up."""

import gzip
import io
import zipfile
from typing import NamedTuple
from xml.sax.saxutils import escape

TOPICS_FILE = "rcv1-v2.topics.qrels"


class News(NamedTuple):
    """One item: its topics are those of the topics file, None for an item that has no line there."""

    number: int
    day: str
    topics: tuple | None
    headline: str = "Shares rise"
    paragraphs: tuple = ("Shares rose in London.",)


# Hand-counted in test_rcv1.py.
ITEMS = (
    News(2286, "1996-08-20", ("E11", "ECAT", "M11", "M12", "MCAT")),
    News(
        2287,
        "1996-08-20",
        ("C15", "C151", "CCAT"),
        "Profit & loss",
        ('A \u00a35 "profit" caf\u00e9.', "Shares <rose>."),
    ),
    News(2288, "1996-08-20", ("CCAT",)),
    News(2289, "1996-08-20", None),
    News(26150, "1996-08-31", ("GCAT", "GWEA"), "Weather", ("Rain in London.",)),
    News(26151, "1996-09-01", ("CCAT", "GCAT")),
    News(26152, "1996-09-01", None),
    News(300000, "1997-01-05", ("C15", "C151", "CCAT", "C17"), "Rain & shares", ("Loss in London.",)),
    News(697499, "1997-06-30", ("GCAT", "GSPO"), "Cup", ("The cup.",)),
    News(698050, "1997-07-01", ("GCAT", "GSPO"), "Rain stops cup", ("Rain in London.",)),
    News(700000, "1997-07-01", ("GCAT", "GSPO", "GWEA")),
    News(700001, "1997-07-31", ("C15", "C151", "C152", "CCAT"), "Loss", ("A \u00a35 loss.",)),
    News(700002, "1997-07-31", ("M14", "M141", "MCAT"), "Shares", ("",)),
    News(772829, "1997-08-01", ("GCAT", "GSPO")),
)


def xml_of(news, countries=("UK",), topics=None):
    """An item as the CDs have it: Latin-1, line ends of Windows in front, every code with a history.

    Args:
        news (News)
        countries (tuple of str)
        topics (tuple of str or None): in the item itself, where they are not those of the topics file; parents may lack
            there.
    """
    topics = (news.topics or ()) if topics is None else topics
    quoted = [escape(text, {'"': "&quot;"}).replace("\u00a3", "&#163;") for text in (news.headline, *news.paragraphs)]
    codes = "".join(
        f'<codes class="{name}">\n' + "".join(_code(code, news.day) for code in values) + "</codes>\n"
        for name, values in (
            ("bip:countries:1.0", countries),
            ("bip:industries:1.0", ("I34",)),
            ("bip:topics:1.0", topics),
        )
        if values
    )
    return (
        f'<?xml version="1.0" encoding="iso-8859-1" ?>\r\n'
        f'<newsitem itemid="{news.number}" id="root" date="{news.day}" xml:lang="en">\r\n'
        f"<title>UK: {quoted[0]} (title).</title>\r\n<headline>{quoted[0]}</headline>\r\n<byline>Byline</byline>\r\n"
        f"<dateline>DATELINE {news.day}</dateline>\r\n<text>\n"
        + "".join(f"<p>{text}</p>\n" for text in quoted[1:])
        + f"</text>\n<copyright>(c) Copyright {news.day[:4]}</copyright>\n<metadata>\n{codes}"
        '<dc element="dc.publisher" value="Publisher"/>\n</metadata>\n</newsitem>\n'
    ).encode("iso-8859-1")


def _code(code, day):
    return f'  <code code="{code}">\n    <editdetail attribution="Group" action="confirmed" date="{day}"/>\n  </code>\n'


def days(items=ITEMS, changes=None):
    """The CDs: name of a day's zip archive -> content, and what else stands beside them.

    Args:
        items (iterable of News)
        changes (dict of int to bytes): the XML of some items, by number.
    """
    archives = {}
    for news in items:
        content = (changes or {}).get(news.number, xml_of(news))
        archives.setdefault(news.day.replace("-", ""), {})[f"{news.number}newsML.xml"] = content
    zipped = {f"disk{1 if day < '19970401' else 2}/{day}.zip": zip_bytes(members) for day, members in archives.items()}
    return {**zipped, "disk1/codes.zip": zip_bytes({"topic_codes.txt": b"CODES"}), "disk1/readme.txt": b"read me"}


def zip_bytes(members):
    """A zip archive with the members in this order."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return stream.getvalue()


def extracted(items=ITEMS):
    """The files as ``rcv1.tar.xz`` has them, a folder for each day."""
    return {f"rcv1/{news.day.replace('-', '')}/{news.number}newsML.xml": xml_of(news) for news in items}


def topics_file(items=ITEMS, compressed=False):
    """The public topics file: a line for each topic of each item."""
    lines = "".join(f"{topic} {news.number} 1\n" for news in items for topic in news.topics or ())
    return gzip.compress(lines.encode()) if compressed else lines.encode()


def corpus(items=ITEMS, changes=None):
    """Everything together: the CDs and the topics file."""
    return {**days(items, changes), TOPICS_FILE: topics_file(items)}
