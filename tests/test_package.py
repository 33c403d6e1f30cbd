"""What an installed package has: every module and every data file, under names of the project's own, and nothing else.

The wheel is built once, without a network; commands then run from it in an empty folder.
"""

import importlib
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from iadv_foundation.console.cli import script_name
from iadv_foundation.version import __version__
from tests.test_locks import wanted

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OWN = {"iadv_foundation", "data_prep", "pretrain_lm", "word_vectors", "interpretable_adv", "quoted_systems"}
MOVED = {"results": "interpretable_adv/results", "configs": "iadv_foundation/configs"}
STAGES = [*sorted(OWN - {"iadv_foundation"}), "interpretable_adv.results"]


def sources():
    """Every file of the folders that are installed, as it is called in the repository (list of pathlib.PurePath)."""
    return [
        path.relative_to(ROOT)
        for folder in (*OWN, *MOVED)
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]


def installed_name(path):
    """Where a file of the repository is when it is installed (str)."""
    top, *rest = path.parts
    return "/".join([MOVED.get(top, top), *rest])


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of what the package is built from (pathlib.Path): the build writes beside it."""
    setuptools = pytest.importorskip("setuptools")
    if int(setuptools.__version__.split(".")[0]) < 77:
        pytest.skip(f"setuptools {setuptools.__version__} does not build the package: 77 or newer does")
    root = tmp_path_factory.mktemp("package") / "a tree"
    root.mkdir()
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "CITATION.cff", "CHANGELOG.md"):
        shutil.copy(ROOT / name, root)
    for path in (*ROOT.glob("requirements*.txt"), ROOT / "build-constraints.txt"):
        shutil.copy(path, root)
    for folder in (*OWN, *MOVED, "workflow", "tests", "config"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def build(tree, what):
    """Call the build backend in a process of its own; the path of what it made (pathlib.Path)."""
    code = (
        "import sys\nfrom setuptools import build_meta\n_, what, folder, name = sys.argv\n"
        "made = getattr(build_meta, what)(folder)\nprint(made, file=open(name, 'w'))"
    )
    made, name = tree.parent / what, tree.parent / f"{what}.name"
    made.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code, what, made, name], cwd=tree, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return made / name.read_text().strip()


@pytest.fixture(scope="module")
def wheel(tree):
    return build(tree, "build_wheel")


@pytest.fixture(scope="module")
def site(wheel):
    """The wheel as it is installed (pathlib.Path)."""
    folder = wheel.parent / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def call(site, tmp_path):
    """Runs Python's words in an empty folder, with the installed package (callable, subprocess.CompletedProcess)."""

    def run(*words, **variables):
        environment = {**os.environ, "PYTHONPATH": str(site), **variables}
        return subprocess.run(
            [sys.executable, *map(str, words)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


class TestContents:
    """Which files a wheel holds."""

    def test_every_file_and_no_other(self, wheel):
        names = set(zipfile.ZipFile(wheel).namelist())
        made = {name for name in names if not name.split("/")[0].endswith(".dist-info")}
        assert made == {installed_name(path) for path in sources()}
        assert {path.suffix for path in sources()} >= {".py", ".toml", ".html", ".css", ".js", ".cu", ".zip", ".md"}

    def test_only_names_of_the_project_s_own(self, wheel):
        tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
        (record,) = [name for name in tops if name.endswith(".dist-info")]
        assert tops - {record} == OWN

    def test_licence_and_dependencies(self, wheel):
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
            metadata = archive.read(next(name for name in names if name.endswith("/METADATA"))).decode()
        assert any(name.endswith("LICENSE") for name in names)
        required = [
            Requirement(line.partition(": ")[2]) for line in metadata.splitlines() if line.startswith("Requires-Dist: ")
        ]
        basic = {(one.name, one.specifier) for one in required if one.marker is None}
        assert basic == {(one.name, one.specifier) for one in wanted("requirements.txt")}
        assert f"\nVersion: {__version__}\n" in metadata and "\nRequires-Python: <3.14,>=3.11\n" in metadata

    def test_the_source_distribution_gives_the_same_wheel(self, tree, wheel):
        archive = build(tree, "build_sdist")
        shutil.unpack_archive(archive, archive.parent, filter="data")
        (unpacked,) = [path for path in archive.parent.iterdir() if path.is_dir()]
        again = build(unpacked, "build_wheel")
        assert set(zipfile.ZipFile(again).namelist()) == set(zipfile.ZipFile(wheel).namelist())


class TestCommands:
    """Commands of the installed package, in a folder that has nothing of the project."""

    @pytest.mark.parametrize("stage", STAGES)
    def test_help(self, call, stage):
        done = call("-m", stage, "--help")
        assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith(f"usage: python -m {stage} ")

    @pytest.mark.parametrize("script", PROJECT["scripts"])
    def test_a_script(self, call, site, tmp_path, script):
        module, _, function = PROJECT["scripts"][script].partition(":")
        path = tmp_path / script
        path.write_text(f"import sys\nfrom {module} import {function}\nsys.exit({function}())\n")
        done = call(path, "--help")
        assert done.returncode == 0 and done.stdout.startswith(f"usage: {script} ")

    @pytest.mark.parametrize("name", ["results", "configs", "workflow", "tests", "benchmarks"])
    def test_no_common_name_is_taken(self, call, name):
        code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is not None)"
        assert call("-P", "-c", code).returncode == 0

    def test_configurations_are_found(self, call, site):
        done = call(
            "-m", "interpretable_adv", "train", "imdb", "--method", "iadvt", "--scale", "reduced", "--print-config"
        )
        assert done.returncode == 0 and "\n#   configs/scales/reduced/imdb.toml\n" in done.stdout

    def test_a_bundle_that_travels_with_the_package_labels_a_text(self, call, site):
        done = call(
            "-m", "interpretable_adv", "predict", site / "interpretable_adv" / "demo" / "iadvt.zip", "A moving film ."
        )
        assert done.returncode == 0, done.stderr
        assert "fresh" in done.stdout and "A moving film ." in done.stdout

    def test_an_explanation_as_a_page(self, call, site, tmp_path):
        bundle = site / "interpretable_adv" / "demo" / "iadvt.zip"
        done = call("-m", "interpretable_adv", "explain", bundle, "A moving film .", "--html", tmp_path / "page.html")
        assert done.returncode == 0, done.stderr
        assert "moving" in (tmp_path / "page.html").read_text()

    def test_what_is_named_where_there_is_no_run(self, call):
        done = call("-m", "interpretable_adv", "evaluate", "nowhere")
        assert done.returncode == 1 and "python -m interpretable_adv.results runs --out OUT lists" in done.stderr

    def test_tables_and_pages(self, call, tmp_path):
        (tmp_path / "out").mkdir()
        table = call("-m", "interpretable_adv.results", "table", "2")
        assert table.returncode == 0 and table.stdout.startswith("# Table 2"), table.stderr
        assert "`./reproduce.sh table2 --scale quick`, in a clone of the repository" in table.stdout
        page = call("-m", "interpretable_adv.results", "report")
        assert page.returncode == 0, page.stderr
        text = Path(tmp_path, page.stdout.strip()).read_text()
        assert "python -m interpretable_adv.results report" in text and "python -m results" not in text

    def test_texts_of_the_repository_need_a_clone(self, call):
        done = call("-m", "interpretable_adv.results", "readme")
        assert done.returncode == 1 and "needs a clone of the repository" in done.stderr


def test_an_editable_installation_has_the_same_names(tree, tmp_path):
    editable = build(tree, "build_editable")
    with zipfile.ZipFile(editable) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "import importlib, importlib.util, site, sys\n"
        f"site.addsitedir({str(tmp_path / 'site')!r})\n"
        f"for name in {STAGES!r}: importlib.import_module(name + '.__main__')\n"
        "from iadv_foundation.console.configuration import CONFIGS\n"
        f"assert CONFIGS.samefile({str(tree / 'configs')!r})\n"
        f"assert importlib.util.find_spec('interpretable_adv.results').origin.startswith({str(tree / 'results')!r})\n"
        "assert not any(map(importlib.util.find_spec, ('results', 'configs', 'workflow', 'tests', 'setup')))\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", PROJECT["scripts"])
