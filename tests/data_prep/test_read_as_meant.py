"""Own files that are easily misread: read as their author meant, refused by one line, or counted and said.

What is expected is written here by hand, document by document.
"""

import gzip
import unicodedata

import pytest

from data_prep import any_script, command, corpora
from data_prep.corpus import Corpus
from data_prep.invisible import cleaned, key_of_label
from data_prep.own import Choices, suspicious
from data_prep.prepare import prepare
from data_prep.prose import words_and_punctuation
from iadv_foundation.console import cli
from iadv_foundation.errors import UsageError, UserError

PLAIN = "text,label\n" + "".join(f"a {word} film,{label}\n" for word, label in (("good", "pos"), ("dull", "neg")) * 10)


def made(tmp_path, content, corpus="text", name="a.csv", more=None, **choices):
    """Prepare a file (str or bytes) with itself as dev and test, unless ``more`` holds others; returns the corpus."""
    paths = {}
    for split, some in {"train": content, **(more or {})}.items():
        paths[split] = tmp_path / (name if split == "train" else f"{split}-{name}")
        paths[split].write_bytes(some if isinstance(some, bytes) else some.encode())
    source = paths.pop("train")
    files = {"dev": source, "test": source, **paths}
    choices = {"minimum_documents": 1} | choices if corpus == "text" else {"minimum_count": 1} | choices
    description = corpora.named(corpus).completed(source, Choices(**files, **choices))
    prepare(description, tmp_path / "out", source, quiet=True, workers=1)
    return Corpus.open(tmp_path / "out" / "corpora" / corpus)


def documents(corpus, split="train"):
    """[(words with blanks between, class)]; of tags [(words, labels)]."""
    found = []
    for ids, label in corpus.splits[split]:
        words = " ".join(corpus.vocabulary.words[number] for number in ids).removesuffix(" <eos>")
        labels = [label] if isinstance(label, int) else label
        found.append((words, " ".join(corpus.classes[one] for one in labels)))
    return found


def notes(corpus):
    """What was counted while the training file was read; it is read three times, as dev and test, too."""
    return {name: number for name, number in corpus.record["statistics"].items() if isinstance(number, int) and number}


def refused(tmp_path, content, message, **how):
    with pytest.raises(UserError, match=message) as caught:
        made(tmp_path, content, **how)
    assert "\n" not in str(caught.value)


def table(rows, header="text,label", end="\n"):
    return "".join(row + end for row in [header, *rows] if row is not None)


ROWS = ["a good film,pos", "a dull film,neg", "very good,pos", "very dull,neg"]
EXPECTED = [("a good film", "pos"), ("a dull film", "neg"), ("very good", "pos"), ("very dull", "neg")]


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
            (gzip.compress(("\ufeff" + table(ROWS, end="\r\n")).encode()), "a.csv.gz", {}),
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


class TestJson:
    LINES = [
        '{"text": "a good film", "label": 1}',
        '{"label": 0, "text": "a dull film"}',
        '{"text": "1.50 7", "label": 1}',
        '{"text": 12345678901234567890.25, "label": 0}',
    ]

    def test_numbers_are_as_they_are_written(self, tmp_path):
        corpus = made(tmp_path, "\n".join(self.LINES), name="a.jsonl")
        assert documents(corpus) == [
            ("a good film", "1"),
            ("a dull film", "0"),
            ("1 . 50 7", "1"),
            ("12345678901234567890 . 25", "0"),
        ]

    def test_files_put_together(self, tmp_path):
        content = "\ufeff" + "\n".join(self.LINES[:2]) + "\n\ufeff" + "\n".join(self.LINES[:2])
        assert documents(made(tmp_path, content, name="a.jsonl")) == [("a good film", "1"), ("a dull film", "0")] * 2

    @pytest.mark.parametrize(
        "line, message",
        [
            ('{"text": "a", "label": NaN}', "line 5: 'label' is NaN or Infinity, which JSON does not have"),
            ('{"text": NaN, "label": 1}', "line 5: 'text' is NaN or Infinity"),
            ('{"text": "a", "label": -Infinity}', "line 5: 'label' is NaN or Infinity"),
            ('{"text": "a", "label": null}', "line 5: the label is missing"),
            ('{"text": null, "label": 1}', "line 5: the text is empty"),
            ('{"text": "a", "label": 1, "text": "b"}', "line 5: the key 'text' stands twice"),
            ('{"text": "a\\u0000b", "label": 1}', "line 5: 'text' holds a NUL character"),
            ('{"text": {"0": "a"}, "label": 1}', "line 5: 'text' is an object"),
            ('{"text": "a", "label": 1}\r{"text": "b", "label": 0}', "line 5: a carriage return"),
        ],
    )
    def test_refused(self, tmp_path, line, message):
        refused(tmp_path, "\n".join([*self.LINES, line]), message, name="a.jsonl")

    def test_what_nobody_asks_for_may_be_nan(self, tmp_path):
        lines = [line[:-1] + ', "score": NaN}' for line in self.LINES]
        assert len(documents(made(tmp_path, "\n".join(lines), name="a.jsonl"))) == 4


