"""RCV1 from miniatures in the layout of the CDs: splits and words counted by hand, whatever the order;
bad files are named.
"""

import dataclasses
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_prep.corpora import rcv1
from data_prep.corpus import Corpus
from data_prep.prepare import prepare
from data_prep.readers import rcv1_items, rcv1_topics
from data_prep.sources import open_source
from iadv_foundation.errors import UserError
from tests.data_prep import archives, archives_rcv1
from tests.data_prep.archives_rcv1 import ITEMS, TOPICS_FILE, News, xml_of

COUNTS = {"train": 2, "test": 3, "unlabeled": 3}
SMALL = dataclasses.replace(rcv1.CORPUS, expected=COUNTS)


def prepared(out, source, description=SMALL, **given):
    prepare(description, out, source, quiet=True, workers=1, **given)
    return Corpus.open(out / "corpora" / "rcv1")


def texts(corpus, split):
    data = corpus.splits[split]
    return [" ".join(corpus.vocabulary.words[number] for number in data[index][0]) for index in range(len(data))]


def content_of(corpus):
    return {path.name: path.read_bytes() for path in corpus.folder.iterdir() if path.name != "corpus.json"}


def test_splits_and_words_counted_by_hand(tmp_path):
    corpus = prepared(tmp_path / "out", archives.write_folder(tmp_path / "cds", archives_rcv1.corpus()))
    # In two documents of train and unlabelled at least: & loss . shares rose rain in london
    assert corpus.complete and sorted(corpus.vocabulary.words[2:]) == sorted(
        ["&", "loss", ".", "shares", "rose", "rain", "in", "london"]
    )
    assert texts(corpus, "train") == ["& loss . shares rose . <eos>", "rain in london . <eos>"]
    assert texts(corpus, "test") == ["rain rain in london . <eos>", "loss loss . <eos>", "shares <eos>"]
    assert texts(corpus, "unlabeled") == [
        "shares shares rose in london . <eos>",
        "rain & shares loss in london . <eos>",
        ". <eos>",
    ]
    labels = {split: [corpus.classes[label] for label in corpus.splits[split].labels] for split in ("train", "test")}
    assert labels == {"train": ["C15", "GWEA"], "test": ["GSPO", "C15", "M14"]}
    left_out = {
        key: corpus.record["statistics"][key] for key in corpus.record["statistics"] if key.startswith("items_")
    }
    assert left_out == {"items_without_a_single_class": 3, "items_outside_rcv1_v2": 2, "items_of_other_months": 1}


def layouts(tmp_path):
    """The same news in every layout: yields (name, path)."""

    def folder(name):
        (tmp_path / name).mkdir()
        return tmp_path / name

    everything = archives_rcv1.corpus()
    yield "folder of zips", archives.write_folder(folder("a") / "cds", everything)
    yield "tar of zips, topics first", archives.write_archive(folder("b") / "cds.tar", everything, backwards=True)
    yield "zip of zips, topics last", archives.write_archive(folder("c") / "cds.zip", everything)
    upside_down = {
        **archives_rcv1.days(ITEMS[::-1]),
        f"x/{TOPICS_FILE}.gz": archives_rcv1.topics_file(ITEMS[::-1], True),
    }
    yield "items backwards", archives.write_archive(folder("d") / "cds.tar.gz", upside_down)
    (folder("e") / TOPICS_FILE).write_bytes(archives_rcv1.topics_file())
    yield (
        "extracted, topics beside it",
        archives.write_archive(tmp_path / "e" / "rcv1.tar.xz", archives_rcv1.extracted()),
    )
    (folder("f") / f"{TOPICS_FILE}.gz").write_bytes(archives_rcv1.topics_file(compressed=True))
    yield "folder, topics beside it", archives.write_folder(tmp_path / "f" / "cds", archives_rcv1.extracted())
    both = {TOPICS_FILE: archives_rcv1.topics_file(), f"{TOPICS_FILE}.gz": b"\x1f\x8bnot read"}
    yield "both forms of the topics", archives.write_folder(folder("g") / "cds", {**archives_rcv1.days(), **both})


def test_every_layout_gives_the_same(tmp_path):
    found = {name: content_of(prepared(tmp_path / name, path)) for name, path in layouts(tmp_path)}
    expected = found["folder of zips"]
    assert len(found) == 7 and {name for name in found if found[name] != expected} == set()


