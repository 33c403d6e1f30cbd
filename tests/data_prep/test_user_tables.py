"""Tables of all formats give the same rows; every mistake in one is one line that names file and line."""

import bz2
import csv
import gzip
import io
import json
import lzma

import pytest

from data_prep.readers import user_csv
from data_prep.readers import user_tables as tables
from iadv_foundation.errors import UsageError, UserError

ROWS = [
    ("fine film", "good"),
    ('says "no", twice\tor so', "bad"),
    ("two\nlines, caf\u00e9", "bad"),
    ('"quoted"', "good"),
]
PLAIN = [(content.replace("\n", " ").replace("\t", " "), label) for content, label in ROWS]
COLUMNS = {"text": None, "label": None}
COMPRESS = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


def as_csv(rows, header=("id", "text", "label"), **how):
    written = io.StringIO(newline="")
    writer = csv.writer(written, **how)
    writer.writerows([header, *((number, *row) for number, row in enumerate(rows))])
    return written.getvalue().encode()


def as_tsv(rows):
    return "".join("\t".join(row) + "\n" for row in [("id", "text", "label"), *(("0", *row) for row in rows)]).encode()


def as_jsonl(rows):
    return "".join(json.dumps({"label": label, "id": 1, "text": content}) + "\n" for content, label in rows).encode()


FILES = {
    "a.csv": (as_csv(ROWS), ROWS),
    "all quoted.csv": (as_csv(ROWS, quoting=csv.QUOTE_ALL), ROWS),
    "unix.csv": (as_csv(ROWS, lineterminator="\n"), ROWS),
    "semicolons.csv": (as_csv(ROWS, delimiter=";"), ROWS),
    "byte order mark.csv": (b"\xef\xbb\xbftext,label\nfine film,good\n", ROWS[:1]),
    "blank lines.csv": (b"\n" + as_csv(PLAIN).replace(b"\r\n", b"\r\n\r\n"), PLAIN),
    "UPPER.CSV": (as_csv(ROWS), ROWS),
    "a.tsv": (as_tsv(PLAIN[:3]), PLAIN[:3]),
    "windows.tsv": (as_tsv(PLAIN[:3]).replace(b"\n", b"\r\n"), PLAIN[:3]),
    "quoted.tsv": (as_csv(PLAIN, delimiter="\t", quoting=csv.QUOTE_ALL), PLAIN),
    "a.jsonl": (as_jsonl(ROWS), ROWS),
    "a.json": (as_jsonl(ROWS) + b"\n", ROWS),
    "commas": (as_csv(ROWS), ROWS),
    "tabs.txt": (as_tsv(PLAIN[:3]), PLAIN[:3]),
    "objects.data": (as_jsonl(ROWS), ROWS),
}


@pytest.mark.parametrize("end", COMPRESS)
@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_rows(tmp_path, name, end):
    content, expected = FILES[name]
    path = tmp_path / f"{name}{end}"
    path.write_bytes(COMPRESS[end](content))
    assert [tuple(values) for _, values in tables.rows(path, COLUMNS)] == expected


def test_a_long_field_is_read(tmp_path):
    (tmp_path / "a.csv").write_text(f"text,label\n{'word ' * 50000},x\n")
    assert len(next(tables.rows(tmp_path / "a.csv", COLUMNS))[1][0]) == 250000


def test_the_number_of_a_row_is_that_of_its_first_line(tmp_path):
    (tmp_path / "a.csv").write_bytes(b'text,label\n"one\ntwo",x\n\nthree,y\n"four\n\n",z\nfive,x\n')
    assert [number for number, _ in tables.rows(tmp_path / "a.csv", COLUMNS)] == [2, 5, 6, 9]


def test_quotation_marks_inside_a_tsv_field_stay(tmp_path):
    (tmp_path / "a.tsv").write_bytes(b'text\tlabel\n"No" he said "yes"\tx\n"\tx\n5" or 6"\ty\n"a ""b"" c"\ty\n')
    assert [content for _, (content, _) in tables.rows(tmp_path / "a.tsv", COLUMNS)] == [
        '"No" he said "yes"',
        '"',
        '5" or 6"',
        'a "b" c',
    ]


