"""``neighbours``: the table of nearest neighbours of a whole vocabulary against a full sort of every row."""

import numpy as np

from benchmarks.measuring import Record, alternate
from interpretable_adv.perturbation.neighbours import nearest_neighbours

VOCABULARY = 87000
#: Of so many words of IMDB's vocabulary training with iAdvT makes the table: those of the labelled training text.
OCCURRING = 66826
EMBEDDING = 256
NEIGHBOURS = 10
SAMPLE = 2000
#: Rows that the peer sorts at once.
BLOCK = 100
#: Cosines of float32 vectors that differ by less may change places in the peer's table.
NEAR_TIE = 1e-6
_WORDS_IN_CLUSTER = 100


def trained_like_embedding(words, size, seed=0):
    """Vectors float32 (words, size) as training leaves them: clusters of words, and a spectrum that falls off.

    A vector is normally distributed around one of the normally distributed centres of the clusters; its entry j is
    scaled by 1 / sqrt(j + 1).
    """
    random = np.random.default_rng(seed)
    centres = random.standard_normal((max(1, words // _WORDS_IN_CLUSTER), size), np.float32)
    vectors = centres[random.integers(len(centres), size=words)] + random.standard_normal((words, size), np.float32)
    return vectors / np.sqrt(np.arange(1, size + 1, dtype=np.float32))


def full_sort(unit, rows, k):
    """The released code's way: sort all cosines of each row, drop the nearest, which is the word itself.

    Args:
        unit (numpy.ndarray): float32 (V, D), vectors of length 1.
        rows (numpy.ndarray): int (R,), the words whose neighbours are wanted.
        k (int)

    Returns:
        numpy.ndarray: int64 (R, k), nearest first.
    """
    return np.concatenate(
        [
            np.argsort(-(unit[block] @ unit.T), axis=1)[:, 1 : k + 1]
            for block in np.split(rows, range(BLOCK, len(rows), BLOCK))
        ]
    )


def run(options):
    """Yield the records of the sizes that ``options`` (:class:`benchmarks.measuring.Options`) wants."""
    for words in VOCABULARY, OCCURRING:
        size = f"{words} of {VOCABULARY} x {EMBEDDING}, k = {NEIGHBOURS}"
        if options.wants(size):
            yield measure(size, trained_like_embedding(VOCABULARY, EMBEDDING), SAMPLE, options.repeats, words=words)


def measure(size, embedding, sample, repeats, k=NEIGHBOURS, words=None):
    """The record for one embedding matrix (V, D).

    Ours makes the table of ``words`` rows, drawn at random (all by default); the peer sorts ``sample`` of them, and its
    seconds are scaled to all of them.  Making the vectors unit vectors is left out of the peer's time.

    Raises:
        AssertionError: the two tables differ on the sample by more than places of near ties.
    """
    random = np.random.default_rng(1)
    wanted = np.sort(random.choice(len(embedding), words or len(embedding), replace=False))
    places = random.choice(len(wanted), sample, replace=False)
    rows = wanted[places]
    unit = embedding / np.linalg.norm(embedding, axis=1, keepdims=True)
    made = {}

    def ours():
        made["ours"] = nearest_neighbours(embedding, k, first_word=0, rows=wanted)

    def peer():
        made["peer"] = full_sort(unit, rows, k)

    medians = alternate({"ours": ours, "peer": peer}, repeats)
    table = made["ours"][places]
    difference = largest_difference(embedding, rows, table, made["peer"])
    assert difference < NEAR_TIE, f"the tables differ: cosines at the same place are up to {difference:g} apart"
    return Record(
        "neighbours",
        size,
        medians["ours"],
        f"full sort, scaled from {sample} rows",
        medians["peer"] * len(wanted) / sample,
        {
            "peer_measured_rows": sample,
            "peer_measured_s": medians["peer"],
            "rows_per_s": len(wanted) / medians["ours"],
            "rows_equal": float((table == made["peer"]).all(axis=1).mean()),
            "largest_cosine_difference": difference,
        },
    )


def largest_difference(embedding, rows, table, other):
    """How far the cosines (float64) of neighbours at the same place of two tables (R, k) differ at most (float)."""
    unit = embedding.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    cosines = [np.einsum("rd,rkd->rk", unit[rows], unit[each]) for each in (table, other)]
    return float(abs(cosines[0] - cosines[1]).max())
