"""The text that a quoted system learns from: what it needs of a corpus, and its words in lower case."""

import dataclasses

import numpy as np
from scipy import sparse

from iadv_foundation.errors import UserError

#: The splits that are learnt from, with labels or without.
LEARNT_FROM = ("train", "unlabeled")


def require_text(corpus, title):
    """Refuse a corpus that a system cannot learn from.

    Args:
        corpus (data_prep.corpus.Corpus)
        title (str): of the system.

    Raises:
        UserError: words have labels instead of documents, there is no unlabelled text, or a class has no training
            document.
    """
    if corpus.task != "classification":
        raise UserError(
            f"{title} gives a document one class, and {corpus.name} has a label for each word: choose a corpus of "
            "sentiment or categories, such as imdb or sample-sec"
        )
    if "unlabeled" not in corpus.splits or not len(corpus.splits["unlabeled"]):
        raise UserError(
            f"{title} learns from unlabelled text, too, and {corpus.name} has none: choose a corpus that has "
            "some, such as imdb or sample-sec, or prepare your own text with --unlabeled FILE"
        )
    documents = np.bincount(corpus.splits["train"].labels, minlength=len(corpus.classes))
    missing = [name for name, number in zip(corpus.classes, documents, strict=True) if not number]
    if missing:
        raise UserError(
            f"{corpus.name} has no training document of the class {', '.join(map(repr, missing))}: prepare it "
            "from a source with documents of every class"
        )


@dataclasses.dataclass(frozen=True, eq=False)
class Words:
    """Words in lower case, numbered by falling frequency in the text that is learnt from; of equal ones by name.

    Attributes:
        names (list of str)
        counts (numpy.ndarray): int64 (words,), how often each occurs there.
        number_of (numpy.ndarray): int32 (V,), the number of each id of the corpus; -1 for ``<eos>``, ``<unk>`` and
            words that are not among these.
    """

    names: list
    counts: np.ndarray
    number_of: np.ndarray

    @classmethod
    def of(cls, corpus, largest=None, dropped=0, minimum=1):
        """The words of a corpus.

        Args:
            corpus (data_prep.corpus.Corpus)
            largest (int or None): at most so many, the most frequent ones.
            dropped (int): of the most frequent ones that do not count.
            minimum (int): rarer ones are left out.

        Raises:
            UserError: no word is left.
        """
        vocabulary = corpus.vocabulary
        by_id = sum(np.bincount(corpus.splits[split].ids, minlength=len(vocabulary)) for split in LEARNT_FROM)
        counts, folded = {}, [word.lower() for word in vocabulary.words]
        for word, count in zip(folded[vocabulary.specials :], by_id[vocabulary.specials :].tolist(), strict=True):
            counts[word] = counts.get(word, 0) + count
        ordered = sorted(
            (word for word, count in counts.items() if count >= minimum), key=lambda word: (-counts[word], word)
        )
        names = ordered[dropped : None if largest is None else dropped + largest]
        if not names:
            raise UserError(
                f"no word of {corpus.name} is left to learn from: it has {len(ordered):,} words that are frequent "
                f"enough, and the {dropped:,} most frequent do not count"
            )
        numbers = {word: number for number, word in enumerate(names)}
        number_of = np.array([numbers.get(word, -1) for word in folded], np.int32)
        number_of[: vocabulary.specials] = -1
        return cls(names, np.array([counts[word] for word in names], np.int64), number_of)

    def __len__(self):
        return len(self.names)

    def counts_in(self, split):
        """How often each word occurs in documents of a split: scipy.sparse.csr_matrix float64 (documents, words)."""
        numbers = self.number_of[split.ids]
        documents = np.repeat(np.arange(len(split)), split.lengths)
        known = numbers >= 0
        entries = np.ones(known.sum()), (documents[known], numbers[known])
        return sparse.coo_matrix(entries, shape=(len(split), len(self))).tocsr()
