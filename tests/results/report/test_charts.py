"""Charts show the numbers that they are made from: axes hold them, bands are the intervals of the tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.intervals import student_t, wilson
from results.report import charts
from results.report.charts import Scale, intervals, learning_curves
from results.report.run_cards import find_runs
from results.study import Study
from results.tables import build
from tests.helpers import tiny_corpus
from tests.results.made_up import classification_run, labelling_run, write_log

NUMBERS = st.floats(-1e4, 1e4).map(lambda value: round(value, 3))


def points(path):
    """The points of an SVG path of straight lines: float (n, 2)."""
    return np.array([[float(one) for one in pair.split()] for pair in path.strip("MZ").split("L")])


@given(st.lists(NUMBERS, min_size=1, max_size=5))
def test_an_axis_holds_all_values_between_round_ticks(values):
    scale = Scale([*values, None, float("nan")], 10, 110)
    assert scale.ticks[0] - 1e-6 <= min(values) and max(values) <= scale.ticks[-1] + 1e-6
    assert 2 <= len(scale.ticks) <= 7
    steps = np.diff(scale.ticks)
    assert np.allclose(steps, steps[0])
    assert f"{steps[0]:.0e}"[0] in "125"
    assert scale(scale.ticks[0]) == 10 and scale(scale.ticks[-1]) == 110
    middle = (scale.ticks[0] + scale.ticks[-1]) / 2
    assert scale(middle) == pytest.approx(60, abs=0.01)


def test_intervals_lie_where_their_numbers_do(tmp_path):
    classification_run(tmp_path, "sample-sec", "advt", 40)
    lines = build("3", Study(tmp_path)).raw
    rows, ticks = intervals(lines, "Majority class (sanity check)")
    (x1, low), (x2, high) = ((place, float(label)) for place, label in (ticks[0], ticks[-1]))
    for row, line in zip(rows, lines.to_dict("records"), strict=True):
        if row is None:
            assert line["title"] == "Majority class (sanity check)"
            continue
        for name in ("mean", "low", "high", "published"):
            place, value = getattr(row, name), line[name]
            if place is None:
                assert value is None or np.isnan(float(value))
            else:
                assert low + (high - low) * (place - x1) / (x2 - x1) == pytest.approx(float(value), abs=0.01)
    assert [line["title"] for row, line in zip(rows, lines.to_dict("records"), strict=True) if row and row.mean] == [
        "AdvT-Text [Miyato et al., 2017]"
    ]


def test_without_a_number_there_is_no_chart(tmp_path):
    lines = build("3", Study(tmp_path)).raw.iloc[-2:]
    assert intervals(lines, "none") == ([None, None], [])


def value_of(panel, y):
    """The value at a coordinate of the y axis, by two of its ticks."""
    (y1, low), (y2, high) = ((place, float(label)) for place, label in (panel.y[0], panel.y[-1]))
    return low + (high - low) * (y - y1) / (y2 - y1)


def test_curves_of_several_seeds_show_the_mean_and_its_interval(tmp_path):
    logs = {0: [40, 30, 35.5], 1: [44, 28, 36]}
    for seed, values in logs.items():
        write_log(classification_run(tmp_path, "sample-sec", "advt", 40, seed), "dev/error_rate", values)
    write_log(classification_run(tmp_path, "sample-sec", "baseline", 50), "dev/error_rate", [50, 41])
    (panel,) = learning_curves(find_runs(Study(tmp_path)), tmp_path)
    baseline, curve = panel.curves
    assert (baseline.method, curve.method, panel.name) == ("baseline", "advt", "dev error rate (%)")
    assert [value_of(panel, y) for _, y in points(curve.line)] == pytest.approx([42, 29, 35.75], abs=0.2)
    assert curve.reference == baseline.line and baseline.reference == "" and curve.rest == ""
    assert value_of(panel, curve.best[1]) == pytest.approx(29, abs=0.2)
    band = [value_of(panel, y) for _, y in points(curve.band)]
    expected = [student_t([logs[0][epoch], logs[1][epoch]]) for epoch in range(3)]
    assert band == pytest.approx([high for _, high in expected] + [low for low, _ in expected[::-1]], abs=0.5)
    assert baseline.band == ""  # one seed, and no corpus at hand that tells the number of dev documents
    assert "best 29.0 after epoch 2" in curve.label and "2 seeds" in curve.label
    assert panel.interval == "Student t over seeds; one run: no interval, the log has only the pooled score"


def test_a_seed_that_stopped_earlier_makes_the_rest_dotted(tmp_path):
    write_log(classification_run(tmp_path, "sample-sec", "advt", 40, 0), "dev/error_rate", [40, 30])
    write_log(classification_run(tmp_path, "sample-sec", "advt", 40, 1), "dev/error_rate", [42, 32, 20])
    curve = learning_curves(find_runs(Study(tmp_path)), tmp_path)[0].curves[0]
    assert len(points(curve.line)) == 2 and len(points(curve.rest)) == 2
    assert points(curve.line)[-1].tolist() == points(curve.rest)[0].tolist()


def test_the_band_of_one_run_comes_from_the_number_of_its_dev_documents(tmp_path):
    corpus = tiny_corpus(tmp_path / "corpora" / "sample-sec", name="sample-sec")
    documents = len(corpus.splits["dev"])
    write_log(
        classification_run(tmp_path, "sample-sec", "advt", 40, preparation=corpus.sha256), "dev/error_rate", [50, 25]
    )
    (panel,) = learning_curves(find_runs(Study(tmp_path)), tmp_path)
    band = [value_of(panel, y) for _, y in points(panel.curves[0].band)]
    (low1, high1), (low2, high2) = wilson(documents // 2, documents), wilson(documents // 4, documents)
    assert band == pytest.approx([high1, high2, low2, low1], abs=0.5)
    assert f"Wilson score interval of the {documents} dev documents" in panel.interval
    write_log(classification_run(tmp_path, "sample-sec", "advt", 40, preparation="another"), "dev/error_rate", [50, 25])
    assert learning_curves(find_runs(Study(tmp_path)), tmp_path)[0].curves[0].band == ""


def test_error_detection_is_better_where_it_is_larger(tmp_path):
    write_log(labelling_run(tmp_path, "sample-ged", "advt"), "dev/f05", [10, 30, 20])
    (panel,) = learning_curves(find_runs(Study(tmp_path)), tmp_path)
    assert value_of(panel, panel.curves[0].best[1]) == pytest.approx(30, abs=0.2)
    assert panel.name == "dev F0.5 (%)" and panel.curves[0].band == ""


def test_one_epoch_is_a_curve_too(tmp_path):
    write_log(classification_run(tmp_path, "sample-sec", "advt", 40), "dev/error_rate", [30])
    (panel,) = learning_curves(find_runs(Study(tmp_path)), tmp_path)
    ((x, y),) = points(panel.curves[0].line)
    assert charts.LEFT <= x <= charts.WIDTH and value_of(panel, y) == pytest.approx(30, abs=0.2)
