"""The faults, and how each of them ends."""

import collections
import hashlib
import random
import shutil
from pathlib import Path

from tests.faults.children import call
from tests.helpers import tiny_corpus

SMALL = [
    "model.embedding_size=5",
    "model.hidden_size=8",
    "model.ffnn_size=6",
    "training.batch_size=8",
    "training.max_epochs=8",
    "training.patience=8",
    "training.learning_rate=0.05",
    "perturbation.neighbours=3",
    "training.initialise=random",
]
SEC, GED = (
    f"runs/{corpus}/paper/quick/{method}/seed-0" for corpus, method in (("sample-sec", "iadvt"), ("sample-ged", "advt"))
)
#: What is not the same each time: times, and what names them.
_TIMES = {"timing.json", "environment.json", "log.jsonl", "seal.json"}
SURVIVED, DETECTED, HARMLESS, SILENT, TRACEBACK = ENDS = "survived", "detected", "harmless", "silent", "traceback"


def _settings(values):
    return [word for value in values for word in ("--set", value)]


def stages(out):
    """Name -> command of each stage that writes (dict of list of str), in order."""
    made = ["--out", str(out)]
    train = [*made, "--quiet", *_settings(SMALL)]
    return {
        "data_prep": ["data_prep", "text", "--source", str(out / "own.csv"), "--name", "own", "--workers", "1", *made],
        "language model": [
            "pretrain_lm",
            "sample-sec",
            "--quiet",
            *made,
            *_settings(["lm.embedding_size=5", "lm.hidden_size=8", "lm.max_epochs=2", "lm.cutoffs=[5, 20]"]),
        ],
        "skip-gram": [
            "word_vectors",
            "skipgram",
            "sample-ged",
            "--quiet",
            *made,
            *_settings(["vectors.size=5", "vectors.epochs=1"]),
        ],
        "train": ["interpretable_adv", "train", "sample-sec", "--method", "iadvt", *train],
        "train, labelling": ["interpretable_adv", "train", "sample-ged", "--method", "advt", *train],
        "sanity": ["results", "sanity", "sample-sec", *made],
        "attack": ["interpretable_adv", "attack", str(out / SEC), "--json", str(out / SEC / "attack-test.jsonl")],
        "interpretability": [
            "interpretable_adv",
            "interpretability",
            str(out / SEC),
            "--json",
            str(out / SEC / "interpretability-test.json"),
        ],
        "table": ["results", "table", "3", *made],
    }


def readers(out):
    """Commands that show what stands there (list of list of str)."""
    made = ["--out", str(out)]
    return [
        *(
            ["results", *words, *made]
            for words in (["table", "3"], ["table", "6"], ["table", "7"], ["table", "interpretability"], ["runs"])
        ),
        *(["interpretable_adv", "evaluate", str(out / run)] for run in (SEC, GED)),
        ["interpretable_adv", "explain", str(out / SEC), "great word1 word2"],
        ["interpretable_adv", "attack", str(out / SEC), "--check", str(out / SEC / "attack-test.jsonl")],
        *(stages(out)[name] for name in ("language model", "skip-gram", "train", "train, labelling")),
    ]


