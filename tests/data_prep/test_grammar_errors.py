"""Made errors are real, marked where FCE marks them, and undone by their corrections."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_prep import english
from data_prep.grammar_errors import LONGEST, RATES, SHORTEST, edits_at, make_errors, misspellings, undo
from iadv_foundation.arithmetic.random import generator

WORDS = sorted(
    {
        *english.FORMS,
        *english.AGREEMENT,
        *english.CONFUSED,
        *english.PREPOSITIONS,
        *english.ARTICLES,
        *english.MODALS,
        *english.BE,
        *english.HAVE,
        *english.PLURAL_MARKERS,
        "film",
        "films",
        "story",
        "believe",
        "happily",
        ",",
        "1999",
    }
)
SENTENCES = st.lists(st.sampled_from(WORDS), min_size=5, max_size=38).map(lambda words: [*words, "."])


@settings(max_examples=300, deadline=None)
@given(SENTENCES, st.integers(0, 10**6))
def test_corrections_give_the_sentence_back(tokens, seed):
    written, labels, corrections = make_errors(tokens, generator(seed, "test"), frozenset(WORDS))
    assert undo(written, corrections) == tokens
    assert (written != tokens) == bool(corrections)
    assert [position for position, label in enumerate(labels) if label] == [error["position"] for error in corrections]
    assert len(written) == len(labels) and (not corrections or SHORTEST <= len(written) <= LONGEST)
    for error in corrections:
        assert written[error["position"]] == error["written"] != error["correct"] and error["kind"] in RATES
    assert make_errors(tokens, generator(seed, "test"), frozenset(WORDS)) == (written, labels, corrections)


@settings(max_examples=100, deadline=None)
@given(SENTENCES)
def test_every_possible_error_changes_the_sentence(tokens):
    for position in range(len(tokens)):
        for edit in edits_at(tokens, position, frozenset(WORDS)):
            changed = [*tokens[:position], edit.written, *tokens[position + edit.consumed :]]
            assert changed != tokens
            assert edit.correct.split() == tokens[position : position + edit.consumed]


@pytest.mark.parametrize(
    "sentence, position, kind, written, correct",
    [
        ("he saw the film .", 2, "article", "film", "the film"),
        ("he saw a film .", 2, "article", "an", "a"),
        ("she is their friend .", 2, "article", "the", ""),
        ("they live in london .", 2, "preposition", "at", "in"),
        ("they live in london .", 2, "preposition", "london", "in london"),
        ("the films are good .", 2, "agreement", "is", "are"),
        ("nobody knows this .", 1, "agreement", "know", "knows"),
        ("they know this .", 1, "agreement", "knows", "know"),
        ("two stories end .", 1, "agreement", "story", "stories"),
        ("a film about it .", 1, "agreement", "films", "film"),
        ("they can make it .", 2, "verb form", "making", "make"),
        ("they have written it .", 2, "verb form", "wrote", "written"),
        ("it is running now .", 2, "verb form", "run", "running"),
        ("they went home .", 1, "verb form", "goed", "went"),
        ("they believe it .", 1, "spelling", "beleive", "believe"),
        ("it was better than that .", 3, "spelling", "then", "than"),
    ],
)
def test_examples(sentence, position, kind, written, correct):
    edits = edits_at(sentence.split(), position, frozenset())
    assert (kind, written, correct) in [(edit.kind, edit.written, edit.correct) for edit in edits]


def test_misspellings_are_no_words():
    assert "beleive" not in misspellings("believe", {"beleive"})
    assert misspellings("café", frozenset()) == misspellings("cat", frozenset()) == []


def test_inflection():
    for verb, forms in {
        "make": "makes made made making",
        "run": "runs ran run running",
        "carry": "carries carried carried carrying",
        "stop": "stops stopped stopped stopping",
        "die": "dies died died dying",
        "be": "is was been being",
        "describe": "describes described described describing",
        "agree": "agrees agreed agreed agreeing",
        "go": "goes went gone going",
        "control": "controls controlled controlled controlling",
    }.items():
        assert english.VERBS[verb] == (verb, *forms.split())
    assert all(re.fullmatch("[a-z]+", form) for forms in english.VERBS.values() for form in forms)
    assert [english.singular(word) for word in ("films", "stories", "churches", "glass", "bus", "is", "film")] == [
        "film",
        "story",
        "church",
        None,
        None,
        None,
        None,
    ]
