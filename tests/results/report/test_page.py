"""The page is made from whatever is there, says what is not, and holds text from corpora as text."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iadv_foundation.storage import files
from results.document import MISSING
from results.report import page, record_sections
from results.report.page import embedded, headline, marked, render
from results.report.run_cards import anchor, find_runs
from results.study import Study
from tests.results.made_up import classification_run, labelling_run
from tests.results.report.conftest import HOSTILE, SCRIPT


class Reader(HTMLParser):
    """Tags with their attributes, and text, of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text.append(data)

    def attributes(self, name):
        return [attributes[name] for _, attributes in self.tags if name in attributes]


def complete(folder):
    """Add what a trained run has and a made-up one has not."""
    files.write_json(
        folder / "environment.json",
        {
            "command": "python -m interpretable_adv <b>",
            "git_commit": "0123456789abcdef",
            "git_changed": True,
            "versions": {"numpy": "2"},
            "device": "@numpy",
            "machine": {"system": "Linux", "processor": "<i>", "cores": 2},
        },
    )
    metrics = files.read_json(folder / "metrics.json")
    metrics["dev"].setdefault("precision", 1.0)
    metrics["dev"].setdefault("recall", 1.0)
    files.write_json(folder / "metrics.json", metrics)
    return folder


def test_without_a_run_it_says_so(tmp_path):
    html = render(Study(tmp_path))
    assert "No finished run of recipe paper, scale quick yet" in html
    assert 'id="explorer"' not in html and 'id="runs"' not in html and 'id="curves"' not in html


@pytest.mark.parametrize(
    "make, corpus, table", [(classification_run, "sample-sec", 3), (labelling_run, "sample-ged", 6)]
)
def test_one_run_is_enough(tmp_path, make, corpus, table):
    arguments = (tmp_path, corpus, "advt") + ((40,) if make is classification_run else ())
    complete(make(*arguments))
    html = render(Study(tmp_path))
    reader = Reader(html)
    assert f"Table {table}: " in html
    assert "1 finished run of 1 method on " + corpus in html
    assert f"{corpus} stands in for" in html and "scale quick, smaller than the paper" in html
    assert "012345678901"[:10] in html and "with uncommitted changes" in html
    assert f"{corpus}, AdvT-Text: the weights are no longer at hand" in html or 'id="explorer"' not in html
    targets = {href for href in reader.attributes("href") if href.startswith("#")}
    assert targets <= {f"#{name}" for name in reader.attributes("id")}
    assert f"#{anchor(corpus, 'advt', 0)}" in targets
    assert ("b", {}) not in [(tag, attributes) for tag, attributes in reader.tags if tag == "code"]


def test_every_link_of_the_whole_page_leads_somewhere_and_nothing_is_fetched(page_file):
    reader = Reader(page_file.read_text(encoding="utf-8"))
    names = reader.attributes("id")
    assert len(names) == len(set(names))
    assert {href.removeprefix("#") for href in reader.attributes("href")} <= set(names)
    assert reader.attributes("src") == []
    assert not re.search(r"url\(|@import", page_file.read_text(encoding="utf-8"))


def test_the_page_allows_its_own_script_alone(page_file):
    html = page_file.read_text(encoding="utf-8")
    script = html.rpartition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(
        attributes["content"]
        for tag, attributes in Reader(html).tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.endswith(f"script-src 'sha256-{digest}'") and policy.startswith("default-src 'none'")


def test_words_from_corpora_are_escaped_outside_the_script_too(page_file):
    html = page_file.read_text(encoding="utf-8")
    assert not any(word in html for word in HOSTILE if "<" in word and word != "<!--")
    assert "&lt;script&gt;window.harmed" in html
    reader = Reader(html)
    assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)
    stored = json.loads(html.partition('id="explorer-data">')[2].partition("</script>")[0])
    assert SCRIPT in stored[1]["sentences"][0]["words"] + stored[1]["vocabulary"]


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_embedded_json_is_itself_again_and_ends_no_script(value):
    text = str(embedded(value))
    assert json.loads(text) == value
    assert not set("<>&\u2028\u2029") & set(text)


def test_a_mark_stands_apart_from_its_number():
    assert marked("20.87‡") == '20.87<span class="mark">‡</span>'
    assert marked("<b>") == "&lt;b&gt;" and marked("-") == "-"


def test_a_page_that_would_be_too_large_shows_fewer_sentences(made, monkeypatch):
    setting = Study(made)
    whole = render(setting)
    sizes = [len(render(setting).encode())]
    monkeypatch.setattr(page, "LIMIT", len(whole.encode()) - 1)
    smaller = render(setting)
    sizes.append(len(smaller.encode()))
    assert sizes[1] < sizes[0] and "explorer-data" in smaller
    monkeypatch.setattr(page, "LIMIT", 1)
    assert 'explorer-data">' not in render(setting)


