"""Documents on their way to disk: provisional ids first, the vocabulary's ids once it is known.

What is on disk is read in blocks and not memory-mapped: the pages of a map count as memory as long as it stands.
"""

import contextlib

import numpy as np

from data_prep.corpus import Vocabulary

_CHUNK = 1 << 18  # Values, or tokens, that are in memory at once.


class GrowingArray:
    """An array on disk that grows at its end.

    Args:
        path (pathlib.Path): raw values, no header.
        dtype (str): ``"int32"``, ``"int64"``, ``"uint64"``.
    """

    def __init__(self, path, dtype):
        self._path, self.dtype = path, np.dtype(dtype)
        self._waiting, self._waiting_values = [], 0
        self._length = 0
        path.touch()

    def __len__(self):
        return self._length + self._waiting_values

    def extend(self, values):
        """Append values: (n,), of this dtype."""
        self._waiting.append(np.ascontiguousarray(values, self.dtype))
        self._waiting_values += len(values)
        self._flush(_CHUNK)

    def _flush(self, least):
        if self._waiting_values >= least:
            with open(self._path, "ab") as opened:
                for values in self._waiting:
                    opened.write(values.data)
            self._length += self._waiting_values
            self._waiting, self._waiting_values = [], 0

    def read(self, first, last):
        """Values number ``first`` to ``last - 1``."""
        self._flush(1)
        with open(self._path, "rb") as opened:
            opened.seek(first * self.dtype.itemsize)
            return np.fromfile(opened, self.dtype, last - first)

    def blocks(self):
        """Yield all values, at most ``_CHUNK`` at once; one empty block where there are none."""
        for first in range(0, max(len(self), 1), _CHUNK):
            yield self.read(first, min(first + _CHUNK, len(self)))

    def take(self, places):
        """The values at ``places``: int64 (n,), in any order."""
        self._flush(1)
        return (
            np.memmap(self._path, dtype=self.dtype, mode="r")[places] if len(places) else np.zeros(0, dtype=self.dtype)
        )

    def remove(self):
        self._path.unlink()


class ProvisionalSplit:
    """The documents of one split with provisional ids.

    Args:
        folder (pathlib.Path): where its temporary files go.
        name (str): of the split.
        per_token (bool): whether labels come one for each token; None of them for ``unlabeled``.
    """

    def __init__(self, folder, name, per_token):
        self.name, self._per_token = name, per_token
        self.ids = GrowingArray(folder / f".{name}.ids", "int32")
        self.lengths = GrowingArray(folder / f".{name}.lengths", "int64")
        self.labels = None if name == "unlabeled" else GrowingArray(folder / f".{name}.labels", "int32")
        self._orders = None
        self._last_order, self._rising = -1, True
        self.digests = GrowingArray(folder / f".{name}.digests", "uint64")
        self._folder = folder
        self.left_out = self.tokens_left_out = 0

    @property
    def per_token(self):
        return self._per_token

    def __len__(self):
        return len(self.lengths)

    def extend(self, ids, lengths, labels, orders, digests):
        """Take documents.

        Args:
            ids (numpy.ndarray): int32 (tokens,).
            lengths (numpy.ndarray): int64 (documents,).
            labels (numpy.ndarray or None): int (documents,), or (tokens,) where there is one for each token.
            orders (numpy.ndarray or None): int64 (documents,); None where documents are written as they come.
            digests (numpy.ndarray): uint64 (documents,), equal for documents of equal tokens.
        """
        if self._orders is None and orders is not None:
            if len(self):
                raise ValueError(f"documents of {self.name} came without an order before")
            self._orders = GrowingArray(self._folder / f".{self.name}.orders", "int64")
        self.ids.extend(ids)
        self.lengths.extend(lengths)
        if self.labels is not None:
            self.labels.extend(labels)
        if self._orders is not None:
            self._orders.extend(orders)
            self._rising &= bool((np.diff(orders, prepend=self._last_order) >= 0).all())
            self._last_order = orders[-1] if len(orders) else self._last_order
        self.digests.extend(digests)

    def leave_out(self, documents, tokens):
        """Count documents without a known word that were not taken, and their tokens."""
        self.left_out += documents
        self.tokens_left_out += tokens

    def positions(self):
        """Where the document of each number by arrival is written, if none is left out: int64 (documents,)."""
        order = self._permutation()
        return np.arange(len(self)) if order is None else np.argsort(order)

    def _permutation(self):
        """Number by arrival of each document, in the order of writing: int64 (documents,);
        None if they came in that order.
        """
        return None if self._rising else np.argsort(self._orders.read(0, len(self)), kind="stable")

    def runs(self):
        """Yield (ids, lengths, labels or None) of the documents in the order of writing,
        about ``_CHUNK`` tokens at once.
        """
        order = self._permutation()
        return self._as_they_came() if order is None else self._in_order(order)

    def _as_they_came(self):
        document = token = 0
        for block in self.lengths.blocks():
            for first, last in _chunks(block):
                lengths = block[first:last]
                tokens = token, token + int(lengths.sum())
                labels = tokens if self.per_token else (document + first, document + last)
                yield self.ids.read(*tokens), lengths, None if self.labels is None else self.labels.read(*labels)
                token = tokens[1]
            document += len(block)

    def _in_order(self, order):
        lengths = self.lengths.read(0, len(self))
        starts = (np.cumsum(lengths) - lengths)[order]
        lengths = lengths[order]
        for first, last in _chunks(lengths):
            before = np.cumsum(lengths[first:last]) - lengths[first:last]
            shift = np.repeat(starts[first:last] - before, lengths[first:last])
            tokens = shift + np.arange(len(shift))
            labels = tokens if self.per_token else order[first:last]
            yield self.ids.take(tokens), lengths[first:last], None if self.labels is None else self.labels.take(labels)

    def remove(self):
        """Delete the temporary files."""
        for growing in (self.ids, self.lengths, self.labels, self._orders, self.digests):
            if growing is not None:
                growing.remove()


