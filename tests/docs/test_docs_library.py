"""The Python code of ``docs/library.md`` runs, block after block, and says what is said of it."""

import contextlib
import io
import re
from pathlib import Path

import pytest

import interpretable_adv
from docs.tools import library_page

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """What the blocks leave behind (dict) and print (str)."""
    text = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    names, printed = {}, io.StringIO()
    with contextlib.chdir(tmp_path_factory.mktemp("library")), contextlib.redirect_stdout(printed):
        for number, code in enumerate(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL), 1):
            exec(compile(code, f"docs/library.md, block {number}", "exec"), names)
        names["drawn"] = Path("explanation.png").read_bytes()
    return names, printed.getvalue()


def test_networks_label_and_explain(ran):
    names, printed = ran
    assert len(set(names["labels"])) == 2 and names["one"].label in names["model"].classes
    assert [word["word"] for word in names["explanation"].words][:2] == ["a", "moving"]
    assert names["drawn"].startswith(b"\x89PNG") and "moving" in printed


def test_a_model_of_one_s_own_is_perturbed_and_trained(ran):
    names, _ = ran
    assert [r.shape for r in names["found"].r] == [(3, 8), (2, 8)]
    assert float(names["loss"].array) > 0 and names["optimizer"].t == 2


def test_the_reference_has_every_public_class_and_function():
    page = library_page.page()
    for name in interpretable_adv.__all__:
        if callable(getattr(interpretable_adv, name)):
            assert f"\n## `{name}`\n" in page, name
    assert "``" not in page.replace("```", "") and ":class:" not in page


def test_a_docstring_becomes_markdown():
    text = "Do it, see :func:`there`.\n\nArgs:\n    size (int): of ``it``,\n        in words.\n    rest: all.\n\n"
    text += "Returns:\n    int\n\nExamples:\n    >>> 1\n    1\n"
    assert "\n".join(library_page.rendered(text)).split("\n") == [
        *("Do it, see `there`.", "", "", "**Arguments**", "", "- `size`: of `it`,", "  in words.", "- `rest`: all."),
        *("", "**Returns**", "", "int", "", "**Examples**", "", "```pycon", ">>> 1", "1", "```", ""),
    ]
