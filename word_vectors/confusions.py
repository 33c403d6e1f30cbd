"""The words that are put in the place of a window's centre word: what learners confuse it with, or random ones."""

import collections

import numpy as np

from data_prep.corpus import read_corrections
from iadv_foundation.errors import UserError


def confusion_table(corpus, number):
    """For each word the words that were most often written in its place by mistake, in the training split.

    A pair is one wrong word whose correction is one word; words that the vocabulary does not have are ``<unk>``.

    Args:
        corpus (data_prep.corpus.Corpus)
        number (int): K, most words for each.

    Returns:
        numpy.ndarray: int32 (V, K), the most frequent first, ties by id; -1 where there are no more.  All -1 for a
        corpus without corrections, such as FCE as Rei and Yannakoudakis distribute it.
    """
    table = np.full((len(corpus.vocabulary), number), -1, np.int32)
    by_correct = collections.defaultdict(list)
    for (correct, written), count in _observed_pairs(corpus).items():
        by_correct[correct].append((-count, written))
    for correct, found in by_correct.items():
        words = [written for _, written in sorted(found)][:number]
        table[correct, : len(words)] = words
    return table


def _observed_pairs(corpus):
    """How often each pair (id of the correct word, id of the written one) occurs: collections.Counter."""
    try:
        corrections = read_corrections(corpus, "train")
    except UserError:  # there are none
        return collections.Counter()
    sides = ((correction["correct"].split(), correction["written"].split()) for correction in corrections)
    pairs = collections.Counter(
        tuple(_id_of(corpus.vocabulary, *words) for words in pair)
        for pair in sides
        if all(len(words) == 1 for words in pair)
    )
    return collections.Counter({pair: count for pair, count in pairs.items() if pair[0] != pair[1]})


def _id_of(vocabulary, word):
    known = vocabulary.id_of(word)
    return vocabulary.unk if known is None else known


class Substitutes:
    """Draws K substitutes for the centre word of each window; none is ever the centre word itself.

    First come the words of ``table``, but only where the centre word is correct: a confusion makes it wrong.  The rest
    are random words.

    Args:
        weights (numpy.ndarray): int (V,), how likely each word is to be drawn at random, in proportion; 0: never.
        table (numpy.ndarray): int32 (V, K), see :func:`confusion_table`.

    Raises:
        UserError: fewer than two words could be drawn.
    """

    def __init__(self, weights, table):
        if np.count_nonzero(weights) < 2:
            raise UserError("the training text has fewer than two different words: there is nothing to substitute")
        self._weights, self._table = weights, table
        self._starts = np.cumsum(weights) - weights
        self._pool = np.repeat(np.arange(len(weights), dtype=np.int32), weights)

    def draw(self, centres, labels, rng):
        """The substitutes of some windows.

        Args:
            centres (numpy.ndarray): int (N,), words in the middle.
            labels (numpy.ndarray): int (N,), 0 where that word is correct.
            rng (numpy.random.Generator)

        Returns:
            numpy.ndarray: int32 (N, K).
        """
        skipped = self._weights[centres][:, None]
        places = rng.integers(0, len(self._pool) - skipped, (len(centres), self._table.shape[1]))
        # The pool without the centre word's own stretch: places from its start on lie behind it.
        places += np.where(places >= self._starts[centres][:, None], skipped, 0)
        drawn, confused = self._pool[places], self._table[centres]
        return np.where((confused >= 0) & (labels == 0)[:, None], confused, drawn)
