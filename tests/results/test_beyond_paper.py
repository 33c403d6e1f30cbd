"""Methods and corpora that the paper does not have: in tables, orderings, curves and on the page, without published
numbers.
"""

import pandas
import pytest
from matplotlib.axes import Axes

from iadv_foundation.console import cli
from interpretable_adv.methods import METHODS, Method
from results.cli import main
from results.comparison import table_of_corpus
from results.curves import draw_curves
from results.figures import draw
from results.report.page import render
from results.significance import Column
from results.study import Study
from results.tables import build, build_for
from tests.results.made_up import classification_run, collect, labelling_run, quick

OWN = "advt-own"


@pytest.fixture(autouse=True)
def own_method(monkeypatch):
    """A method that the paper does not have."""
    monkeypatch.setitem(
        METHODS, OWN, Method(OWN, "AdvT-Own", "cross_entropy", "free", "gradient", colour="#123456", in_paper=False)
    )


def paper(out):
    return Study(out, "paper", "paper")


def make(out, corpus, scale, errors):
    for method, number in errors.items():
        for seed in (0, 1):
            classification_run(out, corpus, method, number + 2 * seed, seed, scale=scale, complete=True)


def test_a_method_with_runs_is_a_row_below_the_published_ones(tmp_path):
    make(tmp_path, "imdb", "paper", {"baseline": 60, OWN: 20})
    document = build("3", paper(tmp_path))
    line = document.raw.set_index("method").loc[OWN]
    assert (
        line["mean"] == 10.5
        and line["published"] is None
        and line["verdict"] == "-"
        and pandas.isna(line["difference"])
    )
    assert line["over_baseline"] == pytest.approx(-20)
    cells = document.cells[document.cells["Method"].str.startswith("AdvT-Own")].iloc[0]
    assert cells["Method"] == "AdvT-Own¶" and cells["Published"] == "-"
    assert document.cells["Method"].str.contains("¶").sum() == 1
    assert "¶ not in this table of the paper" in document.notes and r"AdvT-Own\P{}" in document.to_latex()
    titles = document.raw["title"].tolist()
    assert titles[-3:] == ["AdvT-Own", *titles[-2:]] and titles[-2].endswith("(sanity check)")


def test_the_paper_s_own_methods_are_marked_in_a_table_that_does_not_have_them(tmp_path):
    make(tmp_path, "dbpedia", "paper", {"random": 20})
    document = build("5", paper(tmp_path))
    assert document.cells["Method"].str.endswith("¶").sum() == 1
    assert OWN not in set(document.raw["method"]) and "¶" not in build("4", paper(tmp_path)).to_markdown()


def test_pairs_without_a_published_order_are_compared_among_themselves(tmp_path):
    make(tmp_path, "imdb", "paper", {"baseline": 160, "advt": 100, OWN: 20})
    orderings = build("3", paper(tmp_path)).orderings
    ours = orderings[orderings["published"].isna()]
    assert ours[["better", "worse"]].values.tolist() == [
        ["AdvT-Own", "AdvT-Text [Miyato et al., 2017]"],
        ["AdvT-Own", "Baseline"],
    ]
    assert set(ours["verdict"]) == {"established"} and (ours["p_holm"] >= ours["p"]).all()
    expected = Column(collect(paper(tmp_path), ["imdb"], ["baseline", "advt", OWN])).difference(
        {OWN: 1, "baseline": -1}
    )
    assert ours["difference"].tolist()[1] == expected.difference == -70
    without = make_without(tmp_path)
    published = orderings[orderings["published"].notna()]
    assert published["better"].tolist() == without["better"].tolist()  # the paper's pairs are corrected for themselves


def make_without(tmp_path):
    for seed in (0, 1):
        (tmp_path / "runs" / "imdb" / "paper" / "paper" / OWN / f"seed-{seed}" / "metrics.json").unlink()
    return build("3", paper(tmp_path)).orderings


def test_charts_draw_it_in_its_own_colour(tmp_path, monkeypatch):
    make(tmp_path, "sample-sec", "quick", {"baseline": 60, OWN: 20})
    drawn, plot, written, annotate = [], Axes.plot, [], Axes.annotate
    monkeypatch.setattr(
        Axes,
        "plot",
        lambda axes, x, y, **options: (
            drawn.append((options.get("label"), options["color"])),
            plot(axes, x, y, **options),
        )[1],
    )
    monkeypatch.setattr(
        Axes,
        "annotate",
        lambda axes, text, *rest, **options: (written.append(text), annotate(axes, text, *rest, **options))[1],
    )
    draw_curves("3", quick(tmp_path))
    draw("3", quick(tmp_path))
    assert ("AdvT-Own‡ (n = 2)", "#123456") in drawn and "10.50‡" in written


