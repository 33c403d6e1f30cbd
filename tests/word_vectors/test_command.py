"""``python -m word_vectors`` makes vectors once, others when asked for others; every mistake is told in one line."""

import types

import numpy as np
import pytest
from gensim.models import KeyedVectors

from iadv_foundation.console import cli
from iadv_foundation.storage import files
from tests.helpers import tiny_corpus
from word_vectors import store
from word_vectors.cli import main

SMALL = ["--quiet", "--set", "vectors.size=8", "--set", "vectors.epochs=1"]


@pytest.fixture
def out(tmp_path, monkeypatch):
    """Folder of everything made, with a labelling corpus; the current folder stands beside it."""
    tiny_corpus(tmp_path / "out" / "corpora" / "sample-ged", task="labelling", name="sample-ged")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "out"


def run(*arguments):
    """The command's exit status."""
    with pytest.raises(SystemExit) as stopped:
        cli.run(main, "python -m word_vectors", [str(argument) for argument in arguments])
    return stopped.value.code


def test_vectors_are_made_once_and_again_only_for_other_settings(out, capsys):
    folder = out / "vectors" / "sample-ged" / "skipgram"
    assert run("skipgram", "sample-ged", *SMALL) == 0
    first = capsys.readouterr().out.splitlines()[-1]
    assert first.startswith("skipgram vectors of sample-ged from sample-ged train, ") and "8 dimensions" in first
    assert {"config.json", "environment.json", "vectors.npz", "timing.json", "seal.json", "metrics.json"} == {
        path.name for path in folder.iterdir()
    }
    stamp = (folder / "vectors.npz").stat().st_mtime_ns
    assert run("skipgram", "sample-ged", *SMALL) == 0
    assert capsys.readouterr().out.splitlines() == [f"already done: {first}"]
    assert (folder / "vectors.npz").stat().st_mtime_ns == stamp
    assert run("skipgram", "sample-ged", *SMALL, "--set", "vectors.window=2") == 1
    assert "vectors.window: 5 there, 2 now" in capsys.readouterr().err
    assert run("skipgram", "sample-ged", *SMALL, "--set", "vectors.window=2", "--overwrite") == 0
    assert (folder / "vectors.npz").stat().st_mtime_ns != stamp
    assert files.read_json(folder / "metrics.json")["settings"]["window"] == 2


def test_another_text_is_another_setting(out, tmp_path, capsys):
    (tmp_path / "a.txt").write_text("Some text.\n")
    assert run("skipgram", "sample-ged", *SMALL) == 0
    assert run("skipgram", "sample-ged", *SMALL, "--text", "text=a.txt") == 1
    assert "texts" in capsys.readouterr().err
    assert run("skipgram", "sample-ged", *SMALL, "--text", "text=a.txt", "--overwrite") == 0
    assert " + a.txt, " in capsys.readouterr().out
    (tmp_path / "a.txt").write_text("Other text.\n")
    assert run("skipgram", "sample-ged", *SMALL, "--text", "text=a.txt") == 1


def test_what_a_killed_command_left_is_made_again_and_cleared(out, capsys):
    folder = out / "vectors" / "sample-ged" / "skipgram"
    assert run("skipgram", "sample-ged", *SMALL) == 0
    (folder / "metrics.json").unlink()
    new = folder.with_name(".skipgram.new")
    new.mkdir()
    (new / ".text.partial-1").write_text("left over")
    assert run("skipgram", "sample-ged", *SMALL) == 0
    assert "already done" not in capsys.readouterr().out
    assert store.is_finished(folder) and not new.exists()


@pytest.mark.parametrize(
    "bad", [["--text", "amazon=bad.tsv"], ["--set", "vectors.minimum_count=999999"], ["--keep-texts"]]
)
def test_what_fails_leaves_the_vectors_that_stand_there(out, tmp_path, capsys, bad):
    """A text that cannot be read, words that are all too rare, a text that nobody gives any more."""
    (tmp_path / "a.txt").write_text("Some text.\n")
    (tmp_path / "bad.tsv").write_text("neither form\n")
    assert run("skipgram", "sample-ged", *SMALL, "--text", "text=a.txt") == 0
    folder = out / "vectors" / "sample-ged" / "skipgram"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    capsys.readouterr()
    assert run("skipgram", "sample-ged", *SMALL, *bad, "--overwrite") == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir() if not path.name.endswith(".lock")] == ["skipgram"]


def test_texts_are_asked_for_again_and_taken(out, tmp_path, capsys):
    (tmp_path / "a.txt").write_text("Some text.\n")
    given = ["skipgram", "sample-ged", *SMALL, "--text", "text=a.txt", "--keep-texts"]
    assert run(*given) == 0
    assert run("skipgram", "sample-ged", *SMALL, "--keep-texts", "--overwrite") == 1
    assert "was made from text=a.txt too" in capsys.readouterr().err
    assert run(*given, "--set", "vectors.window=2", "--overwrite") == 0
    assert run("skipgram", "sample-ged", *SMALL, "--overwrite") == 0  # without the option nobody asks
    assert run("skipgram", "sample-ged", *SMALL, "--keep-texts", "--set", "vectors.window=2", "--overwrite") == 0


