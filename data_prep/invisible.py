"""Characters that nobody sees: what is equal to the eye must not become two words or two classes."""

import re
import unicodedata

# Soft hyphens, zero-width spaces, marks of direction, byte order marks and the like.  The joiner and the non-joiner
# (U+200C, U+200D) are not among them: Hindi and Persian spell words with them.
INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
# What a label may hold besides without looking different: joiners, variation selectors, fillers.
_ALSO_IN_LABELS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\ufe00-\ufe0f\uffa0]")
_WHOLE = re.compile(r"([+-]?\d+)\.0*", re.ASCII)


def cleaned(text):
    """A text in Unicode's composed form (NFC), without invisible characters and without white space around it (str)."""
    return unicodedata.normalize("NFC", INVISIBLE.sub("", text)).strip()


def key_of_label(label):
    """What two labels that look alike have in common (str): white space, invisible characters and Unicode's form do not
    count, nor whether a whole number has decimals (1 and 1.0).
    """
    seen = _ALSO_IN_LABELS.sub(
        "",
        "".join(
            " " if one.isspace() else one
            for one in label
            if one.isspace() or unicodedata.category(one) not in ("Cc", "Cf")
        ),
    )
    plain = " ".join(unicodedata.normalize("NFC", seen).split())
    whole = _WHOLE.fullmatch(plain)
    return whole[1] if whole else plain
