"""The faults, and how each of them ends."""

import collections
import contextlib
import hashlib
import itertools
import os
import shutil
import sys
from pathlib import Path

from tests.faults.children import call
from tests.faults.commands import readers, stages
from tests.faults.damaging import damaged, unseal
from tests.faults.disks import filled, small_disk
from tests.helpers import tiny_corpus

#: What is not the same each time: times, and what names them.
_TIMES = {"timing.json", "environment.json", "log.jsonl", "seal.json"}
SURVIVED, DETECTED, MARKED, HARMLESS, SILENT, TRACEBACK = ENDS = (
    *("survived", "detected", "marked", "harmless", "silent", "traceback"),
)
#: What a command or a page says of something that it does not take.
_WORDS = ("damaged", "was altered", "is missing", "left out")
_UNSEALED = "before records had seals"


class Campaign:
    """A folder of everything made, and what is done to copies of it.

    Args:
        folder (pathlib.Path): empty, to work in.
        only (iterable of str or None): stages; None for all.

    Attributes:
        changes (dict of str to int): stage -> the changes to the disk that it makes.
        counts (dict of str to collections.Counter): kind of fault -> how often each end came.
        failures (list of str): those that were silent or ended with a traceback.
    """

    def __init__(self, folder, only=None):
        self.folder = Path(folder)
        self.counts, self.failures = collections.defaultdict(collections.Counter), []
        self.out, self.before, self.changes, self.whole = self.folder / "out", self.folder / "before", {}, {}
        self._begin()
        for name in stages(self.out) if only is None else only:
            line = stages(self.out)[name]
            shutil.copytree(self.out, self.before / name)
            ended = call(line)
            if ended.status:
                raise RuntimeError(f"{name}: {ended.err}")
            self.changes[name], self.whole[name] = ended.changes, contents(self.out)
        self.readers = readers(self.out, self.changes)
        self.finished = {"sealed": self.folder / "sealed", "unsealed": self.folder / "unsealed"}
        for name, finished in self.finished.items():
            shutil.copytree(self.out, finished)
            if name == "unsealed":
                unseal(finished)
        self.shown = {}
        for name in self.finished:
            self._put(self.finished[name])
            self.shown[name] = self._shown()

    def _begin(self):
        self.out.mkdir()
        for task, corpus in (("classification", "sample-sec"), ("labelling", "sample-ged")):
            tiny_corpus(self.out / "corpora" / corpus, task=task, name=corpus, documents=48)
        rows = "".join(f"word{row % 7} and {'good' if row % 2 else 'bad'} number{row},{row % 2}\n" for row in range(60))
        (self.out / "own.csv").write_text("text,label\n" + rows)
        lines = "".join(f"word{row % 7}\tc\nand\tc\nhim{row % 2}\t{'ci'[row % 2]}\n\n" for row in range(60))
        (self.out / "own.tsv").write_text(lines)

    def _shown(self, only=None):
        """What readers show: list of (Ended, what it printed and wrote).

        Args:
            only (list of bool or None): which readers; None for all.
        """
        found = []
        for line, written in itertools.compress(self.readers, only or itertools.repeat(True)):
            for name in written:
                (self.out / name).unlink(missing_ok=True)
            ended = call(line)
            pages = [(self.out / name).read_text(encoding="utf-8") for name in written if (self.out / name).is_file()]
            found.append((ended, "".join([ended.out, *pages])))
        return found

    def count(self, kind, end, what):
        self.counts[kind][end] += 1
        if end in (SILENT, TRACEBACK):
            self.failures.append(f"{kind}: {end}: {what}")
            print(self.failures[-1], file=sys.stderr, flush=True)

    def _put(self, source):
        shutil.rmtree(self.out, ignore_errors=True)
        shutil.copytree(source, self.out, symlinks=True)

    def kill(self, stage, at):
        """Kill a stage in place of a change to the disk, and repeat it."""
        self._put(self.before / stage)
        first = call(stages(self.out)[stage], kill_at=at)
        self._repeat(f"kill, {stage}", stage, f"at change {at} of {self.changes[stage]}", first)

    def kill_inside(self, stage, size):
        """Kill a stage inside the write that would make a file larger than ``size`` bytes, and repeat it."""
        self._put(self.before / stage)
        first = call(stages(self.out)[stage], largest=size, kill=True)
        self._repeat(f"kill inside a write, {stage}", stage, f"after {size} bytes", first)

    def limit(self, stage, size):
        """Let a stage find that a file gets no larger than ``size`` bytes, and repeat it without."""
        self._put(self.before / stage)
        first = call(stages(self.out)[stage], largest=size)
        self._repeat(f"file too large, {stage}", stage, f"after {size} bytes", first)

    def fill(self, stage, room):
        """Let a stage find the disk full after ``room`` bytes, and repeat it with room."""
        shutil.rmtree(self.out)
        self.out.mkdir()
        with small_disk(self.out):
            shutil.copytree(self.before / stage, self.out, dirs_exist_ok=True)
            with filled(self.out, room):
                first = call(stages(self.out)[stage])
            self._repeat(f"disk full, {stage}", stage, f"{room} bytes left", first)

    def _repeat(self, kind, stage, what, first):
        again = call(stages(self.out)[stage])
        if first.has_traceback or again.has_traceback or first.status > 0 and len(first.err.splitlines()) != 1:
            self.count(kind, TRACEBACK, f"{what}: {(first.err + again.err)[-600:]}")
        elif again.status:
            self.count(kind, DETECTED, what)
        else:
            found, whole = contents(self.out), self.whole[stage]
            other = sorted(name for name in found.keys() | whole.keys() if found.get(name) != whole.get(name))
            self.count(kind, SILENT if other else SURVIVED, f"{what}: {other}")

    def artefacts(self, kind):
        """Every file that is there when all stages are done (list of pathlib.Path, below the folder of everything
        made).

        Args:
            kind (str): ``sealed`` or ``unsealed``.
        """
        finished = self.finished[kind]
        made = (path.relative_to(finished) for path in finished.rglob("*") if path.is_file() and path.suffix != ".lock")
        return sorted(
            path
            for path in made
            if path.parts[0] in ("corpora", "runs", "lm", "vectors", "sanity", "kept", "model.zip")
        )

    def damage(self, kind, path, number):
        """Damage a file of a finished folder in a way that a number names, and show all that is made from it."""
        self._put(self.finished[kind])
        way, content = damaged((self.out / path).read_bytes(), number)
        (self.out / path).write_bytes(content)
        target = os.path.realpath(self.out / path)
        only = [target in ended.opened for ended, _ in self.shown[kind]]
        usual = list(itertools.compress(self.shown[kind], only))
        ends = [self._end(*one) for one in zip(self._shown(only), usual, strict=True)]
        name = f"damage{' without seals' if kind == 'unsealed' else ''}, {_kind_of(path)}"
        worst = max(ends, key=(HARMLESS, DETECTED, MARKED, SILENT, TRACEBACK).index, default=HARMLESS)
        lines = [" ".join(line[:2]) for line, _ in itertools.compress(self.readers, only)]
        by = [line for line, end in zip(lines, ends, strict=True) if end == worst]
        self.count(name, worst, f"{path}, {way}: {by}")

    @staticmethod
    def _end(shown, before):
        """How a command ended that reads something damaged, of a folder in which it had ended otherwise before."""
        (ended, text), (usual, usual_text) = shown, before
        if ended.has_traceback:
            return TRACEBACK
        if ended.status or ended.err != usual.err or any(text.count(word) > usual_text.count(word) for word in _WORDS):
            return DETECTED
        if text == usual_text:
            return HARMLESS
        return MARKED if _UNSEALED in ended.err else SILENT


def _kind_of(path):
    return f"{path.parts[0]}/ {path.name.partition('.')[0] + '.*' if path.suffix == '.npy' else path.name}"


def contents(out):
    """SHA-256 of every file but times and locks, by path (dict)."""
    found = {}
    for path in sorted(out.rglob("*")):
        with contextlib.suppress(FileNotFoundError):
            if path.is_file() and path.suffix != ".lock" and path.name not in _TIMES:
                found[str(path.relative_to(out))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
