"""From a source in the official layout to a corpus: same bytes every time,
or one line of error and nothing left behind.
"""

import dataclasses
import gzip
import json

import numpy as np
import pytest

from data_prep import corpora
from data_prep import prepare as prepare_module
from data_prep.corpora import rotten
from data_prep.corpus import Corpus, corpora_folder
from data_prep.description import KINDS
from data_prep.prepare import prepare, standing_state
from iadv_foundation.errors import UsageError, UserError
from tests.data_prep import archives


def small(name, expected):
    """The description of a corpus with the counts of its miniature."""
    return dataclasses.replace(corpora.named(name), expected=expected)


@pytest.fixture
def small_rotten(monkeypatch):
    monkeypatch.setattr(rotten, "SIZES", {"train": 6, "dev": 2, "test": 2})
    monkeypatch.setattr(rotten, "PER_CLASS", 5)
    return small("rotten", {**rotten.SIZES, "unlabeled": 9})


def texts(corpus, split):
    data = corpus.splits[split]
    return [" ".join(corpus.vocabulary.words[number] for number in data[index][0]) for index in range(len(data))]


def content_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_imdb(tmp_path):
    source = archives.write_archive(tmp_path / "aclImdb_v1.tar.gz", archives.imdb())
    record, was_there = prepare(small("imdb", archives.IMDB_COUNTS), tmp_path / "out", source)
    corpus = Corpus.open(tmp_path / "out" / "corpora" / "imdb")
    assert not was_there and corpus.record == record and corpus.complete and corpus.classes == ["negative", "positive"]
    # "2" stands in one unlabelled review only (besides dev and test, which do not count), so it is no word.
    assert texts(corpus, "dev") == [
        "This film is dull really number it s br fine café train <eos>",
        "This film is great really number it s br fine café train <eos>",
    ]
    assert corpus.splits["train"].labels.tolist() == [0, 0, 1, 1] and corpus.splits["unlabeled"].labels is None
    assert corpus.vocabulary.id_of("test") is None
    assert corpus.record["statistics"]["splits"]["test"]["out_of_vocabulary_percent"] > 0


def test_folder_and_archives_give_the_same_text(tmp_path):
    description, found = small("imdb", archives.IMDB_COUNTS), []
    sources = [
        archives.write_folder(tmp_path / "folder", archives.imdb()),
        archives.write_archive(tmp_path / "forwards.tar", archives.imdb()),
        archives.write_archive(tmp_path / "backwards.tar.xz", archives.imdb(), backwards=True),
        archives.write_archive(tmp_path / "zipped.zip", archives.imdb()),
    ]
    for number, source in enumerate(sources):
        prepare(description, tmp_path / str(number), source)
        found.append(content_of(tmp_path / str(number) / "corpora" / "imdb"))
        found[-1].pop("corpus.json")
    assert all(one == found[0] for one in found)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_rotten(tmp_path, small_rotten, encoding):
    source = archives.write_archive(tmp_path / "rt-polaritydata.tar.gz", archives.rotten(encoding=encoding))
    prepare(small_rotten, tmp_path / "out", source, seed=3)
    corpus = Corpus.open(tmp_path / "out" / "corpora" / "rotten")
    assert {split: len(data) for split, data in corpus.splits.items()} == {"train": 6, "dev": 2, "test": 2}
    assert not corpus.complete
    everything = sorted(text for split in corpus.splits for text in texts(corpus, split))
    assert len(everything) == 10 and all("film – it's café" in text for text in everything)
    for split, data in corpus.splits.items():
        assert [int("great" in text) for text in texts(corpus, split)] == data.labels.tolist()


SNAP = (
    "product/productId: B1\nreview/text: A <br />GREAT film &#34;film&#34; caf\u00e9\n\n"
    "review/summary: x\nreview/text: zzz\nreview/text: \n"
)
TABLE = "video\ttrain\t1\ta great film film café\nvideo\tunlabel\t-\tzzz\nbooks\ttest\t0\t \n"


