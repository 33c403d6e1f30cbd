"""Writing a prepared corpus in one pass over its text, in memory that does not grow with the number of documents.

Words get provisional ids in order of appearance, which go straight to disk; once all text was seen, the vocabulary is
known and the ids are renumbered, chunk by chunk.  Documents may come in any order: what is written depends only on
``order``, so that an archive and an extracted folder give identical bytes.
"""
import array
import collections
import dataclasses
import hashlib
import itertools
import json

import numpy as np

from core import files
from core.errors import UserError
from data_prep.corpus import FORMAT, SPECIALS, SPLITS, Vocabulary, seal
from data_prep.renumbering import ProvisionalSplit, renumber

NOT_COUNTED = 0


@dataclasses.dataclass(frozen=True)
class VocabularyRule:
    """Which words get an id.

    Attributes:
        unknown (str): what becomes of a word without one: ``"drop"`` leaves it out, ``"unk"`` writes ``<unk>``.
        splits (tuple of str): the splits whose words count.
        minimum_documents (int): in how many of their documents a word must occur.
        minimum_count (int): how often it must occur in them.
    """

    unknown: str
    splits: tuple = ("train", "unlabeled")
    minimum_documents: int = 1
    minimum_count: int = 1


class CorpusWriter:
    """Takes documents one by one and leaves a corpus in a folder that :meth:`data_prep.corpus.Corpus.open` reads.

    Args:
        folder (pathlib.Path): empty; use :func:`core.files.replacing_folder`.
        task (str): ``"classification"`` (each document ends with ``<eos>``) or ``"labelling"`` (a label for each token).
        classes (sequence of str): name of each label.
        rule (VocabularyRule): labelling needs ``"unk"``, since a dropped word would take its label along.
    """

    def __init__(self, folder, task, classes, rule):
        if task == "labelling" and rule.unknown == "drop":
            raise ValueError("a labelling corpus cannot drop words")
        self._folder, self._task, self._classes, self._rule = folder, task, list(classes), rule
        self._ids = collections.defaultdict(itertools.count(NOT_COUNTED + 1).__next__)
        self._lookup = self._ids.__getitem__
        self._splits = {}
        self._counts = _GrowingCounts()
        self._documents = _GrowingCounts()
        self._empty = collections.Counter()
        self._corrections = collections.defaultdict(dict)

    def add(self, split, tokens, label=None, *, place, order=None, corrections=None):
        """Take one document.

        Args:
            split (str): one of :data:`data_prep.corpus.SPLITS`.
            tokens (list of str): a document of ``unlabeled`` without any is left out and counted.
            label (int or sequence of int or None): as the task needs; None for ``unlabeled``.
            place (str): where the document stands (file and line), for messages.
            order (int): documents are written by rising order; by default in the order in which they come.
            corrections (list of dict): made errors, see :func:`data_prep.corpus.read_corrections`.

        Raises:
            UserError: a labelled document is empty, or its label is missing or outside the classes.
        """
        if not tokens:
            if split != "unlabeled":
                raise UserError(f"{place}: the document is empty; every labelled document needs at least one token")
            self._empty[split] += 1
            return
        if split not in self._splits:
            self._splits[split] = ProvisionalSplit(self._folder, split, self._per_token and split != "unlabeled")
        self._check_label(split, tokens, label, place)
        ids = list(map(self._lookup, tokens))
        digest = hashlib.blake2b("\0".join(tokens).encode(), digest_size=8).digest()
        index = self._splits[split].append(ids, label, order, int.from_bytes(digest, "little"))
        if split in self._rule.splits:
            self._counts.extend(ids)
            self._documents.extend(set(ids))
        if corrections:
            self._corrections[split][index] = corrections

    def close_vocabulary(self):
        """Words that come from here on for the first time are unknown: text that adds none needs no memory for them."""
        ids = self._ids
        self._lookup = lambda word: ids.get(word, NOT_COUNTED)

    def documents(self):
        """How many documents were taken so far: dict of split to int."""
        return {split: len(self._splits[split]) for split in SPLITS if split in self._splits}

    def finish(self, about):
        """Write everything; ``corpus.json`` comes last.

        Args:
            about (dict): ``name``, ``title``, ``description``, ``expected`` (documents of each split in the paper, or None),
                ``sources``, ``options``, and ``notes``: counts that the reader made, which join the statistics.

        Returns:
            dict: the record that ``corpus.json`` holds.

        Raises:
            UserError: there is no train split, or no word is left.
        """
        if "train" not in self._splits:
            raise UserError(f"{about['name']}: the source has no training documents")
        vocabulary, table = self._vocabulary()
        if len(vocabulary) == len(SPECIALS):
            raise UserError(f"{about['name']}: no word of the source is frequent enough for the vocabulary")
        about = dict(about)
        statistics = {"vocabulary": len(vocabulary), **about.pop("notes"), "splits": {},
                      "duplicates": _duplicates({split: data.digests() for split, data in self._ordered()})}
        counts = {}
        for split, data in self._ordered():
            counts[split], statistics["splits"][split] = self._write_split(split, data, table, about["name"])
        files.write_json(self._folder / "vocabulary.json", {
            "words": vocabulary.words, "counts": vocabulary.counts.tolist(), "specials": list(SPECIALS)})
        found = {split: numbers["documents"] for split, numbers in counts.items()}
        record = seal({
            "format": FORMAT, **about, "complete": found == about["expected"], "task": self._task, "classes": self._classes,
            "splits": counts, "statistics": statistics,
            "files": {path.name: files.digest_of_file(path) for path in sorted(self._folder.iterdir())}})
        files.write_json(self._folder / "corpus.json", record)
        return record

    def _write_split(self, split, data, table, name):
        """Write the arrays of one split; returns its counts and its statistics, both dict."""
        result = renumber(data, table, self._folder, drop=self._rule.unknown == "drop", end=not self._per_token,
                          droppable=split == "unlabeled")
        if not result["documents"]:
            raise UserError(f"{name}: none of the {len(data)} {split} documents has a word of the vocabulary")
        balance = None
        if data.labels is not None:
            counted = np.bincount(data.labels.values(), minlength=len(self._classes)).tolist()
            balance = dict(zip(self._classes, counted, strict=True))
        self._write_corrections(split, result["positions"])
        data.remove()
        counts = {"documents": result["documents"], "tokens": result["tokens"]}
        return counts, {**result["statistics"], "empty_documents_left_out": self._empty[split], "class_balance": balance}

    @property
    def _per_token(self):
        return self._task == "labelling"

    def _ordered(self):
        return [(split, self._splits[split]) for split in SPLITS if split in self._splits]

    def _check_label(self, split, tokens, label, place):
        if split == "unlabeled":
            return
        labels = label if self._per_token else [label]
        if label is None or any(not 0 <= one < len(self._classes) for one in labels):
            raise UserError(f"{place}: label {label!r} is missing or not one of the {len(self._classes)} classes")
        if self._per_token and len(labels) != len(tokens):
            raise UserError(f"{place}: {len(tokens)} tokens but {len(labels)} labels")

    def _vocabulary(self):
        """The vocabulary, and the table that turns provisional ids into its ids (-1: no id)."""
        counts, documents = (growing.result(len(self._ids) + 1) for growing in (self._counts, self._documents))
        words = [None, *self._ids]
        enough = (counts >= max(1, self._rule.minimum_count)) & (documents >= max(1, self._rule.minimum_documents))
        chosen = [number for number in np.flatnonzero(enough).tolist() if words[number] not in SPECIALS]
        chosen.sort(key=lambda number: (-counts[number], words[number]))
        table = np.full(len(words), -1, dtype=np.int32)
        table[chosen] = np.arange(len(SPECIALS), len(SPECIALS) + len(chosen), dtype=np.int32)
        read = [self._splits[split] for split in self._rule.splits if split in self._splits]
        ends = 0 if self._per_token else sum(len(data) for data in read)
        unknown = int(counts[table < 0].sum()) if self._rule.unknown == "unk" else 0
        return Vocabulary([*SPECIALS, *(words[number] for number in chosen)], [ends, unknown, *counts[chosen]]), table

    def _write_corrections(self, split, positions):
        """``positions``: where each document taken now stands, int64 (documents taken,)."""
        if split in self._corrections:
            lines = [{"document": int(positions[index]), **correction}
                     for index, corrections in self._corrections[split].items() for correction in corrections]
            lines.sort(key=lambda line: (line["document"], line["position"]))
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            files.write_text(self._folder / f"{split}.corrections.jsonl", text)


