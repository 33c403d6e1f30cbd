r"""Words and punctuation marks of a text in any script that separates words.

Of Latin text in Unicode's composed form they are those of :func:`data_prep.prose.words_and_punctuation`.  Other scripts
write vowels as marks on letters (Devanagari, Tamil, Arabic, Hebrew), and decomposed text its accents; for Python's
``\w`` these are not part of a word.
"""

import functools
import re
import sys
import unicodedata

from data_prep.invisible import INVISIBLE
from data_prep.prose import words_and_punctuation

#: In the description of a corpus's tokeniser.
RULE = "words and punctuation marks of any script, in Unicode's form NFC"
_ZERO_WIDTH_SPACE = "\u200b"


def words(text):
    """The words and punctuation marks of a text (list of str), each in Unicode's composed form (NFC).

    Marks stay with the letter or sign before them, joiners inside a word stay, apostrophes and hyphens inside words,
    too.  Invisible characters are left out; a zero-width space separates words.
    """
    if text.isascii():  # where nothing of all this can occur
        return words_and_punctuation(text)
    text = INVISIBLE.sub("", text.replace(_ZERO_WIDTH_SPACE, " "))
    return _pattern().findall(unicodedata.normalize("NFC", text))


def lower_words(text):
    """:func:`words` of the text in lower case."""
    return words(text.lower())


@functools.cache
def _pattern():
    marks = _marks()
    word = rf"\w[\w{marks}]*(?:[\u200c\u200d][\w{marks}]+)*"
    sign = rf"[^\w\s\u200c\u200d][{marks}]*"
    return re.compile(rf"{word}(?:['’-]{word})*|{sign}(?:\u200d{sign})*")


def _marks():
    """All combining marks as the inside of a regular expression's ``[]`` (str)."""
    found, start = [], None
    for code in range(sys.maxunicode + 2):
        is_mark = code <= sys.maxunicode and unicodedata.category(chr(code)).startswith("M")
        if is_mark and start is None:
            start = code
        elif not is_mark and start is not None:
            found.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = None
    return "".join(found)