@pytest.mark.parametrize("end", ["", ".gz", ".xz"])
@pytest.mark.parametrize("content", [SNAP.encode("latin-1"), SNAP.encode(), TABLE.encode()])
def test_unlabelled_text_of_rotten(tmp_path, small_rotten, content, end):
    source = archives.write_folder(tmp_path / "rt", archives.rotten())
    path = tmp_path / f"amazon.txt{end}"
    path.write_bytes(archives.COMPRESS[f".tar{end}"](content))
    prepare(small_rotten, tmp_path / "with", source, path)
    prepare(small_rotten, tmp_path / "without", source)
    corpus = Corpus.open(tmp_path / "with" / "corpora" / "rotten")
    assert corpus.vocabulary.words == Corpus.open(tmp_path / "without" / "corpora" / "rotten").vocabulary.words
    assert texts(corpus, "unlabeled") == ["a great film film café <eos>"]
    statistics = corpus.record["statistics"]["splits"]["unlabeled"]
    assert (statistics["documents_left_out"], statistics["empty_documents_left_out"]) == (1, 1)
    assert [[source["file"] for source in corpus.record[key]] for key in ("sources", "extra_sources")] == [
        ["rt"],
        [path.name],
    ]


@pytest.mark.parametrize(
    "content, message",
    [
        (b"no such thing\n", "amazon.txt, line 1: neither"),
        (TABLE.encode() + b"one\ttwo\n", "amazon.txt, line 4: four columns expected, 2 found"),
        (b"a\tb\tc\tzzz\n", "none of the 1 unlabeled documents has a word of the vocabulary"),
    ],
)
def test_bad_unlabelled_text(tmp_path, small_rotten, content, message):
    source = archives.write_folder(tmp_path / "rt", archives.rotten())
    (tmp_path / "amazon.txt").write_bytes(content)
    with pytest.raises(UserError, match=message):
        prepare(small_rotten, tmp_path / "out", source, tmp_path / "amazon.txt")
    assert not [path for path in (tmp_path / "out" / "corpora").iterdir() if path.suffix != ".lock"]


def test_fce(tmp_path):
    source = archives.write_archive(tmp_path / "fce.tar.bz2", archives.fce())
    prepare(small("fce", archives.FCE_COUNTS), tmp_path / "out", source)
    corpus = Corpus.open(tmp_path / "out" / "corpora" / "fce")
    assert corpus.complete and corpus.task == "labelling" and corpus.classes == ["c", "i"]
    assert texts(corpus, "test") == ["i <unk> films <unk>", "i <unk> <unk> films"]
    assert [corpus.splits["test"][index][1].tolist() for index in (0, 1)] == [[0, 1, 0, 0], [0, 0, 0, 0]]


BAD_IMDB = {
    "not UTF-8": ({"aclImdb/test/pos/0_7.txt": b"good\nfilm \xff"}, "aclImdb/test/pos/0_7.txt, line 2: not UTF-8"),
    "empty": ({"aclImdb/train/neg/10623_7.txt": b" ... \n"}, "aclImdb/train/neg/10623_7.txt: the document is empty"),
    "missing": (
        {"aclImdb/test/pos/0_7.txt": None},
        "not the complete imdb corpus: documents of test 6 expected, 5 found",
    ),
    "class": (
        {"aclImdb/train/neutral/1_5.txt": b"film"},
        "train/neutral/1_5.txt: neutral is none of .* pos, neg, unsup",
    ),
    "test without labels": (
        {"aclImdb/test/unsup/1_0.txt": b"film"},
        "test/unsup/1_0.txt: unsup is none of .* pos, neg",
    ),
    "too many": ({"aclImdb/train/unsup/9_0.txt": b"more"}, "unlabeled 3 expected, 4 found"),
}
BAD_FCE = {
    "label": (b"I\tc\nlikes\tx\n", "train.original.tsv, line 2: 'likes.tx' is not token<TAB>c or token<TAB>i"),
    "no label": (b"I\tc\n\nlikes\n", "train.original.tsv, line 3"),
    "no token": (b"\tc\n", "train.original.tsv, line 1"),
    "three columns": (b"I\tc\tc\n", "train.original.tsv, line 1"),
    "bytes": (b"I\tc\n\xe9\tc\n", "train.original.tsv, line 2: not UTF-8"),
    "file": (None, "the file for train is missing"),
    "nothing in it": (b"\n", "train.original.tsv, line 1: no sentence; the file is empty"),
}


