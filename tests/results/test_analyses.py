"""Table 7 and the table of interpretability say what stands in the run folders, beside the published texts,
and nothing else.
"""

import json

import pytest

from iadv_foundation.errors import UsageError, UserError
from iadv_foundation.storage import files
from interpretable_adv.analysis.records import attack_path, interpretability_path
from results.analysed import choose_examples
from results.cosine_curves import draw_interpretability
from results.published import load
from results.tables import build
from tests.results.made_up import classification_run, labelling_run, quick

LIKE = {"corpus_sha256": "a", "split": "test", "limit": None}


def text_of(document, words, rise=1.5, label="fresh", **changed):
    original = ["a", "b|c", "*d*", "<script>", "e"]
    replacements = [
        {"position": place, "word": original[place], "target": f"x{place}", "strength": 1.0, "score": 0.5}
        for place in range(words)
    ]
    return {
        "kind": "adversarial text",
        "document": document,
        "label": label,
        "before": label,
        "after": "rotten",
        "original": original,
        "changed": [f"x{place}" if place < words else word for place, word in enumerate(original)],
        "replacements": replacements,
        "perplexity": {"original": 100.0, "changed": 100.0 * rise},
        "corrections": [],
        **changed,
    }


def attack(folder, method, seed=0, right=40, fooled=(4, 10), texts=(), task="classification", **changed):
    """Write an attack with these texts, and as many others, which nobody would show, as make the counts true."""
    words = [
        most for most, (less, more) in enumerate(zip((0, *fooled), fooled, strict=False), 1) for _ in range(more - less)
    ]
    for text in texts:
        words.remove(len(text["replacements"]))
    others = [text_of(1000 + place, number, 9.0) for place, number in enumerate(words)]
    texts = [*texts, *others]
    files.write_text(folder / "best.npz", f"weights {method} {seed}")
    digest = files.digest_of_file(folder / "best.npz")
    counts = {
        "kind": "attack",
        **LIKE,
        "corpus": "c",
        "method": method,
        "perturbed_by": method,
        "seed": seed,
        "max_words": len(fooled),
        "task": task,
        "classes": [],
        "documents": 50,
        "right": right,
        "fooled_by_words": list(fooled),
        "passed_over": 0,
        "fooled_errors_untouched": None if task == "classification" else 3,
        "words_changed": sum(len(text["replacements"]) for text in texts) / max(len(texts), 1),
        "perplexity": {"original": 100.0, "changed": 150.0},
        **changed,
    }
    lines = [{**line, "checkpoint_sha256": digest} for line in (counts, *texts)]
    files.write_text(attack_path(folder), "".join(json.dumps(line) + "\n" for line in lines))
    return digest


def measured(folder, method, seed, digest, **changed):
    record = {
        "kind": "interpretability",
        **LIKE,
        "checkpoint_sha256": digest,
        "corpus": "c",
        "method": method,
        "perturbed_by": method,
        "seed": seed,
        "documents": 50,
        "words": 400,
        "cosine_above": [100 - 5.0 * step for step in range(20)],
        "alpha_entropy": None,
        "special_targets": 0.5,
        "strength_gini": 0.25,
        **changed,
    }
    files.write_json(interpretability_path(folder), record)


@pytest.fixture
def runs(tmp_path):
    """Two iAdvT runs and one AdvT run on sample-sec, one iAdvT run on sample-ged."""
    for seed, fooled in ((0, (4, 10)), (1, (8, 20))):
        folder = classification_run(tmp_path, "sample-sec", "iadvt", errors=10, seed=seed)
        texts = [
            text_of(3, 2),
            text_of(5, 1, 1.2),
            text_of(7, 1, 1.1),
            text_of(9, 1, 3.0, label="rotten", after="fresh"),
        ]
        digest = attack(folder, "iadvt", seed, fooled=fooled, texts=texts)
        measured(folder, "iadvt", seed, digest, alpha_entropy=0.5 + 0.2 * seed)
    measured(
        classification := classification_run(tmp_path, "sample-sec", "advt", errors=10),
        "advt",
        0,
        attack(classification, "advt", right=0, fooled=(0, 0), words_changed=None, perplexity=None),
    )
    labels = {
        "label": [0, 1, 0, 0, 0],
        "before": [0, 1, 0, 0, 0],
        "after": [0] * 5,
        "corrections": [{"position": 1, "written": "b|c", "correct": ""}],
    }
    attack(
        labelling_run(tmp_path, "sample-ged", "iadvt"),
        "iadvt",
        task="labelling",
        texts=[text_of(1, 2, **labels)],
        fooled=(0, 6),
    )
    return tmp_path


def line_of(document, dataset, method):
    cells = document.cells
    (line,) = cells[(cells["Data set"] == dataset) & (cells["Method"] == method)].to_dict("records")
    return line


