"""The contrast of adversarial rows and controls, ours and published, by hand."""

import pytest
from scipy import stats

from results.contrast import find_contrast, weights_of
from results.published import load
from results.significance import Column
from results.study import Study
from results.tables import build
from tests.results.made_up import classification_run, collect, quick

ERRORS = {"baseline": 80, "advt": 60, "iadvt": 56, "vat": 50, "ivat": 46}  # of 200: 40, 30, 28, 25, 23 %


def make(out, corpus, scale, seeds=3, complete=True):
    for method, errors in ERRORS.items():
        for seed in range(seeds):
            classification_run(out, corpus, method, errors + 2 * seed, seed, scale=scale, complete=complete)


def test_weights():
    rows = {number: [row.method for row in load().comparison(number).rows] for number in (3, 4, 6)}
    for number in (3, 6):
        weights = weights_of(rows[number])
        assert weights == {"advt": 0.25, "iadvt": 0.25, "vat": 0.25, "ivat": 0.25, "baseline": -0.5, "random": -0.5}
    assert weights_of(rows[4]) == {"advt": 0.25, "iadvt": 0.25, "vat": 0.25, "ivat": 0.25, "baseline": -1}
    assert weights_of(["advt", None]) == {}


def test_ours_and_published_by_hand(tmp_path):
    """Every row's seeds are x, x + 1 and x + 2 %: variance 1 with 10 degrees of freedom;
    the sum of squared weights is 1.25.
    """
    make(tmp_path, "dbpedia", "paper")
    column = Column(collect(Study(tmp_path, "paper", "paper"), ["dbpedia"], list(ERRORS)))
    published = load().comparison(5).published("dbpedia")
    found = find_contrast(published, column, True)
    assert found.ours.difference == pytest.approx((30 + 28 + 25 + 23) / 4 - 40)
    assert found.published.difference == pytest.approx((0.92 + 0.99 + 0.91 + 0.93) / 4 - 0.94)
    assert found.published.high - found.published.difference == pytest.approx(stats.t.ppf(0.975, 10) * 1.25**0.5)
    assert found.apart.difference == pytest.approx(found.ours.difference - found.published.difference)
    deviation = (1.25 * (1 + 1 / 3)) ** 0.5
    assert found.apart.p == pytest.approx(2 * stats.t.sf(abs(found.apart.difference) / deviation, 10)) and found.differ
    other = find_contrast(published, column, True, documents=200)
    assert other.apart.high - other.apart.low > found.apart.high - found.apart.low
    assert find_contrast(published, column, False).apart is None


def test_the_table_says_it_in_a_sentence_and_in_a_file(tmp_path):
    make(tmp_path, "dbpedia", "paper")
    document = build("5", Study(tmp_path, "paper", "paper"))
    (note,) = [note for note in document.notes if note.startswith("Contrast")]
    assert "mean of AdvT-Text, iAdvT-Text, VAT-Text, iVAT-Text minus mean of Baseline: ours -13.50" in note
    assert "published -0.00" in note and "they differ" in note
    (line,) = document.attached["contrast"].to_dict("records")
    assert (line["dataset"], line["adversarial"], line["controls"]) == ("dbpedia", "advt iadvt vat ivat", "baseline")
    assert line["ours"] == pytest.approx(-13.5) and line["apart_p"] < 0.05


def test_a_stand_in_has_no_comparison_with_the_published_contrast_and_one_seed_has_none_at_all(tmp_path):
    make(tmp_path, "sample-cac", "quick")
    (note,) = [note for note in build("5", quick(tmp_path)).notes if note.startswith("Contrast")]
    assert "differ" not in note.replace("difference", "")
    make(tmp_path, "dbpedia", "paper", seeds=1)
    document = build("5", Study(tmp_path, "paper", "paper"))
    assert not any(note.startswith("Contrast") for note in document.notes) and "contrast" not in document.attached
