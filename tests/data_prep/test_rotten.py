"""Rotten Tomatoes: splits of any number of sentences; Amazon reviews, cut into sentences, as SNAP writes them."""

import collections
import dataclasses
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_prep.corpora import rotten
from data_prep.corpus import Corpus
from data_prep.prepare import prepare
from data_prep.sources import open_source
from iadv_foundation.errors import UserError
from tests.data_prep import archives


def read(source, seed=0):
    return list(rotten.read([open_source(source)], seed, collections.Counter()))


def splits_of(documents):
    return dict(collections.Counter(document.split for document in documents))


def test_the_full_number_gives_the_splits_of_table_1(tmp_path):
    source = archives.write_folder(tmp_path / "rt", archives.rotten(rotten.PER_CLASS))
    documents = read(source)
    assert splits_of(documents) == {"train": 8636, "dev": 960, "test": 1066} == rotten.SIZES
    assert sorted(document.content for document in documents) == sorted(
        f"a {word} film \u2013 it's caf\u00e9 {index} . " for word in ("great", "dull") for index in range(5331)
    )
    assert all(document.label == ("great" in document.content) for document in documents)
    assert [document.split for document in read(source, 1)] != [document.split for document in documents]


@given(st.integers(0, 12000))
def test_any_number_is_split_in_proportion(number):
    sizes = rotten.sizes_of(number)
    assert sum(sizes.values()) == number and list(sizes) == list(rotten.SIZES)
    assert all(abs(sizes[split] - number * rotten.SIZES[split] / 10662) <= 1 for split in sizes)


def test_a_subset(tmp_path):
    source = archives.write_archive(tmp_path / "rt.tar.gz", archives.rotten(50))
    with pytest.raises(UserError, match="not the complete rotten corpus: documents of train 8,636 expected, 81 found"):
        prepare(rotten.CORPUS, tmp_path / "out", source)
    record, _ = prepare(rotten.CORPUS, tmp_path / "out", source, subset=True)
    assert {split: counts["documents"] for split, counts in record["splits"].items()} == {
        "train": 81,
        "dev": 9,
        "test": 10,
    }
    assert not record["complete"]


def test_no_subset_has_more_sentences_of_a_class(tmp_path):
    one_more = archives.rotten(5332)
    one_less = archives.rotten(5330)
    mixed = {name: (one_more if name.endswith("pos") else one_less)[name] for name in one_more}
    with pytest.raises(UserError, match="rt-polarity.pos: 5,331 sentences at most expected, 5,332 found"):
        read(archives.write_folder(tmp_path / "rt", mixed))


def test_windows_and_unicode_files_give_the_same(tmp_path):
    found = [
        read(archives.write_archive(tmp_path / f"{encoding}.tar", archives.rotten(20, encoding)))
        for encoding in ("cp1252", "utf-8")
    ]
    contents = [[(document.split, document.content, document.label) for document in documents] for documents in found]
    assert contents[0] == contents[1] and "caf\u00e9" in contents[0][0][1]


def test_tokens_of_a_labelled_sentence():
    assert rotten.CORPUS.tokenise("It's a film \u2013 CAF\u00c9 . \n") == [
        "it's",
        "a",
        "film",
        "\u2013",
        "caf\u00e9",
        ".",
    ]


@pytest.mark.parametrize(
    "review, sentences",
    [
        (
            " Great film.<br /><br />The plot? It&#39;s &quot;thin&quot;! caf\u00e9\n",
            ["great film .", "the plot ?", 'it\'s " thin " ! caf\u00e9'],
        ),
        ("Mr. Smith left. 5 stars", ["mr . smith left .", "5 stars"]),
        (
            "a great film . the plot is thin ! . . . well , see it . ",
            ["a great film .", "the plot is thin ! . . .", "well , see it ."],
        ),
        ("no capitals. no marks", ["no capitals . no marks"]),
        ("&lt;br /&gt;", [""]),
        (" \n", [""]),
        ("", [""]),
    ],
)
def test_sentences_of_a_review(review, sentences):
    assert rotten.tokenise_unlabeled(review) == [sentence.split() for sentence in sentences]


@given(st.text("abA .!?'\"(5-\n", max_size=60))
def test_sentences_lose_nothing(review):
    sentences = rotten.tokenise_unlabeled(review)
    assert "".join(token for sentence in sentences for token in sentence) == "".join(review.lower().split())
    assert all(sentences) or len(sentences) == 1


