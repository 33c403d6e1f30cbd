"""The real corpora give exactly the counts of Table 1 of the paper."""

import numpy as np
import pytest

from data_prep import corpora
from data_prep.corpus import Corpus
from data_prep.prepare import prepare
from iadv_foundation.errors import UserError


def prepared(name, out, source, unlabeled=None):
    if not source.is_file():
        pytest.skip(f"no {source.name} among the real corpora")
    prepare(corpora.named(name), out, source, unlabeled)
    return Corpus.open(out / "corpora" / name)


def counts(corpus):
    return {split: len(data) for split, data in corpus.splits.items()}


def test_imdb(tmp_path, real_data):
    corpus = prepared("imdb", tmp_path, real_data / "aclImdb_v1.tar.xz")
    assert counts(corpus) == {"train": 21246, "dev": 3754, "test": 25000, "unlabeled": 50000} and corpus.complete
    assert np.bincount(corpus.splits["test"].labels).tolist() == [12500, 12500]
    assert [corpus.vocabulary.words[number] for number in corpus.splits["train"][10625][0][:6]] == [
        "Bromwell",
        "High",
        "is",
        "a",
        "cartoon",
        "comedy",
    ]  # The first positive review, after 10,625 negative ones.
    assert 86900 < len(corpus.vocabulary) < 87100


def test_fce(tmp_path, real_data):
    corpus = prepared("fce", tmp_path, real_data / "fce-public.tar.xz")
    assert counts(corpus) == {"train": 28731, "dev": 2222, "test": 2720} and corpus.complete
    assert {split: (len(data.ids), int(data.labels.sum())) for split, data in corpus.splits.items()} == {
        "train": (452833, 58897),
        "dev": (34599, 4640),
        "test": (41477, 6305),
    }


def test_rotten(tmp_path, real_data):
    corpus = prepared("rotten", tmp_path, real_data / "rt-polaritydata.tar.xz")
    assert counts(corpus) == {"train": 8636, "dev": 960, "test": 1066} and not corpus.complete
    assert sum(np.bincount(data.labels) for data in corpus.splits.values()).tolist() == [5331, 5331]


def test_another_corpus_is_refused(tmp_path, real_data):
    with pytest.raises(UserError, match="the file for train is missing"):
        prepared("fce", tmp_path, real_data / "rt-polaritydata.tar.xz")
    with pytest.raises(UserError, match="imdb corpus: documents of train 21,246 expected, 0 found"):
        prepared("imdb", tmp_path, real_data / "rt-polaritydata.tar.xz")
    assert not (tmp_path / "corpora").exists() or all(
        path.suffix == ".lock" for path in (tmp_path / "corpora").iterdir()
    )
