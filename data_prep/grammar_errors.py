"""Seeded errors of a learner's kind, each with its correction: articles, prepositions, agreement, verb form, spelling.

Labels follow FCE: the wrong token is marked, for a missing word the token after it.
"""

import re
import typing

from data_prep import english

# How often a place where an error of the kind could be made gets one, within a sentence that is to have errors at all.
RATES = {"article": 0.55, "preposition": 0.45, "agreement": 0.60, "verb form": 0.60, "spelling": 0.20}
ERROR_FREE = 0.3
SHORTEST, LONGEST = 4, 40
_MISSPELLINGS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"ie", "ei"),
        (r"ei", "ie"),
        (r"([b-df-hj-np-tv-z])\1", r"\1"),
        (r"ful$", "full"),
        (r"ence$", "ance"),
        (r"ance$", "ence"),
        (r"ible$", "able"),
        (r"able$", "ible"),
        (r"ally$", "aly"),
        (r"ely$", "ly"),
        (r"ement$", "ment"),
        (r"tion$", "cion"),
        (r"er$", "ar"),
        (r"or$", "er"),
        (r"ough", "ougth"),
        (r"ight", "igth"),
        (r"ph", "f"),
        (r"wh", "w"),
        (r"ea", "ae"),
        (r"([aeiou])([lmnrst])e$", r"\1\2"),
    )
)


class Edit(typing.NamedTuple):
    """One possible error at a place.

    Attributes:
        kind (str): key of :data:`RATES`.
        written (str): the wrong token.
        correct (str): what should stand there: nothing, one token, or two with a space between.
        consumed (int): how many of the correct tokens it takes the place of.
    """

    kind: str
    written: str
    correct: str
    consumed: int


def make_errors(tokens, rng, known):
    """Put errors into a correct sentence.

    Args:
        tokens (list of str): lower-cased.
        rng (numpy.random.Generator)
        known (container of str): words that a misspelling must not hit.

    Returns:
        (written, labels, corrections): list of str; list of int, 1 for a wrong token; list of dict, see
        :func:`data_prep.corpus.read_corrections`.  Some sentences stay as they are.
    """
    if rng.random() >= ERROR_FREE:
        written, labels, corrections = _walk(tokens, rng, known)
        if SHORTEST <= len(written) <= LONGEST:
            return written, labels, corrections
    return list(tokens), [0] * len(tokens), []


def undo(written, corrections):
    """The correct sentence: every correction put in its place (list of str)."""
    correct = {correction["position"]: correction["correct"].split() for correction in corrections}
    return [token for position, token in enumerate(written) for token in correct.get(position, [token])]


def _walk(tokens, rng, known):
    written, labels, corrections = [], [], []
    position = 0
    while position < len(tokens):
        edit = _draw(edits_at(tokens, position, known), rng)
        if edit:
            corrections.append(
                {"position": len(written), "written": edit.written, "correct": edit.correct, "kind": edit.kind}
            )
            written.append(edit.written)
            labels.append(1)
            position += edit.consumed
        if not edit or not edit.consumed:
            written.append(tokens[position])
            labels.append(0)
            position += 1
    return written, labels, corrections


def _draw(edits, rng):
    """One of the edits, or None: each kind by its rate, within a kind all alike."""
    for kind, rate in RATES.items():
        choices = [edit for edit in edits if edit.kind == kind]
        if choices and rng.random() < rate:
            return choices[int(rng.integers(len(choices)))]
    return None


def edits_at(tokens, position, known):
    """All errors that can be made at a place (list of :class:`Edit`); each changes the sentence."""
    before = tokens[position - 1] if position else ""
    word = tokens[position]
    after = tokens[position + 1] if position + 1 < len(tokens) else ""
    edits = []
    for rule in (_articles, _prepositions, _agreement, _number, _verb_form):
        edits.extend(rule(before, word, after))
    edits.extend(Edit("spelling", wrong, word, 1) for wrong in misspellings(word, known))
    return [edit for edit in edits if edit.written != edit.correct]


def _articles(before, word, after):
    if word in english.ARTICLES and after.isalpha():
        yield Edit("article", after, f"{word} {after}", 2)
        if word != "the":
            yield Edit("article", "an" if word == "a" else "a", word, 1)
    elif word in english.DETERMINERS and (before in english.PREPOSITIONS or before in english.BE):
        yield Edit("article", "the", "", 0)
    elif before in english.PREPOSITIONS and english.singular(word):
        yield Edit("article", "a", "", 0)


def _prepositions(before, word, after):
    for wrong in english.PREPOSITIONS.get(word, ()):
        yield Edit("preposition", wrong, word, 1)
    if word in english.OMISSIBLE_PREPOSITIONS and after.isalpha():
        yield Edit("preposition", after, f"{word} {after}", 2)


def _agreement(before, word, after):
    if word in english.AGREEMENT:
        yield Edit("agreement", english.AGREEMENT[word], word, 1)
    elif before not in english.NOT_VERB_AFTER and before.isalpha():
        forms = english.FORMS.get(word, {})
        if english.THIRD in forms:
            yield Edit("agreement", forms[english.THIRD][english.BASE], word, 1)
        elif english.BASE in forms and before in english.PLURAL_SUBJECTS:
            yield Edit("agreement", forms[english.BASE][english.THIRD], word, 1)


def _number(before, word, after):
    if before in english.PLURAL_MARKERS and english.singular(word):
        yield Edit("agreement", english.singular(word), word, 1)
    elif (
        before in english.SINGULAR_MARKERS and after in english.AFTER_NOUN and word.isalpha() and not word.endswith("s")
    ):
        yield Edit("agreement", english.plural(word), word, 1)


def _verb_form(before, word, after):
    forms = english.FORMS.get(word, {})
    if before in english.MODALS and english.BASE in forms:
        wrong = (english.THIRD, english.PAST, english.GERUND)
        right = english.BASE
    elif before in english.HAVE and english.PARTICIPLE in forms:
        wrong, right = (english.BASE, english.PAST), english.PARTICIPLE
    elif (before in english.BE or before in english.PREPOSITIONS) and english.GERUND in forms:
        wrong, right = (english.BASE, english.THIRD), english.GERUND
    elif before in english.BE and english.PARTICIPLE in forms:
        wrong, right = (english.BASE, english.GERUND), english.PARTICIPLE
    elif english.PAST in forms and forms[english.PAST][english.BASE] != "be":
        yield Edit("verb form", english.regular_past(forms[english.PAST][english.BASE]), word, 1)
        return
    else:
        return
    for which in wrong:
        yield Edit("verb form", forms[right][which], word, 1)


def misspellings(word, known):
    """Ways in which a learner might misspell a word, none of them a known word (list of str);
    and words it is taken for.
    """
    found = [english.CONFUSED[word]] if word in english.CONFUSED else []
    if len(word) >= 5 and word.isascii() and word.isalpha():
        for pattern, replacement in _MISSPELLINGS:
            wrong = pattern.sub(replacement, word, count=1)
            if wrong != word and wrong not in known and wrong not in found:
                found.append(wrong)
    return found