def everything_in(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


def refused(tmp_path, description, files, message):
    """The bad source gives one line, and neither it nor what it was read for leaves or spoils anything."""
    present = {name: content for name, content in files.items() if content is not None}
    source = archives.write_archive(tmp_path / "source.tar.gz", present)
    for _ in range(2):
        before = everything_in(tmp_path / "out")
        with pytest.raises(UserError, match=message) as caught:
            prepare(description, tmp_path / "out", source)
        assert str(caught.value).startswith("source.tar.gz") and "\n" not in str(caught.value)
        assert everything_in(tmp_path / "out") == before
        good = {"imdb": archives.imdb, "fce": archives.fce, "rotten": archives.rotten}[description.name]()
        prepare(description, tmp_path / "out", archives.write_archive(tmp_path / "good.tar.gz", good))


@pytest.mark.parametrize("case", BAD_IMDB)
def test_bad_imdb(tmp_path, case):
    change, message = BAD_IMDB[case]
    refused(tmp_path, small("imdb", archives.IMDB_COUNTS), {**archives.imdb(), **change}, message)


@pytest.mark.parametrize("case", BAD_FCE)
def test_bad_fce(tmp_path, case):
    content, message = BAD_FCE[case]
    files = {**archives.fce(), "fce-public/fce-public.train.original.tsv": content}
    refused(tmp_path, small("fce", archives.FCE_COUNTS), files, message)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "rt-polarity.neg, line 1: no sentence; the file is empty"),
        (b"one line\n", "not the complete rotten corpus: documents of train 6 expected, 4 found"),
        (b"a\n \nb\nc\nd\n", "rt-polarity.neg, line 2: the document is empty"),
        (b"a\nb \x81\nc\nd\ne\n", "rt-polarity.neg, line 2: not UTF-8 or CP1252"),
        (None, "the file for negative is missing"),
    ],
)
def test_bad_rotten(tmp_path, small_rotten, content, message):
    refused(tmp_path, small_rotten, {**archives.rotten(), "rt-polaritydata/rt-polarity.neg": content}, message)


def test_prepared_once_and_again_when_something_changed(tmp_path, small_rotten, monkeypatch):
    source, out = archives.write_archive(tmp_path / "rt.tar", archives.rotten()), tmp_path / "out"
    first, was_there = prepare(small_rotten, out, source)
    assert not was_there
    before = content_of(corpora_folder(out) / "rotten")
    assert prepare(small_rotten, out, source) == (first, True)
    assert prepare(small_rotten, out) == (first, True)  # What stands there needs no source.
    (corpora_folder(out) / "rotten" / "train.ids.npy").write_bytes(b"damaged")
    assert standing_state(small_rotten, out) == (None, "damaged")
    assert prepare(small_rotten, out, source) == (first, False)
    assert content_of(corpora_folder(out) / "rotten") == before
    assert not prepare(small_rotten, out, source, seed=1)[1] and not prepare(small_rotten, out, source)[1]
    archives.write_archive(source, {**archives.rotten(), "more": b"x"})
    assert not prepare(small_rotten, out, source)[1]
    monkeypatch.setattr(prepare_module, "code_digest", lambda module: "another state of the code")
    assert not prepare(small_rotten, out, source)[1]


def test_without_a_source_the_official_file_is_fetched(tmp_path, monkeypatch):
    archive = archives.write_archive(tmp_path / "aclImdb_v1.tar.gz", archives.imdb())
    fetched = []
    monkeypatch.setattr(prepare_module, "fetch", lambda *arguments: fetched.append(arguments) or archive)
    description = small("imdb", archives.IMDB_COUNTS)
    record, _ = prepare(description, tmp_path / "out", quiet=True)
    assert fetched == [(description.downloads[0], tmp_path / "out" / "downloads", True)]
    assert [source["file"] for source in record["sources"]] == [archive.name]
    assert prepare(description, tmp_path / "out", archive) == (record, True) and len(fetched) == 1


