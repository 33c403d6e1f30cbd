"""A folder of trained runs whose corpora hold what could harm a page, and a browser to look at the page with."""

import shutil

import pytest

from data_prep.corpus import Corpus
from data_prep.description import Document
from data_prep.prose import as_given
from data_prep.tokenising import One
from data_prep.writer import CorpusWriter, VocabularyRule
from iadv_foundation.storage import files
from interpretable_adv.analysis.adversarial_texts import lines_of
from interpretable_adv.analysis.attack import attack
from interpretable_adv.analysis.interpretability import interpretability
from interpretable_adv.analysis.records import attack_path, interpretability_path, write_lines
from interpretable_adv.trained import open_run
from interpretable_adv.training.run import Request, train
from results.report.page import write_report
from results.study import Study

SCRIPT, HANDLER = "<script>window.harmed=1</script>", '"onmouseover="window.harmed=2"'
IMAGE, ENTITY, LINE, CLOSING = "<img/src=x/onerror=window.harmed=3>", "&lt;b&gt;", "a\u2028b", "</script><h1>out</h1>"
HOSTILE = [SCRIPT, HANDLER, IMAGE, ENTITY, LINE, CLOSING, "<!--", "'", "${word}", "{{7*7}}"]
CLASSES = ["<i>bad</i>", "good"]
SETTINGS = (
    "model.embedding_size=6",
    "model.hidden_size=6",
    "model.ffnn_size=4",
    "training.batch_size=8",
    "training.unlabeled_batch_size=8",
    "training.max_epochs=2",
    "training.initialise=random",
    "training.learning_rate=0.003",
    "model.dropout=0.5",
    "perturbation.neighbours=10",
    "model.activation=tanh",
    "training.max_words=0",
)


def hostile_corpus(folder, task="classification", lengths=(7, 12)):
    """Write a corpus whose words are :data:`HOSTILE` and some plain ones; 40 documents in each split."""
    labelling = task == "labelling"
    words = [*HOSTILE, *(f"plain{number}" for number in range(14))]
    documents = []
    for split in ("train", "dev", "test"):
        for index in range(40):
            length = lengths[0] + index % (lengths[1] - lengths[0] + 1)
            tokens = [words[(index * 5 + place * (1 + index % 3)) % len(words)] for place in range(length)]
            label = [int((index + place) % 4 == 0) for place in range(length)] if labelling else index % 2
            documents.append(Document(split, tokens, label, f"{split} {index}"))
    with files.replacing_folder(folder) as partial:
        rule = VocabularyRule(unknown="unk" if labelling else "drop")
        writer = CorpusWriter(partial, task, ["c", "i"] if labelling else CLASSES, rule)
        writer.fill(documents, One(as_given))
        writer.finish(
            {
                "name": folder.name,
                "title": f"<b>{folder.name}</b>",
                "description": "words that could harm a page",
                "expected": None,
                "sources": [],
                "options": {},
                "notes": {},
            }
        )
    return Corpus.open(folder)


def trained(out, corpus, method, seed=0):
    """Train a very small network; its folder (pathlib.Path)."""
    request = Request(corpus=corpus, method=method, seed=seed, out=str(out), overrides=SETTINGS, quiet=True)
    train(request)
    return request.folder


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Folder of everything made, with runs on two hostile corpora; only to be read."""
    out = tmp_path_factory.mktemp("report") / "out"
    hostile_corpus(out / "corpora" / "text-hostile")
    hostile_corpus(out / "corpora" / "tags-hostile", "labelling")
    folders = [trained(out, "text-hostile", method) for method in ("baseline", "advt", "iadvt")]
    folders += [trained(out, "text-hostile", "iadvt", seed=1), trained(out, "tags-hostile", "iadvt")]
    for folder in folders[1:3]:
        run = open_run(folder)
        write_lines(attack_path(folder), lines_of(run, attack(run)))
        files.write_json(interpretability_path(folder), interpretability(run))
    return out


@pytest.fixture(scope="session")
def page_file(made):
    """The report of it (pathlib.Path)."""
    return write_report(Study(made))


def _executable(chromium):
    """Path of a Chromium (str): the system's or the one that Playwright has installed; None without one."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return shutil.which(name)
    return chromium.executable_path if shutil.which(chromium.executable_path) else None


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium (playwright.sync_api.Browser)."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        executable = _executable(playwright.chromium)
        if executable is None:
            pytest.skip("no Chromium here (Debian, Ubuntu: apt install chromium)")
        launched = playwright.chromium.launch(executable_path=executable)
        yield launched
        launched.close()
