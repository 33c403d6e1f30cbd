"""Text to runs of numbered words, in worker processes where there is enough of it.

A run is a few hundred kilobytes of one split.  What comes back from a worker is small: the words of the run once, and
numbers.  Runs come back in the order in which they were given, so that the number of workers changes nothing but the
time.
"""

import collections
import concurrent.futures
import contextlib
import hashlib
import itertools
import multiprocessing
import os
import signal
import threading
import typing
from concurrent.futures.process import BrokenProcessPool

import numpy as np

from iadv_foundation.console.cores import available_cores
from iadv_foundation.errors import UserError

#: Characters of a run.
RUN = 1 << 19
#: A text of so few runs is not worth the start of other processes.
FEW_RUNS = 4
_CHARACTERS_OF_A_TOKEN = 6


class Encoded(typing.NamedTuple):
    """The documents of a run.

    Attributes:
        words (list of str): each once, in order of appearance.
        ids (numpy.ndarray): int32 (tokens,), places in ``words``.
        lengths (numpy.ndarray): int64 (documents,).
        digests (numpy.ndarray): uint64 (documents,), equal for documents of equal tokens.
        parts (numpy.ndarray): int64 (contents,), how many documents each content made.
    """

    words: list
    ids: np.ndarray
    lengths: np.ndarray
    digests: np.ndarray
    parts: np.ndarray


def encode(contents, documents_of):
    """Tokenise a run.

    Args:
        contents (list): what ``documents_of`` takes.
        documents_of (callable): content -> list of documents, each a list of str.

    Returns:
        Encoded
    """
    numbers = collections.defaultdict(itertools.count().__next__)
    number_of = numbers.__getitem__
    ids, lengths, digests, parts = [], [], [], []
    for content in contents:
        documents = documents_of(content)
        parts.append(len(documents))
        for tokens in documents:
            ids.extend(map(number_of, tokens))
            lengths.append(len(tokens))
            digests.append(hashlib.blake2b("\0".join(tokens).encode(), digest_size=8).digest())
    return Encoded(
        list(numbers),
        np.array(ids, np.int32),
        np.array(lengths, np.int64),
        np.frombuffer(b"".join(digests), "<u8").astype(np.uint64),
        np.array(parts, np.int64),
    )


class One:
    """Makes a function that turns a content into one document (list of str) into one that gives a list of documents."""

    def __init__(self, tokenise):
        self.tokenise = tokenise

    def __call__(self, content):
        return [self.tokenise(content)]


def encoded_runs(documents, documents_of, workers=None):
    """Tokenise documents; memory does not grow with their number.

    Args:
        documents (iterable of data_prep.description.Document)
        documents_of (callable): see :func:`encode`; a module-level function or an object that can be pickled.
        workers (int or None): processes; by default one for each core; 1 for none besides this one.

    Yields:
        (list of Document, Encoded): a run; all its documents are of one split.  Runs of a split are in the order of its
        documents.

    Raises:
        UserError: a worker process was killed.
    """
    runs = _runs(documents)
    first = list(itertools.islice(runs, FEW_RUNS))
    workers = available_cores() if workers is None else workers
    if workers == 1 or len(first) < FEW_RUNS:
        for run in itertools.chain(first, runs):
            yield run, encode([document.content for document in run], documents_of)
        return
    with _pool(workers) as pool:
        waiting = collections.deque()
        for run in itertools.chain(first, runs):
            waiting.append((run, pool.submit(encode, [document.content for document in run], documents_of)))
            if len(waiting) > 2 * workers:
                yield _result(*waiting.popleft())
        while waiting:
            yield _result(*waiting.popleft())


def _runs(documents):
    waiting, sizes = collections.defaultdict(list), collections.Counter()
    for document in documents:
        split, content = document.split, document.content
        waiting[split].append(document)
        sizes[split] += len(content) if isinstance(content, str) else _CHARACTERS_OF_A_TOKEN * len(content)
        if sizes[split] >= RUN:
            yield waiting.pop(split)
            del sizes[split]
    yield from waiting.values()


def _result(run, future):
    try:
        return run, future.result()
    except BrokenProcessPool:
        raise UserError(
            "a process that tokenises was killed, perhaps for want of memory: repeat with --workers 1"
        ) from None


@contextlib.contextmanager
def _pool(workers):
    pool = concurrent.futures.ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _follow_parent)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _follow_parent():
    """In a worker: leave Ctrl-C to the parent, and end when it does, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()
