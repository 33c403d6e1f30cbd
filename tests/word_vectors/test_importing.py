"""Imported vectors stand in the order of the corpus's vocabulary; words that the file does not have are drawn."""

import numpy as np
import pytest
from gensim.models import KeyedVectors

from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from tests.helpers import tiny_corpus
from word_vectors import store
from word_vectors.importing import read_vectors


@pytest.fixture
def corpus(tmp_path):
    return tiny_corpus(tmp_path / "tiny", task="labelling")


def keyed(words, size=6):
    made = KeyedVectors(size)
    made.add_vectors(words, np.random.default_rng(0).normal(size=(len(words), size)).astype(np.float32))
    return made


def test_rows_by_word(corpus, tmp_path):
    vectors = keyed(["goes", "an", "elsewhere", "word3", "<unk>"])
    vectors.save_word2vec_format(tmp_path / "v.bin", binary=True)
    *arrays, record = read_vectors(corpus, tmp_path / "v.bin", seed=0)
    store.save(tmp_path / "a", *arrays, record)
    rows, found, stored = store.load(tmp_path / "a", corpus.vocabulary)
    known = {corpus.vocabulary.id_of(word): word for word in ("goes", "an", "word3")}
    assert set(np.flatnonzero(found)) == set(known) and all(
        (rows[n] == vectors[word]).all() for n, word in known.items()
    )
    assert np.abs(rows[~found]).min(axis=1).max() > 0 and rows.shape == (len(corpus.vocabulary), 6)
    assert stored == record and record["found"] == 3 and record["size"] == 6
    assert record["texts"] == [
        {"kind": "word2vec binary", "file": "v.bin", "words": 5, "sha256": files.digest_of_file(tmp_path / "v.bin")}
    ]


def test_the_format_changes_nothing_and_the_seed_only_what_is_missing(corpus, tmp_path):
    vectors = keyed(["goes", "an"])
    vectors.vectors[:] = np.round(vectors.vectors * 8) / 8  # so that the text holds them exactly
    vectors.save_word2vec_format(tmp_path / "v.bin", binary=True)
    vectors.save_word2vec_format(tmp_path / "v.txt")
    rows = []
    for name, seed in (("v.bin", 0), ("v.txt", 0), ("v.txt", 1)):
        rows.append(read_vectors(corpus, tmp_path / name, seed)[:2])
    (binary, found), (textual, _), (other, _) = rows
    assert (
        (binary == textual).all() and (other[found] == binary[found]).all() and (other[~found] != binary[~found]).any()
    )


def test_a_file_without_a_word_of_the_corpus_is_refused(corpus, tmp_path):
    keyed(["elsewhere", "nowhere"]).save_word2vec_format(tmp_path / "v.txt")
    with pytest.raises(UserError, match="not one of its 2 words is a word of tiny, such as .*upper and lower case"):
        read_vectors(corpus, tmp_path / "v.txt", 0)


def test_words_with_one_vector_are_counted(corpus, tmp_path):
    vectors = keyed(["goes", "an", "word3", "word4"])
    vectors.vectors[1] = vectors.vectors[0]
    vectors.vectors[2, 0], vectors.vectors[3] = 0, vectors.vectors[2]
    vectors.vectors[3, 0] = -0.0  # the same number
    vectors.save_word2vec_format(tmp_path / "v.bin", binary=True)
    rows, found, record = read_vectors(corpus, tmp_path / "v.bin", seed=0)
    for name, split in corpus.splits.items():
        tokens = [corpus.vocabulary.words[number] for number in split.ids]
        expected = sum(tokens.count(word) for word in ("goes", "an", "word3", "word4"))
        assert record["shared_vectors"][name] == pytest.approx(100 * expected / len(tokens))
    assert record["shared_vectors"]["train"] > 0


def test_words_without_a_vector_share_none(corpus, tmp_path):
    keyed(["goes", "an"]).save_word2vec_format(tmp_path / "v.bin", binary=True)
    record = read_vectors(corpus, tmp_path / "v.bin", seed=0)[2]
    assert record["shared_vectors"] == dict.fromkeys(corpus.splits, 0.0)
