"""DBpedia in Zhang et al.'s layout: its splits, classes and text, from archives and folders; what is wrong is named."""

import collections
import dataclasses
import re
import tarfile

import pytest

from data_prep.corpora import dbpedia
from data_prep.corpus import Corpus
from data_prep.prepare import prepare
from data_prep.prose import words_and_punctuation
from data_prep.sources import open_source
from iadv_foundation.errors import UserError
from tests.data_prep import archives
from tests.data_prep.archives_dbpedia import COUNTS, NAMES, TOKENS, row
from tests.data_prep.archives_dbpedia import dbpedia as miniature

SMALL = dataclasses.replace(dbpedia.CORPUS, expected=COUNTS)
TRAIN, TEST = "dbpedia_csv/train.csv", "dbpedia_csv/test.csv"


def prepared(out, source, **options):
    prepare(options.pop("description", SMALL), out, source, **options)
    return Corpus.open(out / "corpora" / "dbpedia")


def texts(corpus, split):
    data = corpus.splits[split]
    return [[corpus.vocabulary.words[number] for number in data[index][0]] for index in range(len(data))]


def documents(folder, files, seed=0):
    """What the reader yields."""
    source = open_source(archives.write_folder(folder, files))
    return list(dbpedia.CORPUS.read([source], seed, collections.Counter()))


def test_splits_classes_and_text(tmp_path):
    corpus = prepared(tmp_path / "out", archives.write_archive(tmp_path / "dbpedia_csv.tar.gz", miniature()))
    assert {split: len(data) for split, data in corpus.splits.items()} == COUNTS and corpus.complete
    assert corpus.classes == NAMES
    for split in COUNTS:
        assert texts(corpus, split) == [[*TOKENS, "<eos>"]] * COUNTS[split]
    assert corpus.splits["test"].labels.tolist() == list(range(14))
    train, dev = (corpus.splits[split].labels.tolist() for split in ("train", "dev"))
    assert sorted(train + dev) == [label for label in range(14) for _ in range(3)]
    assert train == sorted(train)  # In the order of the file.


def test_words_of_the_development_and_test_set_are_no_words(tmp_path):
    rows = [row(1, f"w{number}", "seen") for number in range(20)]
    files = {TRAIN: b"".join(rows) * 2, TEST: row(1, "seen", "unseen") * 2}
    corpus = prepared(tmp_path / "out", archives.write_folder(tmp_path / "f", files), subset=True)
    train = collections.Counter(
        document.content.split()[0] for document in documents(tmp_path / "f", files) if document.split == "train"
    )
    assert min(train.values()) == 1  # The other row with this word is for development.
    assert set(corpus.vocabulary.words) == {"<eos>", "<unk>", "seen", *(word for word in train if train[word] == 2)}


def test_folder_and_archives_give_the_same_text(tmp_path):
    tar = archives.write_archive(tmp_path / "backwards.tar.gz", miniature(), backwards=True)
    windows = {name: content.replace(b"\n", b"\r\n") for name, content in miniature().items()}
    marked = {name: b"\xef\xbb\xbf" + content.removesuffix(b"\n") for name, content in miniature().items()}
    quoted = {name: re.sub(rb"(?m)^(\d+),", rb'"\1",', content) for name, content in miniature().items()}
    sources = [
        archives.write_folder(tmp_path / "folder", miniature()) / "dbpedia_csv",
        archives.write_archive(tmp_path / "dbpedia_csv.tar.gz", miniature()),
        tar.rename(tmp_path / "dbpedia_csv.tgz"),
        archives.write_archive(tmp_path / "dbpedia.zip", miniature()),
        archives.write_archive(tmp_path / "windows.tar", windows),
        archives.write_archive(tmp_path / "marked.tar.xz", marked),
        archives.write_folder(tmp_path / "quoted", quoted),
    ]
    assert len({prepared(tmp_path / str(number), source).sha256 for number, source in enumerate(sources)}) == 1


def test_the_seed_decides_which_rows_are_for_development(tmp_path):
    files = miniature()
    dev = [
        [document.order for document in documents(tmp_path / "f", files, seed) if document.split == "dev"]
        for seed in (0, 0, 1, 2)
    ]
    assert dev[0] == dev[1] and len({tuple(orders) for orders in dev}) == 3 and {len(orders) for orders in dev} == {4}


@pytest.mark.parametrize(
    "line, label, content",
    [
        (row(3, "", "No title."), 2, "  No title."),
        (row(14, "No abstract", ""), 13, "No abstract  "),
        (b'7,"Caf""e""","say ""no"""\n', 6, 'Caf"e" say "no"'),
        (b'"10","a, b","c\\n, ""d\\"""\n', 9, 'a, b c\\n, "d\\"'),
        ('1,"\u00c5","\u5c71\u2028\u0085x"\n'.encode(), 0, "\u00c5 \u5c71\u2028\u0085x"),
        (b"1,Plain, no quotes\n", 0, "Plain  no quotes"),
        (b'2,"x","' + b"long " * 20000 + b'"\n', 1, "x " + "long " * 20000),
    ],
)
def test_rows(tmp_path, line, label, content):
    found = documents(tmp_path / "f", {TRAIN: row(1, "a", "b"), TEST: row(1, "a", "b") + line + row(1, "a", "b")})
    second = [document for document in found if document.split == "test"][1]
    assert (second.label, second.content, second.place) == (label, content, "f: dbpedia_csv/test.csv, line 2")


