"""Proves that the estimates follow the measured records, grow with what work grows with, and ask a queue for enough."""

import dataclasses
import json
import math
import statistics
import tomllib
from pathlib import Path

import pytest

from benchmarks import cost as fitting
from benchmarks import predictions
from interpretable_adv.methods import METHODS
from workflow.cost import LONGEST, Cost, size_in_words
from workflow.cost_model import (
    PARTS,
    Batch,
    Network,
    counts,
    disk_mb,
    language_model_counts,
    memory_mb,
    passes,
    prices,
    seconds,
)
from workflow.plan import Plan
from workflow.sizes import size_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def plan(tmp_path):
    """A plan of a target at a scale, its real corpora at hand by name: function of both."""

    def make(target="table3", scale="paper", **sources):
        return Plan(target, scale, "paper", 1, {"imdb": str(tmp_path), **sources}, tmp_path)

    return make


class TestTheModel:
    """Prices and counts."""

    def test_the_prices_are_those_of_the_measured_records(self):
        """As python -m benchmarks.cost prints them, to three digits."""
        fitted, _ = fitting.split(fitting.benchmark_rows())
        price = fitting.on_one_core(fitting.fit(fitted))
        assert prices()["cpu"] == {part: pytest.approx(price[part], rel=0.005) for part in PARTS}
        assert prices()["epochs"]["share"] == pytest.approx(fitting.epochs_share(), abs=0.1)

    def test_sizes_that_it_was_not_fitted_to_are_near(self):
        """Benchmarks within a tenth; runs of FCE, another network on one core, within a fifth in the middle."""
        fitted, others = fitting.split(fitting.benchmark_rows())
        price = fitting.fit(fitted)
        assert all(0.9 < ratio < 1.1 for ratio in fitting.errors(others, price))
        assert all(0.8 < ratio < 1.25 for ratio in fitting.errors(fitting.language_model_rows(), price))
        trained = fitting.errors(fitting.run_rows(fitting.MEASURED / "fce-paper" / "runs"), fitting.on_one_core(price))
        assert len(trained) >= 24 and 0.8 < statistics.median(trained) < 1.25

    @pytest.mark.parametrize(
        "method, has_pool, expected",
        [
            ("baseline", True, (1, 0, 0)),
            ("advt", False, (2, 0, 1)),
            ("iadvt", True, (2, 0, 1)),
            ("random", True, (2, 0, 1)),
            ("vat", True, (1, 7 / 3, 2)),  # forward, one power iteration, the perturbed pass
            ("random-semi", True, (1, 4 / 3, 1)),
            ("vat", False, (3, 0, 2)),
        ],
    )
    def test_passes(self, method, has_pool, expected):
        assert passes(METHODS[method], has_pool) == pytest.approx(expected)

    def test_time_follows_tokens_and_the_square_of_the_size(self):
        def time(tokens, hidden):
            return seconds(counts(Network(hidden, hidden, 1000), [(Batch(tokens, 100), 1, 0)]))

        assert time(64_000, 256) / time(32_000, 256) == pytest.approx(2, rel=0.2)
        assert 3.5 < time(1e6, 4096) / time(1e6, 2048) < 4
        assert time(1000, 256) < time(1000, 257)

    def test_a_vocabulary_costs_memory_and_disk_and_no_time(self):
        small, large = Network(256, 256, 10_000), Network(256, 256, 1_000_000)
        batch = [(Batch(3000, 100), 2, 1)]
        assert counts(small, batch) == counts(large, batch)
        assert memory_mb(large, 3000) - memory_mb(small, 3000) > 3 * 990_000 * 256 * 4 / 1e6
        assert disk_mb(large)[1] == pytest.approx(1_000_000 * 256 * 4 / 1e6, rel=0.01)

    def test_a_snapshot_is_as_large_as_was_measured(self):
        """The weights of a finished run at scale quick: 4.2 MB with 64 units and 14,837 words."""
        assert disk_mb(Network(64, 64, 14_837))[1] == pytest.approx(4.2, rel=0.1)


