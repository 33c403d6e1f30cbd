"""A corpus is prepared again when code that has a part in it changes, and not when other code does."""

import shutil
import subprocess
import sys

import pytest

from data_prep import code_digest as module
from data_prep.code_digest import ROOT, code_digest, modules_of
from data_prep.corpora import CORPORA, named

EVERY = {corpus.name: corpus.module for corpus in (*CORPORA.values(), named("text"), named("tags"))}
#: Imports a corpus's module alone, without the registry, and the pipeline; prints what of the package is loaded then.
LOAD = """
import importlib, sys, types
sys.path.insert(0, sys.argv[1])
import data_prep
package = sys.modules["data_prep.corpora"] = types.ModuleType("data_prep.corpora")
package.__path__ = [sys.argv[1] + "/data_prep/corpora"]
for name in sys.argv[2:]:
    importlib.import_module(name)
print(*(name for name, one in sys.modules.items() if name.startswith("data_prep.") and not hasattr(one, "__path__")))
"""


@pytest.fixture
def package(tmp_path):
    """A copy of the package that may be edited."""
    return shutil.copytree(ROOT, tmp_path / "data_prep", ignore=shutil.ignore_patterns("__pycache__"))


def digests(package):
    code_digest.cache_clear()
    return {name: code_digest(one, package) for name, one in EVERY.items()}


def changed(package, path, text="\n"):
    """The corpora whose digest another text at the end of a file changes."""
    before = digests(package)
    with open(package / path, "a", encoding="utf-8") as opened:
        opened.write(text)
    after = digests(package)
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize("name", EVERY)
def test_what_python_loads_is_what_is_counted(name):
    command = [sys.executable, "-c", LOAD, str(ROOT.parent), EVERY[name], module.PIPELINE]
    loaded = subprocess.run(command, check=True, text=True, capture_output=True).stdout.split()
    assert set(modules_of(EVERY[name])) == set(loaded) - {"data_prep.downloads", "data_prep.packages"}


@pytest.mark.parametrize(
    "path, corpora",
    [
        ("corpora/imdb.py", {"imdb"}),
        ("corpora/agnews.py", {"agnews"}),
        ("readers/csv_rows.py", {"dbpedia", "agnews"}),
        ("readers/token_lines.py", {"fce", "tags"}),
        ("readers/rcv1_topics.py", {"rcv1"}),
        ("own.py", {"text", "tags"}),
        ("corpora/sample_cac.py", {"sample-cac", "sample-ged"}),
        ("english.py", {"sample-ged"}),
        ("readers/user_tables.py", {"text"}),
        ("readers/user_lines.py", {"text", "tags"}),
        ("any_script.py", {"text"}),
        ("splitting.py", set(EVERY) - {"imdb", "fce"}),
        *(
            (path, set(EVERY))
            for path in ("prose.py", "writer.py", "prepare.py", "sources.py", "guards.py", "renumbering.py")
        ),
        *(
            (path, set())
            for path in (
                "command.py",
                "__main__.py",
                "downloads.py",
                "packages.py",
                "overlap.py",
                "layers.py",
                "corpora/__init__.py",
            )
        ),
    ],
)
def test_an_edit_concerns_the_corpora_that_the_file_has_a_part_in(package, path, corpora):
    assert changed(package, path) == corpora


def test_a_new_corpus_or_reader_concerns_no_other(package):
    assert not changed(package, "corpora/new.py", "from data_prep.readers import new\n")
    assert not changed(package, "readers/new.py", "import json\n")


def test_a_removed_import_and_an_added_one_are_seen(package):
    assert changed(package, "corpora/imdb.py", "import data_prep.readers.csv_rows\n") == {"imdb"}
    assert "imdb" in changed(package, "readers/csv_rows.py")
