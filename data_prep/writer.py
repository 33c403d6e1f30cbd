"""Writing a prepared corpus in one pass over its text, in memory that does not grow with the number of documents.

Words get provisional ids in order of appearance, which go straight to disk; once all text was seen, the vocabulary is
known and the ids are renumbered, chunk by chunk.  Documents may come in any order: what is written depends only on
``order``, so that an archive and an extracted folder give identical bytes.
"""

import collections
import contextlib
import dataclasses
import itertools
import json

import numpy as np

from data_prep.corpus import FORMAT, SPECIALS, SPLITS, Vocabulary, seal
from data_prep.renumbering import ProvisionalSplit, renumber
from data_prep.tokenising import encoded_runs
from iadv_foundation.errors import UserError
from iadv_foundation.storage import files

NOT_COUNTED = 0
_DIGESTS_AT_ONCE = 1 << 19


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
        folder (pathlib.Path): empty; use :func:`iadv_foundation.storage.files.replacing_folder`.
        task (str): ``"classification"`` (each document ends with ``<eos>``) or ``"labelling"`` (a label for each
            token).
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
        self._known = None
        self._empty = collections.Counter()
        self._corrections = collections.defaultdict(dict)

    def fill(self, documents, documents_of, *, limit=None, workers=1):
        """Take documents.

        Args:
            documents (iterable of data_prep.description.Document)
            documents_of (callable): content -> list of documents, each a list of str; see :mod:`data_prep.tokenising`.
            limit (int or None): most documents of ``unlabeled``; reading ends there where nothing else is read.
            workers (int or None): processes; None for one on each core.

        Raises:
            UserError: a labelled document is empty, or its label is missing or outside the classes.
        """
        with contextlib.closing(encoded_runs(documents, documents_of, workers)) as runs:
            for run, encoded in runs:
                self._take(run, encoded, limit)
                if self._known is not None and len(self._splits.get("unlabeled", ())) == limit:
                    break

    def _take(self, run, encoded, limit):
        split = run[0].split
        if split not in self._splits:
            self._splits[split] = ProvisionalSplit(self._folder, split, self._per_token and split != "unlabeled")
        data = self._splits[split]
        if split != "unlabeled":
            self._check(run, encoded.lengths)
        orders = None if run[0].order is None else np.repeat([document.order for document in run], encoded.parts)
        ids = np.fromiter(map(self._lookup, encoded.words), np.int32, len(encoded.words))[encoded.ids]
        kept = self._kept(ids, encoded.lengths, split)
        if split == "unlabeled" and limit is not None:
            kept &= np.cumsum(kept) <= limit - len(data)
        tokens = np.repeat(kept, encoded.lengths)
        ids, lengths = ids[tokens], encoded.lengths[kept]
        labels = None
        if split != "unlabeled":
            labels = (np.concatenate if self._per_token else np.array)([document.label for document in run])
        for index, document in enumerate(run, len(data)):
            if document.corrections:
                self._corrections[split][index] = document.corrections
        data.extend(ids, lengths, labels, None if orders is None else orders[kept], encoded.digests[kept])
        if split in self._rule.splits:
            self._counts.add(ids)
            self._documents.add(once_in_each(ids, lengths))

    def _kept(self, ids, lengths, split):
        """Which documents of a run are written: bool (documents,)."""
        kept = lengths > 0
        self._empty[split] += int(len(kept) - kept.sum())
        if self._known is not None:
            document = np.repeat(np.arange(len(lengths)), lengths)
            known = np.bincount(document[self._known[ids]], minlength=len(lengths)) > 0
            unknown = lengths[kept & ~known]
            self._splits[split].leave_out(len(unknown), int(unknown.sum()))
            kept &= known
        return kept

    def close_vocabulary(self):
        """No word that comes from here on counts: text that adds none needs no memory for them.

        Of such text, which is unlabelled, a document without a word of the vocabulary is left out as it comes.

        Raises:
            ValueError: text that comes later would have counted.
        """
        if set(self._rule.splits) - set(self._splits):
            raise ValueError(f"the vocabulary is made of {self._rule.splits}")
        ids = self._ids
        self._lookup = lambda word: ids.get(word, NOT_COUNTED)
        self._known = self._vocabulary()[1] >= 0

    def documents(self):
        """How many documents were taken so far: dict of split to int."""
        return {split: len(self._splits[split]) for split in SPLITS if split in self._splits}

    def finish(self, about):
        """Write everything; ``corpus.json`` comes last.

        Args:
            about (dict): ``name``, ``title``, ``description``, ``expected`` (documents of each split, or None),
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
        statistics = {
            "vocabulary": len(vocabulary),
            **about.pop("notes"),
            "splits": {},
            "duplicates": _duplicates({split: data.digests for split, data in self._ordered()}),
        }
        counts = {}
        for split, data in self._ordered():
            counts[split], statistics["splits"][split] = self._write_split(split, data, table, about["name"])
        files.write_json(
            self._folder / "vocabulary.json",
            {"words": vocabulary.words, "counts": vocabulary.counts.tolist(), "specials": list(SPECIALS)},
        )
        found = {split: numbers["documents"] for split, numbers in counts.items()}
        record = seal(
            {
                "format": FORMAT,
                **about,
                "complete": found == about["expected"],
                "task": self._task,
                "classes": self._classes,
                "splits": counts,
                "statistics": statistics,
                "files": {path.name: files.digest_of_file(path) for path in sorted(self._folder.iterdir())},
            }
        )
        files.write_json(self._folder / "corpus.json", record)
        return record

    def _write_split(self, split, data, table, name):
        """Write the arrays of one split; returns its counts and its statistics, both dict."""
        result = renumber(
            data,
            table,
            self._folder,
            drop=self._rule.unknown == "drop",
            end=not self._per_token,
            droppable=split == "unlabeled",
        )
        if not result["documents"]:
            raise UserError(
                f"{name}: none of the {len(data) + data.left_out} {split} documents has a word of the vocabulary"
            )
        balance = None
        if data.labels is not None:
            counted = sum(np.bincount(labels, minlength=len(self._classes)) for labels in data.labels.blocks())
            balance = dict(zip(self._classes, counted.tolist(), strict=True))
        self._write_corrections(split, data)
        data.remove()
        counts = {"documents": result["documents"], "tokens": result["tokens"]}
        return counts, {
            **result["statistics"],
            "empty_documents_left_out": self._empty[split],
            "class_balance": balance,
        }

    @property
    def _per_token(self):
        return self._task == "labelling"

    def _ordered(self):
        return [(split, self._splits[split]) for split in SPLITS if split in self._splits]

    def _check(self, run, lengths):
        for document, length in zip(run, lengths.tolist(), strict=True):
            if not length:
                raise UserError(
                    f"{document.place}: the document is empty; every labelled document needs at least one token"
                )
            labels = document.label if self._per_token else [document.label]
            if document.label is None or any(not 0 <= label < len(self._classes) for label in labels):
                raise UserError(
                    f"{document.place}: label {document.label!r} is missing or not one of the "
                    f"{len(self._classes)} classes"
                )
            if self._per_token and len(labels) != length:
                raise UserError(f"{document.place}: {length} tokens but {len(labels)} labels")

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

    def _write_corrections(self, split, data):
        if split in self._corrections:
            positions = data.positions()
            lines = [
                {"document": int(positions[index]), **correction}
                for index, corrections in self._corrections[split].items()
                for correction in corrections
            ]
            lines.sort(key=lambda line: (line["document"], line["position"]))
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            files.write_text(self._folder / f"{split}.corrections.jsonl", text)


class _GrowingCounts:
    """How often each provisional id was given."""

    def __init__(self):
        self._counts = np.zeros(0, dtype=np.int64)

    def add(self, ids):
        """Count ids: int (tokens,)."""
        counts = np.bincount(ids)
        if len(counts) > len(self._counts):
            self._counts = np.pad(self._counts, (0, max(len(counts), 2 * len(self._counts)) - len(self._counts)))
        self._counts[: len(counts)] += counts

    def result(self, length):
        """int64 (length,)"""
        return np.pad(self._counts[:length], (0, max(0, length - len(self._counts))))


def once_in_each(ids, lengths):
    """The ids of documents in a row, each once for every document that holds it.

    Args:
        ids (numpy.ndarray): int32 (tokens,).
        lengths (numpy.ndarray): int64 (documents,).

    Returns:
        numpy.ndarray: int64.
    """
    pairs = np.repeat(np.arange(len(lengths)) << 32, lengths) | ids
    pairs.sort()
    return pairs[np.diff(pairs, prepend=-1) != 0] & 0xFFFFFFFF


def _duplicates(digests):
    """Count equal documents (the same tokens before any was dropped).

    Args:
        digests (dict of str to data_prep.renumbering.GrowingArray): uint64 (documents,) of each split.

    Returns:
        dict: ``"train"`` -> copies within it; ``"train/test"`` -> documents of ``test`` whose text also stands in
        ``train``.
    """
    pairs = list(itertools.combinations(digests, 2))
    counts = dict.fromkeys((*digests, *map("/".join, pairs)), 0)
    parts = 1 + sum(map(len, digests.values())) // _DIGESTS_AT_ONCE  # Equal ones fall into the same part.
    for part in range(parts):
        some = {
            split: np.sort(np.concatenate([block[block % parts == part] for block in growing.blocks()]))
            for split, growing in digests.items()
        }
        for split, values in some.items():
            counts[split] += int((np.diff(values) == 0).sum())
        for first, second in pairs:
            counts[f"{first}/{second}"] += int(np.isin(some[second], some[first]).sum())
    return counts