class TestLabels:
    NFC, NFD = "caf\u00e9", "cafe\u0301"

    @pytest.mark.parametrize(
        "labels, classes, otherwise",
        [
            (("neg", "neg", "pos\u200b", "pos", "pos"), ["neg", "pos"], 1),
            (("neg\u200b", "\ufeffneg", "neg", "neg", "pos", "pos"), ["neg", "pos"], 2),
            (("neg\u00a0", " neg", "pos", "p\u00ados", "pos"), ["neg", "pos"], 1),
            ((NFC, NFD, NFC, "th\u00e9", "th\u00e9"), [NFC, "th\u00e9"], 1),
            (("1", "1.0", "1", "2.00", "2", "2.00"), ["1", "2.00"], 2),
            (("1.1", "1.10", "1.1", "1.10"), ["1.1", "1.10"], 0),
            (("1.5", "1", "1.5", "1"), ["1", "1.5"], 0),
            (("01", "1", "01", "1"), ["01", "1"], 0),
            (("\u2764\ufe0f", "\u2764", "\u2764", "x", "x"), ["x", "\u2764"], 1),
            (("Pos", "pos", "Pos", "pos"), ["Pos", "pos"], 0),
        ],
    )
    def test_labels_that_look_alike_are_one_class(self, tmp_path, labels, classes, otherwise):
        corpus = made(tmp_path, table([f"word{number},{label}" for number, label in enumerate(labels)]))
        assert corpus.classes == classes and notes(corpus).get("labels_spelt_otherwise", 0) == 3 * otherwise
        assert len(documents(corpus)) == len(labels)

    def test_those_of_dev_and_test(self, tmp_path):
        corpus = made(tmp_path, table(["a,1", "b,0", "c,1", "d,0"]), more={"dev": table(["a,1.0", "b,0.0"])})
        assert documents(corpus, "dev") == [("a", "1"), ("b", "0")]

    def test_nothing_but_what_nobody_sees(self, tmp_path):
        refused(tmp_path, table(["a,x", "b,\u200b"]), "line 3: the label is missing")

    def test_keys(self):
        assert key_of_label(" a \u00a0 b\u200d\u0007 ") == "a b" and key_of_label("-0.000") == "-0"
        assert key_of_label("1.") == "1"
        assert key_of_label("\u0661.0") == "\u0661.0"

    def test_what_is_suspicious(self):
        assert list(suspicious(["a", "A", "nan", "b"])) == [
            "the class 'nan' looks like a missing label",
            "classes that differ only in upper and lower case: 'a', 'A'",
        ]


HINDI = "\u092f\u0939 \u092b\u093f\u0932\u094d\u092e \u0905\u091a\u094d\u091b\u0940 \u0925\u0940\u0964"


class TestScripts:
    """By Unicode's names: Devanagari vowel signs are Mc and Mn, the danda is punctuation."""

    @pytest.mark.parametrize(
        "text, words",
        [
            (
                HINDI,
                [
                    "\u092f\u0939",
                    "\u092b\u093f\u0932\u094d\u092e",
                    "\u0905\u091a\u094d\u091b\u0940",
                    "\u0925\u0940",
                    "\u0964",
                ],
            ),
            (
                "\u0ba4\u0bae\u0bbf\u0bb4\u0bcd \u0ba8\u0bb2\u0bcd\u0bb2",
                ["\u0ba4\u0bae\u0bbf\u0bb4\u0bcd", "\u0ba8\u0bb2\u0bcd\u0bb2"],
            ),
            (
                "\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f!",
                ["\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f", "!"],
            ),
            ("\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd", ["\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd"]),
            ("\u0e01\u0e33\u0e25\u0e31\u0e07\u200b\u0e14\u0e35", ["\u0e01\u0e33\u0e25\u0e31\u0e07", "\u0e14\u0e35"]),
            (
                "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u0645\u06cc\u200c",
                ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc"],
            ),
            ("tre\u0300s bien-e\u0302tre l'e\u0301te\u0301", ["tr\u00e8s", "bien-\u00eatre", "l'\u00e9t\u00e9"]),
            ("\ufeffho\u00adme\u200e \u2060x\u200b", ["home", "x"]),
            (
                "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f!",
                ["\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u2764\ufe0f", "!"],
            ),
            (
                "it's a 'so-so' film... na\u00efve!",
                ["it's", "a", "'", "so-so", "'", "film", ".", ".", ".", "na\u00efve", "!"],
            ),
        ],
    )
    def test_words(self, text, words):
        words = [
            unicodedata.normalize("NFC", word) for word in words
        ]  # which puts marks on one letter in Unicode's order
        assert any_script.words(text) == words == any_script.words(unicodedata.normalize("NFD", text))

    @pytest.mark.parametrize(
        "text",
        [
            "It's a <br /> \u201cso-so\u201d FILM\u2026 don\u2019t; \u00fcber-gut, \u65e5\u672c\u8a9e 3.50 \u20ac",
            "a\x07b\x1cc",
        ],
    )
    def test_composed_latin_text_is_as_ever(self, text):
        assert any_script.words(text) == words_and_punctuation(text)
        assert any_script.lower_words(text) == words_and_punctuation(text.lower())

    def test_a_corpus(self, tmp_path):
        rows = [f"{HINDI},x", "tre\u0300s,y", "tr\u00e8s,x", "\u0925\u0940,y"]
        assert documents(made(tmp_path, table(rows))) == [
            ("\u092f\u0939 \u092b\u093f\u0932\u094d\u092e \u0905\u091a\u094d\u091b\u0940 \u0925\u0940 \u0964", "x"),
            ("tr\u00e8s", "y"),
            ("tr\u00e8s", "x"),
            ("\u0925\u0940", "y"),
        ]


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


