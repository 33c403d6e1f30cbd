"""Decoding says where it failed; tokenisers and sentence ends agree with examples worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_prep import prose
from data_prep.readers import decoding
from iadv_foundation.errors import UserError


def test_bad_bytes_are_located():
    with pytest.raises(UserError, match=r"^a.txt, line 3: not UTF-8 \(byte 0xff at offset 7\)$"):
        decoding.decode("é\nab\n ".encode() + b"\xff", "a.txt")


def test_second_encoding_and_byte_order_mark():
    assert decoding.decode(b"caf\xe9 \x96", "a", ("utf-8", "cp1252")) == "café –"
    assert decoding.decode(b"\xef\xbb\xbfcaf\xc3\xa9", "a") == "café"
    with pytest.raises(UserError, match="not UTF-8 or CP1252"):
        decoding.decode(b"caf\xe9 \x81", "a", ("utf-8", "cp1252"))


def test_lines_end_at_line_feeds_only():
    assert decoding.lines_of("a\x85b\r\nc\u2028d\n\ne\n") == ["a\x85b", "c\u2028d", "", "e"]


def test_tokens_of_the_released_code():
    assert prose.split_at_non_words("It's a <br /><br />So-so FILM.") == [
        "It",
        "s",
        "a",
        "br",
        "br",
        "So",
        "so",
        "FILM",
    ]


def test_words_and_punctuation():
    assert prose.words_and_punctuation("it's a 'so-so' film... naïve!") == [
        "it's",
        "a",
        "'",
        "so-so",
        "'",
        "film",
        ".",
        ".",
        ".",
        "naïve",
        "!",
    ]


@given(st.text())
def test_no_visible_character_is_lost(content):
    assert "".join(prose.words_and_punctuation(content)) == "".join(content.split())


def test_sentences():
    assert prose.sentences_of('Mr. Smith of the U.S. Army left. "He went!" It was 5.30 p.m. then? Yes') == [
        "Mr. Smith of the U.S. Army left.",
        '"He went!"',
        "It was 5.30 p.m. then?",
        "Yes",
    ]
