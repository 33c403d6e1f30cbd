"""The peer finds the same neighbours, and the record says that it was measured on a sample."""

import numpy as np
import pytest

from benchmarks import neighbours
from benchmarks.neighbours import full_sort, measure, trained_like_embedding


def test_the_record_scales_the_sample_and_compares_the_tables():
    record = measure("tiny", trained_like_embedding(300, 8), sample=60, repeats=1, k=5)
    assert record.peer == "full sort, scaled from 60 rows"
    assert record.more["peer_measured_rows"] == 60
    assert record.peer_s == pytest.approx(record.more["peer_measured_s"] * 5)
    assert record.more["rows_equal"] > 0.9


def test_the_table_of_some_words_alone():
    record = measure("tiny", trained_like_embedding(300, 8), sample=40, repeats=1, k=5, words=80)
    assert record.peer_s == pytest.approx(record.more["peer_measured_s"] * 2)
    assert record.more["rows_per_s"] == pytest.approx(80 / record.ours_s)


def test_a_wrong_table_is_noticed(monkeypatch):
    monkeypatch.setattr(
        neighbours, "nearest_neighbours", lambda embedding, k, first_word, rows: np.zeros((len(rows), k), int)
    )
    with pytest.raises(AssertionError, match="the tables differ"):
        measure("tiny", trained_like_embedding(300, 8), sample=60, repeats=1, k=5)


def test_full_sort_leaves_the_word_itself_out():
    angles = np.radians([0, 10, 25, 90])
    unit = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    np.testing.assert_array_equal(full_sort(unit, np.array([0, 3]), 2), [[1, 2], [2, 1]])


def test_the_embedding_has_clusters_and_a_falling_spectrum():
    embedding = trained_like_embedding(2000, 16)
    assert embedding.dtype == np.float32
    deviations = embedding.std(axis=0)
    assert deviations[0] > 1.5 * deviations[3] > 2 * deviations[15]
