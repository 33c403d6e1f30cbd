"""Proves that the code follows the rules of pyproject.toml, as ruff and mypy of requirements-dev.txt read them."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def passes(tool, *arguments):
    """Run a tool on the project; fails with what it prints where it finds something."""
    if importlib.util.find_spec(tool) is None:
        pytest.skip(f"{tool} is not installed: pip install -r requirements-dev.txt")
    done = subprocess.run(
        [sys.executable, "-m", tool, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def tracked():
    """The Python files and notebooks that git knows, or all below the project where it is no checkout (list of str)."""
    done = subprocess.run(["git", "ls-files", "*.py", "*.ipynb"], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.split() if (ROOT / ".git").exists() and done.returncode == 0 else ["."]


def test_the_code_keeps_the_rules():
    passes("ruff", "check", "--no-cache", "--force-exclude", *tracked())


def test_what_programs_use_has_types():
    """Those that pyproject.toml names."""
    passes("mypy")


def test_the_code_is_formatted():
    passes("ruff", "format", "--no-cache", "--check", "--force-exclude", *tracked())
