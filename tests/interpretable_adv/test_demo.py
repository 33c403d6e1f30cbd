"""The demo works from what travels with the code alone, and shows what ``explain`` shows."""

import json

import pytest

from iadv_foundation.errors import UserError
from interpretable_adv import cli
from interpretable_adv.demo import MODELS, SENTENCE
from interpretable_adv.trained import open_run


def demo(out, *text):
    cli.main(["demo", *text, "--out", str(out)])


def test_the_networks_are_small_and_are_what_they_are_called():
    assert sum(path.stat().st_size for path in MODELS.values()) <= 5e6
    assert [open_run(path).method.name for path in MODELS.values()] == ["advt", "iadvt"] == list(MODELS)


def test_it_shows_both_in_the_terminal_as_a_picture_and_as_a_page(tmp_path, capsys):
    demo(tmp_path / "made" / "here")
    shown = capsys.readouterr().out
    assert (
        "AdvT-Text" in shown
        and "iAdvT-Text" in shown
        and "predictable" in shown
        and "cosine" in shown
        and "alpha" in shown
    )
    assert (tmp_path / "made/here/demo/demo.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "made/here/demo/demo.html").read_text()
    assert page.count("predictable") >= 2 and "iAdvT-Text" in page


def test_it_shows_what_explain_shows(tmp_path, capsys):
    demo(tmp_path, "a dull film .")
    shown = capsys.readouterr().out
    for path in MODELS.values():
        cli.main(["explain", str(path), "a dull film .", "--json", str(tmp_path / "one.json")])
        for word in json.loads((tmp_path / "one.json").read_text())["words"]:
            assert (word["target"] or "-") in shown


def test_a_text_without_a_known_word_is_one_line(tmp_path):
    with pytest.raises(UserError, match="xqzt"):
        demo(tmp_path, "xqzt")
    assert not any(tmp_path.iterdir())


def test_our_sentence_has_no_unknown_word():
    words = open_run(MODELS["advt"]).traits.vocabulary
    assert all(words.id_of(word.lower()) is not None for word in SENTENCE.split())