def test_not_the_complete_corpus(tmp_path):
    source = archives.write_archive(tmp_path / "cds.tar", archives_rcv1.corpus())
    with pytest.raises(
        UserError, match="documents of train 14,007 expected, 2 found; dev 1,557 expected, 0 found; test 49,"
    ):
        prepared(tmp_path / "out", source, rcv1.CORPUS)
    assert not prepared(tmp_path / "out", source, rcv1.CORPUS, subset=True).complete


def many(number):
    """Items of August, each of another class."""
    topics = rcv1_topics.SECOND_LEVEL
    return tuple(News(3000 + index, f"1996-08-{20 + index % 12}", (topics[index],)) for index in range(number))


def test_dev_is_drawn_by_the_seed_in_proportion(tmp_path):
    items = many(40)
    description = dataclasses.replace(rcv1.CORPUS, expected={"train": 36, "dev": 4})
    found = {}
    for name, order, seed in (("forwards", items, 0), ("backwards", items[::-1], 0), ("another seed", items, 1)):
        source = archives.write_archive(tmp_path / f"{name}.tar", archives_rcv1.corpus(order))
        corpus = prepared(tmp_path / name, source, description, seed=seed)
        labels = {split: data.labels.tolist() for split, data in corpus.splits.items()}
        assert sorted(labels["train"] + labels["dev"]) == list(range(40)) and corpus.complete
        found[name] = labels["dev"]
    assert found["forwards"] == found["backwards"] != found["another seed"]


def test_sizes_of_table_1():
    assert rcv1.sizes_of(15564) == {"train": 14007, "dev": 1557}
    assert rcv1.CORPUS.expected == {"train": 14007, "dev": 1557, "test": 49838, "unlabeled": 668640}
    for number in range(50):
        sizes = rcv1.sizes_of(number)
        assert sum(sizes.values()) == number and abs(sizes["dev"] - number / 10) < 0.51


@pytest.mark.parametrize(
    "number, date, part",
    [
        (2286, "1996-08-20", "train"),
        (26150, "1996-08-31", "train"),
        (26151, "1996-09-01", "unlabeled"),
        (697499, "1997-06-30", "unlabeled"),
        (698050, "1997-07-01", "test"),
        (771000, "1997-07-31", "test"),
        (772829, "1997-08-01", None),
        (810596, "1997-08-19", None),
    ],
)
def test_parts_of_the_year(number, date, part):
    assert rcv1.part_of(rcv1_items.Item(number, date, "", frozenset(), "")) == part


def test_classes_are_those_of_johnson_and_zhang(real_data):
    with tarfile.open(real_data / "rcv1_meta.tar.xz") as opened:
        listed = opened.extractfile("rcv1_meta/rcv1-lvl2.catdic").read().decode().split()
    assert list(rcv1.CORPUS.classes) == listed and len(listed) == 55


LATIN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, blacklist_categories=("Cc",)), max_size=30)


@given(LATIN, st.lists(LATIN, max_size=3))
def test_headline_and_paragraphs_and_nothing_else(headline, paragraphs):
    item = rcv1_items.parse(xml_of(News(7, "1996-08-20", ("C11", "CCAT"), headline, tuple(paragraphs))), "x")
    assert item.text.split() == " ".join([headline, *paragraphs]).split()
    assert (item.number, item.date) == (7, "1996-08-20")
    assert item.codes == {rcv1_items.TOPICS, rcv1_items.COUNTRIES, "bip:industries:1.0"}


NEWS = '<newsitem itemid="2287" date="1996-08-20">\n'


def test_an_item_without_headline_and_codes():
    item = rcv1_items.parse(f"{NEWS}<title>no</title><text><p>a</p><p>b</p></text></newsitem>".encode(), "x")
    assert item.text.split() == ["a", "b"] and item.codes == frozenset()


