"""A user's text is split and numbered as the corpus's own text was; what is left out is told."""

import dataclasses
import types

import hypothesis
import pytest
from hypothesis import strategies as st

from data_prep import prose
from data_prep.corpora import CORPORA, user_tags
from data_prep.corpora.user_tags import CORPUS as TAGS
from data_prep.corpora.user_text import CORPUS as TEXT
from data_prep.corpus import Vocabulary
from data_prep.own import Choices
from iadv_foundation.errors import UsageError, UserError
from interpretable_adv.analysis.reading import listed, read_file, read_text, tokenise
from tests.interpretable_adv.analysis.made_up import made_up_run

#: What the readers of the corpora that give tokens do themselves.
BY_THEIR_READERS = dict.fromkeys(["sample-sec", "sample-cac", "sample-ged"], prose.lower_words_and_punctuation)


def corpus_of(description, words=()):
    return types.SimpleNamespace(
        tokeniser=description.options(0)["tokeniser"],
        vocabulary=Vocabulary(["<eos>", "<unk>", *words], [0] * (2 + len(words))),
    )


@pytest.mark.parametrize("description", [*CORPORA.values(), TEXT], ids=lambda one: one.name)
@hypothesis.given(content=st.text() | st.text("aB.'’-<é \t\n,"))
@hypothesis.settings(max_examples=25)
def test_every_corpus_s_own_tokens(description, content):
    if description.name in ("fce", "rotten", "elec"):  # distributed as tokens
        expected = content.lower().split() if description.name != "elec" else content.split()
        assert tokenise(content, corpus_of(description, sorted({*expected} - {"<eos>", "<unk>"}))) == expected
    else:
        assert tokenise(content, corpus_of(description)) == BY_THEIR_READERS.get(
            description.name, description.tokenise
        )(content)


def test_a_piece_that_is_unknown_as_a_whole_is_split_at_punctuation():
    for description in (CORPORA["fce"], TAGS):
        corpus = corpus_of(description, ["n't", "do"])
        assert tokenise("Do n't it. e.g.", corpus) == ["do", "n't", "it", ".", "e", ".", "g", "."]


def test_digits_that_the_corpus_wrote_as_0():
    choices = Choices(digits_to_zero=True)
    description = dataclasses.replace(TAGS, tokeniser="tokens as given, lower-cased, digits to 0")
    tokens = ["In", "1984", "\u0663rd"]
    expected = user_tags._rewritten(tokens, choices)
    assert expected == ["in", "0000", "0rd"]
    assert tokenise(" ".join(tokens), corpus_of(description, ["0000"])) == expected


def test_unknown_words_are_dropped_and_the_text_ends_with_eos(tmp_path):
    run = made_up_run(tmp_path)
    reading = read_text("great zzz word1 <eos> 😀 great", run)
    words = run.corpus.vocabulary.words
    assert [words[number] for number in reading.ids] == ["great", "word1", "great", "<eos>"] == reading.written
    assert (
        reading.dropped == reading.unknown == ["zzz", "<", "eos", ">", "😀"] and reading.cut == 0 and reading.total == 8
    )
    batch = reading.batch()
    assert batch.labels is None and batch.ids.tolist() == reading.ids.tolist()


def test_where_each_word_has_a_label_unknown_ones_become_unk(tmp_path):
    run = made_up_run(tmp_path, "labelling")
    reading = read_text("a مرحبا goes", run)
    assert [run.corpus.vocabulary.words[number] for number in reading.ids] == ["a", "<unk>", "goes"]
    assert reading.written == ["a", "مرحبا", "goes"] and reading.dropped == []
    assert reading.unknown == ["مرحبا"] and reading.total == 3


def test_a_sentence_has_an_end(tmp_path):
    """Nothing is cut where every word has a label, and the perturbation of all takes memory for each."""
    run = made_up_run(tmp_path, "labelling")
    assert len(read_text("goes " * 10_000, run).ids) == 10_000
    with pytest.raises(UserError, match="long.txt: 10,001 words, and no sentence has more than 10,000: give a table"):
        read_text("goes " * 10_001, run, "long.txt")


def test_a_text_is_cut_as_the_run_s_own_documents_were(tmp_path):
    run = made_up_run(tmp_path, settings=["training.max_words=5"])
    reading = read_text("great " * 10, run)
    assert reading.written == ["great"] * 4 + ["<eos>"] and reading.cut == 6 and len(reading.ids) == 5


@pytest.mark.parametrize("content", ["", "  \n\t"])
def test_an_empty_text(tmp_path, content):
    with pytest.raises(UserError, match="text: there is no word in it"):
        read_text(content, made_up_run(tmp_path))


def test_only_unknown_words_are_named(tmp_path):
    with pytest.raises(UserError, match=r"no word of it is in the vocabulary of tiny; left out: zzz, 😀, \\x1b, \["):
        read_text("zzz 😀 \x1b[ zzz", made_up_run(tmp_path))


#: Without blanks, as it is written.
CHINESE = "\u8fd9\u90e8\u7535\u5f71\u975e\u5e38\u597d\u770b\uff0c\u6211\u5f88\u559c\u6b22\u5b83\u3002"


def test_text_that_nobody_has_cut_into_words(tmp_path):
    run = made_up_run(tmp_path)
    assert read_text(f"{CHINESE} great", run).lacks_blanks and not read_text("great", run).lacks_blanks
    with pytest.raises(
        UserError, match="no word of it is in .*; it is in a script that writes no blanks between words: "
    ):
        read_text(CHINESE, run)


def test_bytes_that_are_no_text(tmp_path):
    with pytest.raises(UsageError, match="text: not UTF-8"):
        read_text("great \udcff", made_up_run(tmp_path))
    path = tmp_path / "latin.txt"
    path.write_bytes(b"great\ncaf\xe9\n")
    with pytest.raises(UserError, match=r"latin.txt, line 2: not UTF-8 \(byte 0xe9 at offset 9\)"):
        read_file(path, made_up_run(tmp_path))
    with pytest.raises(UserError, match="there is no file .*nothing"):
        read_file(tmp_path / "nothing", made_up_run(tmp_path))


def test_a_list_is_short_and_safe_to_print():
    assert listed(["a", "b", "a"]) == "a, b"
    assert listed(map(str, range(1000))) == "0, 1, 2, 3, 4, 5, 6, 7 and 992 more"
