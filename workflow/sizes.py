"""How large a corpus is: what its record says, and before it is prepared what was counted of it elsewhere."""

import dataclasses
import json
from pathlib import Path

from data_prep.corpus import corpora_folder
from results.published import load as load_published
from workflow.cost_model import prices


@dataclasses.dataclass(frozen=True)
class Size:
    """Of a corpus.

    Attributes:
        documents (dict of str to int): of each split.
        mean (float): words of a document with labels.
        unlabeled_mean (float): words of a document without.
        vocabulary (int)
        is_known (bool): whether these were counted, and not guessed.
    """

    documents: dict
    mean: float
    unlabeled_mean: float
    vocabulary: int
    is_known: bool = True

    @property
    def tokens(self):
        """Words of each split (dict of str to float)."""
        means = {"unlabeled": self.unlabeled_mean}
        return {split: count * means.get(split, self.mean) for split, count in self.documents.items()}

    @property
    def has_pool(self):
        """Whether there is unlabelled text (bool)."""
        return self.documents.get("unlabeled", 0) > 0

    @property
    def pool_mean(self):
        """Words of a document of the pool of labelled and unlabelled ones (float)."""
        pool = [(self.documents.get(split, 0), self.tokens.get(split, 0.0)) for split in ("train", "unlabeled")]
        return sum(tokens for _, tokens in pool) / max(1, sum(documents for documents, _ in pool))


def size_of(plan, corpus):
    """The size of a corpus of a plan.

    Args:
        plan (workflow.plan.Plan)
        corpus (str)

    Returns:
        Size
    """
    record = corpora_folder(plan.out) / corpus / "corpus.json"
    try:
        return _recorded(json.loads(record.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):  # not prepared yet, or a job of this run will complain of it
        pass
    counted = prices()["corpora"].get(corpus)
    if counted is None:
        return _guessed(plan.sources.get(corpus))
    documents = counted.get("documents") or load_published().dataset(corpus).documents
    mean = counted["mean"]
    return Size(dict(documents), mean, counted.get("unlabeled_mean", mean), counted["vocabulary"])


def _recorded(record):
    splits = record["splits"]
    documents = {split: counts["documents"] for split, counts in splits.items()}
    return Size(
        documents,
        splits["train"]["tokens"] / documents["train"],
        splits["unlabeled"]["tokens"] / max(1, documents["unlabeled"]) if "unlabeled" in splits else 0.0,
        record["statistics"]["vocabulary"],
    )


def _guessed(source):
    """From the bytes of a text that nobody has read yet, as if it were like IMDB's."""
    like = prices()["corpora"]["imdb"]
    path = Path(source) if source else None
    count = path.stat().st_size if path and path.is_file() else 0
    documents = max(1000, round(count / (like["bytes_a_word"] * like["mean"])))
    return Size({"train": documents, "dev": documents // 10, "test": documents // 10}, like["mean"], 0.0, 30_000, False)
