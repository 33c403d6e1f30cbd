"""Labels and JSON Lines as their author meant them: nothing is rounded or made up, and what looks alike is one
class.
"""

import pytest

from data_prep.invisible import key_of_label
from data_prep.own import suspicious
from tests.data_prep.own_files import documents, made, notes, refused, table


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

    def test_truth_values_are_words(self, tmp_path):
        """JSON's true is no number, whatever Python makes of it: labels are what is written."""
        lines = [
            line.replace('"label": 1', '"label": true').replace('"label": 0', '"label": false') for line in self.LINES
        ]
        corpus = made(tmp_path, "\n".join(lines), name="a.jsonl")
        assert corpus.classes == ["false", "true"] and documents(corpus)[0] == ("a good film", "true")

    def test_truth_values_and_numbers_are_not_taken_for_each_other(self, tmp_path):
        lines = [*self.LINES, *(line.replace('"label": 1', '"label": true') for line in self.LINES)]
        corpus = made(tmp_path, "\n".join(lines), name="a.jsonl")
        assert corpus.classes == ["0", "1", "true"]
        assert list(suspicious(corpus.classes)) == [
            "the classes '1' and 'true' may mean the same: write one of them in every row"
        ]


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
            (("true", "1", "true", "1"), ["1", "true"], 0),
            (("True", "False", "True", "False"), ["False", "True"], 0),
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
        assert list(suspicious(["0", "1", "False", "TRUE"])) == [
            "the classes '0' and 'False' may mean the same: write one of them in every row",
            "the classes '1' and 'TRUE' may mean the same: write one of them in every row",
        ]
        assert not list(suspicious(["false", "true"])) and not list(suspicious(["0", "1", "yes"]))
