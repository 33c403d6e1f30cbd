"""Running text read in pieces and in any order is the concatenation of its documents; ranks follow first appearance."""

import numpy as np
from hypothesis import given, strategies

from data_prep.corpus import Split
from pretrain_lm.running_text import Reading, Text, ranks_by_first_appearance

a_document = strategies.lists(strategies.integers(1, 20), min_size=1, max_size=6)
documents_of_a_split = strategies.lists(a_document, min_size=1, max_size=6)


def split_of(documents):
    ids = np.array([number for document in documents for number in document], np.int32)
    return Split(ids, np.cumsum([0, *map(len, documents)]), None, False)


@given(
    strategies.lists(documents_of_a_split, min_size=1, max_size=3),
    strategies.booleans(),
    strategies.randoms(use_true_random=False),
)
def test_a_reading_is_the_concatenation_of_its_documents(splits, adds_end, random):
    text = Text([split_of(documents) for documents in splits], end=0 if adds_end else None)
    documents = [document + [0] * adds_end for split in splits for document in split]
    order = list(range(len(documents)))
    random.shuffle(order)
    expected = [number for index in order for number in documents[index]]
    reading = Reading(text, np.array(order))
    assert text.tokens == reading.tokens == len(expected)
    places = np.arange(2 * len(expected))
    assert reading[places].tolist() == expected * 2
    random.shuffle(places)
    assert reading[places].tolist() == [(expected * 2)[place] for place in places]
    assert Reading(text)[np.arange(text.tokens)].tolist() == [number for document in documents for number in document]


@given(documents_of_a_split)
def test_ranks_by_first_appearance(documents):
    running = [number for document in documents for number in document]
    seen = list(dict.fromkeys(running))
    expected = seen + [number for number in range(21) if number not in seen]
    rank = ranks_by_first_appearance(Text([split_of(documents)]), 21)
    assert np.argsort(rank).tolist() == expected
    assert rank.dtype == np.int32
