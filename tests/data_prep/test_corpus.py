"""What the writer writes, the reader reads: words, labels, order and counts; and every altered file is named."""

import itertools
import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_prep.corpus import Corpus, read_corrections
from data_prep.description import Document
from data_prep.prose import as_given
from data_prep.tokenising import One
from data_prep.writer import CorpusWriter, VocabularyRule
from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import files
from tests.helpers import tiny_corpus

ABOUT = {
    "name": "made-up",
    "title": "Made up",
    "description": "a test",
    "expected": None,
    "sources": [],
    "options": {},
    "notes": {},
}
WORDS = st.lists(st.text("abcé’", min_size=1, max_size=3) | st.sampled_from(["<unk>", "<eos>"]), min_size=1, max_size=9)


def write(folder, task, rule, documents, **about):
    """``documents``: (split, tokens, label) or (split, tokens, label, order)."""
    with files.replacing_folder(folder) as partial:
        writer = CorpusWriter(partial, task, ["zero", "one"], rule)
        writer.fill(
            [Document(split, tokens, label, "here", *order) for split, tokens, label, *order in documents],
            One(as_given),
        )
        writer.finish({**ABOUT, **about})
    return Corpus.open(folder)


def words_of(corpus, split):
    data = corpus.splits[split]
    return [[corpus.vocabulary.words[number] for number in data[index][0]] for index in range(len(data))]


@settings(max_examples=60, deadline=None)
@given(
    train=st.lists(WORDS, min_size=1, max_size=6),
    test=st.lists(WORDS, min_size=1, max_size=6),
    minimum=st.integers(1, 2),
    unknown=st.sampled_from(["drop", "unk"]),
)
def test_words_come_back(tmp_path_factory, train, test, minimum, unknown):
    known = {
        word
        for word in {word for tokens in train for word in tokens} - {"<eos>", "<unk>"}
        if sum(word in tokens for tokens in train) >= minimum
    }
    documents = [("test", tokens, index % 2) for index, tokens in enumerate(test)]
    documents += [("train", tokens, index % 2) for index, tokens in enumerate(train)]
    folder = tmp_path_factory.mktemp("corpora") / "made-up"
    rule = VocabularyRule(unknown, ("train",), minimum_documents=minimum)
    if not known:
        with pytest.raises(UserError, match="no word of the source"):
            write(folder, "classification", rule, documents)
        assert not folder.exists()
        return
    corpus = write(folder, "classification", rule, documents)
    for split, texts in (("train", train), ("test", test)):
        expected = [
            [word if word in known else "<unk>" for word in tokens if word in known or unknown == "unk"] + ["<eos>"]
            for tokens in texts
        ]
        assert words_of(corpus, split) == expected
        assert [corpus.splits[split][index][1] for index in range(len(texts))] == [
            index % 2 for index in range(len(texts))
        ]
        assert corpus.splits[split].lengths.tolist() == [len(tokens) for tokens in expected]
    everything = [word for tokens in train for word in tokens]
    by_hand = sorted(known, key=lambda word: (-everything.count(word), word))
    assert corpus.vocabulary.words == ["<eos>", "<unk>", *by_hand]
    unknown_count = sum(word not in known for word in everything) if unknown == "unk" else 0
    assert corpus.vocabulary.counts.tolist() == [
        len(train),
        unknown_count,
        *(everything.count(word) for word in by_hand),
    ]


@settings(max_examples=30, deadline=None)
@given(sentences=st.lists(WORDS, min_size=1, max_size=6), data=st.data())
def test_labels_of_tokens_stay_with_their_tokens(tmp_path_factory, sentences, data):
    sentences = [["known"], *sentences]
    labels = [
        data.draw(st.lists(st.integers(0, 1), min_size=len(tokens), max_size=len(tokens))) for tokens in sentences
    ]
    orders = data.draw(st.permutations(range(len(sentences))))
    documents = [("train", *row) for row in zip(sentences, labels, orders, strict=True)]
    corpus = write(tmp_path_factory.mktemp("corpora") / "c", "labelling", VocabularyRule("unk", ("train",)), documents)
    by_order = sorted(documents, key=lambda row: row[3])
    assert words_of(corpus, "train") == [["<unk>" if word == "<eos>" else word for word in row[1]] for row in by_order]
    assert [corpus.splits["train"][index][1].tolist() for index in range(len(sentences))] == [
        row[2] for row in by_order
    ]


