"""A copy of the project in which every command is a quick stand-in, so that whole job graphs run in seconds."""

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from tests.workflow.loopback_slurm import Slurm, why_not

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "iadv_foundation",
    "config",
    "configs",
    "data_prep",
    "pretrain_lm",
    "word_vectors",
    "interpretable_adv",
    "quoted_systems",
    "results",
    "workflow",
)

#: What .venv is set up from, in the order in which reproduce.sh reads it.
LISTS = [
    path
    for pattern in ("requirements*.txt", "requirements*.lock", "build-constraints.*")
    for path in sorted(ROOT.glob(pattern))
]

# Does what the pipeline may rely on: leaves the configuration, writes the file that says "finished" last, ends with one
# line.  What it was asked goes to OUT/calls, with all arguments to OUT/arguments; FAKE_FAIL names a call that fails,
# FAKE_SLOW one that takes a minute.
STAND_IN = '''
import json, os, sys, time
from pathlib import Path

package, arguments = Path(__file__).parent.name, sys.argv[1:]
value = lambda name: arguments[arguments.index(name) + 1]
out = Path(value("--out")) if "--out" in arguments else Path(arguments[1]).parents[5]
setting = lambda: f"{value('--recipe')}/{value('--scale')}"
if package == "data_prep":
    name, made = f"prepare {arguments[0]}", [f"corpora/{arguments[0]}/corpus.json"]
elif package == "pretrain_lm":
    name, made = f"lm {arguments[0]}", [f"lm/{arguments[0]}/{setting()}/seed-{value('--seed')}/metrics.json"]
elif package == "word_vectors":
    kind, corpus = arguments[:2]
    name, made = f"{kind} {corpus}", [f"vectors/{corpus}/{kind}/metrics.json"]
elif package == "interpretable_adv" and arguments[0] in ("attack", "interpretability"):
    _, corpus, _, _, method, seed = Path(arguments[1]).parts[-6:]
    name, made = f"{arguments[0]} {corpus} {method} {seed[-1]}", [Path(value("--json")).resolve()]
elif package == "interpretable_adv":
    corpus, method, seed = arguments[1], value("--method"), value("--seed")
    name, made = f"train {corpus} {method} {seed}", [f"runs/{corpus}/{setting()}/{method}/seed-{seed}/metrics.json"]
elif package == "quoted_systems":
    method, corpus, seed = *arguments[:2], value("--seed")
    name, made = f"train {corpus} {method} {seed}", [f"runs/{corpus}/{setting()}/{method}/seed-{seed}/metrics.json"]
else:
    command, subject = arguments[:2]
    command = "curves" if "--curves" in arguments else command
    name = command if subject.startswith("-") else f"{command} {subject}"
    stem = f"table{subject}" if subject.isdigit() else subject
    figures = f"figures/{setting()}" if "--scale" in arguments else None
    made = {"table": [f"tables/{setting()}/{stem}.{kind}" for kind in ("md", "csv", "tex")] if figures else None,
            "figure": [f"{figures}/{stem}.{kind}" for kind in ("png", "svg")],
            "curves": [f"{figures}/curves{subject}.{kind}" for kind in ("png", "svg")],
            "figure1": [f"{figures}/figure1.png", f"{figures}/figure1.svg"],
            "figure4": [f"{figures}/figure4.png", f"{figures}/figure4.svg"],
            "compare": [f"tables/{setting()}/compare-{subject}.{kind}" for kind in ("md", "csv", "tex")]
                       + [f"{figures}/compare-{subject}{kind}"
                          for kind in (".png", ".svg", "-curves.png", "-curves.svg")]
                       + [f"report/{setting()}/compare-{subject}.html"] if figures else None,
            "report": [f"report/{setting()}/report.html"] if figures else None,
            "sanity": [f"sanity/{subject}/metrics.json"]}[command]
with open(out / "calls", "a") as calls:
    calls.write(f"{name}\\n")
with open(out / "arguments", "a") as calls:
    calls.write(" ".join([package, *arguments]) + "\\n")
assert os.environ["OMP_NUM_THREADS"] == "1"
if os.environ.get("FAKE_SLOW") == name:
    Path(out, "slow.partial").write_text(str(os.getpid()))
    os.replace(out / "slow.partial", out / "slow")
    time.sleep(60)
if os.environ.get("FAKE_FAIL") == name:
    sys.exit(f"python -m {package}: error: the stand-in was told to fail")
def configuration():
    """What config.json of a run, a language model or word vectors has to say to the plan."""
    if package == "pretrain_lm":
        from pretrain_lm.lm_settings import load_configuration
        return {"lm": load_configuration(arguments[0], value("--recipe"), value("--scale"), []).model_dump()}
    if package == "word_vectors":
        from word_vectors import vector_settings as config, store, sentences as text
        start = Path(out, "vectors", corpus, "skipgram")
        if kind == "gwe":
            settings = config.load_gwe_settings(corpus, value("--scale"))
            return {"gwe": settings.model_dump(), "seed": 0, "start": "skipgram", "start_sha256": store.digest(start)}
        given = [argument.removeprefix("--text=") for argument in arguments if argument.startswith("--text=")]
        return {"vectors": config.load_skipgram_settings(corpus, value("--scale")).model_dump(), "seed": 0,
                "texts": [source.record() for source in text.parse_sources(given)]}
    if package == "interpretable_adv" and arguments[0] == "train":
        from interpretable_adv.methods import METHODS
        from interpretable_adv.run_format import FORMAT
        from interpretable_adv.settings import load, used
        identity = {"corpus": corpus, "recipe": value("--recipe"), "scale": value("--scale"), "method": method}
        settings = load(*list(identity.values())[:3], method=method)
        return {"format": FORMAT, **identity, **used(settings, METHODS[method])}
    if package == "quoted_systems":
        from quoted_systems.settings import FORMAT, load
        identity = {"corpus": corpus, "recipe": value("--recipe"), "scale": value("--scale"), "method": method}
        return {"format": FORMAT, **identity, **load(*list(identity.values())[:3], system=method).model_dump()}

settings = configuration()
for path in made:
    Path(out, path).parent.mkdir(parents=True, exist_ok=True)
    if settings:
        Path(out, path).with_name("config.json").write_text(json.dumps(settings))
        Path(out, path).with_name("vectors.npz").write_text("not read here")
    made_at = f"{name} {time.time_ns()}"
    Path(out, path).write_text(json.dumps({"made": made_at}) if str(path).endswith(".json") else f"{made_at}\\n")
print(f"result of {name}")
'''


