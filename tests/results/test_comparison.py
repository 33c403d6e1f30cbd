"""Tables 3 to 6 hold what the runs say, "-" where there is none, and a mark on each number not of its setting."""

import io
import re

import numpy
import pandas
import pytest
from scipy import stats

from iadv_foundation.errors import DamagedFileError
from iadv_foundation.storage import files, seal
from results.comparison import COLUMNS, compare
from results.document import Document
from results.published import load
from results.sanity import measure
from results.sanity.record import ROW_TITLES
from results.setting import MARK
from results.significance import Column
from results.study import Study
from results.tables import build
from tests.helpers import tiny_corpus
from tests.results.made_up import classification_run, collect, labelling_run, quick

MEASURED = ["Ours (mean ± sd)", "95 % interval", "Difference", "Verdict"]


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
        assert shown == [str(number) for column in zip(*published, strict=True) for number in column]


def test_three_seeds_by_hand(tmp_path):
    """5, 6 and 7 %: deviation 1; t(0.975, 2) = 4.302653 times sqrt(1/3) for the mean, sqrt(4/3) for another run."""
    for seed, errors in enumerate((10, 12, 14)):
        classification_run(tmp_path, "imdb", "advt", errors, seed, scale="paper", complete=True)
    document = build("3", Study(tmp_path, "paper", "paper"))
    line = line_of(document.raw, "advt")
    assert (line["mean"], line["std"], line["n"], line["seeds"]) == (6, 1, 3, "0 1 2")
    assert line["low"] == pytest.approx(6 - 2.484138, abs=1e-5) and line["high"] == pytest.approx(
        6 + 2.484138, abs=1e-5
    )
    assert line["difference"] == pytest.approx(6 - 6.12) and line["verdict"] == "cannot tell"
    assert line["prediction_half_width"] == pytest.approx(4.968276, abs=1e-5)
    cells = cells_of(document, "AdvT-Text")
    assert cells["Published"] == "6.12" and cells["n"] == "3"
    assert cells[MEASURED].tolist() == ["6.00 ± 1.00", "[3.52, 8.48]", "-0.12 [-5.09, +4.85]", "cannot tell"]
    (note,) = [note for note in document.notes if note.startswith("Standard deviation of one run")]
    assert "1.00 (95 % interval 0.52 to 6.28, 2 degrees of freedom)" in note  # chi-square: 7.3778 and 0.050636
    assert "with 3 seeds 4.97 for one row alone, 4.97 after the correction" in note


def test_verdicts_of_a_column(tmp_path):
    """IMDB, 25,000 documents would vary by 0.2; here seeds vary by 0.5 points, the baseline is at its number,
    AdvT far from it.
    """
    for method, first in (("baseline", 14), ("advt", 40), ("iadvt", 12), ("vat", 11), ("ivat", 11)):
        for seed in range(3):
            classification_run(tmp_path, "imdb", method, first + (seed == 2), seed, scale="paper", complete=True)
    document = build("3", Study(tmp_path, "paper", "paper"))
    words = {
        method: line_of(document.raw, method)["verdict"] for method in ("baseline", "advt", "iadvt", "vat", "random")
    }
    assert words == {
        "baseline": "compatible",
        "advt": "not compatible",
        "iadvt": "cannot tell",
        "vat": "compatible",
        "random": "-",
    }
    assert document.notes[0] == (
        "Verdicts: 1 not compatible, 1 cannot tell, 3 compatible. Without the correction, outside: "
        "AdvT-Text [Miyato et al., 2017]"
    )
    assert any(note.startswith("Verdict: could one more run of ours") for note in document.notes)


def test_one_seed_says_which_interval_it_has_and_that_no_verdict_is_possible(tmp_path):
    classification_run(tmp_path, "imdb", "baseline", 100, scale="paper", complete=True)
    document = build("3", Study(tmp_path, "paper", "paper"))
    assert cells_of(document, "Baseline")[MEASURED].tolist() == ["50.00", "[43.14, 56.86]", "+42.95", "cannot tell"]
    assert pandas.isna(line_of(document.raw, "baseline")["std"])
    assert any("methods: Wilson score interval" in note for note in document.notes)
    assert any("need at least two seeds of both rows" in note for note in document.notes)


