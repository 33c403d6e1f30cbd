"""Texts of a caller, in a list or filled up to one length, as packed words, and the way back.

Packed, the N words of B texts stand one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import chainer
import chainer.functions as F
import numpy as np
from chainer import backend
from chainer.backends import cuda

from iadv_foundation.errors import UsageError

if TYPE_CHECKING:
    from iadv_foundation.arithmetic.arrays import Array, BoolArray, FloatArray, IntArray


def given_texts(words: Any, padding: int, matrix: FloatArray) -> GivenTexts:
    """Texts as they were given.

    Args:
        words: a list of int arrays (length,), or an int array (B, length) that is filled up with ``padding``.
        padding: the number that stands for no word.
        matrix: float (V, D); the words are numbers of its rows.

    Raises:
        UsageError: they are neither, there is no text, a text has no word, or a word no row.
    """
    if hasattr(words, "ndim") and words.ndim > 0 and words.dtype != object:
        texts: GivenTexts = _padded(words, padding, matrix)
    else:
        texts = _listed(words, matrix)
    if not texts.count or not texts.lengths.all():
        empty = f"text {int((texts.lengths == 0).argmax()) + 1} has no word" if texts.count else "there is no text"
        raise UsageError(f"words: {empty}")
    if bool((texts.ids < 0).any()) or bool((texts.ids >= len(matrix)).any()):
        raise UsageError(f"words: numbers from 0 to {len(matrix) - 1} expected, the rows of the embedding matrix")
    return texts


class GivenTexts:
    """What both kinds share.

    Args:
        ids: int (N,), the words.
        lengths: int (B,), how many each text has.

    Attributes:
        count: B.
        sentence: int (N,), the text each word belongs to.
    """

    def __init__(self, ids: IntArray, lengths: IntArray) -> None:
        self.ids, self.lengths, self.count = ids, lengths, len(lengths)
        sentence = np.repeat(np.arange(self.count), lengths)
        self.sentence: IntArray = backend.get_array_module(ids).asarray(sentence)

    def as_given(self, packed: chainer.Variable) -> Any:
        """Packed words (N, D) as the caller's network takes them; can be differentiated."""
        raise NotImplementedError

    def give_back(self, packed: Array, filling: int = 0) -> Any:
        """Something of each word, packed (N, ...), as the words were given, with ``filling`` at the padding."""
        raise NotImplementedError

    def rows(self, logits: Any) -> chainer.Variable:
        """What the caller's network returned as (rows, classes), a row for each text or for each packed word.

        Raises:
            UsageError: it has another number of rows.
        """
        logits = F.concat(list(logits), axis=0) if isinstance(logits, list | tuple) else logits
        shape: tuple[int, ...] = getattr(logits, "shape", ())
        if len(shape) != 2 or shape[0] not in (self.count, len(self.ids)):
            raise UsageError(
                f"network: logits of shape ({self.count}, classes) expected, or with a row for each of the "
                f"{len(self.ids)} words, and their shape is {shape}"
            )
        return logits

    def per_word(self, rows: int) -> bool:
        """Whether so many rows of logits are one for each word."""
        return rows != self.count

    def labels(self, labels: Any, rows: int) -> IntArray:
        """The labels of so many rows of logits: int32 (rows,).

        Raises:
            UsageError: there are more or fewer of them.
        """
        xp = backend.get_array_module(self.ids)
        if self.per_word(rows) and isinstance(labels, list | tuple) and labels and np.ndim(labels[0]):
            labels = xp.concatenate([xp.asarray(each) for each in labels])
        found: IntArray = xp.asarray(labels)
        if found.shape != (rows,):
            raise UsageError(f"labels: {rows} of them expected, a number for each row of the logits")
        return found.astype(np.int32)

    def apart(self, packed: Array) -> list[Array]:
        """Something of each word, packed (N, ...), text by text (NumPy arrays)."""
        return np.split(cuda.to_cpu(packed), self._ends)

    @property
    def _ends(self) -> IntArray:
        return np.cumsum(self.lengths)[:-1]


class _Listed(GivenTexts):
    def as_given(self, packed: chainer.Variable) -> list[chainer.Variable]:
        return list(F.split_axis(packed, self._ends, axis=0)) if self.count > 1 else [packed]

    def give_back(self, packed: Array, filling: int = 0) -> list[Array]:
        return backend.get_array_module(packed).split(packed, self._ends.tolist())


class _Padded(GivenTexts):
    """Args: is_word: bool (B, length); filler: float (D,), what stands for no word."""

    def __init__(self, ids: IntArray, lengths: IntArray, is_word: BoolArray, filler: FloatArray) -> None:
        super().__init__(ids, lengths)
        self.is_word, self.filler = is_word, filler
        xp = backend.get_array_module(ids)
        flat = is_word.reshape(-1)
        #: Words and padding in their order, as places among all packed words with all the padding behind them.
        self.places = xp.empty(flat.shape, np.int32)
        self.places[flat] = xp.arange(len(ids), dtype=np.int32)
        self.places[~flat] = xp.arange(len(ids), len(flat), dtype=np.int32)

    def as_given(self, packed: chainer.Variable) -> chainer.Variable:
        padding = F.broadcast_to(self.filler, (len(self.places) - len(self.ids), len(self.filler)))
        words = F.permutate(F.concat([packed, padding], axis=0), self.places)
        return F.reshape(words, (*self.is_word.shape, -1))

    def give_back(self, packed: Array, filling: int = 0) -> Array:
        xp = backend.get_array_module(packed)
        filled: Array = xp.full((*self.is_word.shape, *packed.shape[1:]), filling, packed.dtype)
        filled[self.is_word if xp is not np else cuda.to_cpu(self.is_word)] = packed
        return filled

    def rows(self, logits: Any) -> chainer.Variable:
        if getattr(logits, "shape", ())[:2] == self.is_word.shape and len(logits.shape) == 3:
            cells = F.reshape(logits, (-1, logits.shape[2]))
            logits = F.permutate(cells, self.places, inv=True)[: len(self.ids)]
        return super().rows(logits)

    def labels(self, labels: Any, rows: int) -> IntArray:
        if self.per_word(rows) and getattr(labels, "shape", ()) == self.is_word.shape:
            labels = backend.get_array_module(self.ids).asarray(labels)[self.is_word]
        return super().labels(labels, rows)


def _listed(words: Sequence[Any], matrix: FloatArray) -> GivenTexts:
    xp = backend.get_array_module(matrix)
    texts = [xp.asarray(each) for each in words]
    if any(each.ndim != 1 or (each.size and each.dtype.kind not in "iu") for each in texts):
        raise UsageError("words: texts expected, a list of arrays of whole numbers, or an array (texts, length)")
    ids = xp.concatenate([each.astype(np.int32) for each in texts]) if texts else xp.empty(0, np.int32)
    return _Listed(ids, np.array([len(each) for each in texts], np.int64))


def _padded(words: IntArray, padding: int, matrix: FloatArray) -> GivenTexts:
    if words.ndim != 2 or words.dtype.kind not in "iu":
        raise UsageError("words: texts expected, a list of arrays of whole numbers, or an array (texts, length)")
    xp = backend.get_array_module(matrix)
    words = xp.asarray(words)
    is_word = words != padding
    filler = matrix[padding] if padding >= 0 else xp.zeros_like(matrix[0])
    return _Padded(words[is_word].astype(np.int32), cuda.to_cpu(is_word.sum(axis=1)), is_word, filler)
