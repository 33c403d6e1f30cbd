"""However the work is dealt out, the same documents come back in the same order."""

import collections
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_prep import tokenising
from data_prep.description import Document
from data_prep.prose import split_at_non_words
from data_prep.tokenising import One, encode, encoded_runs
from iadv_foundation.errors import UserError

TEXTS = [f"text {number} of {number % 7} words and {'more ' * (number % 5)}" for number in range(300)]
DOCUMENTS = [Document("train" if number % 3 else "test", text, number, "here") for number, text in enumerate(TEXTS)]


def kill_yourself(content):
    os.kill(os.getpid(), signal.SIGKILL)


def sentences(content):
    return [sentence.split() for sentence in content.split(".")]


def decoded(encoded):
    """The documents of a run as lists of str."""
    words = [encoded.words[number] for number in encoded.ids]
    ends = np.cumsum(encoded.lengths)
    return [words[end - length : end] for end, length in zip(ends, encoded.lengths, strict=True)]


def split_documents(runs):
    """Split -> list of (label, tokens)."""
    found = collections.defaultdict(list)
    for run, encoded in runs:
        assert len({document.split for document in run}) == 1
        found[run[0].split].extend(zip([document.label for document in run], decoded(encoded), strict=True))
    return found


@given(st.lists(st.lists(st.sampled_from(["a", "b", "é", "long"]), max_size=5), max_size=8))
def test_what_is_encoded_can_be_decoded(documents):
    encoded = encode(documents, One(list))
    assert decoded(encoded) == documents
    assert len(set(encoded.words)) == len(encoded.words)
    for one in range(len(documents)):
        for other in range(one):
            assert (encoded.digests[one] == encoded.digests[other]) == (documents[one] == documents[other])


def test_one_content_may_be_several_documents_or_none():
    encoded = encode(["a b.c", "d"], sentences)
    assert decoded(encoded) == [["a", "b"], ["c"], ["d"]] and encoded.parts.tolist() == [2, 1]


@pytest.mark.parametrize("workers", [1, 2])
def test_runs_hold_all_documents_in_their_order(monkeypatch, workers):
    monkeypatch.setattr(tokenising, "RUN", 500)
    found = split_documents(encoded_runs(iter(DOCUMENTS), One(split_at_non_words), workers))
    for split in ("train", "test"):
        assert found[split] == [
            (document.label, re.findall(r"\w+", document.content)) for document in DOCUMENTS if document.split == split
        ]


def test_little_text_starts_no_process(monkeypatch):
    monkeypatch.setattr(tokenising, "_pool", None)
    assert len(split_documents(encoded_runs(DOCUMENTS, One(split_at_non_words), 2))["test"]) == 100


def test_reading_keeps_only_a_few_steps_ahead(monkeypatch):
    monkeypatch.setattr(tokenising, "RUN", 10)
    taken = []

    def documents():
        for number in range(500):
            taken.append(number)
            yield Document("train", "ten letters", 0, "here")

    runs = encoded_runs(documents(), One(split_at_non_words), 2)
    next(runs)
    runs.close()
    assert len(taken) < 20


def test_a_killed_worker_is_told(monkeypatch):
    monkeypatch.setattr(tokenising, "RUN", 500)
    with pytest.raises(UserError, match="killed.*--workers 1"):
        list(encoded_runs(DOCUMENTS, kill_yourself, 2))


_WAIT = """
import sys, time
from data_prep import tokenising
from data_prep.description import Document
from tests.data_prep.test_tokenising import slowly
if __name__ == "__main__":
    tokenising.RUN = 1
    for run, encoded in tokenising.encoded_runs((Document("train", "word", 0, "here") for _ in range(1000)), slowly, 2):
        print(encoded.words[0], flush=True)
"""


def slowly(content):
    time.sleep(0.05)
    return [[str(os.getpid())]]


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for processes in /proc")
def test_workers_end_with_the_command_that_was_killed(tmp_path):
    script = tmp_path / "wait.py"
    script.write_text(_WAIT)
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.getcwd()}
    ) as process:
        workers = {int(process.stdout.readline()) for _ in range(8)}
        process.kill()
    end = time.monotonic() + 20
    while any(os.path.exists(f"/proc/{worker}") for worker in workers) and time.monotonic() < end:
        time.sleep(0.05)
    assert workers and not any(os.path.exists(f"/proc/{worker}") for worker in workers)