TOKENS = "He\tc\ngoed\ti\nhome\tc\n\nHe\tc\ngoed\ti\n"
SENTENCES = [("he goed home", "c i c"), ("he goed", "c i")]


class TestTags:
    @pytest.mark.parametrize(
        "content, note",
        [
            (TOKENS, {}),
            (TOKENS.replace("\n", "\r\n"), {}),
            ("\ufeff" + TOKENS, {}),
            (TOKENS + "\x1a", {}),
            (TOKENS.replace("\n\n", "\n\t\n"), {}),
            (TOKENS.replace("\n\n", "\n\u00a0\n"), {}),
            (TOKENS.replace("\n\n", "\n\ufeff\n"), {}),
            (TOKENS.replace("home\t", " home \t"), {"tokens_cleaned": 3}),
            (TOKENS.replace("home", "home\u00a0"), {"tokens_cleaned": 3}),
            (TOKENS.replace("home", "ho\u00adme\u200b"), {"tokens_cleaned": 3}),
            (TOKENS.replace("\n\n", "\n\n\ufeff"), {}),
            ("-DOCSTART-\tO\n\n" + TOKENS, {"document_starts": 3}),
            ("-DOCSTART- -X- O O\n\n" + TOKENS, {"document_starts": 3}),
            (TOKENS.replace("\n\n", "\n-DOCSTART-\tc\n"), {"document_starts": 3}),
            ("token\tlabel\n" + TOKENS, {"headers": 3}),
            ("Word\tTag\n\n" + TOKENS.replace("\n\n", "\n\nWord\tTag\n"), {"headers": 6}),
            (TOKENS.replace("\tc\n\n", "\tc\u200b\n\n"), {"labels_spelt_otherwise": 3}),
        ],
    )
    def test_read_as_meant(self, tmp_path, content, note):
        corpus = made(tmp_path, content, "tags", "a.tsv")
        assert documents(corpus) == SENTENCES and set(corpus.vocabulary.words[2:]) == {"he", "goed", "home"}
        assert {name: number for name, number in notes(corpus).items() if name != "vocabulary"} == note

    def test_composed_and_decomposed_tokens_are_one_word(self, tmp_path):
        corpus = made(tmp_path, TOKENS.replace("home", "tre\u0300s") + "tr\u00e8s\tc\n", "tags", "a.tsv")
        assert documents(corpus) == [("he goed tr\u00e8s", "c i c"), ("he goed tr\u00e8s", "c i c")]

    @pytest.mark.parametrize(
        "content, message",
        [
            (TOKENS.replace("\n", "\r"), "line 1: a carriage return without a line feed"),
            (TOKENS.replace("home", "ho\0me"), "line 3: a NUL byte"),
            (TOKENS.replace("home", "\u200b"), "line 3: the token is missing"),
            (
                "first\tsecond\n" + TOKENS,
                "line 3: 'i' is a third label after second and c; .*if line 1 is a header, take it out",
            ),
            (
                "first\tsecond\n" + TOKENS.replace("\ti", "\tc"),
                "line 1: the only token with the label 'second'; mend the label",
            ),
        ],
    )
    def test_refused(self, tmp_path, content, message):
        refused(tmp_path, content, message, corpus="tags", name="a.tsv")

    @pytest.mark.parametrize("split", ["dev", "test"])
    def test_carriage_returns_in_the_other_files(self, tmp_path, split):
        refused(
            tmp_path,
            TOKENS,
            f"{split}-a.tsv, line 1: a carriage return without a line feed",
            corpus="tags",
            name="a.tsv",
            more={split: TOKENS.replace("\n", "\r")},
        )


def test_cleaned():
    assert cleaned("\ufeff a\u200bb\u00a0c\u00ad \u200e") == "ab\u00a0c"
    assert cleaned("e\u0301") == "\u00e9" and not cleaned("\u200b \t")


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
        "they were read as that class",
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