def test_the_headline_names_what_departs_from_the_paper(tmp_path):
    complete(classification_run(tmp_path, "imdb", "advt", 40, scale="paper", complete=True))
    complete(classification_run(tmp_path, "imdb", "iadvt", 40, scale="paper", complete=True, seed=3))
    setting = Study(tmp_path, scale="paper")
    said = headline(setting, find_runs(setting))
    assert said.measured == "2 finished runs of 2 methods on imdb: recipe paper, scale paper, seeds 0, 3."
    assert said.departures == []
    complete(classification_run(tmp_path, "rotten", "advt", 40, scale="paper", complete=False))
    setting = Study(tmp_path, scale="paper")
    assert headline(setting, find_runs(setting)).departures == ["rotten does not have the paper's documents"]


def test_facts_say_whether_intervals_are_apart(tmp_path):
    def train_all(advt, seed):
        for method, errors in (("baseline", 100), ("advt", advt), ("iadvt", 95), ("vat", 170)):
            varied = errors + (0, 3, -3)[seed]
            complete(classification_run(tmp_path, "sample-sec", method, varied, seed=seed))

    train_all(50, 0)
    html = render(Study(tmp_path))
    assert "One seed a row tells no order" in html and "clear of the baseline" not in html
    for seed in (1, 2):
        train_all(50, seed)
    assert "AdvT-Text: 95 % interval clear of the baseline" in render(Study(tmp_path))
    for seed in (0, 1, 2):
        train_all(96, seed)
    assert "No method&#39;s 95 % interval lies clear of the baseline&#39;s" in render(Study(tmp_path))


def headings(html):
    """The column headings of a page's tables with results, one list a table."""
    heads = [one for one in re.findall(r"<thead>.*?</thead>", html, re.S) if ">Published<" in one]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<th .*?</th>", one, re.S)] for one in heads]


def test_columns_in_which_no_row_says_anything_are_left_out(tmp_path):
    for corpus, scale in (("sample-sec", "quick"), ("imdb", "paper")):
        for seed, errors in ((0, 60), (1, 64)):
            for method in ("baseline", "advt"):
                run = classification_run(tmp_path, corpus, method, errors, scale=scale, complete=True, seed=seed)
                complete(run)
    (stand_in,) = headings(render(Study(tmp_path)))
    assert "Verdict" not in stand_in and "Difference" not in stand_in and "Published" in stand_in
    (measured,) = headings(render(Study(tmp_path, scale="paper")))
    assert "Verdict" in measured and "Difference" in measured


def test_attacks_and_interpretability_are_those_of_the_records(made):
    found = find_runs(Study(made))
    (section,) = record_sections.attacked(found, [])
    assert section["corpus"] == "text-hostile" and [row.method for row in section["rows"]] == ["advt", "iadvt"]
    for row in section["rows"]:
        folder = made / "runs" / "text-hostile" / "paper" / "quick" / row.method / "seed-0"
        counts, *texts = [json.loads(line) for line in (folder / "attack-test.jsonl").read_text().split("\n") if line]
        documents, right, fooled = counts["documents"], counts["right"], counts["fooled_by_words"][-1]
        cells = dict(zip(section["columns"], row.cells, strict=True))
        assert cells["Documents"] == str(documents) and cells["Right before (%)"] == f"{100 * right / documents:.2f}"
        assert cells["Fooled (%)"] == (f"{100 * fooled / right:.2f}" if right else MISSING)
        assert cells["Perplexity before"] == MISSING  # no language model
        examples = [example for example in section["examples"] if example.method == row.method]
        assert len(examples) == min(len(texts), record_sections.EXAMPLES)
    (measured,) = record_sections.interpretability(found, [])
    for row in measured["rows"]:
        folder = made / "runs" / "text-hostile" / "paper" / "quick" / row.method / "seed-0"
        record = json.loads((folder / "interpretability-test.json").read_text())
        cells = dict(zip(measured["columns"], row.cells, strict=True))
        assert (
            cells["Cosine > 0.7 (%)"] == f"{record['cosine_above'][14]:.2f}"
            and cells["Words"] == f"{record['words']:,}"
        )


def test_a_record_of_other_weights_is_left_out_and_named(made, tmp_path):
    found = find_runs(Study(made))
    folder = next(folder for folder, method in zip(found["folder"], found["method"], strict=True) if method == "advt")
    copy = tmp_path / "seed-0"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    (copy / "best.npz").write_bytes(b"other weights")
    line = found[found["method"] == "advt"].assign(folder=[copy])
    problems = []
    assert record_sections.attacked(line, problems) == []
    assert len(problems) == 1 and "was made with other weights" in problems[0]


def test_long_texts_are_shown_around_the_replaced_words():
    words = [f"w{number}" for number in range(100)]
    text = {"original": words, "replacements": [{"position": 50, "target": "new"}, {"position": 3, "target": "first"}]}
    shown = record_sections.pieces(text)
    assert shown[3] == ("w3", "first")
    assert shown[13:16] == [("w13", None), ("…", None), ("w40", None)]
    assert ("w50", "new") in shown and shown[-2:] == [("w60", None), ("…", None)]
    assert sum(target is not None for _, target in shown) == 2