@dataclasses.dataclass
class Project:
    """The copy.

    Attributes:
        root (pathlib.Path): of the copy; its path has a space in it.
        out (pathlib.Path)
    """

    root: Path
    out: Path

    def start(self, *arguments, **environment):
        """Start ``./reproduce.sh`` from another folder, in a process group of its own (subprocess.Popen)."""
        return subprocess.Popen(
            [self.root / "reproduce.sh", *map(str, arguments)],
            cwd=self.root.parent,
            process_group=0,
            env={**os.environ, **environment},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments, **environment):
        """Run it to its end (subprocess.CompletedProcess)."""
        process = self.start(*arguments, **environment)
        output, errors = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def calls(self):
        """The commands run since the last call, sorted (list of str)."""
        path = self.out / "calls"
        calls = sorted(path.read_text().splitlines()) if path.exists() else []
        path.unlink(missing_ok=True)
        return calls

    def edit(self, path, old, new):
        """Replace text in a file of the copy."""
        text = (self.root / path).read_text()
        assert old in text
        (self.root / path).write_text(text.replace(old, new))


def make_project(root):
    """Make a :class:`Project` at ``root``."""
    skipped = shutil.ignore_patterns("__pycache__")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, root / name, ignore=skipped)
    for path in [ROOT / "reproduce.sh", *LISTS]:
        shutil.copy(path, root)
    for package in ("data_prep", "pretrain_lm", "word_vectors", "interpretable_adv", "quoted_systems", "results"):
        (root / package / "__main__.py").write_text(STAND_IN)
    link_environment(root)
    return Project(root, root / "out")


@pytest.fixture
def project(tmp_path):
    """A fresh :class:`Project`."""
    return make_project(tmp_path / "a project")


@pytest.fixture
def plain_project(tmp_path):
    """A :class:`Project` whose path has no blank: what a cluster's queue can be told."""
    return make_project(tmp_path / "project")


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """A :class:`Project` with Table 6 made one job at a time, the commands that this took (list of str), and what was
    on the screen; only to be copied."""
    project = make_project(tmp_path_factory.mktemp("made once") / "a project")
    done = project.run("table6", "--cores", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    return project, project.calls(), done.stdout


@pytest.fixture
def made(made_once, tmp_path):
    """A copy of a :class:`Project` with Table 6 made."""
    root = tmp_path / "a project"
    shutil.copytree(made_once[0].root, root, symlinks=True)
    return Project(root, root / "out")


@pytest.fixture
def slurm(tmp_path_factory):
    """A :class:`tests.workflow.loopback_slurm.Slurm`; one test at a time on a machine."""
    with filelock.FileLock("/tmp/interpretable_adv-loopback-slurm.lock"):
        reason = why_not()
        if reason:
            pytest.skip(reason)
        with Slurm(tmp_path_factory.mktemp("slurm")) as running:
            yield running


def link_environment(root):
    """Make ``.venv`` in the copy: this Python and its packages, marked as set up."""
    venv = root / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", venv)
    (venv / "lib").symlink_to(Path(sys.prefix) / "lib")
    stamp = b"".join((root / path.name).read_bytes() for path in LISTS)
    for kind in ("", "-dev", "-cluster", "-gpu", "-gpu-cuda12"):
        name = f"requirements{kind}"
        (venv / f"set-up-{name}").write_bytes(stamp)
