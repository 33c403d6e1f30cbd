"""Words of text in any script; of one that writes no blanks between them, that it was not cut into words."""

import unicodedata

import pytest

from data_prep import any_script, command
from data_prep.invisible import cleaned
from data_prep.prose import words_and_punctuation
from tests.data_prep.own_files import documents, made, table

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


#: "This film is very good, I like it", as it is written, and with its words apart.
UNSEGMENTED = {
    "Chinese": (
        "\u8fd9\u90e8\u7535\u5f71\u975e\u5e38\u597d\u770b\uff0c\u6211\u5f88\u559c\u6b22\u5b83\u3002",
        "\u8fd9 \u90e8 \u7535\u5f71 \u975e\u5e38 \u597d\u770b \uff0c \u6211 \u5f88 \u559c\u6b22 \u5b83 \u3002",
    ),
    "Japanese": (
        "\u3053\u306e\u6620\u753b\u306f\u3068\u3066\u3082\u9762\u767d\u304b\u3063\u305f\u3067\u3059\u3002",
        "\u3053\u306e \u6620\u753b \u306f \u3068\u3066\u3082 \u9762\u767d\u304b\u3063 \u305f \u3067\u3059 \u3002",
    ),
    "Thai": (
        "\u0e2b\u0e19\u0e31\u0e07\u0e40\u0e23\u0e37\u0e48\u0e2d\u0e07\u0e19\u0e35\u0e49\u0e14\u0e35\u0e21\u0e32\u0e01",
        "\u0e2b\u0e19\u0e31\u0e07 \u0e40\u0e23\u0e37\u0e48\u0e2d\u0e07 \u0e19\u0e35\u0e49 "
        "\u0e14\u0e35 \u0e21\u0e32\u0e01",
    ),
    "Khmer": (
        "\u1797\u17b6\u1796\u1799\u1793\u17d2\u178f\u1793\u17c1\u17c7\u179b\u17d2\u17a2\u178e\u17b6\u179f\u17cb",
        "\u1797\u17b6\u1796\u1799\u1793\u17d2\u178f \u1793\u17c1\u17c7 \u179b\u17d2\u17a2 \u178e\u17b6\u179f\u17cb",
    ),
}


class TestScriptsWithoutBlanks:
    """Their text is not cut into words here, and that is said; text whose words are apart, of any script, gives no
    cause.
    """

    @pytest.mark.parametrize("script", UNSEGMENTED)
    def test_it_is_noticed(self, script):
        written, apart = UNSEGMENTED[script]
        assert any_script.lacks_blanks(written) and any_script.lacks_blanks(f"{written} DVD, 2018!")
        assert not any_script.lacks_blanks(apart) and not any_script.lacks_blanks(apart.replace(" ", "\u200b"))

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "a good film",
            HINDI,
            "\uc774 \uc601\ud654\ub294 \uc815\ub9d0 \uc7ac\ubbf8\uc788\uc5c8\uc2b5\ub2c8\ub2e4",  # Korean has blanks
            "\u042d\u0442\u043e \u0444\u0438\u043b\u044c\u043c",
            "The film \u6211\u4e0d\u662f\u6f58\u91d1\u83b2 is a comedy by Feng Xiaogang",  # a name in an English text
            "\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600",
        ],
    )
    def test_other_text_is_none(self, text):
        assert not any_script.lacks_blanks(text)

    def test_a_corpus_says_how_many(self, tmp_path, capsys):
        chinese, apart = UNSEGMENTED["Chinese"]
        rows = [f"{chinese},x", f"{apart},y", "a film,x", f"{chinese}{chinese},y"] * 10
        (tmp_path / "u.txt").write_text(f"{chinese}\n{apart}\n", encoding="utf-8")
        (tmp_path / "a.csv").write_text(table(rows), encoding="utf-8")
        words = ["text", "--source", "a.csv", "--unlabeled", "u.txt", "--quiet", "--out", "out"]
        command.main([str(tmp_path / word) if word in ("a.csv", "u.txt", "out") else word for word in words])
        (line,) = [line for line in capsys.readouterr().out.splitlines() if "blanks" in line]
        assert line.startswith(
            "21 documents are in a script that writes no blanks between words (Chinese, Japanese, Thai)"
        )
        assert line.endswith("put blanks between the words first, with a program that segments such text")


def test_cleaned():
    assert cleaned("\ufeff a\u200bb\u00a0c\u00ad \u200e") == "ab\u00a0c"
    assert cleaned("e\u0301") == "\u00e9" and not cleaned("\u200b \t")
