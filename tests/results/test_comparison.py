"""Tables 3 to 6 hold what the runs say, "-" where there is none, and a mark on every number not of the paper's setting."""
import io
import re

import numpy
import pandas
import pytest

from core.errors import DamagedFileError
from results.comparison import COLUMNS, compare
from results.document import Document
from results.published import load
from results.sanity import measure
from results.sanity.record import ROW_TITLES
from results.setting import MARK, Setting
from results.tables import build
from tests.helpers import tiny_corpus
from tests.results.made_up import classification_run, labelling_run, quick

MEASURED = ["Ours (mean ± sd)", "95 % interval", "Difference", "Published inside"]


def line_of(frame, method):
    return frame[frame["method"] == method].iloc[0]


def cells_of(document, title):
    return document.cells[document.cells["Method"].str.startswith(title)].iloc[0]


def test_one_line_for_each_row_of_the_paper_and_two_sanity_rows(tmp_path):
    for comparison in load().comparisons:
        frame = compare(comparison, quick(tmp_path))
        assert list(frame.columns) == COLUMNS
        titles = [row.title for row in comparison.rows] + list(ROW_TITLES[comparison.measure])
        assert frame["title"].tolist() == titles * len(comparison.datasets)


def test_without_runs_nothing_is_measured_or_guessed(tmp_path):
    for number in (3, 4, 5, 6):
        document = build(str(number), quick(tmp_path))
        assert (document.cells[[*MEASURED, "n"]] == "-").all(axis=None)
        assert document.raw[["mean", "std", "n", "low", "high", "difference"]].isna().all(axis=None)
        assert any("no finished run" in note for note in document.notes)
        published = [row.published for row in load().comparison(number).rows]
        shown = [cell for cell in document.cells["Published"] if cell != "-"]
        assert shown == [str(number) for column in zip(*published) for number in column]


def test_three_seeds_by_hand(tmp_path):
    for seed, errors in enumerate((10, 12, 14)):  # 5, 6 and 7 %; t(0.975, 2) / sqrt(3) = 2.484138
        classification_run(tmp_path, "sample-sec", "advt", errors, seed)
    document = build("3", quick(tmp_path))
    line = line_of(document.raw, "advt")
    assert (line["mean"], line["std"], line["n"], line["seeds"]) == (6, 1, 3, "0 1 2")
    assert line["low"] == pytest.approx(6 - 2.484138, abs=1e-5) and line["high"] == pytest.approx(6 + 2.484138, abs=1e-5)
    assert line["difference"] == pytest.approx(6 - 6.12) and line["inside"] == "yes"
    cells = cells_of(document, "AdvT-Text")
    assert cells["Published"] == "6.12" and cells["n"] == "3"
    assert cells[MEASURED].tolist() == ["6.00 ± 1.00‡", "[3.52, 8.48]‡", "-0.12‡", "yes‡"]


def test_one_seed_says_which_interval_it_has(tmp_path):
    classification_run(tmp_path, "sample-sec", "baseline", 100)
    document = build("3", quick(tmp_path))
    assert cells_of(document, "Baseline")[MEASURED].tolist() == ["50.00‡", "[43.14, 56.86]‡", "+42.95‡", "no‡"]
    assert pandas.isna(line_of(document.raw, "baseline")["std"])
    assert any("one run: Wilson score interval" in note for note in document.notes)
    assert not any("several runs" in note for note in document.notes)


def test_table_6_bootstraps_a_single_run(tmp_path):
    labelling_run(tmp_path, "sample-ged", "vat")
    labelling_run(tmp_path, "sample-ged", "ivat", 0)
    labelling_run(tmp_path, "sample-ged", "ivat", 1)
    document = build("6", quick(tmp_path))
    assert any("one run: bootstrap over the test sentences; several runs: Student t" in note for note in document.notes)
    vat = line_of(document.raw, "vat")
    assert vat["low"] < vat["mean"] < vat["high"] and vat["mean"] > 41.81 and vat["difference"] > 0