def test_rates_by_hand(runs):
    document = build("7", quick(runs))
    line = line_of(document, "IMDB", "iAdvT-Text")
    # 10 and 20 of 40 attacked, of 50 in all: 25 % and 50 %; 20 % and 40 %; 30 and 20 of 50 still right.
    assert (line["n"], line["Success, 1 word (%)"], line["Success (%)"]) == ("2", "15.00 ± 7.07‡", "37.50 ± 17.68‡")
    assert (line["Of all (%)"], line["Right (%)"], line["Right under attack (%)"]) == (
        "30.00 ± 14.14‡",
        "80.00 ± 0.00‡",
        "50.00 ± 14.14‡",
    )
    assert line["Error untouched (%)"] == "-"
    assert line_of(document, "FCE-public", "iAdvT-Text")["Error untouched (%)"] == "50.00‡"


def test_what_is_missing_is_a_dash(runs, tmp_path):
    nothing = line_of(build("7", quick(runs)), "IMDB", "AdvT-Text")
    assert (nothing["n"], nothing["Success (%)"], nothing["Right (%)"], nothing["Perplexity"]) == (
        "1",
        "-",
        "0.00‡",
        "-",
    )
    for document in (build("7", quick(runs)), build("interpretability", quick(runs))):
        line = line_of(document, "IMDB", "VAT-Text")
        assert set(line.values()) == {"IMDB", "VAT-Text", "-"}
    empty = build("7", quick(tmp_path / "empty"))
    assert len(empty.raw) == 0 and "not the paper's" not in empty.heading
    assert {example.source.split()[0] for example in empty.examples} == {"published"}


def test_texts_in_the_paper_s_form(runs):
    markdown = build("7", quick(runs)).to_markdown()
    assert "The essence **of this** film" in markdown and "The essence **from THIS** film" in markdown
    assert "having **choosing** such good places" in markdown and "(choose → chosen)" in markdown
    assert "| **a** b\\|c \\*d\\* \\<script\\> e" in markdown and "**x0** b\\|c" in markdown
    assert "**x0 x1** \\*d\\*" in markdown and "(b\\|c → (nothing))" in markdown and "0 1 0 0 0" in markdown
    assert markdown.index("## SEC: published") < markdown.index("## SEC: ours") < markdown.index("## GED: published")
    assert "Corrections come from the data" in markdown
    latex = build("7", quick(runs)).to_latex()
    assert r"\textbf{from THIS}" in latex and r"b|c *d* \textless{}script\textgreater{}" in latex


def test_the_published_texts_are_whole():
    texts = load().adversarial_texts
    assert [text.task for text in texts] == ["SEC", "SEC", "GED", "GED"]
    for text in texts:
        assert text.original.count("*") == text.adversarial.count("*") == 2
        assert text.original.split("*")[::2] == text.adversarial.split("*")[::2]
        if text.task == "GED":
            assert len(text.before.split()) == len(text.after.split())
            assert text.before.split().count("1") == 1 and set(text.after.split()) == {"0"}


def test_the_examples_are_chosen_by_the_rule():
    texts = [text_of(1, 2), text_of(2, 1, 2.0), text_of(3, 1, 1.2), text_of(4, 3, label="rotten"), text_of(5, 1, 1.2)]
    assert [text["document"] for text in choose_examples(texts, "classification")] == [3, 4]
    assert [text["document"] for text in choose_examples(texts, "labelling")] == [3, 5]
    assert [text["document"] for text in choose_examples(texts[:3], "classification", 3)] == [3, 2, 1]
    short = text_of(9, 1, perplexity=None, original=["a"])
    assert choose_examples([text_of(1, 1, perplexity=None), short], "labelling", 1) == [short]


def test_interpretability_by_hand_and_drawn(runs):
    document = build("interpretability", quick(runs))
    line = line_of(document, "IMDB", "iAdvT-Text")
    assert (line["Cosine > 0.5 (%)"], line["Cosine > 0.7 (%)"], line["Cosine > 0.9 (%)"]) == (
        "50.00 ± 0.00‡",
        "30.00 ± 0.00‡",
        "10.00 ± 0.00‡",
    )
    assert (line["Entropy of alpha"], line["Attack success (%)"]) == ("0.60 ± 0.14‡", "37.50 ± 17.68‡")
    only_attacked = line_of(document, "FCE-public", "iAdvT-Text")
    assert (only_attacked["Cosine > 0.5 (%)"], only_attacked["Attack success (%)"]) == ("-", "15.00‡")
    document.write(runs / "tables")
    assert {path.name for path in (runs / "tables").iterdir()} == {
        f"interpretability.{kind}" for kind in ("md", "csv", "tex")
    }
    first = [path.read_bytes() for path in draw_interpretability(quick(runs))]
    assert first == [path.read_bytes() for path in draw_interpretability(quick(runs))]
    assert (runs / "figures" / "paper" / "quick" / "interpretability.svg").is_file()


def test_what_was_made_with_other_weights_is_refused_and_a_limit_is_said(runs):
    folder = runs / "runs/sample-sec/paper/quick/iadvt/seed-0"
    lines = attack_path(folder).read_text().replace('"limit": null', '"limit": 9', 1)
    attack_path(folder).write_text(lines)
    assert "the first 9 documents only" in build("7", quick(runs)).heading
    files.write_text(folder / "best.npz", "others")
    for number in ("7", "interpretability"):
        with pytest.raises(UserError, match="was made with other weights"):
            build(number, quick(runs))
    with pytest.raises(UsageError, match="interpretability"):
        build("interpretabilty", quick(runs))