def test_many_blocks_equal_one(tmp_path, monkeypatch):
    whole = tiny_corpus(tmp_path / "whole")
    monkeypatch.setattr("data_prep.renumbering._CHUNK", 7)
    monkeypatch.setattr("data_prep.writer._DIGESTS_AT_ONCE", 3)
    monkeypatch.setattr("data_prep.tokenising.RUN", 50)
    blocks = tiny_corpus(tmp_path / "blocks")
    assert whole.record == blocks.record


@pytest.mark.parametrize("ordered", [False, True])
def test_memory_does_not_grow_with_the_documents(tmp_path, monkeypatch, ordered):
    monkeypatch.setattr("data_prep.renumbering._CHUNK", 1 << 10)
    monkeypatch.setattr("data_prep.writer._DIGESTS_AT_ONCE", 1 << 10)
    monkeypatch.setattr("data_prep.tokenising.RUN", 1 << 10)
    documents = 60_000
    sentences = (
        Document("unlabeled", [f"w{index % 90}", f"w{index % 7}"], None, "here", index if ordered else None)
        for index in range(documents)
    )
    with files.replacing_folder(tmp_path / "c") as partial:
        writer = CorpusWriter(partial, "classification", ["zero", "one"], VocabularyRule("drop"))
        writer.fill(itertools.chain([Document("train", ["w1"], 0, "here")], sentences), One(as_given))
        tracemalloc.start()
        try:
            record = writer.finish(ABOUT)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert record["splits"]["unlabeled"] == {"documents": documents, "tokens": 3 * documents}
    assert record["statistics"]["duplicates"]["unlabeled"] == documents - 630
    assert peak < 8 * documents  # That is one array of int64 with a value for each document.


def test_order_decides_not_arrival(tmp_path):
    documents = [("train", [f"w{number}", "w"], number % 2, number) for number in range(9)]
    rule = VocabularyRule("drop", ("train",))
    one = write(tmp_path / "one", "classification", rule, documents)
    other = write(tmp_path / "other", "classification", rule, documents[::-1])
    assert one.record == other.record and words_of(one, "train")[3] == ["w3", "w", "<eos>"]


def test_unlabelled_text(tmp_path):
    documents = [
        ("train", ["a", "b"], 0),
        ("train", ["a", "b"], 1),
        ("unlabeled", [], None),
        ("unlabeled", ["x"], None),
        ("unlabeled", ["b"], None),
        ("test", ["x", "y"], 1),
    ]
    corpus = write(tmp_path / "c", "classification", VocabularyRule("drop", ("train",)), documents)
    statistics = corpus.record["statistics"]
    assert words_of(corpus, "unlabeled") == [["b", "<eos>"]] and corpus.splits["unlabeled"][0][1] is None
    assert words_of(corpus, "test") == [["<eos>"]]
    assert statistics["splits"]["unlabeled"]["empty_documents_left_out"] == 1
    assert statistics["splits"]["unlabeled"]["documents_left_out"] == 1
    assert statistics["splits"]["test"]["documents_without_known_word"] == 1
    assert statistics["splits"]["test"]["out_of_vocabulary_percent"] == 100
    assert statistics["duplicates"] == {
        "train": 1,
        "test": 0,
        "unlabeled": 0,
        "train/test": 0,
        "train/unlabeled": 0,
        "test/unlabeled": 0,
    }


