"""Tables 1 and 2 show what lies on disk, and all tables are well-formed Markdown and LaTeX."""

import io
import itertools
import re

import numpy as np
import pandas
import pytest

from data_prep.corpus import SPLITS, Corpus
from iadv_foundation.errors import DamagedFileError, UsageError
from interpretable_adv import settings
from results.document import escape_latex
from results.numbers import TABLES
from results.published import load
from results.setting import MARK
from results.study import Study
from results.tables import build
from results.tables.corpora import _balance
from tests.helpers import tiny_corpus
from tests.results.made_up import classification_run, labelling_run, quick


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    tiny_corpus(folder / "corpora" / "sample-sec", name="sample-sec")
    tiny_corpus(folder / "corpora" / "sample-ged", task="labelling", name="sample-ged")
    classification_run(folder, "sample-sec", "baseline", 30)
    classification_run(folder, "sample-sec", "advt", 30, overrides=["model.dropout=0.4"])
    labelling_run(folder, "sample-ged", "baseline")
    return folder


def test_table_1_counts_a_prepared_corpus_as_it_is(out):
    corpus = Corpus.open(out / "corpora" / "sample-sec")
    document = build("1", quick(out))
    row = document.cells[document.cells["Data set"] == "sample-sec (for IMDB)"].iloc[0]
    for split in SPLITS:
        assert row[split.capitalize()] == f"- / {len(corpus.splits[split])}‡"
    train = corpus.splits["train"]
    assert row["Average"] == f"{train.lengths.mean():.2f}‡" and row["Longest"] == f"{train.lengths.max()}‡"
    assert row["Vocabulary"] == f"{len(corpus.vocabulary)}‡" and row["Classes (%)"] == "50.00 / 50.00‡"
    raw = document.raw[document.raw["corpus"] == "sample-sec"].set_index("split")
    assert raw["tokens"].to_dict() == {split: int(corpus.splits[split].lengths.sum()) for split in SPLITS}


def test_table_1_tells_how_many_documents_of_test_stand_elsewhere(out):
    corpus = Corpus.open(out / "corpora" / "sample-sec")
    texts = {split: {tuple(data[index][0]) for index in range(len(data))} for split, data in corpus.splits.items()}
    unlabeled = [tuple(corpus.splits["unlabeled"][index][0]) for index in range(len(corpus.splits["unlabeled"]))]
    shared = sum(text in texts["test"] for text in unlabeled)
    assert shared and f"sample-sec: {shared} documents of unlabeled also stand in test" in build("1", quick(out)).notes


def test_table_1_counts_tokens_of_each_class_for_labelling(out):
    labels = np.asarray(Corpus.open(out / "corpora" / "sample-ged").splits["train"].labels)
    cells = build("1", quick(out)).cells
    shown = cells[cells["Data set"].str.startswith("sample-ged")].iloc[0]["Classes (%)"]
    assert shown == f"{100 * (labels == 0).mean():.2f} / {100 * (labels == 1).mean():.2f}‡"


def test_table_1_shows_published_counts_and_dashes_for_what_is_not_prepared(tmp_path):
    cells = build("1", quick(tmp_path)).cells
    assert cells["Data set"].tolist()[:6] == [dataset.title for dataset in load().datasets]
    assert cells.iloc[0][["Train", "Dev", "Test", "Unlabeled"]].tolist() == [
        "21,246 / -",
        "3,754 / -",
        "25,000 / -",
        "50,000 / -",
    ]
    assert cells.iloc[3]["Unlabeled"] == "-"
    assert (cells.iloc[:, 6:] == "-").all(axis=None)


def test_table_1_lists_samples_only_at_scale_quick_and_marks_them(out):
    assert build("1", Study(out, "paper", "paper")).cells["Data set"].str.contains("sample").sum() == 0
    document = build("1", quick(out))
    numbers = document.cells[document.cells["Data set"].str.contains("sample-sec|sample-ged")].iloc[:, 2:]
    assert numbers.map(lambda cell: cell == "-" or cell.endswith(MARK)).all(axis=None)
    assert "samples" in document.heading


def test_table_1_marks_a_subset_of_a_real_corpus(tmp_path):
    tiny_corpus(tmp_path / "corpora" / "imdb", name="imdb")
    document = build("1", Study(tmp_path, "paper", "paper"))
    assert document.cells.iloc[0]["Train"] == "21,246 / 48‡"
    assert any(note.startswith(MARK) for note in document.notes)


def test_table_1_sums_many_classes_up():
    assert _balance({str(index): 10 + index for index in range(6)}) == "6: 13.33 to 20.00"


def test_table_1_names_a_damaged_corpus(tmp_path):
    tiny_corpus(tmp_path / "corpora" / "imdb", name="imdb")
    path = tmp_path / "corpora" / "imdb" / "corpus.json"
    path.write_text(path.read_text().replace('"complete": false', '"complete": true'))
    with pytest.raises(DamagedFileError, match="corpus.json is damaged"):
        build("1", quick(tmp_path))


