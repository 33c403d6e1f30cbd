"""The documents of a split that are to be looked at."""

import numpy as np

from data_prep.corpus import Split
from iadv_foundation.console.cli import closest
from iadv_foundation.errors import UsageError
from interpretable_adv.documents import LABELLED, Documents

WORDS_PER_BATCH = 8192


def select(run, split, limit=None):
    """The first documents of a split as training saw them, long ones cut.

    Args:
        run (interpretable_adv.trained.TrainedRun)
        split (str): one of :data:`interpretable_adv.documents.LABELLED`.
        limit (int or None): number of documents; None for all.

    Returns:
        interpretable_adv.documents.Documents

    Raises:
        UsageError: there is no such split, or ``limit`` is below 1.
    """
    closest(split, [name for name in LABELLED if name in run.corpus.splits], "split")
    at_least_one("limit", limit)
    if limit is None:
        return run.documents(split)
    whole, per_token = run.corpus.splits[split], run.traits.per_word
    count = min(limit, len(whole))
    words = int(whole.offsets[count])
    first = Split(
        whole.ids[:words], whole.offsets[: count + 1], whole.labels[: words if per_token else count], per_token
    )
    return Documents([first], per_token, run.config.training.max_words)


def at_least_one(option, number):
    """Raise a UsageError where an option (int or None) is below 1."""
    if number is not None and number < 1:
        raise UsageError(f"--{option} {number}: write a whole number, 1 or more")


def perturbations_of(perturber, documents, indices=None):
    """Yield (indices, list of Perturbation) for documents from long to short, a batch at a time.

    Args:
        perturber (interpretable_adv.analysis.perturbations.RunPerturber)
        documents (interpretable_adv.documents.Documents)
        indices (numpy.ndarray or None): int, which of them; None for all.
    """
    indices = np.arange(len(documents)) if indices is None else indices
    order = indices[np.argsort(-documents.lengths[indices], kind="stable")]
    filled = np.cumsum(documents.lengths[order]) // WORDS_PER_BATCH
    for number, some in enumerate(np.split(order, np.flatnonzero(np.diff(filled)) + 1) if len(order) else []):
        yield some, perturber(documents.batch(some, perturber.run.network.xp), number)


def documents_of(texts, labels, per_token):
    """Texts at hand as documents, in their order.

    Args:
        texts (list of numpy.ndarray): int32 ids, at least one text.
        labels (list or None): a class (int) for each text, or with ``per_token`` the classes of its words (int32
            array).
        per_token (bool)

    Returns:
        interpretable_adv.documents.Documents
    """
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in texts])])
    if labels is None:
        together = None
    else:
        together = np.concatenate(labels) if per_token else np.array(labels, np.int32)
    return Documents([Split(np.concatenate(texts), offsets, together, per_token)], per_token)