TRAIN = [("train", ["a", "b"], 0), ("train", ["a", "c"], 1)]


@pytest.mark.parametrize("limit, expected", [(None, ["b a", "b", "a b"]), (2, ["b a", "b"]), (0, None)])
def test_unlabelled_text_after_the_vocabulary(tmp_path, limit, expected):
    texts = ["b a x", "", "x c", "b", "x", "a b"]  # c stands in one document only, so it is no word
    with files.replacing_folder(tmp_path / "c") as partial:
        writer = CorpusWriter(partial, "classification", ["zero", "one"], VocabularyRule("drop", ("train",), 1, 1))
        writer.fill([Document(split, [*tokens, "b"], label, "here") for split, tokens, label in TRAIN], One(as_given))
        writer.close_vocabulary()
        late = [Document("unlabeled", words.replace("c", "y").split(), None, "there") for words in texts]
        writer.fill(late, One(as_given), limit=limit)
        if expected is None:
            with pytest.raises(UserError, match="none of the . unlabeled documents"):
                writer.finish(ABOUT)
            return
        writer.finish(ABOUT)
    corpus = Corpus.open(tmp_path / "c")
    assert [" ".join(words[:-1]) for words in words_of(corpus, "unlabeled")] == expected
    statistics = corpus.record["statistics"]["splits"]["unlabeled"]
    assert statistics["empty_documents_left_out"] == 1
    assert statistics["documents_left_out"] == statistics["documents_without_known_word"] == 2
    assert statistics["out_of_vocabulary_percent"] == round(100 * 4 / (9 if limit is None else 7), 3)
    assert corpus.vocabulary.id_of("x") is None


def test_the_vocabulary_closes_after_the_text_it_is_made_of(tmp_path):
    writer = CorpusWriter(tmp_path, "classification", ["zero", "one"], VocabularyRule("drop", ("train", "unlabeled")))
    writer.fill([Document(*TRAIN[0], "here")], One(as_given))
    with pytest.raises(ValueError, match="unlabeled"):
        writer.close_vocabulary()


@pytest.mark.parametrize("limit", [0, 1, 3, 9])
def test_a_limit_counts_documents_and_their_words(tmp_path, limit):
    texts = ["d", "", "d e", "e e", "d"]
    written = [text for text in texts if text][:limit]
    with files.replacing_folder(tmp_path / "c") as partial:
        writer = CorpusWriter(
            partial, "classification", ["zero", "one"], VocabularyRule("drop", ("train", "unlabeled"))
        )
        documents = [Document(*row, "here") for row in TRAIN]
        writer.fill(
            documents + [Document("unlabeled", text.split(), None, "there") for text in texts],
            One(as_given),
            limit=limit,
        )
        if limit:
            writer.finish(ABOUT)
        else:
            assert writer.documents()["unlabeled"] == 0
            return
    corpus = Corpus.open(tmp_path / "c")
    assert len(corpus.splits["unlabeled"]) == len(written)
    counts = dict(zip(corpus.vocabulary.words, corpus.vocabulary.counts.tolist(), strict=True))
    assert counts.get("d", 0) == " ".join(written).count("d") and counts.get("e", 0) == " ".join(written).count("e")


def test_an_order_comes_with_all_documents_of_a_split_or_with_none(tmp_path):
    writer = CorpusWriter(tmp_path, "classification", ["zero", "one"], VocabularyRule("drop", ("train",)))
    writer.fill([Document(*TRAIN[0], "here")], One(as_given))
    with pytest.raises(ValueError, match="without an order"):
        writer.fill([Document(*TRAIN[1], "here", 3)], One(as_given))


def test_complete_means_the_expected_counts(tmp_path):
    documents = [("train", ["a"], 0), ("train", ["b"], 1), ("test", ["a"], 1)]
    rule = VocabularyRule("drop", ("train",))
    assert write(tmp_path / "c", "classification", rule, documents, expected={"train": 2, "test": 1}).complete
    assert not write(tmp_path / "d", "classification", rule, documents, expected={"train": 2, "test": 2}).complete
    assert not write(tmp_path / "e", "classification", rule, documents).complete