class _GrowingCounts:
    """How often each provisional id was given, counted in blocks."""

    BLOCK = 1 << 20

    def __init__(self):
        self._buffer = array.array("i")
        self._counts = np.zeros(0, dtype=np.int64)

    def extend(self, ids):
        self._buffer.extend(ids)
        if len(self._buffer) >= self.BLOCK:
            self._count()

    def _count(self):
        if self._buffer:
            counts = np.bincount(np.frombuffer(self._buffer, dtype=np.intc), minlength=len(self._counts))
            counts[:len(self._counts)] += self._counts
            self._counts = counts
            self._buffer = array.array("i")

    def result(self, length):
        self._count()
        return np.pad(self._counts, (0, length - len(self._counts)))


def _duplicates(digests):
    """Count equal documents (the same tokens before any was dropped).

    Args:
        digests (dict of str to numpy.ndarray): uint64 (documents,) of each split.

    Returns:
        dict: ``"train"`` -> copies within it; ``"train/test"`` -> documents of ``test`` whose text also stands in ``train``.
    """
    counts = {split: int(len(values) - len(np.unique(values))) for split, values in digests.items()}
    for first, second in itertools.combinations(digests, 2):
        counts[f"{first}/{second}"] = int(np.isin(digests[second], digests[first]).sum())
    return counts