def test_a_stand_in_and_a_smaller_scale_have_no_difference_and_no_verdict(tmp_path):
    for seed in (0, 1):
        classification_run(tmp_path, "sample-sec", "baseline", 14 + seed, seed)
        classification_run(tmp_path, "imdb", "baseline", 14 + seed, seed, scale="reduced", complete=True)
    for scale in ("quick", "reduced"):
        document = build("3", Study(tmp_path, "paper", scale))
        assert cells_of(document, "Baseline")[["Difference", "Verdict"]].tolist() == ["-", "-"]
        assert line_of(document.raw, "baseline")[["difference", "difference_p"]].isna().all()
        assert not any(note.startswith("Verdict") for note in document.notes)
        assert any("so not comparable with the published number" in note for note in document.notes)


@pytest.mark.parametrize(
    "number, corpus, complete, wider",
    [("3", "imdb", True, False), ("3", "imdb", False, True), ("4", "rotten", True, True)],
)
def test_another_test_set_widens_the_prediction_interval(tmp_path, number, corpus, complete, wider):
    """Two seeds with 10 and 14 % of 200 documents: variance 8, by seeds 8 * 1.5; documents add both test sets'."""
    for seed, errors in enumerate((20, 28)):
        classification_run(tmp_path, corpus, "baseline", errors, seed, scale="paper", complete=complete)
    document = build(number, Study(tmp_path, "paper", "paper"))
    line = document.raw[(document.raw["corpus"] == corpus) & (document.raw["method"] == "baseline")].iloc[0]
    half, seeds_alone = line["prediction_half_width"], 12.706205 * 12**0.5
    if not wider:
        assert half == pytest.approx(seeds_alone, rel=1e-6)
        return
    column = Column(collect(Study(tmp_path, "paper", "paper"), [corpus], ["baseline"]))
    sample, documents = column.samples[0], load().dataset(corpus).documents["test"]
    added = sample.variance({"baseline": 1}) + sample.variance_of_single_runs({"baseline": 1}) * 200 / documents
    degrees = (1 + added / 12) ** 2
    assert 100**2 * 0.12 * 0.88 / 200 / 3 < added < 100**2 * 0.12 * 0.88 * (1 / 199 + 1 / documents)
    assert half == pytest.approx(stats.t.ppf(0.975, degrees) * (12 + added) ** 0.5)
    assert any("our test set is not the paper's" in note for note in document.notes)


def test_table_6_bootstraps_a_single_run(tmp_path):
    labelling_run(tmp_path, "fce", "vat", scale="paper")
    document = build("6", Study(tmp_path, "paper", "paper"))
    assert any("methods: bootstrap over the test sentences" in note for note in document.notes)
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
    assert (cells[["Difference", "Verdict"]] == "-").all(axis=None)
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
    document = build("3", Study(tmp_path, "paper", "paper"))
    assert document.heading == "Table 3: Test error rate (%) on IMDB, lower is better"
    assert MARK not in document.to_markdown()
    assert cells_of(document, "Baseline")["Ours (mean ± sd)"] == "7.00"


def test_hyper_parameters_other_than_table_2_are_named_at_its_own_sizes(tmp_path):
    setting = Study(tmp_path, "paper", "paper")
    labelling_run(tmp_path, "fce", "advt", scale="paper", complete=True)
    labelling_run(tmp_path, "fce", "bilstm-skipgram", scale="paper", complete=True)
    classification_run(tmp_path, "imdb", "advt", 14, scale="paper", complete=True)
    document = build("6", setting)
    assert line_of(document.raw, "advt")["table2"] == "decay rate 1.0 instead of 0.9998 (Table 2)"
    assert line_of(document.raw, "bilstm-skipgram")["table2"] == ""
    assert "Other than in the paper: decay rate 1.0 instead of 0.9998 (Table 2)" in document.notes
    labelling_run(tmp_path, "fce", "advt", scale="reduced")
    for other in (build("3", setting), build("6", Study(tmp_path, "paper", "reduced"))):
        assert not other.raw["table2"].any() and not any("Other than" in note for note in other.notes)


