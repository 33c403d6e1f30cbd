"""The examples of ``docs/extending`` work, and cost what the pages say.

Each page's code is taken out of it and put into a copy of the packages, where its commands run on small texts.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "extending"
PACKAGES = (
    "iadv_foundation",
    "data_prep",
    "pretrain_lm",
    "word_vectors",
    "interpretable_adv",
    "quoted_systems",
    "results",
)
BLOCK = re.compile(r"^(New file|In) `([^`]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COST = re.compile(r"^\*\*Cost: (\d+) files?, (\d+) lines?\.\*\*$", re.MULTILINE)
TINY = [
    "model.embedding_size=6",
    "model.hidden_size=8",
    "model.ffnn_size=6",
    "training.max_epochs=1",
    "training.batch_size=16",
    "training.initialise=random",
    "perturbation.neighbours=3",
]


def parts(page):
    """The examples of a page, each up to the next statement of a cost (list of (files, lines, text))."""
    text = (PAGES / page).read_text(encoding="utf-8")
    pieces = COST.split(text)[1:]
    return [(int(files), int(lines), rest) for files, lines, rest in zip(*[iter(pieces)] * 3, strict=True)]


def cost_of(text):
    """How many files an example touches, and how many lines it adds."""
    blocks = BLOCK.findall(text)
    added = [
        line for kind, _, code in blocks for line in code.splitlines() if kind == "New file" or line.startswith("+")
    ]
    return len({path for _, path, _ in blocks}), len(added)


@pytest.mark.parametrize("page, examples", [("method.md", 1), ("corpus.md", 1), ("encoder.md", 1), ("table.md", 2)])
def test_an_example_costs_what_its_page_says(page, examples):
    found = parts(page)
    assert len(found) == examples
    for files, lines, text in found:
        assert (files, lines) == cost_of(text)


def test_the_index_says_the_same():
    rows = re.findall(r"^\| .* \| (\d+) files?, (\d+) lines? \| \[\w+\]\((\w+\.md)\) \|$", index(), re.MULTILINE)
    assert sorted((page, int(files), int(lines)) for files, lines, page in rows) == sorted(
        (page, files, lines)
        for page in ("method.md", "corpus.md", "encoder.md", "table.md")
        for files, lines, _ in parts(page)
    )


def index():
    return (PAGES / "index.md").read_text(encoding="utf-8")


def applied(text, changes):
    """A text with lines of a difference put in; those it does not add must stand there, once, in this order."""
    lines = [line for line in changes.splitlines() if line]
    assert not any(line.startswith("-") for line in lines)
    before = "\n".join(line[1:] for line in lines if not line.startswith("+")) + "\n"
    assert text.count(before) == 1, before
    return text.replace(before, "\n".join(line[1:] for line in lines) + "\n")


@pytest.fixture
def checkout(tmp_path):
    """A copy of the packages, with :func:`run` to call their commands."""
    for name in (*PACKAGES, "configs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return Checkout(tmp_path)


class Checkout:
    """A copy of the packages in a folder."""

    def __init__(self, folder):
        self.folder = folder

    def add(self, page):
        """Put the code of a page into it."""
        for _, _, text in parts(page):
            for kind, path, code in BLOCK.findall(text):
                target = self.folder / path
                assert target.exists() == (kind == "In"), path
                target.write_text(code if kind == "New file" else applied(target.read_text("utf-8"), code), "utf-8")

    def run(self, *words, status=0):
        """Call a command of a stage; returns what it prints (str)."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-P", "-m", *map(str, words)]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    def prepare_reviews(self):
        """Make the corpus ``text-reviews`` of made-up sentences; returns what the command says (str)."""
        words = {"good": ("fine", "moving", "great"), "bad": ("dull", "poor", "awful")}
        rows = [
            {
                "text": f"the film number {number % 7} is {words[label][number % 3]} and {'very ' * (number % 4)}long",
                "label": label,
            }
            for number in range(60)
            for label in words
        ]
        (self.folder / "reviews.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return self.run("data_prep", "text", "--source", "reviews.jsonl", "--name", "reviews", "--quiet")

    def train(self, corpus, method, *settings, seed=0, again=False):
        """Train for an epoch, or ``again``, where it must be finished already; returns the run's folder."""
        words = [word for setting in (*TINY, *settings) for word in ("--set", setting)]
        said = self.run("interpretable_adv", "train", corpus, "--method", method, "--seed", seed, "--quiet", *words)
        assert f"{corpus} {method} seed {seed}{' (was finished already)' * again}: test error rate" in said
        return self.folder / "out" / "runs" / corpus / "paper" / "quick" / method / f"seed-{seed}"


def test_method(checkout):
    checkout.prepare_reviews()
    checkout.train("text-reviews", "iadvt")
    checkout.add("method.md")
    checkout.train("text-reviews", "iadvt", again=True)
    for method in ("advt-sign", "iadvt-sign", "vat-sign", "ivat-sign"):
        folder = checkout.train("text-reviews", method)
        checkout.run("interpretable_adv", "explain", folder, "the film is dull", "--json", "explained.json")
        explained = json.loads((checkout.folder / "explained.json").read_text())
        assert explained["trained_by"] == explained["method"] == method
    code = (
        "import numpy as np, chainer.functions as F, chainer.links as L\n"
        "from interpretable_adv.perturbation import CrossEntropy, Perturber\n"
        "embed, output = L.EmbedID(20, 8), L.Linear(8, 2)\n"
        "ids, sentence = np.array([3, 5, 7]), np.zeros(3, int)\n"
        "network = lambda words: output(F.sum(words, axis=0)[None])\n"
        "found = Perturber('advt-sign')(network, CrossEntropy(np.array([1], 'i')), ids, embed.W.array, sentence)\n"
        "assert np.allclose(abs(found.r), abs(found.r[0, 0])), found.r\n"
        "assert (np.sign(found.r) == np.sign(found.gradient)).all()\n"
        "assert np.isclose(np.linalg.norm(found.r), 5)\n"
    )
    (checkout.folder / "check.py").write_text("import iadv_foundation\n" + code)
    checkout.run("check")


def test_corpus(checkout):
    checkout.prepare_reviews()
    checkout.add("corpus.md")
    assert "already prepared" in checkout.prepare_reviews()
    source = checkout.folder / "trec"
    source.mkdir()
    train = "".join(
        f"{kind}:a What is thing number {number} of kind{kind} ?\n" for number in range(30) for kind in TREC
    )
    (source / "train_5500.label").write_bytes(
        train.encode("latin-1") + "HUM:ind Who was Andr\xe9 ?\n".encode("latin-1")
    )
    (source / "TREC_10.label").write_text("".join(f"{kind}:b What is kind{kind} ?\n" for kind in TREC))
    said = checkout.run("data_prep", "trec", "--source", source, "--subset", "--quiet")
    assert "trec (subset): train 163 / dev 18 / test 6" in said
    said = checkout.run("data_prep", "trec", "--source", source, "--out", "other", status=1)
    assert "not the complete trec corpus" in said and "train 4,907 expected, 163 found" in said
    (source / "TREC_10.label").write_text("DESC:b What ?\nWHAT:b What ?\n")
    said = checkout.run("data_prep", "trec", "--source", source, "--subset", "--out", "other", status=1)
    assert "TREC_10.label, line 2: 'WHAT' is none of ABBR, DESC" in said
    folder = checkout.train("trec", "iadvt")
    assert "trec" in checkout.run("interpretable_adv", "explain", folder, "what is it ?")
    assert "TREC" in checkout.run("data_prep", "list")


TREC = ("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM")


def test_encoder(checkout):
    checkout.prepare_reviews()
    of_lstm = checkout.train("text-reviews", "advt")
    checkout.add("encoder.md")
    checkout.train("text-reviews", "advt", again=True)

    def probabilities(folder):
        texts = "the film is dull and moving", "moving the dull film is and"
        checkout.run("interpretable_adv", "predict", folder, *texts, "--json", "said.json")
        lines = (checkout.folder / "said.json").read_text().splitlines()
        return [json.loads(line)["probabilities"]["good"] for line in lines]

    for method in ("iadvt", "ivat"):
        first, second = probabilities(checkout.train("text-reviews", method, "model.encoder=mean"))
        assert first == pytest.approx(second, abs=1e-6)  # a mean does not know the order of the words
    first, second = probabilities(of_lstm)
    assert first != pytest.approx(second, abs=1e-6)  # an LSTM does
    words = "train", "text-reviews", "--method", "iadvt", "--set", "model.encoder=means"
    assert "'mean'" in checkout.run("interpretable_adv", *words, status=2)


def test_table(checkout):
    checkout.add("table.md")
    shutil.copytree(ROOT / "tests" / "results", checkout.folder / "tests" / "results")
    (checkout.folder / "check.py").write_text(
        "from pathlib import Path\n"
        "from tests.results.made_up import classification_run\n"
        "for seed, errors in enumerate((40, 50, 90)):\n"
        "    classification_run(Path('out'), 'sample-sec', 'advt', errors, seed=seed)\n"
        "classification_run(Path('out'), 'sample-sec', 'iadvt-sparse', 44)\n"
    )
    checkout.run("check")
    said = checkout.run("results", "table", "3")
    lines = {
        line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")]
        for line in said.splitlines()
        if "|" in line
    }
    place = lines["Method"].index("Median")
    assert lines["AdvT-Text [Miyato et al., 2017]"][place] == "25.00‡"
    assert lines["iAdvT-Text"][place] == "-"
    assert lines["Adversarial (original)"][lines["Method"].index("Published")] == "6.21"
    assert lines["iAdvT-Sparse¶"][place] == "22.00‡"
    assert "6.21 from Miyato et al., 2017" in said
    for kind in ("csv", "tex"):
        text = (checkout.folder / f"out/tables/paper/quick/table3.{kind}").read_text(encoding="utf-8")
        assert "edian" in text
