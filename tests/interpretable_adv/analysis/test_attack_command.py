"""``attack`` on a file of texts."""

import json

import pytest

from iadv_foundation.errors import UsageError, UserError
from interpretable_adv.cli import main
from tests.interpretable_adv.conftest import run_of

ROWS = [
    ("great word1 word2", "positive"),
    ("awful word3", "negative"),
    ("", "negative"),
    ("great word2", "neutral"),
    ("poor word5 word1", "positive"),
]


@pytest.fixture
def sec(finished):
    return str(run_of(finished, "classification"))


@pytest.fixture
def texts(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text("text,stars\n" + "".join(f"{text},{label}\n" for text, label in ROWS))
    return str(path)


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_labels_of_the_table_count_and_bad_rows_are_told(sec, texts, tmp_path, capsys):
    main(["attack", sec, "--file", texts, "--label-column", "stars", "--json", str(tmp_path / "a.jsonl")])
    shown, (counts, *fooled) = capsys.readouterr(), lines_of(tmp_path / "a.jsonl")
    assert [line.split(": ", 1)[1] for line in shown.err.splitlines()] == [
        "left out: there is no word in it",
        "left out: the label 'neutral' is none of negative, positive",
    ]
    assert (
        counts["documents"] == 3 and counts["right"] == 2 and counts["split"] == "texts.csv" and "labels" not in counts
    )
    assert "documents in texts.csv" in shown.out and "count as the truth" not in shown.out
    assert {one["document"] for one in fooled} <= {1, 2} and fooled
    main(["attack", sec, "--check", str(tmp_path / "a.jsonl")])
    assert f"texts.csv: {len(fooled)} adversarial texts read again" in capsys.readouterr().out


def test_predictions_count_where_there_are_no_labels(sec, texts, tmp_path, capsys):
    main(["attack", sec, "--file", texts, "--limit", "3", "--json", str(tmp_path / "a.jsonl")])
    counts, shown = lines_of(tmp_path / "a.jsonl")[0], capsys.readouterr().out
    assert counts["documents"] == counts["right"] == counts["limit"] == 3 and counts["labels"] == "prediction"
    assert "the network's predictions for the unchanged texts count as the truth" in shown
    assert "(the first 3 looked at)" in shown


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--text-column", "x"], "name columns of a table: give the table by --file"),
        (["--label-column", "x"], "name columns of a table: give the table by --file"),
        (["--file", "a.csv", "--split", "dev"], "give one of --file, --split and --check"),
        (["--file", "a.csv", "--check", "a"], "give one of --file, --split and --check"),
    ],
)
def test_wrong_usage(sec, arguments, message):
    with pytest.raises(UsageError, match=message):
        main(["attack", sec, *arguments])


def test_wrong_usage_with_a_file(finished, sec, texts, tmp_path):
    with pytest.raises(UsageError, match="--limit 0: write a whole number"):
        main(["attack", sec, "--file", texts, "--limit", "0"])
    with pytest.raises(UsageError, match="--max-words 0"):
        main(["attack", sec, "--file", texts, "--max-words", "0"])
    with pytest.raises(UsageError, match="in error detection every word has a label, which a table does not hold"):
        main(["attack", str(run_of(finished, "labelling")), "--file", texts, "--label-column", "stars"])
    with pytest.raises(UserError, match="text and label are the same column"):
        main(["attack", sec, "--file", texts, "--label-column", "text"])
    (tmp_path / "texts.jsonl").write_text('{"text": "great", "stars": 5}')
    with pytest.raises(UserError, match="none of 1 texts could be read"):
        main(["attack", sec, "--file", str(tmp_path / "texts.jsonl"), "--label-column", "stars"])
