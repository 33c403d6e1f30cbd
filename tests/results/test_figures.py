"""Figures show every number of their table, are equal bytes from equal runs, and exist wholly or not at all."""

import re

import matplotlib.image
import pytest
from matplotlib.axes import Axes

from iadv_foundation.errors import UsageError, UserError
from results.figures import draw
from tests.results.made_up import classification_run, labelling_run, quick


@pytest.mark.parametrize("number", ["3", "4", "5", "6"])
def test_equal_runs_give_equal_bytes(tmp_path, number):
    classification_run(tmp_path, "sample-sec", "advt", 40)
    classification_run(tmp_path, "rotten", "advt", 40)
    labelling_run(tmp_path, "sample-ged", "advt")
    paths = draw(number, quick(tmp_path))
    assert [path.name for path in paths] == [f"table{number}.png", f"table{number}.svg"]
    first = [path.read_bytes() for path in paths]
    assert [path.read_bytes() for path in draw(number, quick(tmp_path))] == first
    assert not re.search(rb"\d{4}-\d\d-\d\dT|atplotlib v", first[1])
    pixels = matplotlib.image.imread(paths[0])
    assert min(pixels.shape[:2]) > 400 and pixels.std() > 0.05


def test_every_published_and_measured_number_stands_beside_its_bar(tmp_path, monkeypatch):
    classification_run(tmp_path, "sample-cac", "advt", 3)
    written, annotate = [], Axes.annotate

    def keep(axes, text, *arguments, **options):
        written.append(text)
        return annotate(axes, text, *arguments, **options)

    monkeypatch.setattr(Axes, "annotate", keep)
    draw("5", quick(tmp_path))
    assert written == ["0.94", "0.92", "1.50‡", "0.99", "0.91", "0.93"]


def test_tables_1_and_2_have_no_figure(tmp_path):
    with pytest.raises(UsageError, match="choose from: 3, 4, 5, 6"):
        draw("2", quick(tmp_path))


def test_a_damaged_run_leaves_no_figure(tmp_path):
    (classification_run(tmp_path, "sample-sec", "advt", 40) / "metrics.json").write_text("{")
    with pytest.raises(UserError, match="metrics.json is damaged"):
        draw("3", quick(tmp_path))
    assert not (tmp_path / "figures").exists()
