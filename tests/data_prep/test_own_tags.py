"""Own sentences with a label for each token, as their author meant them."""

import pytest

from tests.data_prep.own_files import documents, made, notes, refused

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