def test_unlabelled_text_that_is_fetched(tmp_path, small_rotten, monkeypatch):
    source = archives.write_folder(tmp_path / "rt", archives.rotten())
    reviews = tmp_path / "movies.txt.gz"
    reviews.write_bytes(gzip.compress(SNAP.encode()))
    monkeypatch.setattr(prepare_module, "fetch", lambda download, folder, quiet: reviews)
    record, _ = prepare(small_rotten, tmp_path / "out", source, prepare_module.DOWNLOAD)
    assert record["splits"]["unlabeled"]["documents"] and record["extra_sources"][0]["file"] == reviews.name


def test_files_beside_the_source_are_part_of_it(tmp_path):
    source = archives.write_archive(tmp_path / "fce.tar", archives.fce())
    (tmp_path / "beside").write_bytes(b"one")
    description = dataclasses.replace(
        small("fce", archives.FCE_COUNTS), files_beside=lambda path: [path.parent / "beside"]
    )
    prepare(description, tmp_path / "out", source)
    assert prepare(description, tmp_path / "out", source)[1]
    (tmp_path / "beside").write_bytes(b"another")
    assert not prepare(description, tmp_path / "out", source)[1]


def test_a_subset_only_by_name(tmp_path):
    source = archives.write_archive(tmp_path / "fce.tar", archives.fce())
    description, out = small("fce", {**archives.FCE_COUNTS, "train": 3}), tmp_path / "out"
    with pytest.raises(UserError, match="train 3 expected, 2 found; --subset prepares it"):
        prepare(description, out, source)
    record, _ = prepare(description, out, source, subset=True)
    assert not record["complete"] and record["subset"]
    assert prepare(description, out) == (record, True)
    with pytest.raises(UserError, match="train 3 expected"):
        prepare(description, out, source)
    assert Corpus.open(corpora_folder(out) / "fce").record == record


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_subset_has_documents_to_train_and_to_test(tmp_path, part):
    content = {name: text for name, text in archives.imdb().items() if f"/{part}/" not in name}
    source = archives.write_archive(tmp_path / "imdb.tar", content)
    with pytest.raises(UserError, match=f"^imdb.tar holds no documents of {part} of imdb"):
        prepare(small("imdb", archives.IMDB_COUNTS), tmp_path / "out", source, subset=True)
    assert not everything_in(tmp_path / "out")


def test_a_limit_of_unlabelled_documents(tmp_path):
    source, out = archives.write_archive(tmp_path / "imdb.tar", archives.imdb()), tmp_path / "out"
    description = small("imdb", archives.IMDB_COUNTS)
    record, _ = prepare(description, out, source, limit=1)
    assert record["splits"]["unlabeled"]["documents"] == 1 and not record["complete"]
    assert prepare(description, out, source, limit=1)[1] and prepare(description, out)[1]
    assert not prepare(description, out, source)[1]
    assert prepare(description, out, source, limit=100)[0]["complete"]


def test_a_seed_where_nothing_is_drawn_changes_nothing(tmp_path):
    source = archives.write_archive(tmp_path / "fce.tar", archives.fce())
    description = small("fce", archives.FCE_COUNTS)
    prepare(description, tmp_path / "out", source, seed=1)
    assert prepare(description, tmp_path / "out", source, seed=2)[1]


def test_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="rcv1 needs --source PATH: Reuters Corpus"):
        prepare(corpora.named("rcv1"), tmp_path)
    with pytest.raises(UsageError, match="imdb takes no --unlabeled text"):
        prepare(corpora.named("imdb"), tmp_path, tmp_path, tmp_path)
    with pytest.raises(UserError, match="there is no file or folder"):
        prepare(corpora.named("imdb"), tmp_path, tmp_path / "nothing")
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".lock"]


def test_descriptions_are_all_alike():
    for name, description in corpora.CORPORA.items():
        assert description.name == name and description.kind in KINDS
        assert (description.task == "labelling") == (description.rule.unknown == "unk")
        assert bool(description.packages) != bool(description.members)
        assert json.dumps(description.options(0)) and all(
            (description.title, description.description, description.licence)
        )
        assert description.packages or np.all(np.array(list(description.expected.values())) > 0)
