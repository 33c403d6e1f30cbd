"""A run's word embeddings for other programs, and what adversarial training did to them: each word's nearest ones
before and after.
"""

import re
from pathlib import Path

import numpy as np
from chainer.backends import cuda
from gensim.models import KeyedVectors

from iadv_foundation.errors import UsageError, UserError
from iadv_foundation.storage import files
from interpretable_adv.links.making import make_network
from interpretable_adv.perturbation.neighbours import nearest_neighbours
from interpretable_adv.start import find_start

#: Words shown where the user names none: the most frequent ones.
WORDS = 10
#: Suffixes by which gensim would take a plain file for a packed one.
_PACKED = (".gz", ".bz2", ".xz", ".zip")


def embedding_of(network):
    """The matrix that a network looks words up in: numpy.ndarray float32 (V, D)."""
    return cuda.to_cpu(network.embedding.matrix().array)


def export(run, path, binary=False):
    """Write a run's embeddings in a word2vec format, which ``gensim.models.KeyedVectors.load_word2vec_format`` reads.

    White space in a word, which the format has no room for, becomes ``_``.

    Args:
        run (interpretable_adv.trained.TrainedRun)
        path: file to write, wholly or not at all.
        binary (bool): word2vec's binary format; else its text format.  Both hold every bit of the float32 numbers.

    Returns:
        (int, int): words, the special ones among them, and dimensions.

    Raises:
        UsageError: the file's name says that it is packed.
        UserError: two words would have the same name in the file.
    """
    path = Path(path)
    if path.suffix in _PACKED:
        raise UsageError(f"{path}: written plain; pack it afterwards")
    words = [re.sub(r"\s", "_", word) for word in run.traits.vocabulary.words]
    if len(set(words)) < len(words):
        raise UserError(
            f"{run.traits.name} has two words that differ only in white space and '_': word2vec's format cannot "
            "tell them apart"
        )
    matrix = embedding_of(run.network)
    vectors = KeyedVectors(matrix.shape[1], dtype=np.float32)
    vectors.add_vectors(words, matrix)
    with files.replacing(path) as partial:
        vectors.save_word2vec_format(str(partial), binary=binary)
    return matrix.shape


def start_embedding(run):
    """The embeddings that a run's training started from: numpy.ndarray float32 (V, D).

    Raises:
        UserError: the language model or the word vectors are missing, or no longer those it started from.
    """
    stored = run.stored
    if run.out is None and run.config.training.initialise != "random":
        raise UserError(f"{run.folder} does not hold what training started from")
    start = find_start(run.config.training, stored["corpus"], stored["recipe"], stored["scale"], run.out)
    if any(stored.get(key) != digest for key, digest in start.identity().items()):
        raise UserError(f"{start.path} is not what {run.folder} started from: it was made anew since")
    network = make_network(run.traits, run.config, stored["seed"])
    start.apply(network, run.traits.vocabulary)
    return embedding_of(network)


def chosen_words(run, names):
    """Ids of the words to show: those named, or the most frequent ordinary words (int64 array).

    Raises:
        UsageError: a name is not in the vocabulary.
    """
    vocabulary = run.traits.vocabulary
    if not names:
        order = np.argsort(-vocabulary.counts[vocabulary.specials :], kind="stable")
        return vocabulary.specials + order[:WORDS]
    missing = [name for name in names if vocabulary.id_of(name) is None]
    if missing:
        raise UsageError(f"--words: not in the vocabulary of {run.traits.name}: {', '.join(missing)}")
    return np.array([vocabulary.id_of(name) for name in names])


def neighbour_lists(run, ids, k, before):
    """The nearest words of some words by cosine, before and after adversarial training.

    Args:
        run (interpretable_adv.trained.TrainedRun)
        ids: int (words,).
        k (int): neighbours of each.
        before: (V, D), see :func:`start_embedding`, or None where it is not known.

    Returns:
        list of dict: ``word`` (str), ``before`` (None where not known) and ``after``, each a list of
        ``{"word": str, "cosine": float}``, nearest first.
    """
    tables = {"before": before, "after": embedding_of(run.network)}
    lists = {
        when: None if matrix is None else _nearest(matrix, ids, k, run.traits.vocabulary)
        for when, matrix in tables.items()
    }
    return [
        {"word": run.traits.vocabulary.words[number], **{when: found and found[place] for when, found in lists.items()}}
        for place, number in enumerate(ids)
    ]


def _nearest(matrix, ids, k, vocabulary):
    table = nearest_neighbours(matrix, k, vocabulary.specials, ids, drop_self="id")
    unit = matrix.astype(np.float64)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return [
        [{"word": vocabulary.words[other], "cosine": float(unit[number] @ unit[other])} for other in row]
        for number, row in zip(ids, table, strict=True)
    ]


def to_text(lists):
    """What :func:`neighbour_lists` gives for a terminal (str); + stands before a word that is new,
    - before one that left.
    """
    lines = []
    for one in lists:
        lines.append(one["word"])
        names = {when: [other["word"] for other in one[when] or ()] for when in ("before", "after")}
        marks = {"before": ("-", names["after"]), "after": ("+", names["before"])} if one["before"] else {}
        for when in ("before", "after"):
            sign, kept = marks.get(when, ("", names[when]))
            shown = ", ".join(
                ("" if other["word"] in kept else sign) + f"{other['word']} {other['cosine']:.2f}"
                for other in one[when] or ()
            )
            lines.append(f"  {when:7}{shown or 'not known'}")
    return "\n".join(lines) + "\n"