def renumber(data, table, folder, *, drop, end, droppable):
    """Write ``<split>.ids.npy``, ``.offsets.npy`` and ``.labels.npy``.

    Args:
        data (ProvisionalSplit)
        table (numpy.ndarray): int32 (provisional ids,), the final id of each, -1 where there is none.
        folder (pathlib.Path)
        drop (bool): leave unknown words out; otherwise they become ``<unk>``.
        end (bool): end each document with ``<eos>``.
        droppable (bool): leave out documents without any known word; otherwise they are kept (and counted).

    Returns:
        dict: ``documents``, ``tokens``, ``statistics``.
    """
    documents = tokens = longest = words = words_known = without = 0
    with contextlib.ExitStack() as opened:
        write_ids, write_offsets, write_labels = (
            opened.enter_context(_array_file(folder / f"{data.name}.{part}.npy", dtype)) if wanted else None
            for part, dtype, wanted in (
                ("ids", "int32", True),
                ("offsets", "int64", True),
                ("labels", "int32", data.labels),
            )
        )
        write_offsets(np.zeros(1))
        for ids, lengths, labels in data.runs():
            found = table[ids]
            document = np.repeat(np.arange(len(lengths)), lengths)
            known = np.bincount(document[found >= 0], minlength=len(lengths))
            kept = known > 0 if droppable else np.ones(len(lengths), dtype=bool)
            written = (known if drop else lengths)[kept] + int(end)
            in_kept = kept[document]
            write_ids(_assemble(found[in_kept], (np.cumsum(kept) - 1)[document[in_kept]], written, drop))
            write_offsets(tokens + np.cumsum(written))
            if labels is not None:
                write_labels(labels[in_kept if data.per_token else kept])
            documents += len(written)
            tokens += int(written.sum())
            longest = max(longest, int(written.max(initial=0)))
            words += int(lengths.sum())
            words_known += int(known.sum())
            without += int((known == 0).sum())
    words += data.tokens_left_out
    return {
        "documents": documents,
        "tokens": tokens,
        "statistics": {
            "average_length": round(tokens / documents, 2) if documents else 0.0,
            "maximum_length": longest,
            "words_before_dropping": words,
            "out_of_vocabulary_percent": round(100 * (1 - words_known / max(words, 1)), 3),
            "documents_without_known_word": without + data.left_out,
            "documents_left_out": len(data) - documents + data.left_out,
        },
    }


def _chunks(lengths):
    """Yield (first, last + 1) of runs of documents that hold about ``_CHUNK`` tokens, at least one document each."""
    ends = np.cumsum(lengths)
    first = 0
    while first < len(lengths):
        before = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, before + _CHUNK, side="right")))
        yield first, last
        first = last


def _assemble(found, document, lengths, drop):
    """The ids of a run of documents as they are written.

    Args:
        found (numpy.ndarray): int32 (tokens,): the final id of each token, -1 where it has none.
        document (numpy.ndarray): int64 (tokens,): number of the document that holds the token.
        lengths (numpy.ndarray): int64 (documents,): tokens to be written, ``<eos>`` included where there is one.
        drop (bool): leave out tokens without an id; otherwise they become ``<unk>``.

    Returns:
        numpy.ndarray: int32 (sum of lengths,).
    """
    if drop:
        document, found = document[found >= 0], found[found >= 0]
    else:
        found = np.where(found < 0, np.int32(Vocabulary.unk), found)
    ends = lengths - np.bincount(document, minlength=len(lengths))
    block = np.full(int(lengths.sum()), Vocabulary.eos, dtype=np.int32)
    block[np.arange(len(found)) + (np.cumsum(ends) - ends)[document]] = found
    return block


@contextlib.contextmanager
def _array_file(path, dtype):
    """Yield a function that appends blocks to an ``.npy`` file of one dimension, whose length is written at the end.

    Written rather than memory-mapped: on a full disk a write is an error with a message, a store into a map kills.
    """
    length = 0

    def write_header():  # Of one size for all lengths: NumPy leaves room for an array that grows.
        header = {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": (length,)}
        opened.seek(0)
        np.lib.format.write_array_header_1_0(opened, header)

    def append(block):
        nonlocal length
        length += len(block)
        opened.write(np.ascontiguousarray(block, dtype).data)

    with open(path, "wb") as opened:
        write_header()
        yield append
        write_header()