class Campaign:
    """A folder of everything made, and what is done to copies of it.

    Args:
        folder (pathlib.Path): empty, to work in.
        seed (int): of what is drawn.

    Attributes:
        counts (dict of str to collections.Counter): kind of fault -> how often each end came.
        failures (list of str): those that were silent or ended with a traceback.
    """

    def __init__(self, folder, seed=0):
        self.folder, self.random = Path(folder), random.Random(seed)
        self.counts, self.failures = collections.defaultdict(collections.Counter), []
        self.out, self.before = self.folder / "out", self.folder / "before"
        self.out.mkdir()
        for task, corpus in (("classification", "sample-sec"), ("labelling", "sample-ged")):
            tiny_corpus(self.out / "corpora" / corpus, task=task, name=corpus, documents=48)
        (self.out / "own.csv").write_text(
            "text,label\n"
            + "".join(f"word{row % 7} and {'good' if row % 2 else 'bad'} number{row},{row % 2}\n" for row in range(60))
        )
        self.whole = {}  # stage -> (files before it, files after it)
        for name, line in stages(self.out).items():
            shutil.copytree(self.out, self.before / name)
            ended = call(line)
            if ended.status:
                raise RuntimeError(f"{name}: {ended.err}")
            self.whole[name] = contents(self.out)
        shutil.copytree(self.out, self.folder / "finished")
        self.shown = [call(line).out for line in readers(self.out)]

    def count(self, kind, end, what):
        self.counts[kind][end] += 1
        if end in (SILENT, TRACEBACK):
            self.failures.append(f"{kind}: {end}: {what}")

    def _put(self, source):
        shutil.rmtree(self.out)
        shutil.copytree(source, self.out)

    def kill(self, stage, at):
        """Kill a stage at a change to the disk, and repeat it; returns whether it lived so long (bool)."""
        self._put(self.before / stage)
        first = call(stages(self.out)[stage], kill_at=at)
        if first.status == 0:
            return False
        self._repeat(f"kill, {stage}", stage, f"at change {at}", first)
        return True

    def fill(self, stage, room):
        """Let a stage find the disk full, and repeat it with room."""
        self._put(self.before / stage)
        first = call(stages(self.out)[stage], room=room)
        if first.status and len(first.err.splitlines()) != 1:
            self.count(f"disk full, {stage}", TRACEBACK, first.err[-400:])
        else:
            self._repeat(f"disk full, {stage}", stage, f"{room} bytes", first)

    def _repeat(self, kind, stage, what, first):
        again = call(stages(self.out)[stage])
        if first.has_traceback or again.has_traceback:
            self.count(kind, TRACEBACK, f"{what}: {(first.err + again.err)[-400:]}")
        elif again.status:
            self.count(kind, DETECTED, what)
        else:
            found = contents(self.out)
            other = [
                name
                for name in found.keys() | self.whole[stage].keys()
                if found.get(name) != self.whole[stage].get(name)
            ]
            self.count(kind, SILENT if other else SURVIVED, f"{what}: {sorted(other)}")

    def artefacts(self):
        """Every file that is there when all stages are done (list of pathlib.Path, below the folder of everything
        made).
        """
        finished = self.folder / "finished"
        return sorted(
            path.relative_to(finished)
            for path in finished.rglob("*")
            if path.is_file()
            and path.suffix != ".lock"
            and path.relative_to(finished).parts[0] not in ("own.csv", "tables")
        )

    def damage(self, path):
        """Damage a file of a finished folder in one of several ways, and show everything."""
        self._put(self.folder / "finished")
        content = (self.out / path).read_bytes()
        way, damaged = self._damaged(content)
        (self.out / path).write_bytes(damaged)
        ended = [call(line) for line in readers(self.out)]
        kind = f"damage, {path.name.split('.')[0] if path.suffix == '.npy' else path.name}"
        trace = next((one.err for one in ended if one.has_traceback), None)
        if trace is not None:
            self.count(kind, TRACEBACK, f"{path}, {way}: {trace[-400:]}")
        elif any(one.status or " damaged" in one.out or one.err for one in ended):
            self.count(kind, DETECTED, path)
        else:
            other = [
                line[1:3]
                for line, one, before in zip(readers(self.out), ended, self.shown, strict=True)
                if one.out != before
            ]
            self.count(kind, SILENT if other else HARMLESS, f"{path}, {way}: {other}")

    def _damaged(self, content):
        place = self.random.randrange(len(content))
        digits = [at for at, byte in enumerate(content) if chr(byte).isdigit()]
        way = self.random.choice(["bit", "bit", "digit", "cut", "cut at a line"])
        if way == "digit" and digits:
            place = self.random.choice(digits)
            return f"digit at {place}", content[:place] + str((content[place] - 47) % 10).encode() + content[
                place + 1 :
            ]
        if way == "cut at a line" and b"\n" in content[:-1]:
            return way, content[: content[:-1].rindex(b"\n") + 1]
        if way == "cut":
            return f"cut at {place}", content[:place]
        bit = self.random.randrange(8)
        return f"bit {bit} at {place}", content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]

    def table(self):
        """The counts as text (str)."""
        lines = [
            ("kind", *ENDS),
            *((kind, *(str(self.counts[kind][end]) for end in ENDS)) for kind in sorted(self.counts)),
            ("all", *(str(sum(counts[end] for counts in self.counts.values())) for end in ENDS)),
        ]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if place == 0 else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            for line in lines
        )


def contents(out):
    """SHA-256 of every file but times and locks, by path (dict)."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.suffix != ".lock" and path.name not in _TIMES
    }