def write_everything(out):
    """A run of every method at scale quick, and sanity records for the three samples."""
    for number, corpus in ((3, "sample-sec"), (5, "sample-cac"), (6, "sample-ged")):
        for row in load().comparison(number).rows:
            if row.method and number == 6:
                labelling_run(out, corpus, row.method)
            elif row.method:
                classification_run(out, corpus, row.method, 40)
        tiny_corpus(out / "corpora" / corpus, task="labelling" if number == 6 else "classification", name=corpus)
        measure(corpus, out)
    for method in ("baseline", "advt"):
        classification_run(out, "rotten", method, 40)


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    out = tmp_path_factory.mktemp("everything")
    write_everything(out)
    return out


@pytest.mark.parametrize("number", ["3", "4", "5", "6"])
def test_every_number_of_ours_is_marked_at_scale_quick_and_the_heading_says_why(everything, number):
    document = build(number, quick(everything))
    cells = document.cells[MEASURED]
    marked = cells.map(lambda cell: cell.endswith(MARK))
    assert (marked | (cells == "-")).all(axis=None) and marked.any(axis=None)
    assert (document.raw.loc[document.raw["mean"].notna(), "marker"] != "").all()
    assert "not the paper's setting" in document.heading and "scale quick" in document.heading
    if number != "4":
        assert re.search(r"sample-\w+ stands in for", document.heading)
    assert not document.cells["Published"].str.contains(MARK).any()
    assert sum(note.startswith(MARK) for note in document.notes) == 1


def test_scale_paper_on_a_complete_corpus_has_no_mark(tmp_path):
    classification_run(tmp_path, "imdb", "baseline", 14, scale="paper", complete=True)
    document = build("3", Setting(tmp_path, "paper", "paper"))
    assert document.heading == "Table 3: Test error rate (%) on IMDB, lower is better"
    assert MARK not in document.to_markdown()
    assert cells_of(document, "Baseline")["Ours (mean ± sd)"] == "7.00"


def test_hyper_parameters_other_than_table_2_are_named_at_its_own_sizes(tmp_path):
    setting = Setting(tmp_path, "paper", "paper")
    labelling_run(tmp_path, "fce", "advt", scale="paper", complete=True)
    labelling_run(tmp_path, "fce", "bilstm-skipgram", scale="paper", complete=True)
    classification_run(tmp_path, "imdb", "advt", 14, scale="paper", complete=True)
    document = build("6", setting)
    assert line_of(document.raw, "advt")["table2"] == "decay rate 1.0 instead of 0.9998"
    assert line_of(document.raw, "bilstm-skipgram")["table2"] == ""
    assert "Other than in Table 2: decay rate 1.0 instead of 0.9998" in document.notes
    labelling_run(tmp_path, "fce", "advt", scale="reduced")
    for other in (build("3", setting), build("6", Setting(tmp_path, "paper", "reduced"))):
        assert not other.raw["table2"].any() and not any("Table 2" in note for note in other.notes)


def test_an_incomplete_corpus_and_changed_settings_are_marked_at_scale_paper(tmp_path):
    classification_run(tmp_path, "imdb", "baseline", 14, scale="paper", complete=False)
    classification_run(tmp_path, "imdb", "advt", 14, scale="paper", complete=True, overrides=["model.hidden_size=7"])
    classification_run(tmp_path, "imdb", "vat", 14, scale="paper", complete=True)
    document = build("3", Setting(tmp_path, "paper", "paper"))
    assert line_of(document.raw, "baseline")["marker"] == "imdb is not complete (Table 1)"
    assert line_of(document.raw, "advt")["marker"] == "advt ran with model.hidden_size = 7 instead of 1024"
    shown = [cells_of(document, title)["Ours (mean ± sd)"] for title in ("Baseline", "AdvT", "VAT")]
    assert shown == ["7.00‡", "7.00‡", "7.00"]
    assert document.heading.endswith("not the paper's setting: see ‡")


