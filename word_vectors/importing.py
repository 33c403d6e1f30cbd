"""Word vectors that somebody else trained, for the vocabulary of a corpus."""

import collections

import numpy as np

from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from iadv_foundation.storage.special_files import readable
from word_vectors import formats, store


def read_vectors(corpus, path, seed):
    """Take the vectors of a corpus's words from a file; those of words that it does not have are drawn.

    Args:
        corpus (data_prep.corpus.Corpus)
        path (pathlib.Path): in any of the formats that :func:`word_vectors.formats.read` knows.
        seed (int): of the words that the file does not have.

    Returns:
        tuple: vectors, found and record for :func:`word_vectors.store.save`.

    Raises:
        UserError: the file cannot be read, or has no word of the corpus.
    """
    words = corpus.vocabulary.words
    by_word, size, in_file, kind = formats.read(path, set(words[corpus.vocabulary.specials :]))
    if not by_word:
        raise UserError(
            f"{path}: not one of its {in_file:,} words is a word of {corpus.name}, such as "
            f"{', '.join(words[corpus.vocabulary.specials :][:5])} (upper and lower case count)"
        )
    vectors, found = np.zeros((len(words), size), np.float32), np.zeros(len(words), bool)
    for number, word in enumerate(words):
        if word in by_word:
            vectors[number], found[number] = by_word[word], True
    store.fill_missing(vectors, found, seed)
    record = {
        "name": "word2vec",
        "corpus": corpus.name,
        "corpus_sha256": corpus.sha256,
        "vocabulary_sha256": corpus.vocabulary.sha256,
        "seed": seed,
        "size": size,
        "texts": [{"kind": kind, "file": path.name, "sha256": files.digest_of_file(readable(path)), "words": in_file}],
        "found": int(found.sum()),
        "coverage": store.coverage(corpus, found),
        "shared_vectors": _share_with_shared_vectors(corpus, vectors),
    }
    return vectors, found, record


def _share_with_shared_vectors(corpus, vectors):
    """Percent of each split's tokens whose word has the vector of another word (dict of str to float).

    Files that were made smaller often have one row for many words.  No direction leads from one such word to another.
    """
    rows = [row.tobytes() for row in vectors + 0]  # -0 becomes 0
    words = collections.Counter(rows)
    shared = np.array([words[row] > 1 for row in rows])
    return {name: 100 * float(shared[split.ids].mean()) for name, split in corpus.splits.items()}