class TestEstimates:
    """Of jobs."""

    def test_methods_are_in_the_order_of_their_passes(self, plan):
        cost = Cost(plan())
        times = [
            cost.seconds("train", {"corpus": "imdb", "method": method, "seed": "0"})
            for method in ("baseline", "advt", "iadvt", "vat", "ivat")
        ]
        assert times == sorted(times) and times[0] * 3 < times[-1]

    @pytest.mark.parametrize("scale, most", [("quick", 0.5), ("reduced", 24 * 30), ("paper", math.inf)])
    def test_every_job_of_a_table_has_an_estimate(self, tmp_path, scale, most):
        plan = Plan("quick" if scale == "quick" else "table3", scale, "paper", 1, {"imdb": str(tmp_path)}, tmp_path)
        cost = Cost(plan)
        for corpus, method, _ in plan.runs:
            rule = "train" if method in METHODS else "train_quoted"
            values = {"corpus": corpus, "method": method, "seed": "0"}
            assert 0 < cost.seconds(rule, values) < most * 3600
            assert 10 <= cost.minutes(rule, values) <= LONGEST
            assert 300 < cost.memory_mb(rule, values) < 32_000
        for rule in ("prepare", "lm", "sanity"):
            assert cost.seconds(rule, {"corpus": plan.corpora[0]}) > 0
            assert cost.memory_mb(rule, {"corpus": plan.corpora[0]}) > 0
        for rule in ("table", "figure", "curves", "report"):
            assert cost.seconds(rule, {"number": "3"}) > 0 and cost.memory_mb(rule, {}) > 0

    def test_no_job_asks_for_more_than_a_day(self, plan):
        assert Cost(plan()).minutes("lm", {"corpus": "imdb"}) == LONGEST == 24 * 60

    def test_the_language_model_s_softmax_grows_slower_than_the_vocabulary(self):
        lm = {"cutoffs": [], "hidden_size": 1024, "embedding_size": 256, "tail_factor": 4}
        lm |= {"batch_size": 32, "bptt_length": 100}
        small, large = (language_model_counts(lm, vocabulary) for vocabulary in (8_700, 87_000))
        assert small["logit"] < large["logit"] < 10 * small["logit"] and large["product"] < 3 * small["product"]

    def test_a_prepared_corpus_counts_and_not_the_table(self, plan, tmp_path):
        before = size_of(plan(), "imdb")
        assert before.documents["train"] == 21_246 and before.is_known and before.has_pool
        folder = tmp_path / "corpora" / "imdb"
        folder.mkdir(parents=True)
        splits = {"train": {"documents": 10, "tokens": 50}, "unlabeled": {"documents": 30, "tokens": 300}}
        record = {"splits": splits, "statistics": {"vocabulary": 77}}
        (folder / "corpus.json").write_text(json.dumps(record))
        size = size_of(plan(), "imdb")
        assert (size.mean, size.unlabeled_mean, size.pool_mean, size.vocabulary) == (5, 10, 8.75, 77)
        (folder / "corpus.json").write_text("{damaged")
        assert size_of(plan(), "imdb") == before

    def test_an_own_text_is_guessed_from_its_bytes(self, tmp_path):
        text = tmp_path / "mine.tsv"
        text.write_bytes(b"x" * 10_800_000)
        plan = Plan("compare", "reduced", "paper", 1, {"text-mine": str(text)}, tmp_path, "text-mine", ("vat",))
        size = size_of(plan, "text-mine")
        assert not size.is_known and size.tokens["train"] == pytest.approx(10_800_000 / 4.5, rel=0.01)
        told = Cost(plan).told([("train", {"corpus": "text-mine", "method": "vat", "seed": "0"})])
        assert told[-1] == "text-mine: its size is a guess until it is prepared"
        assert size_in_words(text) == pytest.approx(2_400_000)

    def test_hours_on_gpus_are_told_apart(self, plan):
        jobs = [("lm", {"corpus": "imdb"}), ("sanity", {"corpus": "imdb"})]
        (on_cores,) = Cost(plan()).told(jobs)
        (on_both,) = Cost(plan(), "0").told(jobs)
        assert on_cores.startswith("estimated: ") and " on cores; the longest job " in on_cores
        assert " on GPUs, which nobody has measured; the longest job " in on_both
        assert Cost(plan()).told([]) == []

    def test_more_slices_than_the_profile_has_tries_are_told(self, plan):
        @dataclasses.dataclass
        class FewTries:
            retries: int = 0

        lines = Cost(plan(), "-1", FewTries()).told([("lm", {"corpus": "imdb"})])
        assert "times 24 hours, and the profile tries 1 times: add -- --retries " in lines[1]


def test_each_section_says_where_its_numbers_are_from():
    text = (ROOT / "workflow" / "cost_model.toml").read_text()
    tomllib.loads(text)
    for section in ("cpu", "gpu", "memory", "epochs", "words_a_second", "jobs", "quoted"):
        assert text[: text.index(f"\n[{section}]")].rsplit("\n", 1)[-1].startswith("#")
    assert "ASSUMED, nobody has run a GPU" in text


def test_the_page_s_tables_are_those_that_are_predicted():
    page = predictions.PAGE.read_text(encoding="utf-8")
    assert predictions.filled(page) == page, "run python -m benchmarks.predictions"
    assert "nobody has run this on a GPU" in page


def test_the_jobs_that_are_predicted_are_those_of_the_graph(project):
    """But for tables and figures."""
    done = project.run("table6", "--dry-run")
    listed = [line for line in done.stdout.splitlines() if line.startswith("would run: ")]
    plan = Plan("table6", "quick", "paper", 1, {}, project.out)
    assert len(predictions.jobs_of(plan)) == len(listed) - 3