BAD_ITEMS = {
    "cut off": (xml_of(ITEMS[1])[:300], r"line \d+: broken XML \("),
    "wrong tag": (f"{NEWS}<headline>a</text>", r"line 2: broken XML \(mismatched tag\)"),
    "empty file": ("", r"line 1: broken XML \(no element found\)"),
    "not UTF-8": (
        f"{NEWS}<headline>caf".encode() + b"\xe9</headline></newsitem>",
        r"line 2: broken XML \(not well-formed",
    ),
    "no itemid": ('<?xml version="1.0"?>\n<newsitem date="1996-08-20"/>', "line 2: a newsitem without itemid"),
    "itemid": ('<newsitem itemid="x7" date="1996-08-20"/>', "line 1: itemid 'x7' of a newsitem"),
    "no date": ('<newsitem itemid="2287"/>', "line 1: a newsitem without date"),
    "date": ('<newsitem itemid="2287" date="20 August"/>', "line 1: date '20 August' of a newsitem"),
    "root": ('<story itemid="2287" date="1996-08-20"/>', "line 1: a newsitem expected, story found"),
}
LAUGHS = "".join(f'<!ENTITY lol{level} "{f"&lol{level - 1};" * 10}">\n' for level in range(1, 10))
END = "</headline></newsitem>"
HOSTILE = {
    "entities of entities": f'<!DOCTYPE newsitem [\n<!ENTITY lol0 "lol">\n{LAUGHS}]>\n{NEWS}<headline>&lol9;{END}',
    "a file": f'<!DOCTYPE newsitem [\n<!ENTITY x SYSTEM "file:///etc/hostname">]>\n{NEWS}<headline>&x;{END}',
    "a file in a parameter": (
        f'<!DOCTYPE newsitem [\n<!ENTITY % x SYSTEM "file:///etc/hostname"> %x;]>\n{NEWS}<headline>{END}'
    ),
    "an entity of a document type": f'<!DOCTYPE newsitem SYSTEM "newsML.dtd">\n{NEWS}<headline>&x;{END}',
}


def refused(tmp_path, files, message):
    """Preparing gives one line that begins with the archive, and leaves nothing."""
    source = archives.write_archive(tmp_path / "cds.tar.gz", files)
    with pytest.raises(UserError, match=message) as caught:
        prepared(tmp_path / "out", source)
    assert str(caught.value).startswith("cds.tar.gz") and "\n" not in str(caught.value)
    assert not [path for path in (tmp_path / "out" / "corpora").iterdir() if path.suffix != ".lock"]


@pytest.mark.parametrize("case", BAD_ITEMS)
def test_bad_items(tmp_path, case):
    content, message = BAD_ITEMS[case]
    content = content if isinstance(content, bytes) else content.encode()
    refused(
        tmp_path,
        archives_rcv1.corpus(changes={2287: content}),
        rf"^cds\.tar\.gz: disk1/19960820\.zip: 2287newsML\.xml, {message}",
    )


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_items(tmp_path, case):
    line = 3 if case == "an entity of a document type" else 2
    refused(
        tmp_path,
        archives_rcv1.corpus(changes={2287: HOSTILE[case].encode()}),
        rf"2287newsML\.xml, line {line}: entity '\w+'; no item has any but those of XML",
    )


def test_entities_of_xml_are_read():
    item = rcv1_items.parse(
        f"{NEWS}<headline>&lt;&amp;&gt;&quot;&apos;&#163;&#xe9;</headline></newsitem>".encode(), "x"
    )
    assert item.text == "<&>\"'\u00a3\u00e9"


def test_an_item_that_comes_twice(tmp_path):
    twice = News(2286, "1996-08-21", ("C11", "CCAT"))
    refused(
        tmp_path,
        {**archives_rcv1.days((*ITEMS, twice)), TOPICS_FILE: archives_rcv1.topics_file()},
        r"^cds\.tar\.gz: disk1/199608\d\d\.zip: 2286newsML\.xml: item 2286 is there twice$",
    )


