"""An explanation holds the perturbation's own numbers, and every way of showing it shows any text as it is."""

import html.parser
import io
import json

import numpy as np
import pytest

from iadv_foundation.errors import UsageError
from interpretable_adv.analysis.explanation import Explainer
from interpretable_adv.analysis.page import to_html
from interpretable_adv.analysis.perturbations import RunPerturber
from interpretable_adv.analysis.pictures import check_picture, draw_explanation
from interpretable_adv.analysis.reading import read_text
from interpretable_adv.analysis.terminal import columns_of, to_terminal, wants_colour
from interpretable_adv.methods import METHODS
from tests.interpretable_adv.analysis.made_up import made_up_run

PERTURBING = [name for name, method in METHODS.items() if method.divergence]
AWKWARD = (
    "a <script>alert(1)</script> \" onmouseover=x 'q {{ 7*7 }} $x_1$ \x1b[31m مرحبا שלום 😀 漢字 e\u0301 "
    "\u202eevil goes great"
)


class Page(html.parser.HTMLParser):
    """Tags, names of attributes and texts of a page."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.texts = [], set(), []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attributes}

    def handle_data(self, text):
        self.texts.append(text)


def explain(run, content, method=None, top=3):
    return Explainer(RunPerturber(run, method), top).reading(read_text(content, run))


@pytest.mark.parametrize("task", ["classification", "labelling"])
@pytest.mark.parametrize("method", PERTURBING)
def test_its_numbers_are_the_perturbation_s(tmp_path, task, method):
    run = made_up_run(tmp_path, task)
    perturber = RunPerturber(run, method)
    explanation = Explainer(perturber, 3).document("test", 7).to_json()
    assert json.loads(json.dumps(explanation, allow_nan=False)) == explanation
    (perturbation,) = perturber(run.documents("test").batch([7]))
    ids, label = run.corpus.splits["test"][7]
    names, classes = run.corpus.vocabulary.words, run.corpus.classes
    probabilities = np.exp(perturbation.log_probabilities)
    assert explanation["checkpoint_sha256"] == run.checkpoint_sha256 and explanation["method"] == method
    assert explanation["against"] == ("gold" if METHODS[method].divergence == "cross_entropy" else "output")
    assert [word["word"] for word in explanation["words"]] == [names[number] for number in ids]
    np.testing.assert_allclose(
        [word["strength"] for word in explanation["words"]], np.linalg.norm(perturbation.r, axis=1)
    )
    assert max(word["relative"] for word in explanation["words"]) == 1
    for place, word in enumerate(explanation["words"]):
        pointing = perturbation.r[place].any()
        assert (word["target"] is None) != pointing and len(word["runners_up"]) == (2 if pointing else 0)
        scores = [word["score"], *(one["score"] for one in word["runners_up"])] if pointing else []
        assert scores == sorted(scores, reverse=True)
        if pointing:
            d = perturber.matrix[names.index(word["target"])] - perturber.matrix[ids[place]]
            along = perturbation.r[place] @ d / np.linalg.norm(d)
            expected = along if METHODS[method].space == "free" else perturbation.alpha[place].max()
            assert word["toward"] == pytest.approx(expected, abs=1e-9)
        output = word if task == "labelling" else explanation
        row = place if task == "labelling" else 0
        assert output["gold"] == classes[label[place] if task == "labelling" else label]
        assert output["prediction"] == classes[probabilities[row].argmax()]
        np.testing.assert_allclose(output["probabilities"], probabilities[row])
    largest = max(0, *(word["toward"] for word in explanation["words"]))
    for word in explanation["words"]:
        assert word["relative_toward"] == pytest.approx(max(word["toward"], 0) / largest if largest else 0)


def test_several_documents_are_explained_as_each_alone(tmp_path):
    run = made_up_run(tmp_path)
    explainer = Explainer(RunPerturber(run, "advt"), 2)
    together = explainer(run.documents("test").batch([4, 9]))
    for one, index in zip(together, [4, 9], strict=True):
        alone = explainer.document("test", index)
        assert [word["target"] for word in one.words] == [word["target"] for word in alone.words]
        assert alone.about["index"] == index and alone.about["source"] == f"test {index}"


def test_a_user_s_text_is_explained_as_the_document_of_the_same_words(tmp_path):
    run = made_up_run(tmp_path)
    ids = run.corpus.splits["test"][7][0][:-1]
    by_text = explain(run, " ".join(run.corpus.vocabulary.words[number] for number in ids) + " zzz", "vat")
    document = Explainer(RunPerturber(run, "vat"), 3).document("test", 7)
    assert by_text.words == document.words
    assert by_text.about["gold"] is None and by_text.about["dropped"] == ["zzz"]
    assert by_text.notices() == ["1 word is not in the vocabulary and left out, as in training: zzz"]
    assert explain(run, "great", "advt").about["against"] == "prediction"


def test_what_became_unk_and_what_was_cut_is_told(tmp_path):
    unknown = explain(made_up_run(tmp_path / "tags", "labelling"), "a zzz goes yyy")
    assert unknown.notices() == ["2 words are not in the vocabulary and read as <unk>: zzz, yyy"]
    cut = explain(made_up_run(tmp_path / "text", settings=["training.max_words=4"]), "great " * 9)
    assert cut.notices() == [
        "the run reads 3 known words and <eos> of a text (training.max_words); 6 more are left out"
    ]


class TestTerminal:
    """Lines of text."""

    @pytest.mark.parametrize("width", [80, 120, 200])
    def test_no_line_is_wider_than_the_terminal_nor_moves_its_cursor(self, tmp_path, width):
        shown = to_terminal(explain(made_up_run(tmp_path, "labelling"), AWKWARD, "advt"), width=width)
        assert "\x1b" not in shown and "\u202e" not in shown and "\\x1b" in shown
        assert max(map(columns_of, shown.splitlines())) <= width
        assert "\u2068مرحبا\u2069" in shown

    def test_a_word_s_line(self, tmp_path):
        explanation = explain(made_up_run(tmp_path), "great word1 word2")
        strongest = max(explanation.words, key=lambda word: word["strength"])
        (line,) = (line for line in to_terminal(explanation).splitlines() if "█" * 10 in line)
        assert line.split()[1] == strongest["word"] and strongest["target"] in line
        assert f"{strongest['score']:.3g}" in line and all(one["word"] in line for one in strongest["runners_up"])

    def test_colours_follow_the_strength(self, tmp_path):
        explanation = explain(made_up_run(tmp_path), "great word1 word2")
        strongest = max(explanation.words, key=lambda word: word["strength"])["word"]
        assert f"\x1b[30;48;5;203m{strongest}\x1b[0m" in to_terminal(explanation, colour=True)

    def test_ten_thousand_words_fit_two_screens(self, tmp_path):
        explanation = explain(made_up_run(tmp_path, "labelling"), "a goes word1 zzz " * 2500, "advt")
        assert len(explanation.words) == 10_000
        shown = to_terminal(explanation, colour=True)
        assert len(shown.splitlines()) < 40 and "The 20 most strongly perturbed of 10,000 words" in shown
        strengths = sorted((word["strength"] for word in explanation.words), reverse=True)
        assert f"  {strengths[0]:.3g}  " in shown and to_html(explanation).count("<tr>") == 10_001

    @pytest.mark.parametrize(
        "terminal, environment, expected",
        [
            (True, {}, True),
            (False, {}, False),
            (True, {"NO_COLOR": "1"}, False),
            (True, {"NO_COLOR": ""}, True),
            (True, {"TERM": "dumb"}, False),
        ],
    )
    def test_when_colours_are_used(self, monkeypatch, terminal, environment, expected):
        for name in ("NO_COLOR", "TERM"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        stream = io.StringIO()
        stream.isatty = lambda: terminal
        assert wants_colour(stream) is expected


class TestPage:
    """HTML."""

    @pytest.mark.parametrize("task", ["classification", "labelling"])
    def test_a_text_stays_text(self, tmp_path, task):
        attack = '<script>alert(1)</script>" onmouseover="x\' {{ 7*7 }}'
        explanation = explain(made_up_run(tmp_path, task), "great goes word1", "advt")
        explanation.about.update(source=attack, dropped=[attack])
        explanation.words[1].update(written=attack, target=attack, runners_up=[{"word": attack, "score": 1.0}])
        page = Page()
        page.feed(to_html(explanation))
        assert "script" not in page.tags and not {"onmouseover", "src", "href"} & page.attributes
        assert sum(attack in text for text in page.texts) >= 6  # title, heading, notice, word twice, target, runner-up
        assert page.tags.count("tr") == len(explanation.words) + 1


class TestPicture:
    """PNG, SVG and PDF."""

    @pytest.mark.parametrize("suffix, start", [("png", b"\x89PNG"), ("svg", b"<?xml"), ("PDF", b"%PDF")])
    def test_formats_and_awkward_words(self, tmp_path, suffix, start):
        explanation = explain(made_up_run(tmp_path, "labelling"), AWKWARD, "iadvt")
        path = tmp_path / f"a.{suffix}"
        assert draw_explanation(explanation, path) == ["字", "漢"]
        assert path.read_bytes().startswith(start)

    def test_a_long_text_has_columns_and_a_very_long_one_is_refused(self, tmp_path):
        run = made_up_run(tmp_path)
        for name in ("a", "b"):
            assert draw_explanation(explain(run, "great " * 45), tmp_path / f"{name}.svg") == []
        assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
        with pytest.raises(
            UsageError, match="--image shows 320 words at most, and the text has 10,000: --html shows any"
        ):
            check_picture(tmp_path / "a.svg", 10_000)

    @pytest.mark.parametrize("name", ["a.jpg", "a", "a.svg.gz"])
    def test_unknown_formats(self, tmp_path, name):
        with pytest.raises(UsageError, match="the name must end in .png, .svg or .pdf"):
            check_picture(tmp_path / name)
