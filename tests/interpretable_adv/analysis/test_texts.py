"""Texts come one at a time, each with its row; a bad one is told of and does not stop the others."""

import gzip
import io
import json

import pytest

from iadv_foundation.errors import UsageError, UserError
from interpretable_adv.analysis.texts import Problems, given, is_table, labelled, read, texts_of, windows
from tests.interpretable_adv.analysis.made_up import made_up_run


@pytest.mark.parametrize(
    "name, expected",
    [
        ("a.csv", True),
        ("a.TSV", True),
        ("a.jsonl.gz", True),
        ("a.json", True),
        ("a.txt", False),
        ("a", False),
        ("-", False),
    ],
)
def test_what_is_a_table(name, expected):
    assert is_table(name) is expected


BAD = [
    (
        "a.csv",
        'id,review\n1,great\n2\n3,"two\nlines"\n4,word1\n',
        [("great", None), (None, "2 columns expected as in line 1, 1 found"), ("two\nlines", None), ("word1", None)],
        [2, 3, 4, 6],
    ),
    (
        "a.tsv",
        "review\tid\ngreat\t1\nx\ty\tz\n",
        [("great", None), (None, "2 columns expected as in line 1, 3 found")],
        [2, 3],
    ),
    (
        "a.jsonl",
        '{"review": "great"}\n\n{"review": 1}\n{"re\n[1]\n{"other": "x"}\n{"review": ["x"]}\n{"review": "\\ud800"}\n',
        [
            ("great", None),
            ("1", None),
            (None, "broken JSON"),
            (None, "one object in each line"),
            (None, "no 'review'; there is other"),
            (None, "a text or a number is expected"),
            (None, "half a character"),
        ],
        [1, 3, 4, 5, 6, 7, 8],
    ),
    ("a.txt", 'great\n\nword1 "x\n', [("great", None), ("", None), ('word1 "x', None)], [1, 2, 3]),
]


@pytest.mark.parametrize("name, content, expected, lines", BAD)
@pytest.mark.parametrize("packed", [False, True])
def test_rows_that_cannot_be_read_keep_their_place(tmp_path, name, content, expected, lines, packed):
    path = tmp_path / (name + (".gz" if packed else ""))
    path.write_bytes(gzip.compress(content.encode()) if packed else content.encode())
    found = list(texts_of(path))
    assert [text.row for text in found] == list(range(1, len(expected) + 1))
    assert [text.place for text in found] == [f"{path}, line {line}" for line in lines]
    for text, (wanted, problem) in zip(found, expected, strict=True):
        assert text.content == wanted and (text.problem is None) == (problem is None)
        assert problem is None or problem in text.problem and str(path) not in text.problem


def test_labels_and_columns_by_name_or_number(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("great film,good\nword1, very  bad \n")
    assert [(text.content, text.label) for text in texts_of(path, "1", "2")] == [
        ("great film", "good"),
        ("word1", "very bad"),
    ]
    path.write_text("opinion,stars\ngreat,good\n")
    assert [(text.content, text.label) for text in texts_of(path, "opinion", "stars")] == [("great", "good")]
    found = list(labelled([*given(["x"]), *texts_of(path, "opinion", "stars")], ["good", "bad"]))
    assert found[0].problem == "the label 'None' is none of good, bad" and found[1].problem is None


def test_standard_input_has_a_text_in_each_line(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("\ufeffgreat\r\ncaf\u00e9".encode())))
    assert [(text.row, text.place, text.content) for text in texts_of("-")] == [
        (1, "standard input, line 1", "great"),
        (2, "standard input, line 2", "caf\u00e9"),
    ]


@pytest.mark.parametrize(
    "name, content, columns, kind, message",
    [
        ("none.csv", None, (), UserError, "there is no file"),
        ("a.csv", b"", (), UserError, "the file is empty"),
        ("a.csv", b"text\n", (), UserError, "there are no rows"),
        ("a.txt", b"", (), UserError, "there is no text"),
        ("a.jsonl", b"\n", (), UserError, "the file is empty"),
        (
            "a.csv",
            b"id,stars\n1,2\n",
            (),
            UserError,
            "no column 'text'; the columns there: id, stars; say which it is: --text-column",
        ),
        ("a.csv", b"id,stars\n1,2\n", ("nmae",), UserError, "no column 'nmae'"),
        ("a.csv", b"text\ncaf\xe9\n", (), UserError, "line 2: not UTF-8"),
        ("a.csv", b'text\n"open\n', (), UserError, "a quotation mark is not closed"),
        ("a.txt", b"great\n", ("text",), UsageError, "a text in each line and no columns"),
        ("-", None, (None, "label"), UsageError, "a text in each line and no columns"),
    ],
)
def test_files_of_no_use(tmp_path, monkeypatch, name, content, columns, kind, message):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(kind, match=message):
        list(texts_of(name, *columns))


def test_texts_that_the_network_cannot_read(tmp_path, capsys):
    run, problems = made_up_run(tmp_path), Problems()
    found = list(read(given(["great", "", "zzz \x1b[2J", "half \udcff"]), run))
    assert [text.problem and text.problem[:20] for text in found] == [
        None,
        "there is no word in ",
        "no word of it is in ",
        "not UTF-8",
    ]
    assert found[3].content is None
    assert [text.row for text in problems.usable(found)] == [1]
    problems.finish()
    told = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in told] == ["text 2", "text 3", "text 4"] and "\x1b" not in "".join(told)
    with pytest.raises(UserError, match="none of 20 texts could be read"):
        problems = Problems()
        list(problems.usable(read(given([""] * 20), run)))
        problems.finish()
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 11 and told[10] == "20 texts are left out; the first 10 are named above"


def test_windows_are_cut_by_texts_and_by_words(tmp_path):
    run = made_up_run(tmp_path)
    texts = list(
        read(given(["great word1", "", "great", "great", "great word1 word2", "great"]), run)
    )  # one word more: <eos>
    assert [[text.row for text in window] for window in windows(texts, 2, 100)] == [[1, 2], [3, 4], [5, 6]]
    assert [[text.row for text in window] for window in windows(texts, 100, 5)] == [[1, 2, 3], [4, 5], [6]]
    assert list(windows([], 2, 2)) == []


def test_texts_are_read_one_at_a_time(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "great"}) + "\n" + "{" + "\n" * 3)
    texts = read(texts_of(path), made_up_run(tmp_path / "run"))
    assert next(texts).content == "great" and next(texts).problem