def test_table_2_reads_the_runs_and_nothing_else(out, tmp_path):
    document = build("2", quick(out))
    cells = document.cells.set_index(["Part", "Hyper-parameter"])
    assert cells.loc[("LSTM", "state size"), "SEC published"] == "1024"
    size = settings.load("sample-sec", "paper", "quick").model.hidden_size
    assert cells.loc[("LSTM", "state size"), "SEC ours"] == f"{size}‡"
    assert cells.loc[("LSTM", "state size"), "GED ours"] == f"{size}‡"
    assert cells.loc[("Word embeddings", "dropout"), "SEC ours"] == "0.25 / 0.4‡"
    assert cells.loc[("LSTM", "direction"), "GED ours"] == "Bi-LSTM‡"
    assert (cells["CAC ours"] == "-").all()
    assert "scale quick" in document.heading
    assert any("advt ran with model.dropout = 0.4 instead of 0.25" in note for note in document.notes)
    empty = build("2", quick(tmp_path)).cells
    assert (empty[["SEC ours", "CAC ours", "GED ours"]] == "-").all(axis=None)


def test_table_2_at_scale_paper_is_the_published_one(tmp_path):
    classification_run(tmp_path, "imdb", "baseline", 14, scale="paper", complete=True)
    cells = build("2", Study(tmp_path, "paper", "paper")).cells
    assert cells["SEC ours"].tolist() == cells["SEC published"].tolist()


def test_table_2_leaves_networks_of_other_papers_out(tmp_path):
    labelling_run(tmp_path, "sample-ged", "bilstm-gwe")
    assert (build("2", quick(tmp_path)).cells["GED ours"] == "-").all()
    labelling_run(tmp_path, "sample-ged", "advt")
    cells = build("2", quick(tmp_path)).cells.set_index(["Part", "Hyper-parameter"])
    assert cells.loc[("FFNN", "activation"), "GED ours"] == "ReLU‡"
    assert cells.loc[("Optimization", "batch size"), "GED ours"] == "128‡"


@pytest.mark.parametrize("number", TABLES)
def test_markdown_has_a_heading_and_a_rectangular_table(out, number):
    document = build(number, quick(out))
    lines = document.to_markdown().splitlines()
    assert lines[0] == f"# {document.heading}" and lines[0].startswith(
        f"# Table {number}: " if number.isdigit() else "# How far"
    )
    first = 4 if document.lead else 2
    table = list(itertools.takewhile(lambda line: line.startswith("|"), lines[first:]))
    assert len(table) == len(document.cells) + 2
    assert {line.count("|") for line in table} == {document.cells.shape[1] + 1}
    assert "nan" not in document.to_markdown().lower() and "None" not in document.to_markdown()


@pytest.mark.parametrize("number", TABLES)
def test_latex_is_balanced_and_escaped(out, number):
    document = build(number, quick(out))
    text = document.to_latex()
    assert re.findall(r"\\begin{(\w+)}", text)[:3] == ["table", "tabular", "minipage"]
    assert sorted(re.findall(r"\\end{(\w+)}", text)) == sorted(re.findall(r"\\begin{(\w+)}", text))
    assert len({text.count(rf"\{rule}") for rule in ("toprule", "midrule", "bottomrule", "begin{tabular}")}) == 1
    bare = re.sub(r"\\[{}%&_#$]", "", text)
    assert bare.count("{") == bare.count("}") and bare.count("$") % 2 == 0
    assert text.isascii()
    body = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    rows = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert len(rows) == len(document.cells) + 1
    assert all(len(re.findall(r"(?<!\\)&", row)) == document.cells.shape[1] - 1 for row in rows)
    for line in text.splitlines()[1:]:
        assert not re.search(r"(?<!\\)[%#_]", line.removesuffix("%")), line


def test_special_characters_in_latex():
    assert escape_latex("5 % of a_b & {c}† -0.12‡ ± x-1 \\") == (
        r"5 \% of a\_b \& \{c\}$^\dagger$ $-$0.12$^\ddagger$ $\pm$ x-1 \textbackslash{}"
    )


@pytest.mark.parametrize("number", TABLES)
def test_csv_parses_back(out, number):
    document = build(number, quick(out))
    back = pandas.read_csv(io.StringIO(document.to_csv()))
    assert list(back.columns) == list(document.raw.columns) and len(back) == len(document.raw)


def test_an_unknown_table_recipe_or_scale_is_wrong_usage(tmp_path):
    for wrong in ("0", "8", "three"):
        with pytest.raises(UsageError, match="unknown table .* choose from: 1, 2, 3, 4, 5, 6, 7, interpretability"):
            build(wrong, quick(tmp_path))
    with pytest.raises(UsageError, match="unknown recipe 'papre'.*did you mean 'paper'"):
        Study(tmp_path, "papre", "quick")
    with pytest.raises(UsageError, match="unknown scale 'big'"):
        Study(tmp_path, "paper", "big")
