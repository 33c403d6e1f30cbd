"""Predicted probabilities are those of the run's own evaluation;
every text has its line, those of no use with the reason.
"""

import csv
import io
import json

import numpy as np
import pytest

from data_prep.corpus import Corpus
from iadv_foundation.errors import UsageError, UserError
from iadv_foundation.storage import files
from interpretable_adv.analysis import predictions
from interpretable_adv.cli import main
from tests.interpretable_adv.conftest import TRAINED, run_of


def documents_as_texts(finished, task):
    """The documents of the test split as texts, with what the run itself predicted for them."""
    corpus = Corpus.open(finished / "corpora" / TRAINED[task][0])
    split, words = corpus.splits["test"], corpus.vocabulary.words
    kept = [
        [words[number] for number in split[index][0] if number != corpus.vocabulary.eos] for index in range(len(split))
    ]
    return kept, files.load_arrays(run_of(finished, task) / "predictions.npz")[0], corpus.classes


def softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


@pytest.fixture(params=TRAINED)
def task(request):
    return request.param


def predict(run, tmp_path, rows, *more):
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
    main(["predict", str(run), "--file", str(path), "--json", str(tmp_path / "out.jsonl"), *more])
    return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]


def test_probabilities_are_those_of_the_run_s_predictions(finished, task, tmp_path, monkeypatch):
    monkeypatch.setattr(predictions, "WINDOW_TEXTS", 7)
    texts, arrays, classes = documents_as_texts(finished, task)
    usable = [index for index, words in enumerate(texts) if "<unk>" not in words]
    records = predict(run_of(finished, task), tmp_path, [" ".join(texts[index]) for index in usable])
    assert [record["row"] for record in records] == list(range(1, len(usable) + 1)) and len(usable) > 20
    starts = arrays["offsets"] if task == "labelling" else np.arange(len(texts) + 1)
    for record, index in zip(records, usable, strict=True):
        outputs = record["words"] if task == "labelling" else [record]
        expected = arrays["probabilities"][starts[index] : starts[index + 1]]
        assert len(outputs) == len(expected)
        np.testing.assert_allclose(
            [[one["probabilities"][name] for name in classes] for one in outputs], expected, atol=2e-6
        )
        labels = arrays["predictions"][starts[index] : starts[index + 1]]
        assert [one["label"] for one in outputs] == [classes[label] for label in labels]
        assert [one["probability"] for one in outputs] == [max(one["probabilities"].values()) for one in outputs]
        assert record["known"] == 1 and record["unknown"] == [] and record["problem"] is None


def test_it_is_the_softmax_of_the_network_s_logits(finished, task, tmp_path):
    import chainer

    from interpretable_adv.analysis.selection import documents_of
    from interpretable_adv.links.passes import Pass
    from interpretable_adv.trained import open_run

    run = open_run(run_of(finished, task))
    (record,) = predict(run_of(finished, task), tmp_path, ["word1 word2 word0"])
    words = ["word1", "word2", "word0"] + ([] if task == "labelling" else ["<eos>"])
    ids = np.array([run.traits.vocabulary.id_of(word) for word in words], np.int32)
    batch = documents_of([ids], None, run.traits.per_word).batch([0])
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        one = Pass(run.network, run.network.embedding.matrix().array, batch)
        expected = softmax(one.logits(chainer.Variable(one.embedded)).array)
    outputs = record["words"] if task == "labelling" else [record]
    np.testing.assert_allclose([list(one["probabilities"].values()) for one in outputs], expected, atol=1e-6)


def test_bad_rows_stand_in_the_output_with_their_reason(finished, task, tmp_path, capsys):
    rows = ["word1 zzz zzz 😀", "", "word2 " * 3]
    records = predict(run_of(finished, task), tmp_path, rows, "--csv", str(tmp_path / "out.csv"))
    assert [record["problem"] for record in records] == [None, "there is no word in it", None]
    assert records[0]["known"] == 0.25 and records[0]["unknown"] == ["zzz", "😀"] and records[0]["text"] == rows[0]
    shown = capsys.readouterr()
    assert (
        shown.err == f"{tmp_path}/texts.jsonl, line 2: left out: there is no word in it\n"
        and ": 2 texts: " in shown.out
    )
    with open(tmp_path / "out.csv", newline="", encoding="utf-8") as opened:
        table = list(csv.DictReader(opened))
    outputs = [
        (record, place, output)
        for record in records
        for place, output in enumerate(
            [record] if record["problem"] or task == "classification" else record["words"], 1
        )
    ]
    assert len(table) == len(outputs)
    for line, (record, place, output) in zip(table, outputs, strict=True):
        assert (line["row"], line["place"]) == (str(record["row"]), record["place"])
        assert line["problem"] == (record["problem"] or "")
        if record["problem"]:
            assert line["label"] == line["probability"] == line["known"] == ""
            continue
        assert line["label"] == output["label"] and float(line["probability"]) == output["probability"]
        assert [float(line[f"p({name})"]) for name in output["probabilities"]] == list(output["probabilities"].values())
        assert line["unknown"] == " ".join(record["unknown"])
        assert float(line["known"]) == pytest.approx(record["known"], abs=1e-4)
        if task == "labelling":
            assert (line["position"], line["word"]) == (str(place), output["word"])
        else:
            assert line["text"] == record["text"]


