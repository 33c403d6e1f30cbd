"""The text of skip-gram vectors: the train split by its words, reviews and plain text as sentences of lower-cased
tokens; nothing of dev or test.
"""

import gzip
import tarfile

import pytest

from iadv_foundation.errors import UsageError, UserError
from tests.helpers import tiny_corpus
from word_vectors.sentences import (
    Sentences,
    TextSource,
    parse_sources,
    prose,
    split_contractions,
    train_sentences,
    write,
)


@pytest.fixture
def corpus(tmp_path):
    return tiny_corpus(tmp_path / "tiny", task="labelling")


def written(tmp_path, corpus, sources=()):
    counts = write(tmp_path / "text", corpus, sources)
    return counts, list(Sentences(tmp_path / "text"))


def test_the_train_split_comes_first_as_its_own_words(corpus, tmp_path):
    counts, sentences = written(tmp_path, corpus)
    words = corpus.vocabulary.words
    assert sentences == [[words[number] for number in ids] for ids, _ in corpus.splits["train"]]
    assert counts == [
        {
            "kind": "train",
            "file": "tiny",
            "sha256": corpus.sha256,
            "sentences": len(sentences),
            "tokens": sum(map(len, sentences)),
        }
    ]


def test_a_classification_corpus_gives_its_documents_without_the_end_sign(tmp_path):
    corpus = tiny_corpus(tmp_path / "tiny")
    sentences = list(train_sentences(corpus))
    assert len(sentences) == len(corpus.splits["train"]) and not any("<eos>" in sentence for sentence in sentences)
    assert [len(sentence) + 1 for sentence in sentences] == corpus.splits["train"].lengths.tolist()


def test_unknown_words_of_the_train_split_stand_as_unk(tmp_path, monkeypatch):
    corpus = tiny_corpus(tmp_path / "tiny", task="labelling")
    corpus.splits["train"] = corpus.splits["dev"]  # dev has words that train does not have
    found = [word for sentence in train_sentences(corpus) for word in sentence]
    assert found.count("<unk>") == (corpus.splits["dev"].ids == corpus.vocabulary.unk).sum() > 0


def imdb_archive(path):
    reviews = {
        "train/pos/0_9.txt": "A <br /><br />Good film. It's fine!",
        "train/neg/1_2.txt": "Bad &amp; long.",
        "train/pos/10621_8.txt": "Development.",
        "train/unsup/5_0.txt": "Unlabelled text.",
        "test/pos/3_9.txt": "Tested.",
    }
    with tarfile.open(path, "w:xz") as archive:
        for name, content in reviews.items():
            file = path.parent / "review"
            file.write_text(content)
            archive.add(file, f"aclImdb/{name}")
    return path


def test_of_imdb_only_train_and_unlabelled_reviews_are_read(corpus, tmp_path):
    counts, sentences = written(tmp_path, corpus, [TextSource("imdb", imdb_archive(tmp_path / "a.tar.xz"))])
    more = sentences[counts[0]["sentences"] :]
    assert more == [
        ["a", "good", "film", "."],
        ["it", "'s", "fine", "!"],
        ["bad", "&", "long", "."],
        ["unlabelled", "text", "."],
    ]
    assert (counts[1]["kind"], counts[1]["file"]) == ("imdb", "a.tar.xz") and len(counts[1]["sha256"]) == 64
    assert (counts[1]["sentences"], counts[1]["tokens"]) == (4, 15)


def test_amazon_reviews(corpus, tmp_path):
    path = tmp_path / "reviews.tsv"
    path.write_text("books\ttrain\t1\tA great book\nmusic\tunlabel\t-\tPoor\n")
    counts, sentences = written(tmp_path, corpus, [TextSource("amazon", path)])
    assert sentences[counts[0]["sentences"] :] == [["a", "great", "book"], ["poor"]]
    path.write_text("no review\n")
    with pytest.raises(UserError, match="reviews.tsv, line 1"):
        written(tmp_path, corpus, [TextSource("amazon", path)])


def test_plain_text_also_compressed(corpus, tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress("Hello there. How are YOU?\n\nCaf\u00e9!\n".encode()))
    counts, sentences = written(tmp_path, corpus, [TextSource("text", path)])
    assert sentences[counts[0]["sentences"] :] == [
        ["hello", "there", "."],
        ["how", "are", "you", "?"],
        ["caf\u00e9", "!"],
    ]


def test_a_text_that_is_empty_or_not_utf_8_is_named(corpus, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("\n \n")
    with pytest.raises(UserError, match="a.txt: there is no text in it"):
        written(tmp_path, corpus, [TextSource("text", path)])
    path.write_bytes(b"good\nb\xffd\n")
    with pytest.raises(UserError, match="a.txt, line 2: not UTF-8"):
        written(tmp_path, corpus, [TextSource("text", path)])


def test_sentences_can_be_read_again_and_again(corpus, tmp_path):
    write(tmp_path / "text", corpus, [])
    sentences = Sentences(tmp_path / "text")
    assert list(sentences) == list(sentences) != []
    sentences.check()


def test_a_very_long_sentence_is_cut_where_gensim_would_drop_its_end(corpus, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("word " * 25000)
    counts, sentences = written(tmp_path, corpus, [TextSource("text", path)])
    assert [len(sentence) for sentence in sentences[counts[0]["sentences"] :]] == [10000, 10000, 5000]
    assert counts[1]["tokens"] == 25000 and counts[1]["sentences"] == 1


@pytest.mark.parametrize(
    "token, pieces",
    [
        ("don't", ["do", "n't"]),
        ("can't", ["ca", "n't"]),
        ("it's", ["it", "'s"]),
        ("they’re", ["they", "'re"]),
        ("i'll", ["i", "'ll"]),
        ("could've", ["could", "'ve"]),
        ("n't", ["n't"]),
        ("o'clock", ["o'clock"]),
        ("word", ["word"]),
        ("'", ["'"]),
        ("isn't-it's", ["isn't-it", "'s"]),
    ],
)
def test_contractions_are_cut_as_treebanks_do(token, pieces):
    assert split_contractions([token], lambda word: False) == pieces
    assert split_contractions([token], lambda word: True) == [token]


def test_prose():
    assert list(prose("It cost 3.50.<br />Then <i>we</i> left: 1 < 2 &lt;br&gt;")) == [
        ["it", "cost", "3", ".", "50", "."],
        ["then", "we", "left", ":", "1", "<", "2", "<", "br", ">"],
    ]


def test_sources_are_parsed(tmp_path):
    (tmp_path / "a=b").write_text("x")
    (found,) = parse_sources([f"text={tmp_path / 'a=b'}"])
    assert (found.kind, found.path) == ("text", tmp_path / "a=b")
    assert parse_sources([f"imdb={tmp_path}"])[0].path == tmp_path
    for given, error, words in (
        ("x", UsageError, "KIND=PATH"),
        ("text=", UsageError, "KIND=PATH"),
        ("amzon=x", UsageError, "did you mean 'amazon'"),
        ("text=/nowhere", UserError, "no file /nowhere"),
        (f"amazon={tmp_path}", UserError, "is a folder: give the file"),
    ):
        with pytest.raises(error, match=words):
            parse_sources([given])
