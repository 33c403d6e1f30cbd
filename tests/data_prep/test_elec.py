"""Elec in Johnson & Zhang's layout: its splits, labels and tokens, from archives and folders; what is wrong is said."""

import collections
import dataclasses
import tarfile

import pytest

from data_prep.corpora import elec
from data_prep.corpus import Corpus
from data_prep.prepare import prepare
from data_prep.sources import open_source
from iadv_foundation.errors import UserError
from tests.data_prep import archives
from tests.data_prep.archives_elec import COUNTS, NAMES, label_of, line_of, tokens_of
from tests.data_prep.archives_elec import elec as miniature

SMALL = dataclasses.replace(elec.CORPUS, expected=COUNTS)
TRAIN, TEST = "elec-unlab/elec-25k-train", "elec-unlab/elec-test"


def prepared(out, source, **options):
    prepare(options.pop("description", SMALL), out, source, **options)
    return Corpus.open(out / "corpora" / "elec")


def texts(corpus, split):
    data = corpus.splits[split]
    return [[corpus.vocabulary.words[number] for number in data[index][0]] for index in range(len(data))]


def names_in(corpus, split):
    return [words[-2] for words in texts(corpus, split)]


def test_splits_labels_and_tokens(tmp_path):
    corpus = prepared(tmp_path / "out", archives.write_archive(tmp_path / "elec-unlab.tar.gz", miniature()))
    assert {split: len(data) for split, data in corpus.splits.items()} == COUNTS and corpus.complete
    for split in ("train", "dev", "test"):
        names = names_in(corpus, split)
        assert texts(corpus, split) == [
            [*tokens_of(name), "<eos>"] for name in names
        ]  # All of their words are frequent.
        assert corpus.splits[split].labels.tolist() == [int(label_of(name)) - 1 for name in names]
    assert names_in(corpus, "test") == NAMES["test"]
    train, dev = names_in(corpus, "train"), names_in(corpus, "dev")
    assert sorted(train + dev) == sorted(NAMES["train"])
    assert [name for name in NAMES["train"] if name in train] == train
    everybody = [*NAMES["train"], *NAMES["test"], "<eos>"]
    assert texts(corpus, "unlabeled") == [
        everybody,
        ["camera", "<eos>"],
        ["camera", "<eos>"],
        everybody,
        ["camera", "<eos>"],
    ]
    assert corpus.vocabulary.id_of("zero") is None and corpus.vocabulary.id_of("hate") is None


def test_folder_and_archives_give_the_same_text(tmp_path):
    renamed = {name.replace("elec-25k-train", "elec-train"): content for name, content in miniature().items()}
    tar = archives.write_archive(tmp_path / "backwards.tar.gz", miniature(), backwards=True)
    sources = [
        archives.write_folder(tmp_path / "folder", miniature()) / "elec-unlab",
        archives.write_archive(tmp_path / "elec.tar.gz", miniature()),
        tar.rename(tmp_path / "backwards.tgz"),
        archives.write_archive(tmp_path / "elec.zip", miniature()),
        archives.write_folder(tmp_path / "renamed", renamed),
    ]
    assert len({prepared(tmp_path / str(number), source).sha256 for number, source in enumerate(sources)}) == 1


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path):
    plain = miniature()
    windows = {
        name: b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n") if "unlab0" not in name else content
        for name, content in plain.items()
    }
    corpora = [
        prepared(tmp_path / str(number), archives.write_archive(tmp_path / f"{number}.tar", files))
        for number, files in enumerate((plain, windows))
    ]
    assert corpora[0].sha256 == corpora[1].sha256


def test_the_seed_decides_which_reviews_are_for_development(tmp_path):
    source = archives.write_archive(tmp_path / "elec.tar", miniature())
    dev = [tuple(names_in(prepared(tmp_path / str(seed), source, seed=seed), "dev")) for seed in range(4)]
    assert len(set(dev)) > 1 and {len(names) for names in dev} == {2}


def test_the_official_numbers_of_lines_give_table_1(tmp_path):
    files = {}
    for stem in ("elec-25k-train", "elec-test"):
        files[f"{stem}.cat"], files[f"{stem}.txt.tok"] = b"1\n2\n" * 12500, b"  good  \n" * 25000
    files |= {f"elec-25k-unlab0{number}.txt.tok": b"  good  \n" * 100000 for number in (0, 1)}
    source = open_source(archives.write_folder(tmp_path / "elec", files))
    found = collections.Counter(document.split for document in elec.read([source], 0, collections.Counter()))
    assert found == {"train": 22500, "dev": 2500, "test": 25000, "unlabeled": 200000} == elec.CORPUS.expected


def test_unlabelled_reviews_that_are_not_utf_8_are_read_and_counted(tmp_path):
    unlabeled = "elec-unlab/elec-25k-unlab01.txt.tok"
    files = miniature()
    files[unlabeled] = files[unlabeled].replace(b"two", "caf\u00e9-proof".encode("latin-1"))
    corpus = prepared(tmp_path / "out", archives.write_archive(tmp_path / "elec.tar", files))
    assert texts(corpus, "unlabeled")[-1] == ["caf\u00e9-proof", "camera", "<eos>"]
    assert corpus.record["statistics"]["read_as_latin_1"] == 1


