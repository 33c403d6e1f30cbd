"""Proves of every page: what it links to is there, and what is made from the code is what the code gives."""

import re
from pathlib import Path

import pytest

from docs.tools import commands, imports_picture, renewing, settings_page
from docs.tools.descriptions import describe
from iadv_foundation.console.configuration import Section, keys_of
from iadv_foundation.errors import UsageError, UserError
from interpretable_adv.settings import Config
from tests.test_imports import MAY_IMPORT

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "measured").rglob("README.md"),
    ]
)
#: Indented or fenced: no links, no headings.
CODE = re.compile(r"^```.*?^```$|^ {4}[^\n]*$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def prose(path):
    """A page without its code (str)."""
    return CODE.sub("", path.read_text(encoding="utf-8"))


def anchors(path):
    """What ``#...`` may name in a page (set of str): its headings, as GitHub and MkDocs spell them alike."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r" +", "-", re.sub(r"[^\w\- ]", "", heading.lower()).strip()) for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=[str(path.relative_to(ROOT)) for path in PAGES])
def test_links_lead_somewhere(path):
    for link in LINK.findall(prose(path)):
        if re.match(r"https?://", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists() and target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), link


def test_links_are_found():
    assert sum(len(LINK.findall(prose(path))) for path in PAGES) > 60
    assert anchors(ROOT / "docs/perturbations.md") >= {"explain", "what-the-numbers-tell"}


def test_the_readme_is_short():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120 and max(map(len, lines)) <= 120


@pytest.mark.parametrize("path", PAGES, ids=[str(path.relative_to(ROOT)) for path in PAGES])
def test_prose_is_plain(path):
    text = prose(path)
    for wrong in (
        r"\bha(s|ve) not (a|an|the|any|no)\b",
        r"\bstarts? by chance\b",
        r"\baudit\b",
        r"\.\./shared\b",
        r"/work/",
    ):
        assert not re.search(wrong, text), wrong


def test_lines_of_prose_are_not_long():
    made = {ROOT / "docs" / name for name in renewing.MADE}
    for path in [ROOT / "CONTRIBUTING.md", *sorted(set((ROOT / "docs").rglob("*.md")) - made)]:
        text = re.sub(r"<!-- measured: .*?<!-- end -->|^```.*?^```$", "", path.read_text("utf-8"), flags=re.M | re.S)
        for line in text.splitlines():
            assert len(line) <= 120 or line.startswith(("|", "    ")), f"{path.name}: {line}"


class TestMade:
    """Pages and picture that are made from the code."""

    def test_they_are_what_the_code_gives(self):
        assert renewing.stale() == {}, "run python -m docs.tools"

    def test_a_change_by_hand_is_refused_and_mended(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(renewing, "DOCS", tmp_path)
        monkeypatch.setattr(renewing, "MADE", {"reference/a.md": lambda: "new\n"})
        with pytest.raises(UserError, match="reference/a.md: not what the code gives"):
            renewing.main(["--check"])
        renewing.main([])
        assert (
            tmp_path / "reference/a.md"
        ).read_text() == "new\n" and capsys.readouterr().out == "docs/reference/a.md\n"
        renewing.main(["--check"])

    def test_another_word_is_refused(self):
        with pytest.raises(UsageError, match="docs.tools --check"):
            renewing.main(["--chek"])

    def test_every_setting_is_there(self):
        page = settings_page.page()
        for key in keys_of(Config):
            assert re.search(rf"^\| `{key.partition('.')[2]}` \|", page, re.MULTILINE), key

    def test_every_setting_says_what_it_means(self):
        rows = [row.split(" | ") for row in re.findall(r"^\| `\w+` \| .* \|$", settings_page.page(), re.MULTILINE)]
        assert len(rows) > 90
        silent = [name for name, *_, meaning in rows if len(meaning.removesuffix("|").strip()) < 3]
        assert not silent, "the docstrings of their sections do not say what they mean"

    def test_every_value_of_a_key_is_there(self):
        line = re.search(r"^\| `hidden_size` \|.*$", settings_page.page(), re.M)[0]
        for part in (
            "whole number, 1 to 16,384",
            "tasks/sentiment `1024`",
            "tasks/error-detection `200`",
            "scales/reduced `256`",
        ):
            assert part in line

    def test_every_command_is_there(self):
        page = commands.page()
        for command in ("data_prep", "interpretable_adv attack", "results compare", "word_vectors gwe", "benchmarks"):
            assert f"`python -m {command}`\n" in page
        assert "    usage: ./reproduce.sh [TARGET]" in page and "%(default)s" not in page

    def test_meanings_stand_in_docstrings_or_behind_keys(self):
        class Parts(Section):
            """A section.

            Attributes:
                size, width (int): of a thing, see
                    :mod:`there`.
                share (float)
                other: of both.

            Not this (one): anything.
            """

            size: int
            width: int
            share: float  # ``0`` for none
            other: int

        text = "Of a thing, see `there`."
        assert describe(Parts) == {"size": text, "width": text, "share": "`0` for none", "other": "Of both."}


class TestPicture:
    """The picture of the imports."""

    def test_the_rule_is_the_test_s(self):
        assert imports_picture.rule() == MAY_IMPORT

    def test_only_direct_imports_are_drawn(self):
        rule = {"a": set(), "b": {"a"}, "c": {"a", "b"}, "d": {"a", "b"}, "e": {"a", "b", "c", "d"}}
        assert imports_picture.direct(rule) == {"a": set(), "b": {"a"}, "c": {"b"}, "d": {"b"}, "e": {"c", "d"}}
        assert imports_picture.floors(rule) == [["a"], ["b"], ["c", "d"], ["e"]]

    def test_every_package_has_a_box(self):
        text = imports_picture.picture()
        assert all(f">{package}</text>" in text for package in MAY_IMPORT)
        assert text.count("<rect ") == len(MAY_IMPORT)
