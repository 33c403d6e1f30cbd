"""Own tables that are easily misread: read as their author meant, refused by one line, or counted and said.

What is expected is written here by hand, document by document.
"""

import gzip
import unicodedata

import pytest

from data_prep import command
from iadv_foundation.console import cli
from iadv_foundation.errors import UsageError
from tests.data_prep.own_files import EXPECTED, PLAIN, ROWS, documents, made, notes, refused, table


class TestTables:
    @pytest.mark.parametrize(
        "content, name, choices",
        [
            (table(ROWS), "a.csv", {}),
            (table([row.replace(",", ";") for row in ROWS], "text;label"), "a.csv", {}),
            ("sep=;\n" + table([row.replace(",", ";") for row in ROWS], "text;label"), "a.csv", {}),
            ('"sep=|"\r\n' + table([row.replace(",", "|") for row in ROWS], "text|label", "\r\n"), "a.csv", {}),
            ("\ufeffsep=\t\n" + table([row.replace(",", "\t") for row in ROWS], "text\tlabel"), "a.csv", {}),
            ("sep=;\n" + table([row.replace(",", ";") for row in ROWS], "text;label"), "noending", {}),
            (table([row.replace(",", "|") for row in ROWS], "text|label"), "a.csv", {"delimiter": "|"}),
            (table([row.replace(",", "|") for row in ROWS], "text|label"), "a.data", {"delimiter": "|"}),
            (table([row.replace(",", "\t") for row in ROWS], "text\tlabel"), "a.csv", {"delimiter": "tab"}),
            (
                table(['"a\ngood\tfilm"\tpos', *(row.replace(",", "\t") for row in ROWS[1:])], "text\tlabel"),
                "a.tsv",
                {"delimiter": "tab"},
            ),
            (
                table([row.replace(",", ";") for row in ROWS], 'text;"label, 2 classes"'),
                "a.csv",
                {"label_column": "label, 2 classes"},
            ),
            (table([row.replace(",", ";") for row in ROWS], None), "a.csv", {"text_column": "1", "label_column": "2"}),
            (table(ROWS, "0,1"), "a.csv", {"text_column": "0", "label_column": "1"}),
            (table(ROWS, "1,2"), "a.csv", {"text_column": "1", "label_column": "2"}),
            (table(ROWS, "\u200btext ,\ufefflabel"), "a.csv", {}),
            (table(ROWS, unicodedata.normalize("NFD", "\u00e9crit,label")), "a.csv", {"text_column": "\u00e9crit"}),
            (table(ROWS) + "\x1a", "a.csv", {}),
            (table(ROWS) + "\x1a\r\n", "a.csv", {}),
            (gzip.compress(("\ufeff" + table(ROWS, end="\r\n")).encode(), mtime=0), "a.csv.gz", {}),
        ],
    )
    def test_delimiters_and_headers(self, tmp_path, content, name, choices):
        corpus = made(tmp_path, content, name=name, **choices)
        assert documents(corpus) == EXPECTED and corpus.classes == ["neg", "pos"]

    @pytest.mark.parametrize(
        "rows, note",
        [
            ([*ROWS, ",", " ,", ","], {"empty_rows": 9}),
            ([ROWS[0], ",", *ROWS[1:]], {"empty_rows": 3}),
            ([*ROWS[:2], "text,label", *ROWS[2:]], {"repeated_headers": 3}),
            ([*ROWS[:2], "\ufefftext, label", *ROWS[2:], "text,label"], {"repeated_headers": 6}),
            ([f"{ROWS[0]},", *ROWS[1:3], f"{ROWS[3]},,"], {"ends_of_rows": 6}),
        ],
    )
    def test_rows_that_are_none(self, tmp_path, rows, note):
        corpus = made(tmp_path, table(rows))
        assert documents(corpus) == EXPECTED and note.items() <= notes(corpus).items()
        assert set(notes(corpus)) == {*note, "vocabulary"}

    @pytest.mark.parametrize(
        "content, message, how",
        [
            (
                table(["x,so;good", "y,so;dull"] * 5, None),
                r"line 1: ',' or ';' may separate the columns: say which with --delimiter",
                {"text_column": "2", "label_column": "1"},
            ),
            (
                table(["x, y\tgood", "y, x\tdull"] * 5, None),
                r"line 1: ',' or a tab may separate",
                {"text_column": "1", "label_column": "2"},
            ),
            (
                'text\tlabel\n"a\nb"\tx\n',
                r"line 2: 2 columns expected as in line 1, 1 found .*--delimiter tab reads it",
                {"name": "a.tsv"},
            ),
            (table(["a,b,c"]), r"line 2: 2 columns expected as in line 1, 3 found \(--delimiter", {}),
            (table(ROWS, "text,text,label"), "line 1: 2 columns are called 'text': give them different names", {}),
            (table(["a film,good", "a,bad", "b,good\0", "c,bad"]), "line 4: a NUL byte, which no text holds", {}),
            (
                table(ROWS, "0,1"),
                "line 1: this header numbers the columns from 0",
                {"text_column": "1", "label_column": "2"},
            ),
            (
                table(ROWS * 3, "Text_Review,Score"),
                "line 1: 'Text_Review' and 'Score' look like a header",
                {"text_column": "1", "label_column": "2"},
            ),
            (
                table(ROWS * 3, "Body,Score") * 3,
                "line 1: 'Body' and 'Score' look like a header",
                {"text_column": "1", "label_column": "2"},
            ),
            (
                table([*ROWS, "odd,nge"]),
                "line 6: a class has a single document: 'nge'; mend the label, or repeat with",
                {},
            ),
            (table([*ROWS, "odd,nge", "odd,p os"]), "line 6: 2 classes have a single document each: 'nge', 'p os'", {}),
            (
                table(ROWS, end="\r"),
                "line 1: not CSV .a carriage return without a line feed: save the file with line feeds",
                {},
            ),
            (
                table([row.replace(",", "\t") for row in ROWS], "text\tlabel", "\r"),
                "line 1: a carriage return without a line feed",
                {"name": "a.tsv"},
            ),
            (PLAIN, "unlabeled-a.csv, line 3: a NUL byte", {"more": {"unlabeled": "text\na\nb\0\n"}}),
        ],
    )
    def test_refused(self, tmp_path, content, message, how):
        refused(tmp_path, content, message, **how)

    def test_unlabelled_lines_that_end_with_carriage_returns(self, tmp_path):
        (tmp_path / "u.txt").write_bytes(b"one text\rtwo texts\r")
        refused(tmp_path, PLAIN, "u.txt, line 1: a carriage return without a line feed", unlabeled=tmp_path / "u.txt")

    def test_a_carriage_return_inside_quotation_marks_is_white_space(self, tmp_path):
        assert documents(made(tmp_path, table(['"a good\rfilm",pos', *ROWS[1:]]))) == EXPECTED

    def test_a_single_document_of_a_class_where_it_is_right(self, tmp_path):
        assert documents(made(tmp_path, table([*ROWS, "odd,new"]), rare_classes=True)) == [*EXPECTED, ("odd", "new")]

    @pytest.mark.parametrize("delimiter", ["", ";;", "x", '"', "\n", "semicolon"])
    def test_delimiters_that_are_none(self, tmp_path, delimiter):
        with pytest.raises(UsageError, match="--delimiter .*: give one character such as"):
            made(tmp_path, table(ROWS), delimiter=delimiter)

    def test_a_delimiter_for_json(self, tmp_path):
        with pytest.raises(UsageError, match="a.jsonl is JSON Lines, which has none"):
            made(tmp_path, '{"text": "a", "label": "b"}\n', name="a.jsonl", delimiter=",")