def block(review, encoding):
    """A review as SNAP has it."""
    lines = [
        "product/productId: B003AI2VGA",
        "review/userId: A141HP4LYPWMSR",
        'review/profileName: Brian E. "caf\u00e9"',
        "review/helpfulness: 7/7",
        "review/score: 3.0",
        "review/time: 1182729600",
        "review/summary: A summary. Not read.",
        f"review/text: {review}",
        "",
        "",
    ]
    return "\n".join(lines).encode(encoding)


REVIEWS = ["A GREAT film.<br />It&#34;s&#34; caf\u00e9.", "", "Dull. Dull film! Great.", "zzz"]


@pytest.fixture
def snap(tmp_path):
    """Reviews in SNAP's form, Latin-1 and UTF-8 by turns, compressed."""
    content = b"".join(block(review, ("latin-1", "utf-8")[index % 2]) for index, review in enumerate(REVIEWS))
    (tmp_path / "movies.txt.gz").write_bytes(gzip.compress(content))
    return tmp_path / "movies.txt.gz"


def test_reviews_of_snap(snap):
    documents = list(rotten.read_unlabeled(snap, collections.Counter()))
    assert [document.content.strip() for document in documents] == REVIEWS
    assert [document.place.rsplit("/", 1)[1] for document in documents] == [
        f"movies.txt.gz, line {line}" for line in (8, 17, 26, 35)
    ]
    assert {document.split for document in documents} == {"unlabeled"} and documents[0].label is None


def small(monkeypatch):
    monkeypatch.setattr(rotten, "SIZES", {"train": 6, "dev": 2, "test": 2})
    monkeypatch.setattr(rotten, "PER_CLASS", 5)
    return dataclasses.replace(rotten.CORPUS, expected={**rotten.SIZES, "unlabeled": 4})


@pytest.mark.parametrize(
    "limit, expected",
    [
        (None, ["a great film . <eos>", "it's café . <eos>", "dull . <eos>", "dull film <eos>"]),
        (2, ["a great film . <eos>", "it's café . <eos>"]),
        (9, ["a great film . <eos>", "it's café . <eos>", "dull . <eos>", "dull film <eos>", "great . <eos>"]),
    ],
)
def test_as_many_sentences_as_wanted(tmp_path, monkeypatch, snap, limit, expected):
    snap.write_bytes(gzip.compress(gzip.decompress(snap.read_bytes()).replace(b"It&#34;s&#34;", b"It's")))
    source = archives.write_folder(tmp_path / "rt", archives.rotten())
    record, _ = prepare(small(monkeypatch), tmp_path / "out", source, snap, limit=limit, workers=1)
    corpus = Corpus.open(tmp_path / "out" / "corpora" / "rotten")
    data = corpus.splits["unlabeled"]
    assert [
        " ".join(corpus.vocabulary.words[number] for number in data[index][0]) for index in range(len(data))
    ] == expected
    assert record["complete"] == (limit is None)


def test_rows_of_a_table(tmp_path):
    rows = "video\ttrain\t1\ta great film . i like it .\nvideo\tunlabel\t-\tI like it. So there.\n\nbooks\ttest\t0\t \n"
    (tmp_path / "amazon.tsv").write_text(rows)
    documents = list(rotten.read_unlabeled(tmp_path / "amazon.tsv", collections.Counter()))
    assert [rotten.tokenise_unlabeled(document.content) for document in documents] == [
        [["a", "great", "film", "."], ["i", "like", "it", "."]],
        [["i", "like", "it", "."], ["so", "there", "."]],
        [[]],
    ]


@pytest.mark.parametrize("cut", [40, 100, -4])
def test_a_truncated_file(snap, cut):
    snap.write_bytes(snap.read_bytes()[:cut])
    with pytest.raises(UserError, match=r"^movies\.txt\.gz is truncated or damaged"):
        list(rotten.read_unlabeled(snap, collections.Counter()))


@pytest.mark.parametrize(
    "content, message",
    [
        (b"no such thing\n", "line 1: neither a SNAP review block"),
        (b"\n\nno such thing\n", "line 3: neither a SNAP review block"),
        (b"review/summary: x\n", r"no review in it \(no line begins with review/text:\)"),
        (b"", "no review in it"),
        (b"a\tb\tc\td\na\tb\tc\n", "line 2: four columns expected, 3 found"),
    ],
)
def test_no_reviews(tmp_path, content, message):
    (tmp_path / "amazon.txt").write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        list(rotten.read_unlabeled(tmp_path / "amazon.txt", collections.Counter()))
    assert "amazon.txt" in str(caught.value) and "\n" not in str(caught.value)
