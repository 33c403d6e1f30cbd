"""Preparing made-up reviews in a process of its own, timed and with its peak of memory."""

import subprocess
import sys

import pytest

from benchmarks import data
from data_prep.corpus import read_record


def test_growth_is_compared_with_the_smallest_text(tmp_path):
    small, large = data.measure_growth(data.REVIEWS_IN_AN_ARCHIVE, [1, 2], documents=16, scratch=tmp_path, repeats=1)
    assert small.ratio == 1 and large.peer == "in proportion to 1x"
    assert large.peer_s == pytest.approx(2 * small.ours_s)
    assert large.more["documents"] == 32
    assert 10 < large.more["peak_memory_mb"] < 1000
    assert small.more["exponent"] == large.more["exponent"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reviews-1x.tar", "reviews-2x.tar"]


def test_made_up_sentences_are_those_of_their_number(tmp_path):
    reviews = data.write_sentences(tmp_path / "reviews.txt.gz", 1001)
    out = tmp_path / "out"
    subprocess.run(data.command_for_sentences(reviews, str(out)), check=True, capture_output=True)
    record = read_record(out / "corpora" / "rotten")
    assert record["splits"]["unlabeled"]["documents"] == 1001
    assert record["splits"]["unlabeled"]["tokens"] <= 1001 * (data.WORDS_OF_A_SENTENCE + 2)


def test_the_memory_of_this_process_does_not_count(tmp_path):
    ballast = b"x" * 400_000_000
    (record,) = data.measure_growth(data.REVIEWS_IN_AN_ARCHIVE, [1], documents=16, scratch=tmp_path, repeats=1)
    assert record.more["peak_memory_mb"] < len(ballast) / 1e6


def test_the_memory_of_all_processes_counts_together(tmp_path):
    hold = "import time; held = b'x' * 60_000_000; time.sleep(0.5)"
    both = f"import subprocess, sys; held = b'x' * 60_000_000; subprocess.run([sys.executable, '-c', {hold!r}])"
    preparation = data.Preparation(lambda archive, out: [sys.executable, "-c", both], tmp_path / "none", tmp_path)
    preparation()
    assert 60 < preparation.peak_memory_mb < 120 < preparation.together_memory_mb < 240


def test_a_failed_preparation_is_no_measurement(tmp_path):
    preparation = data.Preparation(data.command_for_imdb, tmp_path / "missing.tar", tmp_path)
    with pytest.raises(RuntimeError, match="missing.tar ended with status 1"):
        preparation()


def test_without_the_real_corpus_one_line_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("INTERPRETABLE_ADV_DATA", raising=False)
    assert list(data.measure_imdb("IMDB", tmp_path, repeats=1)) == []
    assert "set INTERPRETABLE_ADV_DATA" in capsys.readouterr().out
    monkeypatch.setenv("INTERPRETABLE_ADV_DATA", str(tmp_path))
    assert data.real_archive() is None
    (tmp_path / "aclImdb_v1.tar.xz").write_bytes(b"")
    assert data.real_archive() == tmp_path / "aclImdb_v1.tar.xz"
