"""The one screen that the default target ends with."""

import itertools

import pytest

from iadv_foundation.storage import files
from tests.results.made_up import classification_run, labelling_run
from workflow.plan import Plan
from workflow.summary import summary


def sanity(out, corpus, values, task="classification"):
    rows = [{"value": value, "low": value, "high": value} for value in values]
    files.write_json(
        out / "sanity" / corpus / "metrics.json",
        {
            "corpus": corpus,
            "corpus_sha256": "a",
            "corpus_complete": False,
            "task": task,
            "system": "s",
            "description": "d",
            "chosen": {},
            "test_documents": 200,
            "dev": {},
            "test": {},
            "interval": "i",
            "rows": rows,
        },
    )


@pytest.fixture
def lines(tmp_path):
    """The screen of two runs of one method on one sample, and one on another."""
    classification_run(tmp_path, "sample-sec", "baseline", 40)
    classification_run(tmp_path, "sample-sec", "baseline", 60, seed=1)
    labelling_run(tmp_path, "sample-ged", "advt")
    sanity(tmp_path, "sample-sec", (20.87, 39.79))
    return summary(Plan("quick", "quick", "paper", 2, {}, tmp_path))


def row(lines, title):
    return next(line for line in lines if line.startswith(title)).removeprefix(title).split()


def test_every_number_stands_beside_the_linear_and_the_trivial_row(lines):
    assert lines[0].split()[-3:] == ["sample-sec", "sample-cac", "sample-ged"]
    assert row(lines, "Baseline") == ["25.00", "-", "-"]  # 40 and 60 of 200, on average
    assert row(lines, "linear model") == ["20.87", "-", "-"] and row(
        lines, "majority class, or every word an error"
    ) == ["39.79", "-", "-"]


def test_a_row_that_a_table_does_not_have_is_empty_there(lines):
    assert row(lines, "iAdvT-Rand") == ["-"] and row(lines, "BiLSTM w/ GWE") == ["-"]


def test_it_fits_on_a_screen_and_says_what_to_open_and_what_not_to_compare(lines):
    assert len(lines) <= 25 and all(len(line) <= 100 for line in lines if not line.startswith(("open", "tables")))
    assert any(line.startswith("open first: ") and line.endswith("report/paper/quick/report.html") for line in lines)
    assert any("not\nbe compared" in f"{one}\n{two}" for one, two in itertools.pairwise(lines))


def test_nothing_is_held_against_a_published_number(lines):
    text = "\n".join(lines)
    assert "7.05" not in text and "difference" not in text and "verdict" not in text