@pytest.mark.parametrize(
    "document, message",
    [
        (("train", [], 0), "empty"),
        (("train", ["a"], None), "missing"),
        (("train", ["a"], 2), "not one of the 2 classes"),
    ],
)
def test_bad_documents(tmp_path, document, message):
    with pytest.raises(UserError, match=f"^here: .*{message}"):
        write(tmp_path / "c", "classification", VocabularyRule("drop"), [document])
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".lock"]


def test_labels_must_fit_the_tokens(tmp_path):
    with pytest.raises(UserError, match="here: 2 tokens but 1 labels"):
        write(tmp_path / "c", "labelling", VocabularyRule("unk"), [("train", ["a", "b"], [1])])


def test_corrections_follow_their_document(tmp_path):
    with files.replacing_folder(tmp_path / "c") as partial:
        writer = CorpusWriter(partial, "labelling", ["c", "i"], VocabularyRule("unk"))
        error = {"position": 1, "written": "a", "correct": "the a", "kind": "article"}
        writer.fill(
            [Document("train", ["b", "a"], [0, 1], "1", 5, [error]), Document("train", ["c"], [0], "2", 1)],
            One(as_given),
        )
        writer.finish(ABOUT)
    corpus = Corpus.open(tmp_path / "c")
    assert read_corrections(corpus, "train") == [{"document": 1, **error}]
    with pytest.raises(UserError, match="no corrections"):
        read_corrections(corpus, "test")


@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
@pytest.mark.parametrize(
    "name", ["corpus.json", "vocabulary.json", "train.ids.npy", "test.labels.npy", "unlabeled.offsets.npy"]
)
def test_a_damaged_file_is_named(tmp_path, name, damage):
    path = tiny_corpus(tmp_path / "tiny").folder / name
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    if damage == "flip":
        path.write_bytes(content)
    elif damage == "truncate":
        path.write_bytes(content[:-9])
    else:
        path.unlink()
    with pytest.raises(UserError) as caught:
        Corpus.open(tmp_path / "tiny")
    is_no_corpus_left = name == "corpus.json" and damage == "remove"
    assert (str(tmp_path / "tiny") if is_no_corpus_left else name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_edited_record_is_damaged(tmp_path):
    path = tiny_corpus(tmp_path / "tiny").folder / "corpus.json"
    path.write_text(path.read_text().replace('"tiny"', '"titanic"'))
    with pytest.raises(DamagedFileError, match="corpus.json"):
        Corpus.open(tmp_path / "tiny")


def test_another_format_is_refused(tmp_path):
    path = tiny_corpus(tmp_path / "tiny").folder / "corpus.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 2}))
    with pytest.raises(UserError, match="not a corpus of format 1"):
        Corpus.open(tmp_path / "tiny")


def test_reader_interface(tmp_path):
    corpus = tiny_corpus(tmp_path / "tiny")
    train = corpus.splits["train"]
    assert train.ids.dtype == np.int32 and train.offsets.dtype == np.int64 and train.labels.dtype == np.int32
    assert corpus.vocabulary.id_of("<eos>") == corpus.vocabulary.eos == 0 and corpus.vocabulary.id_of("nowhere") is None
    assert all(corpus.vocabulary.id_of(word) == number for number, word in enumerate(corpus.vocabulary.words))
    assert train[-1][0].tolist() == train[len(train) - 1][0].tolist()
    assert len([None for _ in train]) == len(train)
    other = tiny_corpus(tmp_path / "other", seed=1)
    assert other.sha256 != corpus.sha256 and other.vocabulary.sha256 != corpus.vocabulary.sha256
    with pytest.raises(UserError, match="python -m data_prep nothing"):
        Corpus.open(tmp_path / "nothing")
