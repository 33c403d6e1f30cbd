"""Runs whose perturbation made the training documents easier are marked, by what they logged up to their best epoch."""

import json

import pytest
from matplotlib.axes import Axes

from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from results.curves import draw_curves
from results.leaking import MARK, mean_difference, read_difference
from results.runs import Run
from results.tables import build
from tests.results.made_up import classification_run, labelling_run, quick


def log(folder, **observations):
    """Write a log with these observations by epoch; the best epoch of made-up runs is the second."""
    epochs = zip(*observations.values(), strict=True)
    said = {"epochs": 2, "best_epoch": 2, "dev": {"error_rate": 20.0, "f05": 20.0}}
    files.write_json(folder / "metrics.json", {**files.read_json(folder / "metrics.json"), **said})
    files.write_text(
        folder / "log.jsonl",
        "".join(
            json.dumps({"epoch": epoch, **_dev(epoch), **dict(zip(observations, values, strict=True))}) + "\n"
            for epoch, values in enumerate(epochs, 1)
        ),
    )


def _dev(epoch):
    return {"dev/error_rate": 22.0 - epoch, "dev/f05": 18.0 + epoch}


def settings_of(folder, **perturbation):
    configuration = files.read_json(folder / "config.json")
    configuration["perturbation"].update(perturbation)
    files.write_json(folder / "config.json", configuration)


def test_the_mean_goes_up_to_the_best_epoch_and_not_further(tmp_path):
    folder = classification_run(tmp_path, "sample-sec", "advt", 40)
    log(folder, perturbed_minus_clean=[-2.0, 1.0, 9.0])
    assert read_difference(Run(folder)).tolist() == [-2, 1, 9] and mean_difference(Run(folder)) == -0.5


def test_older_logs_of_the_advt_family_have_their_two_losses_without_lambda(tmp_path):
    folder = classification_run(tmp_path, "sample-sec", "iadvt", 40, overrides=["perturbation.loss_weight=0.5"])
    log(folder, loss=[3.0, 2.0, 1.0], perturbed_loss=[1.0, 1.5, 0.5])
    assert read_difference(Run(folder)).tolist() == [-1, 1, 0] and mean_difference(Run(folder)) == 0


@pytest.mark.parametrize("method, weight", [("baseline", 1.0), ("vat", 1.0), ("random-semi", 1.0), ("advt", 0.0)])
def test_other_losses_say_nothing(tmp_path, method, weight):
    folder = classification_run(tmp_path, "sample-sec", method, 40)
    settings_of(folder, loss_weight=weight)
    log(folder, loss=[3.0, 2.0], perturbed_loss=[1.0, 1.0])
    assert read_difference(Run(folder)) is None and mean_difference(Run(folder)) is None


def test_a_run_without_a_log_is_not_judged(tmp_path):
    folder = classification_run(tmp_path, "sample-sec", "advt", 40)
    (folder / "log.jsonl").unlink()
    assert mean_difference(Run(folder)) is None


def test_a_damaged_difference_is_named(tmp_path):
    folder = classification_run(tmp_path, "sample-sec", "advt", 40)
    log(folder, perturbed_minus_clean=[1.0, None])
    with pytest.raises(UserError, match="none of the 1 finished runs .*log.jsonl"):
        build("3", quick(tmp_path))


def test_the_table_marks_the_rows_and_names_their_seeds(tmp_path):
    for seed, differences in enumerate(([-1.0, 0.5], [1.0, 1.0], [-1.0, -1.0])):
        log(labelling_run(tmp_path, "sample-ged", "advt", seed), perturbed_minus_clean=differences)
    log(labelling_run(tmp_path, "sample-ged", "iadvt"), perturbed_minus_clean=[-1.0, 1.5])
    log(labelling_run(tmp_path, "sample-ged", "vat"), perturbed_minus_clean=[-0.1, -0.1])
    document = build("6", quick(tmp_path))
    ours = dict(zip(document.cells["Method"], document.cells["Ours (mean ± sd)"], strict=True))
    assert {title.split(" [")[0] for title, cell in ours.items() if cell.endswith(f"‡{MARK}")} == {
        "AdvT-Text",
        "VAT-Text",
    }
    assert sum(MARK in cell for cell in ours.values()) == 2
    (note,) = [note for note in document.notes if MARK in note]
    assert "labels leak" in note and note.endswith("AdvT-Text (seeds 0, 2), VAT-Text (seed 0)")
    assert r"\S{}" in document.to_latex() and MARK not in document.to_latex()
    runs = document.attached["runs"].set_index(["method", "seed"])["perturbed_minus_clean"]
    assert runs["advt"].tolist() == [-0.25, 1, -1] and runs["iadvt", 0] == 0.25


def test_without_leaks_there_is_neither_mark_nor_note(tmp_path):
    log(classification_run(tmp_path, "sample-sec", "advt", 40), perturbed_minus_clean=[1.0, 0.5])
    assert MARK not in build("3", quick(tmp_path)).to_markdown()


def test_curves_have_a_second_row_with_the_differences(tmp_path, monkeypatch):
    log(labelling_run(tmp_path, "sample-ged", "baseline"), loss=[1.0, 1.0])
    log(labelling_run(tmp_path, "sample-ged", "advt"), perturbed_minus_clean=[-1.0, 0.5])
    drawn, plot = [], Axes.plot

    def keep(axes, x, y, **options):
        drawn.append((axes.get_subplotspec().rowspan.start, options["color"], list(y)))
        return plot(axes, x, y, **options)

    monkeypatch.setattr(Axes, "plot", keep)
    draw_curves("6", quick(tmp_path))
    whole = [line for line in drawn if len(line[2]) == 2]
    assert [(row, values) for row, _, values in whole] == [(0, [19, 20]), (0, [19, 20]), (1, [-1, 0.5])]
    assert whole[1][1] == whole[2][1] != whole[0][1]
