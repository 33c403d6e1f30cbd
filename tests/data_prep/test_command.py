"""The command line ends with one line, good or bad, and with the right exit status."""

import dataclasses
import itertools

import pytest

from data_prep import command, corpora, prepare
from data_prep.corpus import Corpus, read_record
from iadv_foundation.console import cli
from iadv_foundation.errors import UsageError
from tests.data_prep import archives

REVIEWS = "text,label\n" + "".join(
    f"a {word} film {number},{word}\n" for number in range(10) for word in ("good", "bad")
)
ESSAYS = "he\tc\ngoed\ti\n\n" * 10


def run(argv, capsys):
    """(exit status, lines of standard output, lines of standard error)."""
    with pytest.raises(SystemExit) as ended:
        cli.run(command.main, "python -m data_prep", [str(argument) for argument in argv])
    captured = capsys.readouterr()
    return ended.value.code, captured.out.splitlines(), captured.err.splitlines()


@pytest.fixture
def fce(monkeypatch, tmp_path):
    description = dataclasses.replace(corpora.CORPORA["fce"], expected=archives.FCE_COUNTS)
    monkeypatch.setitem(corpora.CORPORA, "fce", description)
    return archives.write_archive(tmp_path / "fce.tar.gz", archives.fce())


@pytest.fixture
def imdb(tmp_path):
    """A miniature, which is not of the size that the paper states."""
    return archives.write_archive(tmp_path / "imdb.tar.gz", archives.imdb())


def test_prepare_twice_and_list(tmp_path, fce, capsys):
    status, lines, errors = run(["fce", "--source", fce, "--out", tmp_path / "out"], capsys)
    summary = "fce: train 2 / dev 2 / test 2, vocabulary of 4 words"
    folder = tmp_path / "out" / "corpora" / "fce"
    assert (status, errors) == (0, []) and lines[-1] == f"{summary}, prepared in {folder}"
    assert "2 documents of test also stand in train" in lines
    _, lines, _ = run(["fce", "--source", fce, "--out", tmp_path / "out"], capsys)
    assert lines[-1] == f"{summary}, already prepared in {folder}"
    status, lines, _ = run(["list", "--out", tmp_path / "out"], capsys)
    names = [line.split()[0] for line in lines if line[0] != " "]
    assert status == 0 and names == ["corpus", *corpora.CORPORA, "text", "tags"]
    assert sum(line.startswith("    licence: ") for line in lines) == len(corpora.CORPORA) + 2
    assert "prepared: 2 / 2 / 2" in next(line for line in lines if line.startswith("fce "))
    imdb = next(line for line in lines if line.startswith("imdb "))
    assert "21,246 / 3,754 / 25,000 / 50,000" in imdb and "not prepared" in imdb
    (folder / "train.ids.npy").unlink()
    assert " damaged" in next(
        line for line in run(["list", "--out", tmp_path / "out"], capsys)[1] if line.startswith("fce ")
    )


def test_code_that_changed_prepares_again_and_says_what_came_of_it(tmp_path, fce, monkeypatch, capsys):
    argv = ["fce", "--source", fce, "--out", tmp_path / "out"]
    again = "prepared again, since the code that prepares it has changed: "
    assert not any(line.startswith(again) for line in run(argv, capsys)[1])
    record = read_record(tmp_path / "out" / "corpora" / "fce")
    monkeypatch.setattr(prepare, "code_digest", lambda module: f"other code of {module}")
    _, lines, _ = run(argv, capsys)
    assert f"{again}ids and vocabulary are the same as before" in lines and ", prepared in " in lines[-1]
    now = read_record(tmp_path / "out" / "corpora" / "fce")
    assert now["code"] == "other code of data_prep.corpora.fce" and now["files"] == record["files"]
    assert ", already prepared in " in run(argv, capsys)[1][-1]
    changed = dataclasses.replace(corpora.CORPORA["fce"], tokenise=lambda tokens: [*tokens[:-1], "."])
    monkeypatch.setitem(corpora.CORPORA, "fce", changed)
    monkeypatch.setattr(prepare, "code_digest", lambda module: "yet other code")
    _, lines, _ = run(argv, capsys)
    assert any(line.startswith(f"{again}ids or vocabulary differ from those before") for line in lines)
    archives.write_archive(fce, {**archives.fce(), "more": b"x"})
    monkeypatch.setattr(prepare, "code_digest", lambda module: "and other sources")
    assert not any(line.startswith(again) for line in run(argv, capsys)[1])


