"""``data``: how fast, and in how much memory, ``data_prep`` prepares IMDB, and how both grow with the text."""

import dataclasses
import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import typing
from pathlib import Path

from benchmarks.inputs import ragged_lengths, zipf_ids
from benchmarks.measuring import Record, alternate, fitted_exponent
from data_prep.corpora.rotten import PER_CLASS

_ROOT = Path(__file__).resolve().parent.parent
REVIEWS = 100_000
TARGET_SECONDS = 60.0
GROWTH = 1, 4, 16
DOCUMENTS = 2000
SENTENCES = 250_000
WORDS_OF_A_SENTENCE = 20
SENTENCES_OF_A_REVIEW = 8
MEAN_LENGTH = 240
WORDS = 200_000
#: Folders of IMDB and their shares of its reviews.
SHARES = {"train/pos": 0.125, "train/neg": 0.125, "test/pos": 0.125, "test/neg": 0.125, "train/unsup": 0.5}
_FIRST_DEV_ID = 10621
_BLOCK = 50_000

# A child's largest memory counts from what its parent held when it started it: a parent as small as this one hides
# nothing.  The sum over the processes is sampled; a page that several share counts in each, so that it is rather too
# much.
_LAUNCHER = """
import json, os, psutil, subprocess, sys, time
child = psutil.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
together = ended = 0
while not ended:
    total = 0
    try:
        for process in (child, *child.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.Error:  # One has just ended.
        pass
    together = max(together, total)
    time.sleep(0.05)
    ended, status, usage = os.wait4(child.pid, os.WNOHANG)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss, together]))
"""
# The command refuses a corpus that does not have IMDB's number of reviews.
_PREPARE_ANY_NUMBER = """
import dataclasses, sys
from data_prep.corpora.imdb import CORPUS
from data_prep.prepare import prepare
if __name__ == "__main__":
    prepare(dataclasses.replace(CORPUS, expected=None), sys.argv[2], sys.argv[1], quiet=True)
"""


class Preparation:
    """Prepares one archive in a process of its own, each time into a new folder.

    Args:
        command (callable): (archive, folder) -> list of str, the process's command line.
        archive (pathlib.Path)
        scratch (pathlib.Path): for the folders.

    Attributes:
        peak_memory_mb (float): the most that one process of any call took.
        together_memory_mb (float): the most that all processes of any call took together.
    """

    def __init__(self, command, archive, scratch):
        self.command, self.archive, self.scratch = command, archive, scratch
        self.peak_memory_mb = self.together_memory_mb = 0.0

    def __call__(self):
        with tempfile.TemporaryDirectory(dir=self.scratch) as out:
            launch = [sys.executable, "-c", _LAUNCHER, *self.command(self.archive, out)]
            done = subprocess.run(launch, cwd=_ROOT, stdout=subprocess.PIPE, text=True, check=True)
            status, peak, together = json.loads(done.stdout)
            if status:
                raise RuntimeError(f"preparing {self.archive.name} ended with status {status}")
        unit = 1 if sys.platform == "darwin" else 1024
        self.peak_memory_mb = max(self.peak_memory_mb, peak * unit / 1e6)
        self.together_memory_mb = max(self.together_memory_mb, together / 1e6, self.peak_memory_mb)


def command_for_imdb(archive, out):
    """The command line that prepares the real corpus."""
    return [sys.executable, "-m", "data_prep", "imdb", "--source", str(archive), "--out", out, "--quiet"]


def command_for_any_number(archive, out):
    """The command line that prepares an archive like IMDB's with any number of reviews."""
    return [sys.executable, "-c", _PREPARE_ANY_NUMBER, str(archive), out]


def command_for_sentences(reviews, out):
    """The command line that prepares Rotten Tomatoes with unlabelled reviews; the labelled folder is beside them."""
    return [
        sys.executable,
        "-m",
        "data_prep",
        "rotten",
        "--source",
        str(reviews.parent / "labelled"),
        "--unlabeled",
        str(reviews),
        "--out",
        out,
        "--quiet",
    ]


def run(options):
    """Yield the records of all sizes that ``options`` (:class:`benchmarks.measuring.Options`) wants."""
    with tempfile.TemporaryDirectory() as scratch:
        size = f"IMDB, {REVIEWS} reviews"
        if options.wants(size):
            yield from measure_imdb(size, Path(scratch), options.repeats)
        for growth, documents in ((REVIEWS_IN_AN_ARCHIVE, DOCUMENTS), (SENTENCES_OF_REVIEWS, SENTENCES)):
            times = [factor for factor in GROWTH if options.wants(f"{growth.name}, {factor}x")]
            if times:
                yield from measure_growth(growth, times, documents, Path(scratch), options.repeats)


def measure_imdb(size, scratch, repeats):
    """Yield the record of the real corpus, or say why there is none."""
    archive = real_archive()
    if archive is None:
        print(
            "data: IMDB left out: set INTERPRETABLE_ADV_DATA to the folder with aclImdb_v1.tar.gz (or .xz)", flush=True
        )
        return
    preparation = Preparation(command_for_imdb, archive, scratch)
    seconds = alternate({"ours": preparation}, repeats)["ours"]
    yield Record(
        "data",
        size,
        seconds,
        "target",
        TARGET_SECONDS,
        {
            "documents_per_s": REVIEWS / seconds,
            "peak_memory_mb": preparation.peak_memory_mb,
            "together_memory_mb": preparation.together_memory_mb,
        },
    )


