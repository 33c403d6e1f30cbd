"""The orderings of the rows of Tables 3 to 6: all of them, on the same documents,
and no verdict where the runs give none.
"""

import csv
import itertools

import pytest

from results.intervals import holm
from results.published import load
from results.significance import Column
from results.study import Study
from results.tables import build
from tests.results.made_up import classification_run, collect, labelling_run, quick

ROWS = {row.method: row for row in load().comparison(6).rows}


def paper(out):
    return Study(out, "paper", "paper")


def line_of(document, better, worse, number=6, dataset="fce"):
    titles = {row.method: row.title for row in load().comparison(number).rows}
    return document.orderings.set_index(["dataset", "better", "worse"]).loc[(dataset, titles[better], titles[worse])]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """FCE: three seeds of the baseline and of a far better AdvT,
    two of a far worse VAT and of an iAdvT like the baseline.
    """
    folder = tmp_path_factory.mktemp("out")
    for method, skill, seeds in (
        ("baseline", 0.6, 3),
        ("advt", 0.9, 3),
        ("vat", 0.3, 2),
        ("iadvt", 0.6, 2),
        ("ivat", 0.6, 1),
    ):
        for seed in range(seeds):
            labelling_run(folder, "fce", method, seed, scale="paper", skill=skill)
    return folder


def test_every_two_rows_are_listed_once_by_falling_published_numbers(out):
    orderings = build("6", paper(out)).orderings
    published = {row.title: row.published[0] for row in ROWS.values()}
    assert len(orderings) == len(list(itertools.combinations(ROWS, 2))) == 28
    for line in orderings.to_dict("records"):
        difference = float(published[line["better"]] - published[line["worse"]])
        assert line["published"] == pytest.approx(difference) and line["published"] > 0
    better = [published[title] for title in orderings["better"]]
    assert better == sorted(better, reverse=True)


def test_a_measured_pair_has_the_difference_of_all_seeds_of_both(out):
    line = line_of(build("6", paper(out)), "advt", "vat")
    expected = Column(collect(paper(out), ["fce"], list(ROWS))).difference({"advt": 1, "vat": -1})
    assert (line["difference"], line["low"], line["high"], line["p"]) == (
        expected.difference,
        expected.low,
        expected.high,
        expected.p,
    )


def test_verdicts(out):
    document = build("6", paper(out))
    verdicts = {
        pair: line_of(document, *pair)["verdict"]
        for pair in (
            ("advt", "baseline"),
            ("vat", "baseline"),
            ("iadvt", "baseline"),
            ("ivat", "baseline"),
            ("random", "baseline"),
        )
    }
    assert list(verdicts.values()) == ["holds", "reversed", "open", "one seed", "-"]
    measured = document.orderings.dropna(subset="p")
    assert len(measured) == 6 and measured["p_holm"].tolist() == holm(measured["p"]).tolist()
    assert (measured["p_holm"] >= measured["p"]).all()


def test_lower_is_better_for_error_rates_and_each_column_stands_for_itself(tmp_path):
    """On Elec AdvT is better than the baseline, as published; on Rotten Tomatoes worse."""
    for seed in (0, 1, 2):
        for corpus, baseline, advt in (("elec", 60, 20), ("rotten", 20, 60)):
            classification_run(tmp_path, corpus, "baseline", baseline + seed, seed, scale="paper", complete=True)
            classification_run(tmp_path, corpus, "advt", advt + seed, seed, scale="paper", complete=True)
    document = build("4", paper(tmp_path))
    assert document.orderings["dataset"].tolist() == ["elec"] * 10 + ["rotten"] * 10
    for dataset, verdict, published, ours in (("elec", "holds", -0.30, -20), ("rotten", "reversed", -1.52, 20)):
        line = line_of(document, "advt", "baseline", 4, dataset)
        assert line["verdict"] == verdict
        assert (line["published"], line["difference"]) == (pytest.approx(published), pytest.approx(ours))
    assert line_of(document, "ivat", "vat", 4, "elec")["verdict"] == "-"
    text = document.to_markdown()
    assert "published gaps on Elec" in text and "published gaps on Rotten Tomatoes" in text
    assert "| Data set" in text.partition("## Published orderings")[2]


def test_what_a_gap_needs_stands_beside_it(out):
    document = build("6", paper(out))
    for _, line in document.orderings.iterrows():
        needed = [line["seeds_alone"], line["seeds_holm"]]
        assert all(text in {"never", ">100"} or 2 <= int(text) <= 100 for text in needed)
    small, large = line_of(document, "advt", "iadvt"), line_of(document, "advt", "baseline")
    assert small["seeds_alone"] in ("never", ">100") and small["published"] < large["published"]
    assert 0 < small["smallest_gap"] < small["smallest_gap_holm"]
    assert "out of reach on this test set" in document.to_markdown()


def test_the_files_show_them_marked_where_they_are_not_the_papers_setting(out, tmp_path):
    document = build("6", paper(out))
    document.write(tmp_path)
    lines = [
        line for line in (tmp_path / "table6.md").read_text().partition("## Published")[2].splitlines() if "|" in line
    ]
    (line,) = [line for line in lines if "AdvT-Text [Miyato" in line.split("|")[1] and "Baseline" in line]
    assert line.split("|")[3].strip() == "+3.07" and line.split("|")[-3].strip() == "holds‡" and "<0.001‡" in line
    with open(tmp_path / "table6-orderings.csv", newline="") as file:
        records = list(csv.DictReader(file))
    assert len(records) == 28 and float(records[0]["published"]) == pytest.approx(0.02)
    latex = (tmp_path / "table6.tex").read_text()
    assert latex.count(r"\begin{table}") == latex.count(r"\end{table}") == 2 and "holds$^\\ddagger$" in latex


def test_without_two_rows_of_two_seeds_or_on_a_stand_in_there_are_none(tmp_path):
    for seed in (0, 1):
        labelling_run(tmp_path, "fce", "advt", seed, scale="paper")
        for method in ("baseline", "advt"):
            classification_run(tmp_path, "sample-sec", method, 20 + seed, seed)
            if seed == 0:
                classification_run(tmp_path, "imdb", method, 20, scale="paper")
    for document in (build("3", quick(tmp_path)), build("3", paper(tmp_path)), build("6", paper(tmp_path))):
        assert list(document.attached) == ["runs"] and "Published orderings" not in document.to_markdown()


def test_runs_on_other_sentences_are_not_compared(tmp_path):
    for seed in (0, 1):
        labelling_run(tmp_path, "fce", "baseline", seed, scale="paper")
        labelling_run(tmp_path, "fce", "advt", seed, scale="paper")
        labelling_run(tmp_path, "fce", "vat", seed, scale="paper", sentences=61)
    document = build("6", paper(tmp_path))
    assert line_of(document, "advt", "vat")["verdict"] == "-" and line_of(document, "advt", "baseline")["p"] == 1