def test_a_script_starts_its_stage(script):
    module, _, function = PROJECT["scripts"][script].partition(":")
    stage, _, last = module.rpartition(".")
    assert last == "__main__" and script_name(stage) == script
    here = importlib.import_module(module.replace("interpretable_adv.results", "results"))
    assert callable(getattr(here, function))


def test_author_and_licence_are_those_of_the_citation():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nlicense: {PROJECT['license']}\n" in citation
    assert all(f"- name: {author['name']}\n" in citation for author in PROJECT["authors"])


@pytest.mark.parametrize("name", ["Dockerfile", "apptainer.def"])
def test_a_container_copies_what_there_is_and_all_that_is_needed(name):
    lines = [line.strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    if name == "Dockerfile":
        copied = [word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]]
    else:
        copied = [line.split()[0] for line in lines if line.endswith(" /opt/interpretable_adv/")]
    found = {path.name for word in copied for path in ROOT.glob(word)}
    assert all(list(ROOT.glob(word)) for word in copied)
    assert found >= {
        *OWN,
        *MOVED,
        "workflow",
        "config",
        "measured",
        "reproduce.sh",
        "requirements.lock",
        "pyproject.toml",
    }
    assert found >= {path.name for path in ROOT.glob("requirements*")} | {
        "build-constraints.lock",
        "setup.py",
        "README.md",
    }