def test_json_values_that_are_no_strings(tmp_path):
    lines = [json.dumps({"text": "a", "label": label}) + "\n" for label in (1, True, None)]
    (tmp_path / "a.jsonl").write_text("".join(lines))
    assert [label for _, (_, label) in tables.rows(tmp_path / "a.jsonl", COLUMNS)] == ["1", "true", ""]


@pytest.mark.parametrize(
    "header, columns, chosen",
    [
        ("text,label", {}, (0, 1)),
        ("LABEL, Text ", {}, (1, 0)),
        ("review,stars", {}, (0, 1)),
        ("review,text,class,label", {}, (1, 3)),
        ("a,b,c", {"text": "c", "label": "a"}, (2, 0)),
        ("text,label,gold", {"label": "gold"}, (0, 2)),
    ],
)
def test_columns_by_name(tmp_path, header, columns, chosen):
    width = header.count(",") + 1
    (tmp_path / "a.csv").write_text(f"{header}\n{','.join(map(str, range(width)))}\n")
    assert list(tables.rows(tmp_path / "a.csv", COLUMNS | columns)) == [(2, [str(number) for number in chosen])]


def test_columns_by_number_where_there_is_no_header(tmp_path):
    (tmp_path / "a.csv").write_text("1,a film\n2,a text\n")
    assert list(tables.rows(tmp_path / "a.csv", {"text": "2", "label": "1"})) == [
        (1, ["a film", "1"]),
        (2, ["a text", "2"]),
    ]