def test_the_page_has_its_colour_and_a_table_for_each_other_corpus(tmp_path):
    make(tmp_path, "sample-sec", "quick", {"baseline": 60, OWN: 20})
    make(tmp_path, "text-mails", "quick", {"baseline": 60, OWN: 20})
    page = render(quick(tmp_path))
    assert f".m-{OWN} {{ --colour: #123456; }}" in page
    assert "<h3>Table 3: IMDB" in page and "<h3>text-mails</h3>" in page


def test_a_corpus_of_one_s_own_has_no_published_columns_and_no_marks(tmp_path):
    make(tmp_path, "text-mails", "quick", {"baseline": 60, "advt": 40, OWN: 20})
    document = build_for("text-mails", quick(tmp_path), ["advt", "baseline", "vat"])
    assert document.heading == "Test error rate (%) on text-mails, lower is better, scale quick"
    assert not {"Published", "Difference", "Verdict"} & set(document.cells) and "‡" not in document.to_markdown()
    assert document.cells["Method"].tolist()[:3] == ["AdvT-Text", "Baseline", "VAT-Text†"]
    assert document.cells["Ours (mean ± sd)"].tolist()[:3] == ["20.50 ± 0.71", "30.50 ± 0.71", "-"]
    assert document.orderings[["better", "worse"]].values.tolist() == [["AdvT-Text", "Baseline"]]
    assert "## Orderings" in document.to_markdown() and not any("ublished" in note for note in document.notes)
    assert any(
        note.startswith("Contrast, mean of AdvT-Text minus mean of Baseline: ours -10.00") for note in document.notes
    )


def test_without_names_all_methods_with_runs_are_rows(tmp_path):
    for method in (OWN, "baseline"):
        labelling_run(tmp_path, "tags-mine", method)
    table = table_of_corpus("tags-mine", quick(tmp_path))
    assert table.methods == ["baseline", OWN] and table.measure == "f05"
    assert "AdvT-Own¶" in build_for("tags-mine", quick(tmp_path)).to_markdown()


def test_a_corpus_of_the_paper_keeps_its_numbers_and_no_sample_stands_in(tmp_path):
    make(tmp_path, "rotten", "paper", {"baseline": 40, OWN: 20})
    document = build_for("rotten", paper(tmp_path), ["baseline", OWN])
    assert document.cells["Published"].tolist()[:2] == ["17.36", "-"] and document.cells["Verdict"].tolist()[0] != "-"
    make(tmp_path, "imdb", "quick", {"baseline": 40})
    small = build_for("imdb", Study(tmp_path, stand_ins=False))
    assert small.raw["corpus"].unique().tolist() == ["imdb"]
    line = small.raw.set_index("method").loc["baseline"]
    assert "smaller than the paper's" in line["marker"] and line["verdict"] == "-"


def test_the_command_makes_table_charts_and_page(tmp_path, capsys):
    make(tmp_path, "text-mails", "quick", {"baseline": 60, OWN: 20})
    with pytest.raises(SystemExit) as ended:
        cli.run(
            main, "python -m results", ["compare", "text-mails", "--methods", f"{OWN},baseline", "--out", str(tmp_path)]
        )
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for kind, names in (
        ("tables", [".md", ".csv", ".tex", "-runs.csv"]),
        ("figures", [".svg", "-curves.svg"]),
        ("report", [".html"]),
    ):
        for name in names:
            assert (tmp_path / kind / "paper" / "quick" / f"compare-text-mails{name}").is_file()
    assert "AdvT-Own¶" in shown and "compare-text-mails.html" in shown


@pytest.mark.parametrize(
    "arguments, status, message",
    [
        (["text-mails", "--methods", "baseline,advt-onw"], 2, "unknown method 'advt-onw' (did you mean 'advt-own'?)"),
        (["text-mails", "--methods", ","], 2, "names no method"),
        (["agnwes"], 2, "unknown corpus 'agnwes' (did you mean 'agnews'?)"),
        (["agnews"], 1, "there is no finished run on agnews of recipe paper, scale quick"),
    ],
)
def test_mistakes_are_one_line(tmp_path, capsys, arguments, status, message):
    make(tmp_path, "text-mails", "quick", {"baseline": 60})
    with pytest.raises(SystemExit) as ended:
        cli.run(main, "python -m results", ["compare", *arguments, "--out", str(tmp_path)])
    errors = capsys.readouterr().err
    assert ended.value.code == status and errors.count("\n") == 1 and message in errors


def test_the_page_of_one_corpus_shows_it_alone_and_asks_for_no_paper(tmp_path):
    make(tmp_path, "text-mails", "quick", {"baseline": 60, "vat": 50, OWN: 20})
    make(tmp_path, "sample-sec", "quick", {"baseline": 60})
    page = render(Study(tmp_path, stand_ins=False), "text-mails", [OWN, "baseline"])
    assert "4 finished runs of 2 methods on text-mails" in page and "sample-sec" not in page
    assert "Not the paper's setting" not in page and 'id="setting"' not in page and "Table 3" not in page