GOOD = row(1, "a", "b")
BAD = {
    "two columns": (b'2,"no abstract"\n', "3 columns expected .class, title, abstract., 2 found"),
    "four columns": (b'2,"a","b","c"\n', "3 columns expected .class, title, abstract., 4 found"),
    "blank line": (b"\n", "3 columns expected .class, title, abstract., 0 found"),
    "class 0": (row(0, "a", "b"), "class '0' is not a number from 1 to 14"),
    "class 15": (row(15, "a", "b"), "class '15' is not a number from 1 to 14"),
    "class in words": (b'Company,"a","b"\n', "class 'Company' is not a number from 1 to 14"),
    "a header": (b"label,title,content\n", "class 'label' is not"),
    "no text": (b'5,"",""\n', "the document is empty"),
    "Latin-1": ('5,"caf\u00e9","b"\n'.encode("latin-1"), r"not UTF-8 \(byte 0xe9 at offset 6\)"),
    "a NUL byte": (b'5,"a\0","b"\n', "a NUL byte"),
    "an unclosed quote": (
        b'5,"a","b\n',
        "not class, title, abstract with double quotes around the texts .unexpected end",
    ),
    "an unclosed title": (
        b'5,"a,"b"\n',
        "not class, title, abstract with double quotes around the texts .*expected after",
    ),
    "a quote not doubled": (b'5,"a","say "no""\n', "not class, title, abstract with double quotes"),
    "line ends lost": (
        GOOD.rstrip(b"\n") * 13200,
        r"a row of 132,010 characters; 131,072 at most expected, so line ends",
    ),
}


def refused(tmp_path, files, message):
    with pytest.raises(UserError, match=message) as caught:
        prepared(tmp_path / "out", archives.write_archive(tmp_path / "dbpedia.tar", files), subset=True)
    assert (
        str(caught.value).startswith("dbpedia.tar: ") and "\n" not in str(caught.value) and len(str(caught.value)) < 200
    )
    assert not [path for path in (tmp_path / "out" / "corpora").iterdir() if path.suffix != ".lock"]


@pytest.mark.parametrize("file", [TRAIN, TEST])
@pytest.mark.parametrize("case", BAD)
def test_a_bad_row_is_named_in_one_line(tmp_path, case, file):
    line, message = BAD[case]
    refused(tmp_path, {**miniature(), file: GOOD * 2 + line + GOOD * 3}, f"{file}, line 3: {message}")


@pytest.mark.parametrize(
    "change, message",
    [
        ({TEST: None}, "one file test.csv expected, none found"),
        ({TRAIN: None}, "one file train.csv expected, none found"),
        ({"copy/train.csv": GOOD}, "one file train.csv expected, several found: copy/train.csv, dbpedia_csv/train.csv"),
    ],
)
def test_a_missing_or_second_file(tmp_path, change, message):
    refused(
        tmp_path, {name: content for name, content in {**miniature(), **change}.items() if content is not None}, message
    )


def test_fewer_rows_are_not_the_corpus_of_the_paper(tmp_path):
    source = archives.write_archive(tmp_path / "dbpedia_csv.tar.gz", miniature())
    with pytest.raises(UserError, match="train 504,000 expected, 38 found; dev 56,000 expected, 4 found; test 70,000"):
        prepared(tmp_path / "out", source, description=dbpedia.CORPUS)
    assert not prepared(tmp_path / "out", source, description=dbpedia.CORPUS, subset=True).complete


def test_real_abstracts(tmp_path, real_data):
    if not (real_data / "dbpedia14_subset.tar.xz").is_file():
        pytest.skip("no dbpedia14_subset.tar.xz among the real corpora")
    with tarfile.open(real_data / "dbpedia14_subset.tar.xz") as opened:
        lines = opened.extractfile("dbpedia14_subset/dbpedia14_subset.tsv").read().decode().split("\n")
    raw = [line.split("\t", 3) for line in lines if "\tdhim\t" in line][:3000]
    rows = [(int(number), f'Title "{index}"', text) for index, (number, _, _, text) in enumerate(raw)]
    parts = {TRAIN: rows[:2105], TEST: rows[2105:]}
    source = archives.write_archive(
        tmp_path / "dbpedia_csv.tgz.tar.gz", {name: b"".join(row(*one) for one in part) for name, part in parts.items()}
    )
    corpus = prepared(tmp_path / "out", source, description=dbpedia.CORPUS, subset=True, workers=1)
    assert not corpus.complete and {split: len(data) for split, data in corpus.splits.items()} == {
        "train": 1894,
        "dev": 211,
        "test": 895,
    }
    balance = {
        split: collections.Counter(corpus.record["statistics"]["splits"][split]["class_balance"])
        for split in corpus.splits
    }
    by_hand = {name: collections.Counter(NAMES[number - 1] for number, _, _ in part) for name, part in parts.items()}
    assert balance["train"] + balance["dev"] == by_hand[TRAIN] and balance["test"] == by_hand[TEST]
    words = set(corpus.vocabulary.words)
    assert texts(corpus, "test") == [
        [*(word for word in words_and_punctuation(f"{title} {text}".lower()) if word in words), "<eos>"]
        for _, title, text in parts[TEST]
    ]