def test_without_unlabelled_text_it_is_not_the_corpus_of_the_paper(tmp_path):
    files = {name: content for name, content in miniature().items() if "unlab0" not in name}
    source = archives.write_archive(tmp_path / "elec2.tar.gz", files)
    with pytest.raises(UserError, match="unlabeled 5 expected, 0 found"):
        prepared(tmp_path / "out", source)
    corpus = prepared(tmp_path / "out", source, subset=True)
    assert not corpus.complete and {split: len(data) for split, data in corpus.splits.items()} == {
        "train": 18,
        "dev": 2,
        "test": 6,
    }


BAD = {
    "unknown label": ({f"{TRAIN}.cat": b"1\n3\n" + b"1\n" * 18}, r"elec-25k-train.cat, line 2: '3' is not 1 \(neg"),
    "no label": ({f"{TEST}.cat": b"1\n1\n\n1\n1\n1\n"}, "elec-test.cat, line 3: '' is not 1"),
    "too few labels": (
        {f"{TEST}.cat": b"1\n2\n1\n2\n1\n"},
        "elec-test.txt.tok, line 6: a review without a label; the .cat file ends with line 5$",
    ),
    "too many labels": (
        {f"{TRAIN}.cat": b"1\n2\n" * 11},
        "25k-train.txt.tok: 20 reviews, but 22 labels in the .cat file",
    ),
    "empty": (
        {f"{TEST}.txt.tok": line_of(["good"]) * 2 + b"   \n" + line_of(["good"]) * 3},
        "elec-test.txt.tok, line 3: the document is empty",
    ),
    "not UTF-8": (
        {f"{TEST}.txt.tok": line_of(["good"]) + b" caf\xe9 \n"},
        r"elec-test.txt.tok, line 2: not UTF-8 \(byte 0xe9 at offset 4\)",
    ),
    "UTF-16": ({f"{TRAIN}.txt.tok": "good\n".encode("utf-16-le") * 20}, "elec-25k-train.txt.tok, line 1: a NUL byte"),
    "no text": ({f"{TRAIN}.txt.tok": None}, "elec.tar: one file elec-25k-train.txt.tok expected, none found"),
    "no labels": ({f"{TEST}.cat": None}, "one file elec-test.cat expected, none found"),
    "twice": ({"elec/elec-train.cat": b"1\n"}, "one file elec-25k-train.cat expected, several found: .*elec-train.cat"),
    "unlabelled twice": (
        {"more/elec-25k-unlab01.txt.tok": b"good\n"},
        "one file elec-25k-unlab01.txt.tok expected, several found: .*more/",
    ),
    "unlabelled missing": ({"elec-unlab/elec-25k-unlab01.txt.tok": None}, "unlabeled 5 expected, 3 found"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_named_in_one_line(tmp_path, case):
    change, message = BAD[case]
    files = {name: content for name, content in {**miniature(), **change}.items() if content is not None}
    with pytest.raises(UserError, match=message) as caught:
        prepared(tmp_path / "out", archives.write_archive(tmp_path / "elec.tar", files))
    assert str(caught.value).startswith("elec.tar") and "\n" not in str(caught.value)
    assert not [path for path in (tmp_path / "out" / "corpora").iterdir() if path.suffix != ".lock"]


def test_real_reviews(tmp_path, real_data):
    if not (real_data / "elec_subset.tar.xz").is_file():
        pytest.skip("no elec_subset.tar.xz among the real corpora")
    with tarfile.open(real_data / "elec_subset.tar.xz") as opened:
        lines = opened.extractfile("elec_subset/elec_train_part.tsv").read().decode().split("\n")
    rows = [line.split("\t", 1) for line in lines[:3000]]
    parts = {"elec-25k-train": rows[:2000], "elec-test": rows[2000:2600]}
    files = {
        f"elec/{stem}.{end}": "".join(f"{row[column]}\n" for row in part).encode()
        for stem, part in parts.items()
        for column, end in enumerate(("cat", "txt.tok"))
    }
    files["elec/elec-25k-unlab00.txt.tok"] = "".join(f"{text}\n" for _, text in rows[2600:]).encode()
    source = archives.write_archive(tmp_path / "elec.tar.gz", files)
    corpus = prepared(tmp_path / "out", source, description=elec.CORPUS, subset=True, workers=1)
    assert not corpus.complete and {split: len(data) for split, data in corpus.splits.items()} == {
        "train": 1800,
        "dev": 200,
        "test": 600,
        "unlabeled": 400,
    }
    balance = {
        split: collections.Counter(corpus.record["statistics"]["splits"][split]["class_balance"])
        for split in ("train", "dev", "test")
    }
    by_hand = {
        stem: collections.Counter({"1": "negative", "2": "positive"}[label] for label, _ in part)
        for stem, part in parts.items()
    }
    assert balance["train"] + balance["dev"] == by_hand["elec-25k-train"] and balance["test"] == by_hand["elec-test"]
    words = set(corpus.vocabulary.words)
    assert texts(corpus, "test") == [
        [*(word for word in text.split(" ") if word in words), "<eos>"] for _, text in parts["elec-test"]
    ]