class TestHtml:
    ROWS = ["a<br />good&#39;s film &amp; more,pos", "1 < 2 & 3 > 2,neg", "<i>dull</i>,neg", "fine <3,pos"]

    def test_it_is_said(self, tmp_path):
        corpus = made(tmp_path, table(self.ROWS))
        assert notes(corpus)["documents_with_html"] == 6 and documents(corpus)[3] == ("fine < 3", "pos")

    def test_it_is_taken_out(self, tmp_path):
        corpus = made(tmp_path, table(self.ROWS), html=True)
        assert documents(corpus) == [
            ("a good's film & more", "pos"),
            ("1 < 2 & 3 > 2", "neg"),
            ("dull", "neg"),
            ("fine < 3", "pos"),
        ]
        assert "documents_with_html" not in notes(corpus)

    def test_a_text_of_tags_alone(self, tmp_path):
        made(tmp_path, table([*self.ROWS, "<br>,neg"]))
        refused(tmp_path, table([*self.ROWS, "<br>,neg"]), "line 6: the text is empty", html=True)


def test_what_the_command_says(tmp_path, capsys):
    rows = [*ROWS * 4, "<br>x,pos\u200b", ",", "text,label", "x,NEG", "y,NEG"]
    (tmp_path / "a.csv").write_text(table(rows), encoding="utf-8")
    argv = [
        "text",
        "--source",
        str(tmp_path / "a.csv"),
        "--dev",
        str(tmp_path / "a.csv"),
        "--test",
        str(tmp_path / "a.csv"),
        "--out",
        str(tmp_path / "out"),
    ]
    command.main(argv)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:6] == [
        "labels of train: NEG 2, neg 8, pos 9",
        "classes that differ only in upper and lower case: 'NEG', 'neg'",
        "3 empty rows were left out",
        "3 rows that repeat the header were left out",
        "3 labels differ from the name of their class in invisible characters, Unicode's form, or as 1 and 1.0 do: "
        "they were "
        "read as that class",
        "3 documents hold tags or entities of HTML, which were read as they stand; --html takes them out",
    ]


def test_labels_do_not_steer_the_terminal(tmp_path, capsys):
    (tmp_path / "a.csv").write_text(
        table([f"word{number},{label}" for number in range(10) for label in ("good\x1b]0;pwn\x07\u202e", "bad")]),
        encoding="utf-8",
    )
    with pytest.raises(SystemExit):
        cli.run(
            command.main,
            "p",
            ["text", "--source", str(tmp_path / "a.csv"), "--out", str(tmp_path / "out"), "--minimum-documents", "1"],
        )
    shown = capsys.readouterr()
    assert "good\\x1b]0;pwn\\x07\\u202e" in shown.out and not set(shown.out + shown.err) & set("\x1b\x07\u202e")
