"""``explain`` and ``export-vectors`` on a trained run; every mistake in one line."""

import io
import json
import shutil
from pathlib import Path

import pytest
from gensim.models import KeyedVectors

from iadv_foundation.errors import DamagedFileError, UsageError, UserError
from iadv_foundation.storage import files
from interpretable_adv.cli import main
from tests import helpers
from tests.helpers import reseal, tiny_corpus

SETTINGS = [
    "model.embedding_size=5",
    "model.hidden_size=8",
    "model.ffnn_size=6",
    "training.batch_size=8",
    "training.max_epochs=1",
    "perturbation.neighbours=3",
    "training.initialise=random",
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder of everything made, with a trained run of each task."""
    out = tmp_path_factory.mktemp("trained")
    for corpus, task, method in (("sample-sec", "classification", "advt"), ("sample-ged", "labelling", "iadvt")):
        tiny_corpus(out / "corpora" / corpus, task=task, name=corpus)
        helpers.trained(out, corpus, method, SETTINGS)
    return out


@pytest.fixture
def sec(trained):
    return trained / "runs/sample-sec/paper/quick/advt/seed-0"


@pytest.fixture
def ged(trained):
    return trained / "runs/sample-ged/paper/quick/iadvt/seed-0"


def test_a_text_in_every_form(sec, tmp_path, capsys):
    main(
        [
            "explain",
            str(sec),
            "great word1 zzz",
            "--method",
            "iadvt",
            "--top",
            "2",
            "--json",
            str(tmp_path / "a.json"),
            "--image",
            str(tmp_path / "a.svg"),
            "--html",
            str(tmp_path / "a.html"),
        ]
    )
    shown = capsys.readouterr().out
    explanation = files.read_json(tmp_path / "a.json")
    assert explanation["checkpoint_sha256"] == files.digest_of_file(sec / "best.npz")
    assert (
        explanation["method"] == "iadvt" and explanation["trained_by"] == "advt" and explanation["dropped"] == ["zzz"]
    )
    assert [word["word"] for word in explanation["words"]] == ["great", "word1", "<eos>"]
    assert len(explanation["words"][0]["runners_up"]) == 1
    for word in explanation["words"][:2]:
        assert f"{word['target']} " in shown
    assert "1 word is not in the vocabulary and left out, as in training: zzz" in shown and "\x1b" not in shown
    assert (tmp_path / "a.svg").is_file() and explanation["words"][0]["target"] in (tmp_path / "a.html").read_text()


def test_a_document_and_a_file(sec, ged, tmp_path, capsys):
    main(["explain", str(ged), "--split", "dev", "--index", "3", "--json", str(tmp_path / "a.json")])
    explanation = files.read_json(tmp_path / "a.json")
    assert explanation["source"] == "dev 3" and {word["gold"] for word in explanation["words"]} <= {"c", "i"}
    main(["explain", str(sec), "--index", "2", "--json", str(tmp_path / "b.json")])
    assert files.read_json(tmp_path / "b.json")["source"] == "test 2"
    path = tmp_path / "long.txt"
    path.write_text("great 😀 " * 5000)
    main(["explain", str(sec), "--file", str(path)])
    assert "long.txt: predicted" in capsys.readouterr().out


@pytest.mark.parametrize("method", ["iadvt", "vat"])
def test_the_texts_of_a_table_are_explained_as_each_alone(sec, tmp_path, capsys, method):
    texts = ["great word1", "", "moving <b> word2 zzz", "{}"]
    path = tmp_path / "texts.csv"
    path.write_text("id,opinion\n" + "".join(f"{number},{text}\n" for number, text in enumerate(texts)))
    main(
        [
            "explain",
            str(sec),
            "--file",
            str(path),
            "--text-column",
            "opinion",
            "--method",
            method,
            "--json",
            str(tmp_path / "all.jsonl"),
            "--html",
            str(tmp_path / "all.html"),
        ]
    )
    shown = capsys.readouterr()
    found = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert [one["row"] for one in found] == [1, 2, 3, 4]
    assert found[1] == {"row": 2, "place": f"{path}, line 3", "problem": "there is no word in it"}
    assert "no word of it is in the vocabulary" in found[3]["problem"] and len(shown.err.splitlines()) == 2
    page = (tmp_path / "all.html").read_text()
    assert (
        page.count("<section>") == 2
        and page.count("<html") == page.count("</html>") == 1
        and "<title>" + str(path) in page
    )
    for row in (0, 2):
        main(["explain", str(sec), texts[row], "--method", method, "--json", str(tmp_path / "one.json")])
        alone, together = files.read_json(tmp_path / "one.json"), dict(found[row])
        assert [together.pop(name) for name in ("row", "place", "problem", "source")] == [
            row + 1,
            f"{path}, line {row + 2}",
            None,
            f"{path}, line {row + 2}",
        ]
        assert {name: value for name, value in alone.items() if name != "source"} == together
        first, rest = capsys.readouterr().out.split("\n", 1)
        assert rest.split("\n\n", 1)[1] in shown.out


def test_a_table_of_which_nothing_can_be_explained(sec, tmp_path):
    (tmp_path / "texts.jsonl").write_text('{"text": ""}\n')
    with pytest.raises(UserError, match="none of 1 texts could be read"):
        main(["explain", str(sec), "--file", str(tmp_path / "texts.jsonl")])
    with pytest.raises(UsageError, match="--image draws one text, and .*texts.jsonl is a table: --html shows all"):
        main(["explain", str(sec), "--file", str(tmp_path / "texts.jsonl"), "--image", "a.svg"])
    with pytest.raises(UsageError, match="--text-column names a column of a table"):
        main(["explain", str(sec), "great", "--text-column", "x"])


def test_a_text_may_stand_behind_options_and_begin_with_a_dash(sec, capsys):
    main(["explain", str(sec), "great word1", "--method", "advt"])
    first = capsys.readouterr().out
    for words in (
        [str(sec), "--method", "advt", "great word1"],
        ["--method", "advt", str(sec), "great word1"],
        [str(sec), "--method=advt", "--", "great word1"],
    ):
        main(["explain", *words])
        assert capsys.readouterr().out == first
    main(["explain", str(sec), "--method", "advt", "--", "-great word1"])
    assert "great" in capsys.readouterr().out


def test_a_terminal_without_unicode(sec, monkeypatch):
    written = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", written)
    main(["explain", str(sec), "great word1"])
    written.flush()
    assert b"great" in written.buffer.getvalue() and b"??????????" in written.buffer.getvalue()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "give one text: TEXT, --file F, or --split test --index N"),
        (["great", "--index", "1"], "give one text"),
        (["--split", "test"], "--split needs --index N"),
        (["--index", "24"], r"--index 24: test of sample-sec has the documents 0 to 23"),
        (["--index", "-1"], "--index -1: write a whole number from 0 up"),
        (["--split", "tset", "--index", "1"], "unknown split 'tset' .did you mean 'test'"),
        (["great", "--method", "iadtv"], "unknown method 'iadtv' .did you mean 'iadvt'"),
        (["great", "--method", "baseline"], "--method baseline: it has no perturbation"),
        (["great", "--top", "0"], "--top 0: write a whole number from 1 up"),
        (["great", "--image", "a.jpg"], "--image a.jpg: the name must end in"),
        (["great", "--device", "99"], "no GPU|CuPy|device"),
        ([""], "text: there is no word in it"),
        (["zzz yyy"], "no word of it is in the vocabulary of sample-sec; left out: zzz, yyy"),
        (["--file", "/nowhere/a.txt"], "there is no file /nowhere/a.txt"),
    ],
)
def test_mistakes(sec, arguments, message):
    with pytest.raises(UserError, match=message):
        main(["explain", str(sec), *arguments])


@pytest.mark.parametrize("command", [["explain", "great"], ["export-vectors", "v.txt"]])
def test_runs_that_cannot_be_opened(trained, tmp_path, command):
    out = Path(shutil.copytree(trained, tmp_path / "out"))
    run = out / "runs/sample-sec/paper/quick/advt/seed-0"
    line = [command[0], str(run), command[1]]
    shutil.copy(out / "runs/sample-ged/paper/quick/iadvt/seed-0/best.npz", run / "best.npz")
    with pytest.raises(DamagedFileError, match="best.npz was altered"):
        main(line)
    reseal(run)
    with pytest.raises(UserError, match="does not fit: its vocabulary sha256 is"):
        main(line)
    (run / "best.npz").unlink()
    with pytest.raises(UserError, match="has no best weights yet"):
        main(line)
    with pytest.raises(UserError, match="is not a run"):
        main([command[0], str(tmp_path), command[1]])


def test_vectors_and_what_training_did_to_them(sec, tmp_path, capsys):
    path = tmp_path / "v.bin"
    main(
        [
            "export-vectors",
            str(sec),
            str(path),
            "--binary",
            "--words",
            "great,awful",
            "--top",
            "4",
            "--json",
            str(tmp_path / "v.json"),
        ]
    )
    shown = capsys.readouterr().out
    read, lists = (
        KeyedVectors.load_word2vec_format(str(path), binary=True),
        json.loads((tmp_path / "v.json").read_text()),
    )
    assert [one["word"] for one in lists["words"]] == ["great", "awful"] and lists["start"] == "random"
    for one in lists["words"]:
        assert len(one["before"]) == len(one["after"]) == 4
        for other in one["after"]:
            assert other["cosine"] == pytest.approx(float(read.similarity(one["word"], other["word"])), abs=1e-5)
    assert f"{path}: {len(read)} words, 5 dimensions, word2vec binary" in shown and "great\n  before " in shown


def test_vectors_of_a_run_whose_start_is_gone(trained, tmp_path, capsys):
    out = Path(shutil.copytree(trained, tmp_path / "out"))
    run = out / "runs/sample-sec/paper/quick/advt/seed-0"
    configuration = files.read_json(run / "config.json")
    configuration["training"]["initialise"] = "lm"
    files.write_json(run / "config.json", configuration)
    reseal(run)
    main(["export-vectors", str(run), str(tmp_path / "v.txt")])
    shown = capsys.readouterr().out
    assert "not known before, " in shown and "best.npz is missing: run python -m pretrain_lm sample-sec" in shown
    with pytest.raises(UsageError, match="--binary: not allowed with argument --text"):
        main(["export-vectors", str(run), "v", "--text", "--binary"])
