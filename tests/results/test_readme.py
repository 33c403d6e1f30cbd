"""Holds the measured tables in the texts to the records they come from."""

import io
import json
import shutil

import numpy as np
import pandas
import pytest
from sklearn.metrics import fbeta_score

from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from results import readme
from results.cli import main
from results.readme import fce
from results.readme.blocks import fill, table

MEASURED = readme.ROOT / "measured"


@pytest.fixture(scope="module")
def made():
    return readme.made()


@pytest.fixture
def copy(tmp_path):
    """The texts and the records of FCE in a folder of their own."""
    for name in readme.TEXTS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(readme.ROOT / name, tmp_path / name)
    shutil.copytree(MEASURED / "fce-paper", tmp_path / "measured" / "fce-paper", symlinks=True, dirs_exist_ok=True)
    readme.write(tmp_path)
    return tmp_path


def test_texts_and_tables_are_what_the_records_give(made):
    for path, text in made.items():
        there = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":  # the last digits of sums may differ from one Python to the next
            pandas.testing.assert_frame_equal(*(pandas.read_csv(io.StringIO(one)) for one in (there, text)), rtol=1e-9)
        else:
            assert there == text, f"{path}: run python -m results readme"


def test_every_text_has_places_and_every_place_is_somewhere(made):
    texts = [made[readme.ROOT / name] for name in readme.TEXTS]
    assert all("<!-- measured: " in text for text in texts)
    for name in readme.BLOCKS:
        assert any(f"<!-- measured: {name} -->" in text for text in texts)


def test_a_number_changed_by_hand_is_found(copy):
    readme.check(copy)
    text = (copy / "README.md").read_text(encoding="utf-8")
    assert "| 42.03 ± 0.66 |" in text
    (copy / "README.md").write_text(text.replace("| 42.03 ± 0.66 |", "| 43.03 ± 0.66 |"), encoding="utf-8")
    with pytest.raises(UserError, match="README.md: not what the records give; run python -m results readme"):
        readme.check(copy)
    assert readme.write(copy) == [copy / "README.md"]
    assert (copy / "README.md").read_text(encoding="utf-8") == text


def test_a_record_that_changes_is_found(copy, monkeypatch):
    path = copy / "measured/fce-paper/runs/fce/paper/paper/vat/seed-1/metrics.json"
    record = files.read_json(path)
    record["dev"]["f05"] += 1
    files.write_json(path, record)
    fce._document.cache_clear()
    with pytest.raises(UserError, match="not what the records give"):
        readme.check(copy)
    fce._document.cache_clear()


def test_the_summary_says_what_table_6_says(made):
    table = pandas.read_csv(MEASURED / "fce-paper/table6.csv")
    contrast = pandas.read_csv(MEASURED / "fce-paper/table6-contrast.csv").iloc[0]
    orderings = pandas.read_csv(MEASURED / "fce-paper/table6-orderings.csv")
    text = " ".join(made[readme.ROOT / "README.md"].split())
    assert f"ours {contrast.ours:+.2f} [{contrast.ours_low:+.2f}, {contrast.ours_high:+.2f}]" in text
    assert f"published {contrast.published:+.2f} [{contrast.published_low:+.2f}" in text
    assert f"The two {'differ' if contrast.apart_p < 0.05 else 'do not differ'} (p = {contrast.apart_p:.3f})" in text
    verdicts = table["verdict"].value_counts()
    for verdict, words in (
        ("compatible", "hold"),
        ("not compatible", "do not hold"),
        ("cannot tell", "cannot be told"),
    ):
        assert f" {verdicts.get(verdict, 0)} {words} (" in text
    holds, reversed_ = ((orderings["verdict"] == word).sum() for word in ("holds", "reversed"))
    assert f"The {len(orderings)} published orders of two rows:* {holds} are established here, {reversed_} are" in text
    for line in table[table["published"].notna() & (table["method"] != "baseline")].itertuples():
        gain = line.published - table.set_index("method")["published"]["baseline"]
        ours = f"{line.over_baseline:+.2f} [{line.over_baseline_low:+.2f}, {line.over_baseline_high:+.2f}]"
        assert f"| {line.published:.2f}".rstrip("0") in text
        assert f"| {line.mean:.2f} ± {line.std:.2f} | {gain:+.2f} | {ours} | {line.verdict} |" in text


