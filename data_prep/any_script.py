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
# Scripts that write no blanks between words, each with the mean length of runs that no text has whose words are
# apart: Chinese and Japanese (words of 1 to 3 characters); Thai, Lao, Burmese, Khmer and their neighbours (of 3 to
# 6, marks included).
_WITHOUT_BLANKS = (
    (
        re.compile(
            "[\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]+"
        ),
        4,
    ),
    (re.compile("[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\ua980-\ua9ff\uaa60-\uaadf]+"), 12),
)
_LOOKED_AT = 2000  # characters of a text


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


def lacks_blanks(text):
    """Whether most of a text is in a script that writes no blanks between words, and none were put there (bool).

    Such text is not cut into words here: what stands between two punctuation marks is one word.
    """
    if text.isascii():
        return False
    text = text[:_LOOKED_AT].replace(_ZERO_WIDTH_SPACE, " ")
    letters = sum(map(str.isalpha, text))
    for pattern, longest in _WITHOUT_BLANKS:
        runs = pattern.findall(text)
        total = sum(map(len, runs))
        if total > longest * len(runs) and 2 * total > letters:
            return True
    return False


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