def test_texts_that_nobody_has_cut_into_words_are_counted(finished, task, tmp_path, capsys):
    chinese = "\u8fd9\u90e8\u7535\u5f71\u975e\u5e38\u597d\u770b\uff0c\u6211\u5f88\u559c\u6b22\u5b83\u3002"
    predict(run_of(finished, task), tmp_path, [f"{chinese} word1", "word1", f"{chinese}{chinese} word2"])
    assert "note: 2 of 3 texts are in a script that writes no blanks between words" in capsys.readouterr().err
    main(["explain", str(run_of(finished, task)), f"{chinese} word1"])
    assert "note: the text is in a script that writes no blanks between words" in capsys.readouterr().err
    main(["explain", str(run_of(finished, task)), "word1 word2"])
    assert "note" not in capsys.readouterr().err


def test_nothing_readable_fails_and_leaves_the_reasons(finished, tmp_path):
    with pytest.raises(UserError, match="none of 2 texts could be read"):
        predict(run_of(finished, "classification"), tmp_path, ["", "zzz"])
    assert [json.loads(line)["row"] for line in (tmp_path / "out.jsonl").read_text().splitlines()] == [1, 2]


def test_on_a_terminal(finished, task, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    main(["predict", str(run_of(finished, task)), "word1 zzz \x1b", "", "great " * 40])
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[0].startswith("    1  ") and "known  33 %" in lines[0]
    assert "unknown: zzz, \\x1b" in lines[1] and "\x1b" not in shown.out
    assert lines[2] == "    2  -  there is no word in it" and lines[-1].startswith(f"{TRAINED[task][0]} ")
    if task == "classification":
        assert len(lines[3]) == 60 and lines[3].endswith("…")


@pytest.mark.parametrize("option, columns", [("--json", None), ("--csv", 3)])
def test_data_on_standard_output_is_nothing_else(finished, capfd, option, columns):
    main(["predict", str(run_of(finished, "classification")), "great caf\u00e9", option, "-"])
    shown = capfd.readouterr().out
    if option == "--json":
        assert json.loads(shown)["unknown"] == ["caf\u00e9"]
    else:
        header, row = csv.reader(io.StringIO(shown))
        assert header[:columns] == ["row", "place", "label"] and row[-1] == "great caf\u00e9"


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "give texts, TEXT ..., or a file with texts, --file FILE"),
        (["great", "--file", "a.csv"], "give texts, TEXT"),
        (["great", "--text-column", "x"], "--text-column names a column of a table"),
        (["great", "--json", "-", "--csv", "-"], "only one of them can go to standard output"),
    ],
)
def test_wrong_usage(finished, arguments, message):
    with pytest.raises(UsageError, match=message):
        main(["predict", str(run_of(finished, "classification")), *arguments])


def test_a_file_that_breaks_off_leaves_no_output(finished, tmp_path):
    (tmp_path / "a.csv").write_bytes(b"text\ngreat\ncaf\xe9\n")
    with pytest.raises(UserError, match="a.csv, line 3: not UTF-8"):
        main(
            [
                "predict",
                str(run_of(finished, "classification")),
                "--file",
                str(tmp_path / "a.csv"),
                "--csv",
                str(tmp_path / "o.csv"),
            ]
        )
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_no_more_texts_are_in_hand_than_a_window(finished, monkeypatch):
    from interpretable_adv.analysis.texts import given, read
    from interpretable_adv.trained import open_run

    monkeypatch.setattr(predictions, "WINDOW_TEXTS", 5)
    run, taken = open_run(run_of(finished, "classification")), []

    def source():
        for text in given(["great"] * 23):
            taken.append(text)
            yield text

    for count, record in enumerate(predictions.records_of(read(source(), run), run)):
        assert record["row"] == count + 1 and len(taken) <= 5 * (count // 5 + 1)
    assert len(taken) == 23
