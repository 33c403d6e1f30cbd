"""The linear models learn a learnable corpus, beat the trivial ones, and give the same bytes every time."""

import numpy as np
import pytest
from sklearn.metrics import fbeta_score
from threadpoolctl import threadpool_info, threadpool_limits

import results.sanity
from data_prep.corpus import Corpus, Split
from iadv_foundation.errors import DamagedFileError, UsageError, UserError
from results.sanity import classification, labelling, measure
from results.sanity.labelling import best_threshold, windows
from results.sanity.record import read_sanity
from tests.helpers import tiny_corpus


def make(out, task="classification", **options):
    return tiny_corpus(out / "corpora" / "tiny", task=task, documents=120, **options)


def test_classification_beats_the_majority_class_clearly(tmp_path):
    corpus = make(tmp_path)
    summary = measure("tiny", tmp_path)
    record = read_sanity(tmp_path, "tiny")
    linear, majority = record.rows
    labels = np.asarray(corpus.splits["test"].labels)
    assert record.test["errors"] == round(linear.value * len(labels) / 100)
    assert majority.value == pytest.approx(100 * (labels != 0).mean())  # a tie in train: the first class
    assert linear.high < majority.low and linear.value < 15
    assert record.chosen["C"] in (1, 3, 10, 30) and f"C = {record.chosen['C']:g}" in record.description
    assert summary.startswith("tiny: TF-IDF + logistic regression: test error rate")


def make_noisy(out, task):
    """A corpus of which every fourth label of train and dev is turned, so that weak regularisation learns noise."""
    corpus = make(out, task)
    for split in ("train", "dev"):
        there = corpus.splits[split]
        labels = np.asarray(there.labels)
        turned = np.random.default_rng(1).random(len(labels)) < 0.25
        corpus.splits[split] = Split(
            there.ids, there.offsets, np.where(turned, 1 - labels, labels), task == "labelling"
        )
    return corpus


@pytest.mark.parametrize("tried", [(1e-3, 1.0, 1e3), (1e3, 1.0, 1e-3)])
@pytest.mark.parametrize("module, task, best", [(classification, "classification", min), (labelling, "labelling", max)])
def test_the_best_on_dev_is_chosen_and_of_equals_the_strongest(tmp_path, monkeypatch, module, task, best, tried):
    corpus, alone = make_noisy(tmp_path, task), {}
    corpus.splits["test"] = corpus.splits["dev"]  # so that the score on test tells what dev would have
    for regularisation in tried:
        monkeypatch.setattr(module, "REGULARISATIONS", (regularisation,))
        found = module.fit_and_score(corpus)
        alone[regularisation] = found["rows"][0]["value"]
        assert list(found["dev"].values()) == pytest.approx([alone[regularisation]])
    assert len(set(alone.values())) > 1
    monkeypatch.setattr(module, "REGULARISATIONS", tried)
    chosen = module.fit_and_score(corpus)["chosen"]["C"]
    assert chosen == min(value for value, score in alone.items() if score == best(alone.values()))


def test_labelling_beats_calling_everything_an_error(tmp_path):
    corpus = make(tmp_path, "labelling")
    measure("tiny", tmp_path)
    record = read_sanity(tmp_path, "tiny")
    linear, everywhere = record.rows
    labels = np.asarray(corpus.splits["test"].labels)
    assert everywhere.value == pytest.approx(100 * fbeta_score(labels, np.ones_like(labels), beta=0.5))
    assert linear.low > everywhere.high and linear.value == record.test["f05"]
    assert f"threshold {record.chosen['threshold']:.3f}" in record.description


@pytest.mark.parametrize("task", ["classification", "labelling"])
def test_same_bytes_every_time(tmp_path, task):
    make(tmp_path, task)
    path = tmp_path / "sanity" / "tiny" / "metrics.json"
    measure("tiny", tmp_path)
    first = path.read_bytes()
    path.unlink()
    measure("tiny", tmp_path)
    assert path.read_bytes() == first


def test_models_are_fitted_by_one_thread_whatever_is_set(tmp_path, monkeypatch):
    """On a corpus of real size the last digits, and with them predictions, follow the number of threads."""
    make(tmp_path)
    fit, seen = results.sanity._MODELS["classification"], []
    monkeypatch.setitem(
        results.sanity._MODELS, "classification", lambda corpus: seen.append(threadpool_info()) or fit(corpus)
    )
    with threadpool_limits(2):
        measure("tiny", tmp_path)
    assert seen[0] and all(pool["num_threads"] == 1 for pool in seen[0])


def test_test_labels_choose_nothing(tmp_path):
    """With the labels of test turned round the model makes just the other predictions wrong:
    nothing was fitted to them.
    """
    corpus = make(tmp_path)
    there = classification.fit_and_score(corpus)
    test = corpus.splits["test"]
    corpus.splits["test"] = Split(test.ids, test.offsets, 1 - np.asarray(test.labels), per_token=False)
    turned = classification.fit_and_score(corpus)
    assert turned["chosen"] == there["chosen"] and turned["dev"] == there["dev"]
    assert turned["test"]["errors"] == len(test) - there["test"]["errors"]


def test_windows_stop_at_the_ends_of_sentences():
    split = Split(np.array([7, 8, 9, 4, 5], np.int32), np.array([0, 3, 3, 5]), np.zeros(5, np.int32), per_token=True)
    assert windows(split).tolist() == [
        [-1, -1, 7, 8, 9],
        [-1, 7, 8, 9, -1],
        [7, 8, 9, -1, -1],
        [-1, -1, 4, 5, -1],
        [-1, 4, 5, -1, -1],
    ]


def test_best_threshold_is_the_best_of_all():
    rng = np.random.default_rng(0)
    labels = (rng.random(300) < 0.2).astype(int)
    probabilities = np.clip(0.3 * labels + rng.random(300) * 0.7, 0, 1)
    scores = {threshold: 100 * fbeta_score(labels, probabilities >= threshold, beta=0.5) for threshold in probabilities}
    score, threshold = best_threshold(labels, probabilities)
    assert score == pytest.approx(max(scores.values())) and scores[threshold] == pytest.approx(score)


def test_a_corpus_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="no prepared corpus at .*sample-sec: run python -m data_prep sample-sec"):
        measure("sample-sec", tmp_path)
    with pytest.raises(UsageError, match="unknown corpus 'sample-sek'.*did you mean 'sample-sec'"):
        measure("sample-sek", tmp_path)


def test_a_damaged_corpus_is_named_and_nothing_written(tmp_path):
    corpus = make(tmp_path)
    path = corpus.folder / "test.labels.npy"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedFileError, match="test.labels.npy"):
        measure("tiny", tmp_path)
    assert not (tmp_path / "sanity").exists()


def test_no_record_is_no_error(tmp_path):
    assert read_sanity(tmp_path, "tiny") is None


def test_the_record_names_the_preparation_it_was_measured_on(tmp_path):
    make(tmp_path)
    measure("tiny", tmp_path)
    assert read_sanity(tmp_path, "tiny").corpus_sha256 == Corpus.open(tmp_path / "corpora" / "tiny").sha256
