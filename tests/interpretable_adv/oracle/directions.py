"""The nearest words and the directions to them by brute force (section 5.2, Eq. 11)."""

import numpy as np


def cosine(one, other):
    lengths = np.linalg.norm(one) * np.linalg.norm(other)
    return one @ other / lengths if lengths else 0.0


def by_nearness(matrix, word, candidates):
    """The ids ``candidates`` from the nearest to ``word`` by cosine on; equal ones in the order of the ids."""
    return sorted(candidates, key=lambda other: (-round(cosine(matrix[word], matrix[other]), 14), other))


def paper_neighbours(matrix, k, specials):
    """The nearest k of each word, int (V, k): no specials, no word with its vector,
    the first of words with one vector alone.

    Where there are fewer, the word itself in the places left.
    """
    words = range(len(matrix))
    firsts = [
        other
        for other in words
        if other >= specials and not any((matrix[other] == matrix[one]).all() for one in range(specials, other))
    ]
    found = [
        by_nearness(matrix, word, [other for other in firsts if (matrix[other] != matrix[word]).any()])[:k]
        for word in words
    ]
    return np.array([near + [word] * (k - len(near)) for word, near in zip(words, found, strict=True)])


def authors_neighbours(matrix, k, training_words):
    """As the released code has them, int (V, k).

    Its table is of the words of the labelled text, specials and all; the first of each list is taken to be the word
    itself.  Words past its end have, by a repair of the product, the row of the last one.
    """
    table = {word: by_nearness(matrix, word, training_words)[1 : k + 1] for word in training_words}
    return np.array([table.get(word, table[training_words[-1]]) for word in range(len(matrix))])


def directions(words, neighbours, length):
    """d_k (T, K, D) from ``words`` (T, D) to ``neighbours`` (T, K, D), zero where both are the same.

    Args:
        length: of a difference (D,), what it is divided by.
    """
    found = np.zeros(neighbours.shape)
    for place in np.ndindex(neighbours.shape[:2]):
        difference = neighbours[place] - words[place[0]]
        if difference.any():
            found[place] = difference / length(difference)
    return found
