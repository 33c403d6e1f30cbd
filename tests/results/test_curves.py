"""Learning curves show mean and spread over seeds of what the logs say, and a damaged log is named."""

import matplotlib.image
import numpy as np
import pytest
from matplotlib.axes import Axes

from iadv_foundation.errors import DamagedFileError, UsageError, UserError
from results.curves import draw_curves, pool
from results.logs import curve_of
from results.runs import Run
from tests.results.made_up import classification_run, labelling_run, quick, write_log


def test_pooled_by_hand():
    epochs, mean, deviation, complete = pool(
        [np.array([10.0, 20, 30]), np.array([20.0, 40]), np.array([30.0, 60, 50, 70])]
    )
    assert epochs.tolist() == [1, 2, 3, 4] and complete == 2
    assert mean.tolist() == [20, 40, 40, 70]
    assert deviation.tolist() == pytest.approx([10, 20, 200**0.5, 0])


def test_one_seed_has_no_spread():
    assert pool([np.array([1.0, 2])])[2].tolist() == [0, 0]


def test_every_method_with_runs_has_a_line_with_its_mean(tmp_path, monkeypatch):
    for seed, values in enumerate(([10, 30, 20], [20, 50])):
        write_log(labelling_run(tmp_path, "sample-ged", "advt", seed), "dev/f05", values)
    write_log(labelling_run(tmp_path, "sample-ged", "baseline"), "dev/f05", [5, 6])
    drawn, plot = [], Axes.plot

    def keep(axes, x, y, **options):
        drawn.append((options.get("label"), list(x), list(y)))
        return plot(axes, x, y, **options)

    monkeypatch.setattr(Axes, "plot", keep)
    draw_curves("6", quick(tmp_path))
    assert drawn == [
        ("Baseline‡ (n = 1)", [1, 2], [5, 6]),
        (None, [2], [6]),
        ("AdvT-Text‡ (n = 2)", [1, 2], [15, 40]),
        (None, [2, 3], [40, 20]),
    ]


@pytest.mark.parametrize("number", ["3", "4", "6"])
def test_equal_runs_give_equal_bytes(tmp_path, number):
    classification_run(tmp_path, "sample-sec", "advt", 40)
    classification_run(tmp_path, "rotten", "advt", 40)
    labelling_run(tmp_path, "sample-ged", "advt")
    paths = draw_curves(number, quick(tmp_path))
    assert [path.name for path in paths] == [f"curves{number}.png", f"curves{number}.svg"]
    first = [path.read_bytes() for path in paths]
    assert [path.read_bytes() for path in draw_curves(number, quick(tmp_path))] == first
    assert matplotlib.image.imread(paths[0]).std() > 0.03


def test_without_runs_there_is_an_empty_figure(tmp_path):
    assert all(path.is_file() for path in draw_curves("6", quick(tmp_path)))


@pytest.mark.parametrize(
    "content",
    [None, "", "{", '{"epoch": 2, "dev/f05": 1}\n', '{"epoch": 1}\n', "[1]\n", '{"epoch": 1, "dev/f05": null}\n'],
)
def test_a_damaged_log_is_named(tmp_path, content):
    folder = labelling_run(tmp_path, "sample-ged", "advt")
    (folder / "log.jsonl").unlink() if content is None else (folder / "log.jsonl").write_text(content)
    with pytest.raises(DamagedFileError, match="log.jsonl is missing or damaged"):
        curve_of(Run(folder), "dev/f05")
    if content is not None:  # without a log a run has its numbers still, and no curve
        with pytest.raises(UserError, match="log.jsonl"):
            draw_curves("6", quick(tmp_path))
        assert not (tmp_path / "figures").exists()


def test_a_table_without_results_has_no_curves(tmp_path):
    with pytest.raises(UsageError, match="unknown table with a figure '2'"):
        draw_curves("2", quick(tmp_path))