def test_where_only_the_user_has_the_text_other_code_needs_it_again(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(
        corpora.CORPORA, "fce", dataclasses.replace(corpora.CORPORA["fce"], expected=archives.FCE_COUNTS, downloads=())
    )
    source, out = archives.write_archive(tmp_path / "fce.tar", archives.fce()), ["--out", tmp_path / "out"]
    run(["fce", "--source", source, *out], capsys)
    assert ", already prepared in " in run(["fce", *out], capsys)[1][-1]
    monkeypatch.setattr(prepare, "code_digest", lambda module: "other code")
    status, _, errors = run(["fce", *out], capsys)
    folder = tmp_path / "out" / "corpora" / "fce"
    assert status == 2 and f"fce needs --source PATH (what stands at {folder} was made by other code or" in errors[0]
    assert Corpus.open(folder).complete


def test_the_list_shows_the_size_of_a_download(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(corpora.CORPORA, "fce", dataclasses.replace(corpora.CORPORA["fce"], size="7 MB"))
    _, lines, _ = run(["list", "--out", tmp_path], capsys)
    assert lines[0].split() == ["corpus", "task", "documents", "expected", "download", "state"]
    row, head = next(line for line in lines if line.startswith("fce ")), lines[0]
    assert row[head.index("download") : head.index("state")].strip() == "7 MB"


def test_a_subset_is_marked_everywhere(tmp_path, imdb, capsys):
    out = tmp_path / "out"
    status, lines, errors = run(["imdb", "--source", imdb, "--out", out], capsys)
    assert status == 1 and not lines and len(errors) == 1 and "not the complete imdb corpus" in errors[0]
    assert not (out / "corpora" / "imdb").exists()
    status, lines, errors = run(["imdb", "--source", imdb, "--out", out, "--subset", "--workers", "1"], capsys)
    assert (status, errors) == (0, [])
    assert lines[-1].startswith("imdb (subset): train 4 / dev 2 / test 6 / unlabeled 3, vocabulary")
    assert "not the complete corpus of the paper: 21,246 / 3,754 / 25,000 / 50,000 expected" in lines
    _, lines, _ = run(["list", "--out", out], capsys)
    assert "prepared (subset): 4 / 2 / 6 / 3" in next(line for line in lines if line.startswith("imdb "))
    assert not Corpus.open(out / "corpora" / "imdb").complete


def test_a_limit_of_unlabelled_documents(tmp_path, imdb, capsys):
    for option, number, left in (
        ("--unlabeled-limit", 2, 2),
        ("--unlabelled-limit", 1, 1),
        ("--unlabeled-limit", 9, 3),
    ):
        _, lines, errors = run(
            ["imdb", "--source", imdb, "--out", tmp_path / "out", "--subset", option, number], capsys
        )
        assert not errors and f"unlabeled {left}," in lines[-1]


def test_own_corpora(tmp_path, capsys):
    (tmp_path / "reviews.csv").write_text(REVIEWS)
    (tmp_path / "essays.tsv").write_text(ESSAYS)
    (tmp_path / "more.txt").write_text("a film\nanother film\na good film\n")
    out = tmp_path / "out"
    status, lines, errors = run(["text", "--source", tmp_path / "reviews.csv", "--out", out], capsys)
    assert (status, errors) == (0, []) and lines[-1].endswith(f", prepared in {out / 'corpora' / 'text'}")
    assert lines[0].startswith("labels of train: bad ") and "no document of test stands in train or dev" in lines
    argv = [
        "text",
        "--source",
        tmp_path / "reviews.csv",
        "--name",
        "two",
        "--unlabelled",
        tmp_path / "more.txt",
        "--unlabeled-limit",
        "2",
        "--out",
        out,
    ]
    _, lines, _ = run(argv, capsys)
    assert lines[-1].startswith("text-two: train 16 / dev 2 / test 2 / unlabeled 2, vocabulary of ")
    assert "no document of test stands in train, dev or unlabeled" in lines
    assert "already prepared" in run(["text-two", *argv[1:3], *argv[5:]], capsys)[1][-1]
    _, lines, _ = run(["tags-essays", "--source", tmp_path / "essays.tsv", "--out", out, "--positive", "c"], capsys)
    assert lines[0] == "labels of train: i 8, c 8 (F0.5 looks for c)" and lines[-1].startswith(
        "tags-essays: train 8 / dev 1"
    )
    _, lines, _ = run(["list", "--out", out], capsys)
    shown = {line.split()[0]: below for line, below in itertools.pairwise(lines) if line[0] != " "}
    assert list(shown)[-4:] == ["text", "tags", "tags-essays", "text-two"]
    assert shown["text-two"] == "    source:  reviews.csv, more.txt" and shown["text"] == "    source:  reviews.csv"
    assert "prepared: 16 / 2 / 2 / 2" in next(line for line in lines if line.startswith("text-two "))
    assert "not prepared" in next(line for line in lines if line.startswith("tags "))


def test_an_own_corpus_without_its_source(tmp_path, capsys):
    (tmp_path / "reviews.csv").write_text(REVIEWS)
    out = ["--out", tmp_path / "out"]
    needs = "text-a needs --source FILE: your table"
    assert needs in run(["text-a", *out], capsys)[2][0] and not (tmp_path / "out").exists()
    source = ["--source", tmp_path / "reviews.csv"]
    made = run(["text", "--name", "a", *source, "--keep-case", "--seed", "3", *out], capsys)[1][-1]
    assert run(["text-a", "--seed", "3", *out], capsys)[1][-1] == made.replace(", prepared", ", already prepared")
    for other in (["--seed", "4"], ["--seed", "3", "--minimum-documents", "3"], ["--seed", "3", "--dev", "x"]):
        status, lines, errors = run(["text-a", *other, *out], capsys)
        assert status == 2 and not lines and needs in errors[0]
    (tmp_path / "out" / "corpora" / "text-a" / "train.ids.npy").unlink()
    assert "text-a is damaged and needs --source FILE" in run(["text-a", "--seed", "3", *out], capsys)[2][0]


def test_bad_rows_end_with_one_line(tmp_path, capsys):
    (tmp_path / "reviews.csv").write_text(REVIEWS + "no label\n")
    status, lines, errors = run(["text", "--source", tmp_path / "reviews.csv", "--out", tmp_path / "out"], capsys)
    assert status == 1 and not lines and len(errors) == 1
    assert "reviews.csv, line 22: 2 columns expected as in line 1, 1 found" in errors[0]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "argv, status, message",
    [
        (["imbd"], 2, "unknown corpus 'imbd' (did you mean 'imdb'?)"),
        (["--seed", "1"], 2, "CORPUS"),
        (["fce", "--seed", "-1"], 2, "--seed -1"),
        (["fce", "--seed", "one"], 2, "--seed one: write a whole number from 0 up"),
        (["fce", "--spurce", "x"], 2, "--spurce (did you mean --source?)"),
        (["fce", "--workers", "0"], 2, "--workers 0: write a whole number from 1 up"),
        (["imdb", "--unlabeled-limit", "0"], 2, "--unlabeled-limit 0: write a whole number from 1 up"),
        (["text", "--minimum-documents", "0"], 2, "--minimum-documents 0: write a whole number from 1 up"),
        (["fce", "--source", "no/such/file"], 1, "there is no file or folder no/such/file"),
        (["sample-sec", "--source", "no/such/file"], 1, "there is no file or folder no/such/file"),
        (["imdb", "--name", "x"], 2, "imdb takes no --name"),
        (["imdb", "--dev", "x"], 2, "imdb takes no --dev"),
        (["fce", "--test", "x"], 2, "fce takes no --test"),
        (["fce", "--keep-case"], 2, "fce takes no --keep-case"),
        (["rotten", "--text-column", "x"], 2, "rotten takes no --text-column"),
        (["rotten", "--label-column", "x"], 2, "rotten takes no --label-column"),
        (["sample-sec", "--minimum-documents", "3"], 2, "sample-sec takes no --minimum-documents"),
        (["fce", "--positive", "c"], 2, "fce takes no --positive"),
        (["fce", "--unlabeled-limit", "3"], 2, "fce takes no --unlabeled-limit"),
        (["sample-cac", "--subset"], 2, "sample-cac takes no --subset"),
        (["text", "--subset"], 2, "text takes no --subset"),
        (["text", "--positive", "c"], 2, "text takes no --positive"),
        (["text", "--unlabeled-limit", "5"], 2, "text takes no --unlabeled-limit without --unlabeled"),
        (["tags", "--text-column", "x"], 2, "tags takes no --text-column"),
        (["tags", "--unlabeled", "x"], 2, "tags takes no --unlabeled"),
        (["tags", "--minimum-documents", "2"], 2, "tags takes no --minimum-documents"),
        (["text", "--name", "My reviews"], 2, "--name 'My reviews': write lower-case letters, digits, and hyphens"),
        (["text-a", "--name", "b"], 2, "--name b: text-a has a name already"),
        (["text"], 2, "text needs --source FILE: your table"),
        (["tags-x"], 2, "tags-x needs --source FILE: your sentences"),
        (["text", "--source", "no.csv"], 1, "there is no file no.csv"),
        (["text", "--source", "."], 1, ". is a folder: give the file"),
    ],
)
def test_mistakes(tmp_path, monkeypatch, capsys, argv, status, message):
    monkeypatch.chdir(tmp_path)
    found, lines, errors = run(argv, capsys)
    assert found == status and not lines and len(errors) == 1
    assert errors[0].startswith("python -m data_prep: error: ") and message in errors[0]
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_downloaded_needs_a_source(tmp_path, capsys):
    """A corpus that the user alone can get."""
    name = next(name for name, one in corpora.CORPORA.items() if not one.packages and not one.downloads)
    status, _, errors = run([name, "--out", tmp_path], capsys)
    assert status == 2 and f"{name} needs --source PATH" in errors[0]


def test_what_is_said_of_an_own_corpus_that_is_not_there():
    assert corpora.named("text-none").name == "text-none" and corpora.named("tags").task == "labelling"
    with pytest.raises(UsageError, match="choose from: .*fce.*text"):
        corpora.named("nothing-like-it")