def test_epsilon_lambda_and_k_other_than_in_the_text_are_named_for_the_methods_that_use_them(tmp_path):
    changed = [
        "perturbation.epsilon_free=1",
        "perturbation.epsilon_directions=3",
        "perturbation.loss_weight=2",
        "perturbation.neighbours=5",
    ]
    for method in ("baseline", "advt", "ivat"):
        classification_run(tmp_path, "imdb", method, 14, scale="paper", complete=True, overrides=changed)
    frame = build("3", Study(tmp_path, "paper", "paper")).raw
    assert [line_of(frame, method)["table2"] for method in ("baseline", "advt", "ivat")] == [
        "",
        "epsilon 1.0 instead of 5.0 (section 6.2); lambda 2.0 instead of 1 (section 6.2)",
        "K 5 instead of 10 (section 5.2); epsilon 3.0 instead of 15.0 (section 6.2); "
        "lambda 2.0 instead of 1 (section 6.2)",
    ]


def test_an_incomplete_corpus_and_changed_settings_are_marked_at_scale_paper(tmp_path):
    classification_run(tmp_path, "imdb", "baseline", 14, scale="paper", complete=False)
    classification_run(tmp_path, "imdb", "advt", 14, scale="paper", complete=True, overrides=["model.hidden_size=7"])
    classification_run(tmp_path, "imdb", "vat", 14, scale="paper", complete=True)
    document = build("3", Study(tmp_path, "paper", "paper"))
    assert line_of(document.raw, "baseline")["marker"] == "imdb is not complete (Table 1)"
    assert line_of(document.raw, "advt")["marker"] == "advt ran with model.hidden_size = 7 instead of 1024"
    shown = [cells_of(document, title)["Ours (mean ± sd)"] for title in ("Baseline", "AdvT", "VAT")]
    assert shown == ["7.00‡", "7.00‡", "7.00"]
    assert document.heading.endswith("not the paper's setting: see ‡")


def test_a_smaller_scale_of_the_real_corpus_marks_the_runs_but_not_the_sanity_rows(tmp_path):
    tiny_corpus(tmp_path / "corpora" / "imdb", name="imdb")
    measure("imdb", tmp_path)
    record = tmp_path / "sanity" / "imdb" / "metrics.json"
    files.write_json(record, {**seal.read(record), "corpus_complete": True})
    classification_run(tmp_path, "imdb", "baseline", 14, scale="reduced", complete=True)
    document = build("3", Study(tmp_path, "paper", "reduced"))
    assert cells_of(document, "Baseline")["Ours (mean ± sd)"] == "7.00‡"
    assert "scale reduced" in document.heading and "stands in" not in document.heading
    assert not cells_of(document, "TF-IDF")["Ours (mean ± sd)"].endswith(MARK)


def test_another_recipe_is_named(tmp_path):
    classification_run(tmp_path, "sample-sec", "baseline", 14, recipe="authors")
    document = build("3", Study(tmp_path, "authors", "quick"))
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
    assert linear["verdict"] == "-" and pandas.isna(linear["published"]) and pandas.isna(linear["n"])
    assert any(
        note.startswith("Sanity check on sample-sec: TF-IDF") and "chosen on dev" in note for note in document.notes
    )


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
            numpy.testing.assert_allclose(
                back[name].astype(float), document.raw[name].astype(float), rtol=1e-14, err_msg=name
            )
        assert back["n"].dropna().tolist() == document.raw["n"].dropna().tolist()
        assert back["title"].tolist() == document.raw["title"].tolist()
        assert (back["marker"].fillna("") == document.raw["marker"]).all()


def test_bold_numbers_and_footnotes_are_shown_as_the_paper_has_them(tmp_path):
    bold = {
        "3": ["6.08", "5.66"],
        "5": ["0.92", "0.91"],
        "6": ["42.28"],
        "4": ["5.58", "5.18", "10.07", "11.68", "14.24", "14.12"],
    }
    for number, numbers in bold.items():
        document = build(number, quick(tmp_path))
        assert re.findall(r"\*\*(.+?)\*\*", document.to_markdown()) == numbers
        assert re.findall(r"\\textbf\{(.+?)\}", document.to_latex()) == numbers
        footnotes = [note for note in document.notes if note.startswith("Footnote")]
        assert len(footnotes) == (number != "6")
        assert all(
            {"3": "Adv:6.21 %, VAT:5.91 %"}.get(number, "our baselines were slightly weak") in note
            for note in footnotes
        )


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
