"""From prose to words: tokenisers and sentences."""

import re

_WORDS_AND_PUNCTUATION = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")
_DIGIT = re.compile(r"\d")
_NOT_WORD = re.compile(r"\W+")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[\"'“‘(]*[A-Z0-9])")
_ABBREVIATIONS = frozenset(
    ["mr.", "mrs.", "ms.", "dr.", "st.", "prof.", "sr.", "jr.", "vs.", "no.", "inc.", "co.", "lt.", "col.", "gen."]
)


def as_given(tokens):
    """Tokens that a reader has made itself."""
    return tokens


def digits_to_zero(token):
    """A token with 0 for each of its decimal digits (str)."""
    return _DIGIT.sub("0", token)


def split_at_non_words(text):
    """The released code's tokens for IMDB: ``re.split(r"\\W+", text)`` without empty ones, case kept."""
    return [token for token in _NOT_WORD.split(text) if token]


def lower_words_and_punctuation(text):
    """:func:`words_and_punctuation` of the text in lower case."""
    return words_and_punctuation(text.lower())


def words_and_punctuation(text):
    """Words (apostrophes and hyphens inside kept) and single punctuation marks: ``\\w+(?:['’-]\\w+)*|[^\\w\\s]``."""
    return _WORDS_AND_PUNCTUATION.findall(text)


def sentences_of(text):
    """Split English prose into sentences: after ``.``, ``!`` or ``?``, before a capital or digit, not after a title."""
    sentences, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        piece = text[start : end.end()].strip()
        last = piece.rsplit(None, 1)[-1].lower() if piece else ""
        if last in _ABBREVIATIONS or re.fullmatch(r"(?:[a-z]\.)+", last):
            continue
        sentences.append(piece)
        start = end.end()
    rest = text[start:].strip()
    return [*sentences, rest] if rest else sentences
