r"""How far the perturbations of a whole split can be read as words: section 6.4's claim in numbers.

Only words with a perturbation count (not ``<eos>``, in recipe ``paper``).

* **Cosine**: of a word's perturbation to the nearest of the directions (Eq. 11) towards all other words of the
  vocabulary, special words included, for methods of either space alike.  1: the perturbation moves the word straight
  towards another.
* **Special targets**: share of words for which that nearest word is a special one, ``<eos>`` or ``<unk>``.
* **Entropy of alpha**: of the shares :math:`|\alpha_k| / \sum_j |\alpha_j|` of a word's K directions, over log K: 1
  where all weigh the same, 0 where there is one.  A weight may be negative, away from a word, so absolute values are
  shared out.
* **Gini coefficient** of the strengths :math:`\|r^{(t)}\|` of a document's words, mean over documents of two words or
  more:
  0 where all words are perturbed alike, (n - 1) / n where all falls on one of n.
* **Lengths** of a document's perturbation :math:`\|r\|` and of its embedded words, all words together, medians over
  documents: in the space of directions epsilon is the length of alpha, and r may be longer.
"""

import numpy as np

from interpretable_adv.analysis.perturbations import RunPerturber
from interpretable_adv.analysis.records import INTERPRETABILITY
from interpretable_adv.analysis.selection import perturbations_of, select
from interpretable_adv.analysis.targets import TargetFinder

THRESHOLDS = (0.5, 0.7, 0.9)
STEPS = 20  # of the curve of shares over the cosine


def interpretability(run, split="test", method=None, limit=None):
    """Measure the perturbations of a split.

    Args:
        run (interpretable_adv.trained.TrainedRun)
        split (str): ``"test"``, ``"dev"`` or ``"train"``.
        method (str or None): makes the perturbations; None for the run's own, see :class:`Perturber`.
        limit (int or None): the first documents only.

    Returns:
        dict, as :mod:`interpretable_adv.analysis.records` describes it; shares are in percent.  ``cosine_above``: share
        of words with a cosine above 0, 1 / 20, ..., 19 / 20; ``alpha_entropy`` is None in the free space.  Where no
        word is perturbed there are no shares: None.

    Raises:
        UsageError: an argument is none of the allowed.
    """
    documents = select(run, split, limit)
    perturber = RunPerturber(run, method, run.stored["seed"], many=True)
    finder, specials = TargetFinder(perturber.matrix), run.traits.vocabulary.specials
    cosines, special, entropies, ginis, lengths = [], [], [], [], []
    for _, perturbations in perturbations_of(perturber, documents):
        moved = [one.strength > 0 for one in perturbations]
        r, ids = (
            np.concatenate([getattr(one, name)[some] for one, some in zip(perturbations, moved, strict=True)])
            for name in ("r", "ids")
        )
        if len(r):
            nearest = finder.by_cosine(r, ids)
            cosines.append(nearest.scores[:, 0])
            special.append(nearest.ids[:, 0] < specials)
        for one, some in zip(perturbations, moved, strict=True):
            if one.alpha is not None:
                entropies.append(entropy(one.alpha[some]))
            if some.any():
                lengths.append((np.linalg.norm(one.r), np.linalg.norm(one.embedded)))
            if some.sum() > 1:
                ginis.append(gini(one.strength[some]))
    cosines, special, entropies = (np.concatenate([np.empty(0), *parts]) for parts in (cosines, special, entropies))
    return {
        "kind": INTERPRETABILITY,
        "checkpoint_sha256": run.checkpoint_sha256,
        **{name: run.stored[name] for name in ("corpus", "corpus_sha256", "method", "seed")},
        "perturbed_by": perturber.method.name,
        "split": split,
        "limit": limit,
        "documents": len(documents),
        "words": len(cosines),
        "cosine_above": [_percent(cosines > step / STEPS) for step in range(STEPS)],
        "alpha_entropy": _mean(entropies),
        "special_targets": _percent(special),
        "strength_gini": _mean(ginis),
        **dict(
            zip(
                ("perturbation_length", "text_length"),
                np.median(lengths, axis=0).tolist() if lengths else (None, None),
                strict=True,
            )
        ),
    }


def entropy(alpha):
    """Entropy of the shares that directions have of a word, over that of equal shares.

    Args:
        alpha: float (N, K), no row all zero.

    Returns:
        float64 (N,), from 0 to 1; 0 for K = 1.
    """
    # The largest is divided out first: the sum of very small weights is not to vanish.
    weights = np.abs(alpha, dtype=np.float64)
    weights /= weights.max(axis=1, keepdims=True)
    shares = weights / weights.sum(axis=1, keepdims=True)
    return -(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=1) / np.log(max(alpha.shape[1], 2))


def gini(values):
    """The Gini coefficient of numbers (n,), none negative and not all zero: half the mean difference over the mean."""
    values = np.sort(values.astype(np.float64))
    n = len(values)
    return float((2 * np.arange(1, n + 1) - n - 1) @ values / (n * values.sum()))


def describe(run, record):
    """What :func:`interpretability` measured, to read on the screen (str)."""
    above = {threshold: record["cosine_above"][round(threshold * STEPS)] for threshold in THRESHOLDS}
    rows = [
        ("words perturbed", f"{record['words']:,} in {record['documents']:,} documents of {record['split']}"),
        *(
            (f"cosine to a word's direction above {threshold}", _shown(share, " %"))
            for threshold, share in above.items()
        ),
        ("nearest word is a special one", _shown(record["special_targets"], " %")),
        ("entropy of alpha (1: all alike)", _shown(record["alpha_entropy"])),
        ("Gini coefficient of strengths", _shown(record["strength_gini"])),
        ("length of a text's perturbation, median", _shown(record["perturbation_length"])),
        ("length of an embedded text, median", _shown(record["text_length"])),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(
        [
            f"{run.title}, perturbations by {record['perturbed_by']}",
            *(f"  {name:<{width}}  {value}" for name, value in rows),
        ]
    )


def _percent(which):
    return float(100 * np.mean(which)) if len(which) else None


def _mean(values):
    return float(np.mean(values)) if len(values) else None


def _shown(number, unit=""):
    return "-" if number is None else f"{number:.2f}{unit}"
