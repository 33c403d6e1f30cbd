"""Systems quoted from other papers are rows like the methods: settings, differences, verdicts, charts and the page."""

import numpy as np
import pytest

from iadv_foundation.storage import files
from interpretable_adv.methods import METHODS
from quoted_systems.systems import SYSTEMS
from results.figures import style_of
from results.report.page import render
from results.row_settings import sections_of, settings_read, usual_settings
from results.rows import ROWS, is_of_paper
from results.study import Study
from results.tables import build
from results.verdicts import published_gains
from tests.results.made_up import classification_run, quick, run_path, write_log


@pytest.fixture
def out(tmp_path):
    """Two seeds of the baseline and of every quoted system."""
    for place, name in enumerate(("baseline", *SYSTEMS)):
        for seed in (0, 1):
            classification_run(tmp_path, "sample-sec", name, 40 + 3 * place + seed, seed)
    return tmp_path


def test_methods_come_first_and_no_name_is_both():
    assert list(ROWS) == [*METHODS, *SYSTEMS] and not set(METHODS) & set(SYSTEMS)
    assert len({row.title for row in ROWS.values()}) == len(ROWS)
    for row in ROWS.values():
        assert row.in_paper in (True, False) and row.semi_supervised in (True, False) and row.passes > 0
        assert row.colour.startswith("#") and style_of(row.name)[0] == row.colour


def test_which_rows_table_2_is_about():
    assert is_of_paper("baseline") and is_of_paper("ivat")
    assert not any(map(is_of_paper, ("bilstm-gwe", *SYSTEMS)))


@pytest.mark.parametrize("name", ["advt", "bilstm-skipgram", *SYSTEMS])
def test_a_run_depends_on_settings_that_it_has(name):
    usual, read = (of(name, "imdb", "paper", "paper") for of in (usual_settings, settings_read))
    assert set(usual) == set(sections_of(name)) >= set(read)
    assert all(read[section].items() <= usual[section].items() for section in read)


def test_they_stand_in_the_table_with_their_differences(out):
    lines = build("3", quick(out)).raw.set_index("method")
    assert [lines.at[name, "mean"] for name in SYSTEMS] == [21.75, 23.25, 24.75, 26.25]
    assert [lines.at[name, "over_baseline"] for name in SYSTEMS] == pytest.approx([1.5, 3.0, 4.5, 6.0])
    assert lines.loc[list(SYSTEMS), "over_baseline_p_holm"].notna().all()


def test_verdicts_at_the_paper_s_setting(tmp_path):
    for name in ("baseline", *SYSTEMS):
        for seed in (0, 1):
            classification_run(tmp_path, "imdb", name, 14 + seed, seed, scale="paper", complete=True)
    lines = build("3", Study(tmp_path, "paper", "paper")).raw.set_index("method")
    assert set(lines.loc[["baseline", *SYSTEMS], "verdict"]) <= {"compatible", "not compatible", "cannot tell"}
    assert lines.at["sa-lstm", "difference"] == pytest.approx(7.25 - 7.24)


def test_a_worse_system_of_another_paper_is_no_gain_to_tell_the_baseline_from():
    published = {"baseline": 7.05, "ivat": 5.66, "bow-unlabeled": 11.11}
    assert published_gains(published, "baseline", {"bow-unlabeled"}) == pytest.approx(
        {"baseline": 1.39, "ivat": 1.39, "bow-unlabeled": 4.06}
    )


def test_a_setting_of_its_own_is_named(out):
    classification_run(out, "sample-sec", "sa-lstm", 40, 0, overrides=["fine_tuning.dropout=0.1"])
    (skipped,) = Study(out).skipped(["sample-sec"])
    assert (
        "sa-lstm/seed-0 ran with other settings than the other seeds (fine_tuning.dropout = 0.1 instead of 0.5"
        in str(skipped)
    )


@pytest.mark.parametrize(
    "damage, message",
    [
        (lambda stored: stored.pop("fine_tuning"), "config.json is damaged"),
        (lambda stored: stored.update(format=9), "has format 9, of a later version"),
        (lambda stored: stored["fine_tuning"].update(label_gain="first"), "fine_tuning.label_gain"),
    ],
)
def test_a_run_that_cannot_be_read_is_left_out_and_named(out, damage, message):
    path = run_path(out, "sample-sec", "sa-lstm") / "config.json"
    stored = files.read_json(path)
    damage(stored)
    files.write_json(path, stored)
    (skipped,) = Study(out).skipped(["sample-sec"])
    assert message in str(skipped) and str(path) in str(skipped)


def test_hyper_parameters_of_table_2_are_not_theirs(out):
    used = build("2", quick(out)).raw
    assert used.loc[used["task"] == "SEC", "runs"].unique().tolist() == [2]


def test_the_page_has_them(out):
    for name in SYSTEMS:
        write_log(run_path(out, "sample-sec", name), "dev/error_rate", np.linspace(40, 20, 4).tolist())
    page = render(quick(out))
    assert all(f"{system.title}, seed 1" in page for system in SYSTEMS.values())
    assert "Left out, because it cannot be read" not in page
