"""AG News in Zhang et al.'s layout, a corpus outside the paper: prepared, configured, trained on like any other."""

import collections
import dataclasses

import pytest

from data_prep import command, corpora
from data_prep.corpora import agnews
from data_prep.corpus import Corpus
from data_prep.prepare import prepare
from iadv_foundation.errors import UsageError, UserError
from interpretable_adv.cli import main as interpretable_adv
from pretrain_lm.cli import main as pretrain_lm
from tests.data_prep import archives
from tests.data_prep.archives_agnews import COUNTS, NAMES, TOKENS, row
from tests.data_prep.archives_agnews import agnews as miniature

SMALL = dataclasses.replace(agnews.CORPUS, expected=COUNTS)
TRAIN, TEST = "ag_news_csv/train.csv", "ag_news_csv/test.csv"
TINY = ["--set", "model.embedding_size=6", "--set", "model.hidden_size=8", "--set", "training.max_epochs=2"]
LM = [
    "--set",
    "lm.embedding_size=6",
    "--set",
    "lm.hidden_size=8",
    "--set",
    "lm.bptt_length=6",
    "--set",
    "lm.batch_size=4",
    "--set",
    "lm.max_epochs=1",
    "--set",
    "lm.cutoffs=[5]",
]


def prepared(out, source, description=SMALL, **options):
    prepare(description, out, source, quiet=True, workers=1, **options)
    return Corpus.open(out / "corpora" / "agnews")


def test_splits_classes_and_text(tmp_path):
    corpus = prepared(tmp_path / "out", archives.write_archive(tmp_path / "ag_news_csv.tar.gz", miniature()))
    assert {split: len(data) for split, data in corpus.splits.items()} == COUNTS
    assert corpus.complete and corpus.task == "classification" and corpus.classes == NAMES
    words = corpus.vocabulary.words
    for data in corpus.splits.values():
        texts = [[words[number] for number in data[index][0]] for index in range(len(data))]
        assert texts == [[*TOKENS, "<eos>"]] * len(data)
    assert corpus.splits["test"].labels.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    labelled = [label for split in ("train", "dev") for label in corpus.splits[split].labels.tolist()]
    assert collections.Counter(labelled) == dict.fromkeys(range(4), 10)


def test_folder_and_archives_give_the_same_text(tmp_path):
    sources = [
        archives.write_folder(tmp_path / "folder", miniature()) / "ag_news_csv",
        archives.write_folder(tmp_path / "above", miniature()),
        archives.write_archive(tmp_path / "ag_news_csv.tar.gz", miniature(), backwards=True),
        archives.write_archive(tmp_path / "ag.zip", miniature()),
    ]
    assert len({prepared(tmp_path / str(number), source).sha256 for number, source in enumerate(sources)}) == 1


@pytest.mark.parametrize(
    "line, message",
    [
        (row(5), "class '5' is not a number from 1 to 4"),
        (row("World"), "class 'World' is not a number from 1 to 4"),
        (b'"3","no description"\n', "3 columns expected .class, title, description., 2 found"),
        (b'"3","a","b\n', "not class, title, description with double quotes"),
        (row(1, "", ""), "the document is empty"),
    ],
)
def test_a_bad_row_is_named(tmp_path, line, message):
    source = archives.write_archive(tmp_path / "ag.tar", {**miniature(), TEST: row(1) + line})
    with pytest.raises(UserError, match=f"^ag.tar: {TEST}, line 2: {message}"):
        prepared(tmp_path / "out", source, subset=True)


def test_other_numbers_are_a_subset_but_not_of_the_paper(tmp_path, capsys):
    source = archives.write_archive(tmp_path / "ag_news_csv.tar.gz", miniature())
    with pytest.raises(
        UserError, match="not the complete agnews corpus: .*train 108,000 expected, 36 found; dev 12,000"
    ):
        prepared(tmp_path / "out", source, agnews.CORPUS)
    command.main(["agnews", "--source", str(source), "--subset", "--out", str(tmp_path / "out")])
    lines = capsys.readouterr().out.splitlines()
    assert "not the complete corpus: 108,000 / 12,000 / 7,600 expected" in lines
    assert lines[-1].startswith("agnews (subset): train 36")


def test_the_official_numbers_of_lines_are_complete(tmp_path):
    content = miniature()
    files = {TRAIN: content[TRAIN] * 3000, TEST: content[TEST] * 950}
    record, _ = prepare(agnews.CORPUS, tmp_path / "out", archives.write_folder(tmp_path / "f", files), quiet=True)
    assert record["complete"] and sum(split["documents"] for split in record["splits"].values()) == 127600


def test_it_has_to_be_fetched_by_hand(tmp_path):
    with pytest.raises(UsageError, match="^agnews needs --source PATH: ag_news_csv.tar.gz of .*is not fetched"):
        prepare(corpora.named("agnews"), tmp_path)


def test_networks_learn_from_it_without_a_file_of_its_own(tmp_path, capsys):
    source = archives.write_archive(tmp_path / "ag_news_csv.tar.gz", miniature(each=3))
    out = ["--out", str(tmp_path / "out"), "--quiet"]
    command.main(["agnews", "--source", str(source), "--subset", *out])
    pretrain_lm(["agnews", *LM, *out])
    for method in ("iadvt", "ivat"):
        interpretable_adv(["train", "agnews", "--method", method, *TINY, *out])
        assert f"agnews {method} seed 0: test error rate" in capsys.readouterr().out