def real_archive():
    """IMDB's archive (pathlib.Path) in the folder ``INTERPRETABLE_ADV_DATA``, or None."""
    folder = os.environ.get("INTERPRETABLE_ADV_DATA")
    return next(iter(sorted(Path(folder).glob("aclImdb_v1.tar*"))), None) if folder else None


def measure_growth(growth, factors, documents, scratch, repeats):
    """Yield a record for each factor (rising ints): that many times ``documents`` made-up documents of a
    :class:`Growth`.

    The peer is the time of the smallest text in proportion.  The exponents (of time and of all processes' memory
    against text, over the upper half of the factors) stand in every record, where there are at least two.
    """
    preparations = {}
    for factor in factors:
        text = growth.write(scratch / f"reviews-{factor}x{growth.suffix}", factor * documents)
        preparations[factor] = Preparation(growth.command, text, scratch)
    medians = alternate(preparations, repeats)
    seconds = [medians[factor] for factor in factors]
    memory = [preparations[factor].together_memory_mb for factor in factors]
    exponents = {}
    if len(factors) > 1:
        exponents = {"exponent": fitted_exponent(factors, seconds), "memory_exponent": fitted_exponent(factors, memory)}
    for factor, passed in zip(factors, seconds, strict=True):
        yield Record(
            "data",
            f"{growth.name}, {factor}x",
            passed,
            f"in proportion to {factors[0]}x",
            seconds[0] * factor / factors[0],
            {
                "documents": factor * documents,
                "documents_per_s": factor * documents / passed,
                "peak_memory_mb": preparations[factor].peak_memory_mb,
                "together_memory_mb": preparations[factor].together_memory_mb,
                **exponents,
            },
        )


def write_archive(path, documents):
    """Write made-up reviews of Zipf-distributed words in IMDB's layout, one in seven of the labelled training ones for
    development.

    Args:
        path (pathlib.Path): a tar archive.
        documents (int): a multiple of 8.

    Returns:
        pathlib.Path: the same.
    """
    lengths = iter(ragged_lengths(documents, MEAN_LENGTH).tolist())
    ids = iter(zipf_ids(documents * (MEAN_LENGTH + 1), WORDS, seed=documents).tolist())
    with tarfile.open(path, "w") as archive:
        for folder, share in SHARES.items():
            count = int(documents * share)
            first = _FIRST_DEV_ID - count * 6 // 7 if folder.startswith("train") else 0
            for number in range(first, first + count):
                content = " ".join(f"w{next(ids)}" for _ in range(next(lengths))).encode()
                entry = tarfile.TarInfo(f"aclImdb/{folder}/{number}_7.txt")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return path


def write_sentences(path, sentences):
    """Write made-up reviews in SNAP's form, and labelled sentences of the same words in Cornell's beside them.

    Args:
        path (pathlib.Path): gzip-compressed ``review/text:`` blocks.
        sentences (int): in all reviews.

    Returns:
        pathlib.Path: the same.
    """
    labelled = path.parent / "labelled"
    labelled.mkdir(exist_ok=True)
    for seed, kind in enumerate(("neg", "pos"), 1):
        lines = _made_up_sentences(PER_CLASS, seed)
        (labelled / f"rt-polarity.{kind}").write_text("".join(f"{line} . \n" for line in lines), encoding="utf-8")
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8") as opened:
        review = []
        for line in _made_up_sentences(sentences, seed=0):
            review.append(f"{line.capitalize()}.")
            if len(review) == SENTENCES_OF_A_REVIEW:
                opened.write(f"product/productId: B0\nreview/score: 5.0\nreview/text: {' '.join(review)}\n\n")
                review = []
        opened.write(f"review/text: {' '.join(review)}\n")
    return path


def _made_up_sentences(count, seed):
    """Yield sentences (str) of Zipf-distributed words, a block of them at a time."""
    for start in range(0, count, _BLOCK):
        ids = zipf_ids(min(_BLOCK, count - start) * WORDS_OF_A_SENTENCE, WORDS, seed=[seed, start])
        for sentence in ids.reshape(-1, WORDS_OF_A_SENTENCE).tolist():
            yield " ".join(f"w{word}" for word in sentence)


@dataclasses.dataclass(frozen=True)
class Growth:
    """Made-up text of any size.

    Attributes:
        name (str): for the record.
        write (callable): (path, documents) -> path, writes the text.
        suffix (str): of the file.
        command (callable): (file, folder) -> list of str, the command line that prepares it.
    """

    name: str
    write: typing.Callable
    suffix: str
    command: typing.Callable


REVIEWS_IN_AN_ARCHIVE = Growth("made-up reviews", write_archive, ".tar", command_for_any_number)
SENTENCES_OF_REVIEWS = Growth("made-up sentences", write_sentences, ".txt.gz", command_for_sentences)
