"""The orderings of Table 6's rows: all of them, compared on the same sentences, and no verdict where the runs give none."""
import csv
import itertools

import numpy as np
import pytest

from results.intervals import SeedVariance, holm, paired_bootstrap_f05
from results.published import load
from results.runs import collect, read_labelling
from results.tables import build
from tests.results.made_up import classification_run, labelling_run, quick

CORPUS = "sample-ged"
ROWS = {row.method: row for row in load().comparison(6).rows}


def line_of(document, higher, lower):
    lines = document.orderings.set_index(["higher", "lower"])
    return lines.loc[(ROWS[higher].title, ROWS[lower].title)]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """Three seeds of the baseline and of a far better AdvT, two of a far worse VAT and of an iAdvT like the baseline."""
    folder = tmp_path_factory.mktemp("out")
    for method, skill, seeds in (("baseline", 0.6, 3), ("advt", 0.9, 3), ("vat", 0.3, 2), ("iadvt", 0.6, 2), ("ivat", 0.6, 1)):
        for seed in range(seeds):
            labelling_run(folder, CORPUS, method, seed, skill=skill)
    return folder


def test_every_two_rows_are_listed_once_by_falling_published_numbers(out):
    orderings = build("6", quick(out)).orderings
    published = {row.title: row.published[0] for row in ROWS.values()}
    assert len(orderings) == len(list(itertools.combinations(ROWS, 2))) == 28
    for line in orderings.to_dict("records"):
        difference = float(published[line["higher"]] - published[line["lower"]])
        assert line["published"] == pytest.approx(difference) and line["published"] > 0
    higher = [published[title] for title in orderings["higher"]]
    assert higher == sorted(higher, reverse=True)


def test_a_measured_pair_has_the_paired_bootstrap_of_all_seeds_of_both(out):
    line = line_of(build("6", quick(out)), "advt", "vat")
    read = {method: [read_labelling(folder) for folder in collect(quick(out), [CORPUS], [method])["folder"]]
            for method in ("advt", "vat")}
    runs = collect(quick(out), [CORPUS], ["baseline", "advt", "vat", "iadvt", "ivat"]).groupby("method")
    expected = paired_bootstrap_f05(read["advt"][0][0], *(np.array([one[1] for one in several]) for several in read.values()),
                                    read["advt"][0][2], SeedVariance.pooled(group["value"] for _, group in runs))
    assert (line["difference"], line["low"], line["high"], line["p"]) == (
        expected.difference, expected.low, expected.high, expected.p)


def test_verdicts(out):
    document = build("6", quick(out))
    verdicts = {pair: line_of(document, *pair)["verdict"] for pair in (
        ("advt", "baseline"), ("vat", "baseline"), ("iadvt", "baseline"), ("ivat", "baseline"), ("random", "baseline"))}
    assert list(verdicts.values()) == ["holds", "reversed", "open", "one seed", "-"]
    measured = document.orderings.dropna(subset="p")
    assert len(measured) == 10 and measured["p_holm"].tolist() == holm(measured["p"]).tolist()
    assert (measured["p_holm"] >= measured["p"]).all()


def test_the_files_show_them_marked_where_they_are_not_the_papers_setting(out, tmp_path):
    document = build("6", quick(out))
    document.write(tmp_path)
    text = (tmp_path / "table6.md").read_text()
    lines = [line for line in text.splitlines() if line.count("|") == 9]
    line, = [line for line in lines if "AdvT-Text [Miyato" in line.split("|")[1] and "Baseline" in line]
    assert line.split("|")[3].strip() == "+3.07" and line.split("|")[-2].strip() == "holds‡" and "<0.001‡" in line
    with open(tmp_path / "table6-orderings.csv", newline="") as file:
        records = list(csv.DictReader(file))
    assert len(records) == 28 and float(records[0]["published"]) == pytest.approx(0.02)
    latex = (tmp_path / "table6.tex").read_text()
    assert latex.count(r"\begin{table}") == latex.count(r"\end{table}") == 2 and "holds$^\\ddagger$" in latex


def test_without_a_baseline_or_two_rows_and_in_other_tables_there_are_none(tmp_path):
    labelling_run(tmp_path, CORPUS, "advt")
    classification_run(tmp_path, "sample-sec", "baseline", 20)
    classification_run(tmp_path, "sample-sec", "advt", 20)
    for number in "36":
        document = build(number, quick(tmp_path))
        assert list(document.attached) == ["runs"] and "Published orderings" not in document.to_markdown()


def test_runs_on_other_sentences_are_not_compared(tmp_path):
    labelling_run(tmp_path, CORPUS, "baseline")
    labelling_run(tmp_path, CORPUS, "advt")
    labelling_run(tmp_path, CORPUS, "vat", sentences=61)
    document = build("6", quick(tmp_path))
    assert line_of(document, "advt", "vat")["verdict"] == "-" and line_of(document, "advt", "baseline")["p"] == 1
