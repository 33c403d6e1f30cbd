"""A scale or variant is chosen by dev results alone, by a rule that is worked out by hand here."""

import pytest

from iadv_foundation.errors import UserError
from results.choice import choose
from tests.results.made_up import classification_run, labelling_run, write_log

CORPUS = "imdb"
SCALES = ["reduced", "reduced+epsilon-1", "reduced+epsilon-2.5"]


def run(out, scale, method, dev, test=50, seed=0, make=classification_run, key="error_rate"):
    """A run with a dev result (percent) and, of classification, a number of test errors."""
    folder = make(
        out,
        CORPUS if make is classification_run else "fce",
        method,
        *([test] if make is classification_run else []),
        seed=seed,
        scale=scale,
        complete=True,
    )
    write_log(folder, f"dev/{key}", [dev])


def test_the_lowest_mean_dev_error_wins_whatever_test_says(tmp_path):
    for scale, advt, vat, test in (
        ("reduced", 9, 7, 1),
        ("reduced+epsilon-1", 7, 6, 99),
        ("reduced+epsilon-2.5", 5, 9, 1),
    ):
        run(tmp_path, scale, "advt", advt, test)
        run(tmp_path, scale, "vat", vat, test)
    choice = choose(CORPUS, tmp_path, "paper", SCALES, ["advt", "vat"])
    assert choice.dev["mean"].tolist() == [8, 6.5, 7] and choice.scale == "reduced+epsilon-1"
    assert "mean over seeds 0.  Chosen among 3 by the mean over 2 methods: reduced+epsilon-1" in choice.to_markdown()


def test_seeds_are_averaged(tmp_path):
    for seed, usual, other in ((0, 4, 6), (1, 9, 6)):
        run(tmp_path, "reduced", "advt", usual, seed=seed)
        run(tmp_path, "reduced+epsilon-1", "advt", other, seed=seed)
    choice = choose(CORPUS, tmp_path, "paper", SCALES[:2], ["advt"])
    assert choice.dev["mean"].tolist() == [6.5, 6] and choice.seeds == (0, 1) and choice.scale == "reduced+epsilon-1"


def test_of_f05_the_highest_wins(tmp_path):
    for scale, dev in (("paper", 40.0), ("paper+epsilon-1", 41.0)):
        run(tmp_path, scale, "advt", dev, make=labelling_run, key="f05")
    assert choose("fce", tmp_path, "paper", ["paper", "paper+epsilon-1"], ["advt"]).scale == "paper+epsilon-1"


def test_of_equals_the_first_wins(tmp_path):
    for scale in SCALES:
        run(tmp_path, scale, "advt", 5)
    assert choose(CORPUS, tmp_path, "paper", SCALES, ["advt"]).scale == "reduced"


def test_a_method_that_does_not_read_the_difference_needs_one_run(tmp_path):
    run(tmp_path, "reduced", "baseline", 5)
    for scale, dev in zip(SCALES, (6, 5, 4), strict=True):
        run(tmp_path, scale, "advt", dev)
    choice = choose(CORPUS, tmp_path, "paper", SCALES, ["baseline", "advt"])
    assert choice.dev["baseline"].tolist() == [5, 5, 5] and choice.scale == SCALES[2]


def test_a_missing_run_is_named(tmp_path):
    run(tmp_path, "reduced", "advt", 5)
    with pytest.raises(
        UserError,
        match="no finished run on imdb of advt, recipe paper, scale reduced.epsilon-1: python -m interpretable_adv",
    ):
        choose(CORPUS, tmp_path, "paper", SCALES[:2], ["advt"])


def test_other_seeds_are_refused(tmp_path):
    run(tmp_path, "reduced", "advt", 5)
    run(tmp_path, "reduced+epsilon-1", "advt", 5, seed=1)
    with pytest.raises(UserError, match="scale reduced.epsilon-1: runs of the seeds 1 are there, not 0 as elsewhere"):
        choose(CORPUS, tmp_path, "paper", SCALES[:2], ["advt"])
