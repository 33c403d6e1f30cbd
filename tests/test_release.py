"""What says which release this is says the same everywhere."""

import re
from pathlib import Path

from iadv_foundation.version import __version__

ROOT = Path(__file__).resolve().parents[1]


def test_version_is_the_same_everywhere():
    assert re.search(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)[1] == __version__
    assert re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1] == __version__


def test_the_licence_is_that_of_the_citation():
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
    assert "\nlicense: MIT\n" in (ROOT / "CITATION.cff").read_text()
