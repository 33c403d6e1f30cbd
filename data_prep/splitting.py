"""Seeded splits: which documents train, which choose the model, which are kept for the test."""

import itertools

from iadv_foundation.arithmetic.random import generator


def split_exactly(number, sizes, seed, purpose):
    """Deal documents out at random so that each split gets exactly its size.

    Args:
        number (int): of documents.
        sizes (dict of str to int): split -> documents; they add up to ``number``.
        seed (int)
        purpose (str): name of the draw.

    Returns:
        list of str: the split of each document.
    """
    if sum(sizes.values()) != number:
        raise ValueError(f"{number} documents cannot be split into {sizes}")
    splits = [None] * number
    order = iter(generator(seed, purpose).permutation(number))  # An array: a list takes five times the memory.
    for split, size in sizes.items():
        for index in itertools.islice(order, size):
            splits[index] = split
    return splits


def split_off_a_tenth(number, seed, purpose):
    """Draw a tenth of the training documents, rounded to the nearest number, for development.

    Args:
        number (int): of documents.
        seed (int)
        purpose (str): name of the draw.

    Returns:
        list of str: ``train`` or ``dev`` for each document.
    """
    dev = (number + 5) // 10
    return split_exactly(number, {"dev": dev, "train": number - dev}, seed, purpose)


def split_groups(weights, sizes, rest, seed, purpose):
    """Deal groups (films, articles) out at random, each as a whole, until each split holds at least its size.

    Args:
        weights (dict of str to int): group -> its number of documents.
        sizes (dict of str to int): split -> documents wanted; filled one after the other.
        rest: what the groups that are left over are given: a split, or None.
        seed (int)
        purpose (str): name of the draw.

    Returns:
        dict of str to str: group -> split.
    """
    names = sorted(weights)
    wanted = [[split, size] for split, size in sizes.items()]
    assigned = {}
    for index in generator(seed, purpose).permutation(len(names)).tolist():
        while wanted and wanted[0][1] <= 0:
            wanted.pop(0)
        name = names[index]
        assigned[name] = wanted[0][0] if wanted else rest
        if wanted:
            wanted[0][1] -= weights[name]
    return assigned