def save_keyed(path, size=8):
    made = KeyedVectors(size)
    made.add_vectors(["goes", "an"], np.ones((2, size), np.float32) * [[1.0], [-1.0]])
    made.save_word2vec_format(path, binary=True)


def test_import(out, tmp_path, capsys):
    save_keyed(tmp_path / "v.bin")
    assert run("import", "sample-ged", "v.bin") == 0
    out = capsys.readouterr().out
    assert "word2vec vectors of sample-ged from v.bin (2 words): 8 dimensions, 2 of " in out
    assert "; 0.0 % of train's tokens have a vector that another word has, too (" in out
    assert run("import", "sample-ged", "v.bin") == 0
    assert capsys.readouterr().out.startswith("already done: ")
    save_keyed(tmp_path / "v.bin", 9)
    assert run("import", "sample-ged", "v.bin") == 1
    assert run("import", "sample-ged", "v.bin", "--overwrite") == 0


def test_a_file_that_cannot_be_read_leaves_what_stands_there_and_claims_nothing(out, tmp_path, capsys):
    (tmp_path / "cut.txt").write_text("2 8\ngoes 1 2\n")
    assert run("import", "sample-ged", "cut.txt") == 1
    assert not (out / "vectors").exists()
    save_keyed(tmp_path / "v.bin")
    assert run("import", "sample-ged", "v.bin") == 0
    folder = out / "vectors" / "sample-ged" / "word2vec"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert run("import", "sample-ged", "cut.txt", "--overwrite") == 1
    assert "cut.txt, line 2: a word and 8 numbers expected" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_gwe_is_given_corpus_settings_and_start_vectors(out, monkeypatch, capsys):
    calls = []

    def train(corpus, settings, start_vectors, folder, seed, quiet):
        calls.append((corpus.name, settings.size, settings.epochs, start_vectors, seed, quiet))
        record = {"vocabulary_sha256": corpus.vocabulary.sha256}
        store.save(
            folder, np.ones((len(corpus.vocabulary), settings.size)), np.ones(len(corpus.vocabulary), bool), record
        )
        return record

    monkeypatch.setitem(__import__("sys").modules, "word_vectors.gwe", types.SimpleNamespace(train=train))
    monkeypatch.setattr("word_vectors.gwe", types.SimpleNamespace(train=train), raising=False)
    small = ["--set", "gwe.size=8", "--set", "gwe.epochs=5", "--seed", "4", "--quiet"]
    by_chance = [*small, "--start", "random"]
    assert run("gwe", "sample-ged", *by_chance) == 0
    assert calls.pop() == ("sample-ged", 8, 5, None, 4, True)
    assert "gwe vectors of sample-ged from sample-ged train: 8 dimensions" in capsys.readouterr().out
    assert files.read_json(out / "vectors" / "sample-ged" / "gwe" / "timing.json")["training_seconds"] >= 0
    assert run("gwe", "sample-ged", *by_chance) == 0 and not calls
    assert run("gwe", "sample-ged", *small) == 1
    assert "there are no vectors at out/vectors/sample-ged/skipgram" in capsys.readouterr().err
    run("skipgram", "sample-ged", *SMALL)
    assert run("gwe", "sample-ged", *small, "--overwrite") == 0
    vectors, _, _ = store.load(out / "vectors" / "sample-ged" / "skipgram", _vocabulary(out))
    assert (calls.pop()[3] == vectors).all()
    assert run("gwe", "sample-ged", "--set", "gwe.size=9", "--overwrite") == 2
    assert "have 8 dimensions, gwe.size is 9" in capsys.readouterr().err and not calls


def _vocabulary(out):
    from data_prep.corpus import Corpus

    return Corpus.open(out / "corpora" / "sample-ged").vocabulary


@pytest.mark.parametrize(
    "arguments, status, words",
    [
        (["skipgrams", "fce"], 2, "did you mean 'skipgram'"),
        (["skipgram", "--seed", "1"], 2, "CORPUS"),
        (["skipgram", "fec"], 2, "did you mean 'fce'"),
        (["skipgram", "fce"], 1, "python -m data_prep fce"),
        (["skipgram", "sample-ged", "--seed", "-1"], 2, "--seed -1"),
        (["skipgram", "sample-ged", "--text", "x"], 2, "KIND=PATH"),
        (["skipgram", "sample-ged", "--text", "text=nowhere"], 1, "there is no file nowhere"),
        (["skipgram", "sample-ged", "--set", "vectors.sice=3"], 2, "did you mean 'vectors.size'"),
        (["skipgram", "sample-ged", "--scale", "huge"], 2, "unknown scale 'huge'"),
        (["import", "sample-ged", "nowhere"], 1, "there is no file nowhere"),
        (["import", "sample-ged"], 2, "FILE"),
        (["gwe", "sample-ged", "--start", "skipgrm"], 2, "did you mean 'skipgram'"),
        (["gwe", "sample-ged", "--start", "skipgram"], 1, "there are no vectors"),
    ],
)
def test_mistakes_end_with_one_line(out, capsys, arguments, status, words):
    assert run(*arguments) == status
    (line,) = capsys.readouterr().err.splitlines()
    command = "" if arguments[0] == "skipgrams" else f" {arguments[0]}"
    assert line.startswith(f"python -m word_vectors{command}: error: ") and words in line
    assert not (out / "vectors").exists()