@pytest.mark.parametrize("method, seed", [("advt", 0), ("bilstm-gwe", 2)])
def test_a_line_of_a_run_by_hand(made, method, seed):
    folder = MEASURED / "fce-paper/runs/fce/paper/paper" / method / f"seed-{seed}"
    arrays = np.load(folder / "predictions.npz")
    f05 = 100 * fbeta_score(arrays["labels"], arrays["predictions"], beta=0.5)
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    dev = [entry["dev/f05"] for entry in log]
    minutes = json.loads((folder / "timing.json").read_text())["training_seconds"] / 60
    text = made[MEASURED / "fce-paper/README.md"]
    line = next(line for line in text.splitlines() if f"| {seed} |" in line and f"| {f05:.2f} |" in line)
    assert f"| {max(dev):.2f} | {np.argmax(dev) + 1} of {len(dev)} | {minutes:.0f} |" in line


def test_a_difference_on_dev_by_hand():
    values = {}
    for folder in ("runs", "epsilon-1/runs", "epsilon-3/runs"):
        for path in (MEASURED / "fce-paper" / folder).glob("fce/paper/paper/*/seed-*/metrics.json"):
            if not path.parents[1].is_symlink():
                values.setdefault((folder, path.parents[1].name), []).append(json.loads(path.read_text())["dev"]["f05"])
    assert len(values) == 10
    degrees = sum(len(group) - 1 for group in values.values())
    pooled = np.sqrt(sum(np.var(group) * len(group) for group in values.values()) / degrees)
    found = dict(fce.dev_differences(MEASURED))
    difference = np.mean(values["runs", "iadvt"]) - np.mean(values["runs", "baseline"])
    assert found["iAdvT"].difference == pytest.approx(difference)
    half = 2.1009220402 * pooled * np.sqrt(2 / 3)  # Student's t, 18 degrees of freedom
    assert degrees == 18 and found["iAdvT"].high - difference == pytest.approx(half, rel=1e-6)
    assert "iAdvT, epsilon 3" not in found  # one seed


def test_filling(tmp_path):
    path = tmp_path / "text.md"
    path.write_text("a\n<!-- measured: x -->\nold\n| 1 |\n<!-- end -->\nb\n<!-- measured: x -->\n<!-- end -->\n")
    blocks = {"x": lambda measured: f"new {measured}"}
    place = "<!-- measured: x -->\nnew here\n<!-- end -->\n"
    assert fill(path, blocks, "here") == f"a\n{place}b\n{place}"
    with pytest.raises(UserError, match="there is no block called x; there are y"):
        fill(path, {"y": blocks["x"]}, "here")


@pytest.mark.parametrize(
    "text",
    [
        "<!-- measured: x -->\n",
        "<!-- end -->\n",
        "<!-- measured: x -->\n<!-- measured: x -->\n<!-- end -->\n",
        "<!-- measured: x -->\n<!-- end -->\n<!-- end -->\n",
    ],
)
def test_marks_without_an_end_are_refused(tmp_path, text):
    (tmp_path / "text.md").write_text(text)
    with pytest.raises(UserError, match="needs one '<!-- end -->' after it"):
        fill(tmp_path / "text.md", {"x": lambda measured: ""}, None)


def test_a_table():
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | ---: |\n| 1 | 2 |"


def test_the_command(copy, capsys, monkeypatch):
    monkeypatch.setattr(readme, "ROOT", copy)
    monkeypatch.setattr(readme.check, "__defaults__", (copy,))
    monkeypatch.setattr(readme.write, "__defaults__", (copy,))
    main(["readme", "--check"])
    (copy / "measured/fce-paper/table6.md").unlink()
    with pytest.raises(UserError, match="table6.md"):
        main(["readme", "--check"])
    main(["readme"])
    assert capsys.readouterr().out == "measured/fce-paper/table6.md\n"
