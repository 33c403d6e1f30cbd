"""Vectors come back as they were written, for one vocabulary only;
words without one are drawn as the others are spread.
"""

import numpy as np
import pytest

from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import files
from tests.helpers import tiny_corpus
from word_vectors import store


@pytest.fixture
def corpus(tmp_path):
    return tiny_corpus(tmp_path / "tiny", task="labelling")


def made_up(corpus, size=5, seed=0):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(len(corpus.vocabulary), size)).astype(np.float32)
    return vectors, rng.random(len(vectors)) < 0.7, {"vocabulary_sha256": corpus.vocabulary.sha256, "name": "skipgram"}


def test_what_was_saved_is_loaded_from_the_folder_or_the_file(corpus, tmp_path):
    vectors, found, record = made_up(corpus)
    folder = store.vectors_folder(tmp_path, "tiny", "skipgram")
    assert folder == tmp_path / "vectors" / "tiny" / "skipgram" and not store.is_finished(folder)
    store.save(folder, vectors, found, record)
    assert store.is_finished(folder) and files.read_json(folder / "metrics.json") == record
    for path in (folder, folder / "vectors.npz"):
        loaded = store.load(path, corpus.vocabulary)
        assert loaded[0].dtype == np.float32 and loaded[1].dtype == bool
        assert (loaded[0] == vectors).all() and (loaded[1] == found).all() and loaded[2] == record


def test_equal_vectors_give_equal_bytes_and_others_another_digest(corpus, tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        store.save(tmp_path / name, *made_up(corpus, seed=seed))
    assert store.digest(tmp_path / "a") == store.digest(tmp_path / "b") != store.digest(tmp_path / "c")


def test_another_vocabulary_is_refused(corpus, tmp_path):
    store.save(tmp_path / "a", *made_up(corpus))
    other = tiny_corpus(tmp_path / "other", task="labelling", words=20)
    with pytest.raises(UserError, match="another vocabulary.*--overwrite"):
        store.load(tmp_path / "a", other.vocabulary)


def test_another_kind_of_file_is_refused_and_damage_is_named(corpus, tmp_path):
    files.save_arrays(tmp_path / "other.npz", {"vectors": np.ones((2, 2))}, {"kind": "language model"})
    with pytest.raises(UserError, match="does not hold word vectors .but: language model"):
        store.load(tmp_path / "other.npz", corpus.vocabulary)
    with pytest.raises(UserError, match="vectors.npz is missing"):
        store.load(tmp_path, corpus.vocabulary)
    store.save(tmp_path, *made_up(corpus))
    content = (tmp_path / "vectors.npz").read_bytes()
    (tmp_path / "vectors.npz").write_bytes(content[:300] + b"x" + content[301:])
    with pytest.raises(DamagedFileError, match="vectors.npz is damaged"):
        store.load(tmp_path, corpus.vocabulary)


@pytest.mark.parametrize(
    "change, error",
    [
        (lambda vectors, found, record: (vectors[:-1], found, record), ValueError),
        (lambda vectors, found, record: (vectors[0], found, record), ValueError),
        (lambda vectors, found, record: (vectors, found, {}), ValueError),
        (lambda vectors, found, record: (vectors * np.nan, found, record), UserError),
        (lambda vectors, found, record: (vectors * np.inf, found, record), UserError),
    ],
)
def test_nonsense_is_not_written(corpus, tmp_path, change, error):
    with pytest.raises(error), np.errstate(invalid="ignore"):
        store.save(tmp_path / "a", *change(*made_up(corpus)))
    assert not (tmp_path / "a").exists()


def test_missing_words_are_drawn_with_the_deviation_of_the_others():
    rng = np.random.default_rng(3)
    vectors, found = (0.4 * rng.normal(size=(4000, 10))).astype(np.float32), np.arange(4000) < 1000
    known = vectors[found].copy()
    store.fill_missing(vectors, found, seed=1)
    drawn = vectors[~found]
    assert (vectors[found] == known).all()
    assert drawn.std() == pytest.approx(known.std(), rel=0.02) and abs(drawn.mean()) < 0.01
    again, other = vectors.copy(), vectors.copy()
    store.fill_missing(again, found, seed=1)
    store.fill_missing(other, found, seed=2)
    assert (again == vectors).all() and (other[~found] != vectors[~found]).all()


def test_coverage_by_hand(corpus):
    found = np.ones(len(corpus.vocabulary), bool)
    lost = corpus.vocabulary.id_of("goes")
    found[lost] = False
    result = store.coverage(corpus, found)
    for name, split in corpus.splits.items():
        tokens = [int(number) for ids, _ in split for number in ids]
        assert result[name]["types"] == pytest.approx(100 * (1 - 1 / len(set(tokens))))
        assert result[name]["tokens"] == pytest.approx(100 * (1 - tokens.count(lost) / len(tokens)))
        assert result[name]["unknown_tokens"] == pytest.approx(100 * tokens.count(corpus.vocabulary.unk) / len(tokens))
    assert result["vocabulary"] == pytest.approx(100 * (1 - 1 / len(found)))


def test_where_vectors_come_from_in_words():
    train = {"kind": "train", "file": "fce", "tokens": 7}
    assert store.source_of({"texts": [train], "tokens": 7}, "fce") == "fce train, 7 tokens"
    texts = [train, {"kind": "imdb", "file": "a.tar", "tokens": 1000}]
    assert store.source_of({"texts": texts, "tokens": 1007}, "fce") == "fce train + a.tar, 1,007 tokens"
    imported = {"texts": [{"kind": "word2vec text", "file": "v.txt", "words": 3000}]}
    assert store.source_of(imported, "fce") == "v.txt (3,000 words)"
    assert store.source_of({}, "fce") == "fce train"
