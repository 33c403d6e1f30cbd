"""Snakemake itself runs the graph in the checkout, without ``reproduce.sh``, by the defaults of ``config/``."""

import os
import re
import subprocess

import pytest
import yaml

from tests.workflow.conftest import ROOT


@pytest.fixture
def snakemake(project):
    """Runs ``snakemake`` in the copy (callable of its words, returns subprocess.CompletedProcess)."""

    def run(*words):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SNAKEMAKE_")}
        return subprocess.run(
            [project.root / ".venv" / "bin" / "python", "-m", "snakemake", *words],
            cwd=project.root,
            env={**environment, "PYTHONPATH": ""},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def test_a_dry_run_without_any_option(snakemake, project):
    done = snakemake("--dry-run")
    assert done.returncode == 0, done.stderr
    counts = dict(re.findall(r"^(\w+) +(\d+)$", done.stdout, re.MULTILINE))
    planned = project.run("--dry-run").stdout
    assert int(counts["total"]) == planned.count("would run: ") + 1  # rule all
    assert (int(counts["train"]), int(counts["prepare"])) == (24, 3) and "train_quoted" not in counts
    assert project.calls() == []


def test_a_run(snakemake, project):
    words = ("--cores", "2", "--rerun-triggers", "mtime", "input", "params", "--config", "target=table1")
    done = snakemake(*words)
    assert done.returncode == 0, done.stderr
    assert project.calls() == sorted([*(f"prepare sample-{task}" for task in ("sec", "cac", "ged")), "table 1"])
    assert not (project.root / "corpora").exists() and not (project.root / "tables").exists()
    assert snakemake(*words).returncode == 0 and project.calls() == []
    assert "nothing to run" in project.run("table1").stdout


def test_the_defaults_are_those_of_the_script():
    defaults = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    script = (ROOT / "reproduce.sh").read_text()
    for name in ("target", "scale", "seeds", "recipe", "device"):
        assert re.search(rf"^{name}=(\S+)", script, re.MULTILINE)[1] == str(defaults[name])
    assert (defaults["out"], defaults["sources"], defaults["methods"]) == ("out", {}, [])


def test_every_key_is_explained():
    defaults = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    rows = re.findall(r"^\| (`.*?) \|", (ROOT / "config" / "README.md").read_text(), re.MULTILINE)
    assert {name.strip("` ") for row in rows for name in row.split(",")} == set(defaults)


def test_the_catalog_s_file():
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert (ROOT / "workflow" / "Snakefile").is_file() and (ROOT / "config" / "README.md").is_file()