MISTAKES = {
    "no such column": (
        "a.csv",
        b"id,body\n1,x\n",
        {"text": "txt"},
        "a.csv, line 1: no column 'txt'; the columns there: id, body",
    ),
    "no text": (
        "a.csv",
        b"id,words,label\n",
        {},
        "a.csv, line 1: no column 'text'; the columns there: id, words, label; say",
    ),
    "no label": ("a.tsv", b"id\ttext\n", {}, "a.tsv, line 1: no column 'label'; the columns there: id, text"),
    "several": (
        "a.csv",
        b"review,comment,label\n",
        {},
        "review and comment may each be the text; say which: --text-column",
    ),
    "twice": ("a.csv", b"text,text,label\n", {}, "may each be|2 columns are called 'text'"),
    "columns": ("a.csv", b"text,label\na,x\nb,y,z\n", {}, "a.csv, line 3: 2 columns expected as in line 1, 3 found"),
    "a column less": (
        "a.tsv",
        b"text\tlabel\na\tx\nb\n",
        {},
        "a.tsv, line 3: 2 columns expected as in line 1, 1 found",
    ),
    "open quote": (
        "a.csv",
        b'text,label\na,x\n"b,y\nc,z\n',
        {},
        "a.csv, line 3: not CSV .a quotation mark is not closed",
    ),
    "closed too early": ("a.csv", b'text,label\n"b"c,y\n', {}, "a.csv, line 2: not CSV"),
    "old Macintosh": ("a.csv", b"text,label\ra,x\rb,y\r", {}, "a.csv, line 1: not CSV .a carriage return"),
    "bytes": ("a.csv", b"text,label\na,x\ncaf\xe9,y\n", {}, "a.csv, line 3: not UTF-8 .byte 0xe9 at offset 3.: save"),
    "bytes of the header": ("a.csv", b"t\xe9xt,label\n", {}, "a.csv, line 1: not UTF-8"),
    "UTF-16": ("a.csv", "text,label\n".encode("utf-16"), {}, "a.csv, line 1: this is UTF-16: save it as UTF-8"),
    "UTF-16 unmarked": ("a.csv", "text,label\n".encode("utf-16-le"), {}, "a.csv, line 1: this is no text .or UTF-16"),
    "spreadsheet": (
        "a.csv",
        b"PK\x03\x04 and so on",
        {},
        "a.csv, line 1: this is a zip archive or a spreadsheet: save",
    ),
    "nothing": ("a.csv", b"", {}, "a.csv: the file is empty"),
    "nothing in JSON": ("a.jsonl", b"\n\n", {}, "a.jsonl: the file is empty"),
    "broken JSON": ("a.jsonl", b'{"text": "a", "label": 1}\n\n{"text": "b", \n', {}, "a.jsonl, line 3: broken JSON"),
    "JSON array": ("a.json", b'[{"text": "a"}]\n', {}, "a.json, line 1: one object in each line expected"),
    "JSON array in lines": (
        "a.json",
        b'[\n{"text": "a"}\n]\n',
        {},
        "a.json, line 1: a JSON array; write one object in each line",
    ),
    "deep JSON": ("a.jsonl", b'{"text": ' + b"[" * 100000 + b"\n", {}, "a.jsonl, line 1: broken JSON"),
    "no object": (
        "a.jsonl",
        b'{"text": "a", "label": 1}\n3\n',
        {},
        "a.jsonl, line 2: one object in each line expected .*'3' found",
    ),
    "key missing": (
        "a.jsonl",
        b'{"text": "a", "label": 1}\n{"text": "b"}\n',
        {},
        "a.jsonl, line 2: no 'label'; there is text",
    ),
    "list for a text": (
        "a.jsonl",
        b'{"text": ["a"], "label": 1}\n',
        {},
        "a.jsonl, line 1: 'text' is a list; a text or a number",
    ),
    "half a character": (
        "a.jsonl",
        b'{"text": "\\ud800", "label": 1}\n',
        {},
        "a.jsonl, line 1: 'text' holds half a character",
    ),
    "no format": ("a.txt", b"some words\n", {}, "a.txt, line 1: neither CSV, TSV nor JSON Lines"),
    "no file": ("b.csv", None, {}, "there is no file"),
    "truncated": ("a.csv.gz", gzip.compress(as_csv(ROWS * 99))[:-9], {}, "a.csv.gz is truncated or damaged"),
}
WRONG_USAGE = {
    "number of no column": (
        b"a,b\n",
        {"text": "1", "label": "3"},
        "--label-column 3: columns are numbered from 1, .* has 2",
    ),
    "zero": (b"a,b\n", {"text": "0", "label": "1"}, "--text-column 0: columns are numbered from 1"),
    "same number": (b"a,b\n", {"text": "1", "label": "1"}, "text and label are the same column"),
    "same name": (b"a,b\n", {"text": "a", "label": "a"}, "text and label are the same column"),
    "numbers and a header": (b"Text,Label\na,b\n", {"text": "1", "label": "2"}, "line 1: this is a header; give names"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes(tmp_path, case):
    name, content, columns, message = MISTAKES[case]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        list(tables.rows(tmp_path / name, COLUMNS | columns))
    assert name in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) < 500


@pytest.mark.parametrize("case", WRONG_USAGE)
def test_wrong_usage(tmp_path, case):
    content, columns, message = WRONG_USAGE[case]
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(UsageError, match=message):
        list(tables.rows(tmp_path / "a.csv", columns))


def test_a_quotation_mark_that_nobody_closes_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(user_csv, "_LONGEST", 100)
    (tmp_path / "a.csv").write_bytes(b'text,label\n"' + b"x\n" * 100 + b'",y\n')
    before = csv.field_size_limit()
    try:
        with pytest.raises(UserError, match="a.csv, line 2: not CSV .a quotation mark is not closed"):
            list(tables.rows(tmp_path / "a.csv", COLUMNS))
    finally:
        csv.field_size_limit(before)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(UserError, match="is a folder: give the file"):
        list(tables.rows(tmp_path, COLUMNS))


def test_rows_are_read_one_at_a_time(tmp_path):
    """A mistake far down is met only when it is reached: nothing reads ahead."""
    contents = {
        "a.csv": b'text,label\na,b\n"x\n',
        "a.tsv": b"text\tlabel\na\tb\nx\n",
        "a.jsonl": b'{"text": "a", "label": "b"}\nx\n',
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        found = tables.rows(tmp_path / name, COLUMNS)
        assert next(found)[1] == ["a", "b"]
        with pytest.raises(UserError):
            next(found)