@pytest.mark.parametrize("change", [lambda day: day[: len(day) // 2], lambda day: day.replace(b"newsML", b"newsmL", 1)])
def test_a_damaged_day(tmp_path, change):
    files = archives_rcv1.corpus()
    files["disk1/19960820.zip"] = change(files["disk1/19960820.zip"])
    refused(tmp_path, files, r"^cds\.tar\.gz: disk1/19960820\.zip is truncated or damaged")


def test_no_items(tmp_path):
    refused(
        tmp_path,
        {TOPICS_FILE: archives_rcv1.topics_file(), "codes.zip": archives_rcv1.zip_bytes({"a": b"b"})},
        "^cds.tar.gz holds no news items",
    )


BAD_TOPICS = {
    "two columns": (b"CCAT 2286 1\nC15 2287\n", "line 2: 'C15 2287' is not a topic, the number of an item and 1"),
    "no topic": (b"CCAT 2286 1\n\n15 2287 1\n", "line 3: '15 2287 1' is not"),
    "no number": (b"CCAT x 1\n", "line 1: 'CCAT x 1' is not"),
    "not 1": (b"CCAT 2286 0\n", "line 1: 'CCAT 2286 0' is not"),
    "not text": (b"CCAT 2286 1\n\xff\xfe\n", "line 2: '\u00ff\u00fe' is not"),
    "twice": (b"C15 2286 1\nCCAT 2286 1\nC15 2286 1\n", "line 3: topic C15 of item 2286 is there twice"),
}


@pytest.mark.parametrize("case", BAD_TOPICS)
def test_bad_topics(tmp_path, case):
    content, message = BAD_TOPICS[case]
    refused(
        tmp_path, {**archives_rcv1.days(), TOPICS_FILE: content}, rf"^cds\.tar\.gz: rcv1-v2\.topics\.qrels, {message}"
    )


def test_no_topics_file(tmp_path):
    refused(
        tmp_path,
        archives_rcv1.days(),
        r"^cds\.tar\.gz: the topics file rcv1-v2\.topics\.qrels\.gz is neither in it nor "
        r"next to it; it is to be had at http://\S+/rcv1-v2\.topics\.qrels\.gz$",
    )


def test_several_topics_files(tmp_path):
    topics = archives_rcv1.topics_file()
    refused(
        tmp_path,
        {**archives_rcv1.days(), f"a/{TOPICS_FILE}": topics, f"b/{TOPICS_FILE}": topics},
        r"holds several topics files: \w/rcv1-v2\.topics\.qrels and \w/rcv1-v2\.topics\.qrels",
    )


@pytest.mark.parametrize("end", [-9, 30])
def test_a_truncated_topics_file(tmp_path, end):
    (tmp_path / f"{TOPICS_FILE}.gz").write_bytes(archives_rcv1.topics_file(compressed=True)[:end])
    source = open_source(archives.write_archive(tmp_path / "cds.tar", archives_rcv1.days()))
    with pytest.raises(UserError, match=r"^rcv1-v2\.topics\.qrels\.gz is truncated or damaged \("):
        rcv1_topics.classes_of_items(source)


def test_an_item_that_the_topics_file_should_have(tmp_path):
    changes = {2289: xml_of(ITEMS[3], topics=("C11",))}
    refused(
        tmp_path,
        archives_rcv1.corpus(changes=changes),
        r"^cds\.tar\.gz: disk1/19960820\.zip: 2289newsML\.xml: item 2289 has topics and countries, but no line in the",
    )
    without_countries = {2289: xml_of(ITEMS[3], countries=(), topics=("C11",))}
    source = archives.write_archive(tmp_path / "fine.tar", archives_rcv1.corpus(changes=without_countries))
    assert prepared(tmp_path / "out", source).record["statistics"]["items_outside_rcv1_v2"] == 2


def test_labels_are_the_topics_file_s_not_the_item_s_own(tmp_path):
    changes = {2287: xml_of(ITEMS[1], topics=("C151", "GSPO"))}  # RCV1-v2 corrected some; parents are missing here.
    source = archives.write_archive(tmp_path / "cds.tar", archives_rcv1.corpus(changes=changes))
    assert prepared(tmp_path / "out", source).splits["train"].labels[0] == rcv1.CORPUS.classes.index("C15")


def test_topics_of_the_third_level_count_once(tmp_path):
    topics = {5: "C15 C151 C1511 C152 CCAT", 6: "G151 GCAT G15", 7: "M13 M14 M131 M11 MCAT", 8: "ECAT"}
    (tmp_path / TOPICS_FILE).write_text(
        "".join(f"{topic} {item} 1\n" for item in topics for topic in topics[item].split())
    )
    source = open_source(archives.write_folder(tmp_path / "cds", {"x": b""}))
    c15, g15 = (rcv1_topics.SECOND_LEVEL.index(topic) for topic in ("C15", "G15"))
    assert rcv1_topics.classes_of_items(source) == {5: c15, 6: g15, 7: rcv1_topics.SEVERAL, 8: rcv1_topics.NONE}