def test_a_smaller_scale_of_the_real_corpus_marks_the_runs_but_not_the_sanity_rows(tmp_path):
    tiny_corpus(tmp_path / "corpora" / "imdb", name="imdb")
    measure("imdb", tmp_path)
    record = tmp_path / "sanity" / "imdb" / "metrics.json"
    record.write_text(record.read_text().replace('"corpus_complete": false', '"corpus_complete": true'))
    classification_run(tmp_path, "imdb", "baseline", 14, scale="reduced", complete=True)
    document = build("3", Setting(tmp_path, "paper", "reduced"))
    assert cells_of(document, "Baseline")["Ours (mean ± sd)"] == "7.00‡"
    assert "scale reduced" in document.heading and "stands in" not in document.heading
    assert not cells_of(document, "TF-IDF")["Ours (mean ± sd)"].endswith(MARK)


def test_another_recipe_is_named(tmp_path):
    classification_run(tmp_path, "sample-sec", "baseline", 14, recipe="authors")
    document = build("3", Setting(tmp_path, "authors", "quick"))
    assert "recipe authors" in document.heading and cells_of(document, "Baseline")["Ours (mean ± sd)"] == "7.00‡"


def test_runs_on_different_preparations_of_a_corpus_are_told(tmp_path):
    classification_run(tmp_path, "sample-sec", "baseline", 14, preparation="a")
    classification_run(tmp_path, "sample-sec", "advt", 14, preparation="b")
    assert any("WARNING" in note and "2 different preparations" in note for note in build("3", quick(tmp_path)).notes)


def test_same_preparation_gives_no_warning(everything):
    assert not any("WARNING" in note for note in build("4", quick(everything)).notes)


def test_sanity_rows_stand_below_and_say_what_was_chosen(everything):
    document = build("3", quick(everything))
    linear, trivial = document.raw.iloc[-2], document.raw.iloc[-1]
    assert linear["low"] <= linear["mean"] <= linear["high"] < trivial["mean"]
    assert linear["inside"] == "-" and pandas.isna(linear["published"]) and pandas.isna(linear["n"])
    assert any(note.startswith("Sanity check on sample-sec: TF-IDF") and "chosen on dev" in note for note in document.notes)


@pytest.mark.parametrize("content", ["{", "{}", '{"corpus": "sample-sec", "rows": []}'])
def test_a_damaged_sanity_record_is_named(tmp_path, content):
    path = tmp_path / "sanity" / "sample-sec" / "metrics.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(DamagedFileError, match="sample-sec/metrics.json is damaged"):
        build("3", quick(tmp_path))


def test_csv_parses_back_to_the_raw_numbers(everything):
    for number in ("3", "4", "5", "6"):
        document = build(number, quick(everything))
        back = pandas.read_csv(io.StringIO(document.to_csv()), keep_default_na=False, na_values=[""])
        assert list(back.columns) == COLUMNS and len(back) == len(document.raw)
        for name in ("published", "mean", "low", "high", "difference"):
            # Some pandas read the last digit of a float wrongly.
            numpy.testing.assert_allclose(back[name].astype(float), document.raw[name].astype(float), rtol=1e-14, err_msg=name)
        assert back["n"].dropna().tolist() == document.raw["n"].dropna().tolist()
        assert back["title"].tolist() == document.raw["title"].tolist()
        assert (back["marker"].fillna("") == document.raw["marker"]).all()


def test_daggers_are_shown_where_the_paper_has_them(tmp_path):
    for comparison in load().comparisons:
        shown = build(str(comparison.number), quick(tmp_path)).cells["Method"].str.endswith("†")
        assert shown.sum() == sum(row.dagger for row in comparison.rows) * len(comparison.datasets)


def test_equal_runs_give_equal_bytes(everything):
    for number in "123456":
        documents = [build(number, quick(everything)) for _ in range(2)]
        for form in (Document.to_markdown, Document.to_csv, Document.to_latex):
            first, second = map(form, documents)
            assert first == second
