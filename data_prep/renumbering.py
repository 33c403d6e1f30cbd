"""Documents on their way to disk: provisional ids first, the vocabulary's ids once it is known."""
import contextlib

import numpy as np

from data_prep.corpus import Vocabulary

_CHUNK = 1 << 18


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

    def values(self):
        """All values, memory-mapped."""
        self._flush(1)
        return np.memmap(self._path, dtype=self.dtype, mode="r") if self._length else np.zeros(0, dtype=self.dtype)

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
        self._digests = GrowingArray(folder / f".{name}.digests", "uint64")
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
            digests (numpy.ndarray): uint64 (documents,).
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
        self._digests.extend(digests)

    def leave_out(self, documents, tokens):
        """Count documents without a known word that were not taken, and their tokens."""
        self.left_out += documents
        self.tokens_left_out += tokens

    def digests(self):
        """uint64 (documents,): equal for documents of equal tokens."""
        return self._digests.values()

    def permutation(self):
        """Number by arrival of each document, in the order of writing: int64 (documents,)."""
        return np.arange(len(self)) if self._orders is None else np.argsort(self._orders.values(), kind="stable")

    def remove(self):
        """Delete the temporary files."""
        for growing in (self.ids, self.lengths, self.labels, self._orders, self._digests):
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
        dict: ``documents``, ``tokens``, ``statistics``, ``positions`` (int64 (documents,): where the document of each number
        by arrival stands; meaningless for one that was left out).
    """
    lengths = np.asarray(data.lengths.values())
    known = _count_known(data.ids.values(), lengths, table)
    order = data.permutation()
    if droppable:
        order = order[known[order] > 0]
    written = (known if drop else lengths)[order] + int(end)
    offsets = np.concatenate([[0], np.cumsum(written)]).astype(np.int64)
    np.save(folder / f"{data.name}.offsets.npy", offsets)
    _write_tokens(data, table, folder, order, lengths, drop, offsets)
    if data.labels is not None and not data.per_token:
        np.save(folder / f"{data.name}.labels.npy", np.asarray(data.labels.values())[order])
    words = int(lengths.sum()) + data.tokens_left_out
    positions = np.zeros(len(lengths), dtype=np.int64)
    positions[order] = np.arange(len(order))
    return {
        "documents": len(order), "tokens": int(offsets[-1]), "positions": positions,
        "statistics": {
            "average_length": round(float(written.mean()), 2) if len(order) else 0.0,
            "maximum_length": int(written.max(initial=0)),
            "words_before_dropping": words,
            "out_of_vocabulary_percent": round(100 * (1 - int(known.sum()) / max(words, 1)), 3),
            "documents_without_known_word": int((known == 0).sum()) + data.left_out,
            "documents_left_out": len(lengths) - len(order) + data.left_out,
        }}


def _chunks(lengths):
    """Yield (first, last + 1) of runs of documents that hold about ``_CHUNK`` tokens, at least one document each."""
    ends = np.cumsum(lengths)
    first = 0
    while first < len(lengths):
        before = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, before + _CHUNK, side="right")))
        yield first, last
        first = last


def _count_known(ids, lengths, table):
    """Number of known words of each document, in order of arrival: int64 (documents,)."""
    starts = np.concatenate([[0], np.cumsum(lengths)])
    known = np.zeros(len(lengths), dtype=np.int64)
    for first, last in _chunks(lengths):
        found = table[ids[starts[first]:starts[last]]] >= 0
        document = np.repeat(np.arange(last - first), lengths[first:last])
        known[first:last] = np.bincount(document[found], minlength=last - first)
    return known


def _write_tokens(data, table, folder, order, lengths, drop, offsets):
    """Gather the documents in their order, renumber them and write ids (and labels that come one for each token)."""
    ids, labels = data.ids.values(), data.labels.values() if data.per_token else None
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)[order]
    lengths = lengths[order]
    with contextlib.ExitStack() as opened:
        write_ids = opened.enter_context(_array_file(folder / f"{data.name}.ids.npy", int(offsets[-1])))
        if data.per_token:
            write_labels = opened.enter_context(_array_file(folder / f"{data.name}.labels.npy", int(offsets[-1])))
        for first, last in _chunks(lengths):
            document = np.repeat(np.arange(last - first), lengths[first:last])
            before = np.cumsum(lengths[first:last]) - lengths[first:last]
            source = (starts[first:last] - before)[document] + np.arange(len(document))
            write_ids(_assemble(table[ids[source]], document, np.diff(offsets[first:last + 1]), drop))
            if data.per_token:
                write_labels(labels[source])


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
def _array_file(path, length):
    """Yield a function that appends int32 blocks to an ``.npy`` file of ``length`` values.

    Written rather than memory-mapped: on a full disk a write is an error with a message, a store into a map kills.
    """
    with open(path, "wb") as opened:
        header = {"descr": np.dtype(np.int32).str, "fortran_order": False, "shape": (length,)}
        np.lib.format.write_array_header_1_0(opened, header)
        yield lambda block: opened.write(np.ascontiguousarray(block, dtype=np.int32).data)
