"""Proves the job graph: which jobs a target has, that nothing is done twice, and that an edited configuration repeats
what depends on it and nothing else.  Every command is a stand-in; Snakemake and reproduce.sh are real.
"""

import json
import os
import re

import pytest

from iadv_foundation.storage import files
from word_vectors.sentences import TextSource
from workflow.plan import Plan

SAMPLES = ("sample-sec", "sample-cac", "sample-ged")
OF_THE_PAPER = ("baseline", "random", "advt", "iadvt", "vat", "ivat")  # they start from the language model
FROM_VECTORS = ("bilstm-skipgram", "bilstm-gwe")
TABLE_6 = OF_THE_PAPER + FROM_VECTORS
SHOWN = ["table 6", "figure 6", "curves 6"]
ALL_OF_TABLE_6 = sorted(
    [
        "prepare sample-ged",
        "lm sample-ged",
        "skipgram sample-ged",
        "gwe sample-ged",
        *(f"train sample-ged {method} 0" for method in TABLE_6),
        "sanity sample-ged",
        *SHOWN,
    ]
)


def listed(done):
    """What a dry run would run, without the reasons (list of str)."""
    assert done.returncode == 0, done.stderr
    lines = [line.removeprefix("would run: ") for line in done.stdout.splitlines() if line.startswith("would run: ")]
    assert f"{len(lines)} jobs would run\nestimated: " in done.stdout or not lines
    return [line.rpartition(" (")[0] for line in lines]


def finished(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done


class TestTargets:
    """Which jobs a target has, from a dry run."""

    def test_the_default(self, project):
        jobs = listed(project.run("--dry-run"))
        counts = {
            rule: sum(job.startswith(rule) for job in jobs)
            for rule in (
                "prepare ",
                "language model ",
                "skip-gram ",
                "error-specific ",
                "train ",
                "sanity check ",
                "attack ",
                "interpretability ",
                "table ",
                "bar chart ",
                "learning curves ",
                "figure",
                "report",
            )
        }
        assert counts == {
            "prepare ": 3,
            "language model ": 3,
            "skip-gram ": 1,
            "error-specific ": 1,
            "train ": 11 + 5 + 8,
            "sanity check ": 3,
            "attack ": 2 * 4,
            "interpretability ": 2 * 4,
            "table ": 7,
            "bar chart ": 3,
            "learning curves ": 3,
            "figure": 2,
            "report": 1,
        }
        trained = [sum(job.startswith(f"train {corpus} ") for job in jobs) for corpus in SAMPLES]
        assert trained == [11, 5, 8]
        assert project.calls() == []

    def test_the_form_that_table_6_at_full_size_has(self, project):
        options = ["--source", project.root / "configs", "--scale", "paper", "--seeds", "5"]
        jobs = listed(project.run("table6", *options, "--dry-run"))
        assert sum(job.startswith("train fce ") for job in jobs) == 8 * 5
        assert "train fce ivat seed 4" in jobs and "train fce bilstm-gwe seed 4" in jobs and "prepare fce" in jobs
        assert "skip-gram vectors fce" in jobs and "language model fce" not in jobs
        assert len(jobs) == 1 + 2 + 40 + 1 + 1 + 2

    def test_table_4_has_the_corpora_at_hand(self, project):
        source = f"--source=rotten={project.root / 'configs'}"
        done = project.run("table4", source, "--scale=reduced", "--recipe=authors", "--dry-run")
        assert sum(job.startswith("train rotten ") for job in listed(done)) == 5
        assert "elec: " in done.stdout and "rcv1: " in done.stdout

    def test_a_run_that_starts_from_random_weights_needs_no_language_model(self, project):
        project.edit("configs/corpora/sample-ged.toml", "[training]", '[training]\ninitialise = "random"')
        jobs = listed(project.run("table6", "--dry-run"))
        assert len(jobs) == len(ALL_OF_TABLE_6) - 1 and "language model sample-ged" not in jobs

    def test_figure_4(self, project):
        finished(project.run("figure4"))
        made = [f"{job} sample-{task}" for job in ("lm", "prepare") for task in ("ged", "sec")]
        trained = [f"train sample-{task} {method} 0" for task in ("ged", "sec") for method in ("advt", "iadvt")]
        assert sorted(project.calls()) == sorted([*made, *trained, "figure1", "figure4"])
        again = finished(project.run("figure4"))
        assert project.calls() == [] and "nothing to run" in again.stdout and "out/figures" in again.stdout

    def test_table_7(self, project):
        done = finished(project.run("table7"))
        made = [f"{job} sample-{task}" for job in ("lm", "prepare") for task in ("ged", "sec")]
        of_runs = [
            f"{job} sample-{task} {method} 0"
            for job in ("train", "attack", "interpretability")
            for task in ("ged", "sec")
            for method in ("advt", "iadvt", "vat", "ivat")
        ]
        assert sorted(project.calls()) == sorted(
            [*made, *of_runs, "table 7", "table interpretability", "figure interpretability"]
        )
        assert "\ntable 7 " in done.stdout and "\ntable interpretability " in done.stdout
        attacked = project.out / "runs/sample-ged/paper/quick/vat/seed-0/attack-test.jsonl"
        attacked.unlink()
        finished(project.run("table7"))
        assert set(project.calls()) == {
            "attack sample-ged vat 0",
            "table 7",
            "table interpretability",
            "figure interpretability",
        }

    def test_jobs_for_a_gpu_are_planned(self, project):
        assert len(listed(project.run("table6", "--device", "0", "--dry-run"))) == len(ALL_OF_TABLE_6)


class TestRepetition:
    """What runs the second time."""

    def test_the_first_time_runs_every_job_once(self, made_once):
        _, calls, screen = made_once
        assert calls == ALL_OF_TABLE_6
        lines = [line for line in screen.splitlines() if line.startswith("[")]
        assert [line[:7] for line in lines] == [f"[{number:2}/{len(calls)}]" for number in range(1, len(calls) + 1)]
        assert "] train sample-ged vat seed 0: result of train sample-ged vat 0 (" in screen
        trained = re.findall(r"\] train sample-ged (\S+) seed 0", screen)
        assert set(trained[:2]) == {"vat", "ivat"} and trained[-1] == "baseline"  # the long ones first
        assert "\ntable 6 " in screen and "out/tables" in screen.splitlines()[-1]

    def test_nothing_is_done_twice(self, made):
        again = finished(made.run("table6", "--cores", "7"))
        assert made.calls() == []
        assert "nothing to run: all jobs were done already" in again.stdout and "\ntable 6 " in again.stdout
        assert listed(made.run("table6", "--device", "0", "--dry-run")) == []

    def test_an_edited_training_setting_repeats_training(self, made):
        made.edit("configs/corpora/sample-ged.toml", "learning_rate_decay = 0.9998", "learning_rate_decay = 0.9997")
        planned = listed(made.run("table6", "--dry-run"))
        finished(made.run("table6"))
        # The networks of other papers have a batch size of their own.
        expected = sorted([*(f"train sample-ged {method} 0" for method in OF_THE_PAPER), *SHOWN])
        assert made.calls() == expected and len(planned) == len(expected)
        finished(made.run("table6"))
        assert made.calls() == []

    def test_an_edited_language_model_repeats_all_that_follows(self, made):
        made.edit("configs/scales/quick.toml", "bptt_length = 35", "bptt_length = 30")
        finished(made.run("table6"))
        assert made.calls() == sorted(
            ["lm sample-ged", *(f"train sample-ged {method} 0" for method in OF_THE_PAPER), *SHOWN]
        )

    def test_edited_word_vectors_repeat_what_starts_from_them(self, made):
        made.edit("configs/tasks/error-detection.toml", "negative = 5", "negative = 6")
        finished(made.run("table6"))
        assert made.calls() == sorted(
            [
                "skipgram sample-ged",
                "gwe sample-ged",
                "train sample-ged bilstm-skipgram 0",
                "train sample-ged bilstm-gwe 0",
                *SHOWN,
            ]
        )

    def test_an_edited_row_repeats_its_runs_alone(self, made):
        made.edit("configs/rows/bilstm-gwe.toml", "patience = 7", "patience = 8")
        finished(made.run("table6"))
        assert made.calls() == sorted(["train sample-ged bilstm-gwe 0", *SHOWN])

    def test_edits_that_change_no_value_of_this_target_repeat_nothing(self, made):
        made.edit("configs/common.toml", "[lm]", "# a comment\n[lm]")
        made.edit("configs/tasks/sentiment.toml", "ffnn_size = 30", "ffnn_size = 31")
        made.edit("configs/recipes/authors.toml", "xi = 1.0", "xi = 2.0")
        assert listed(made.run("table6", "--dry-run")) == []

    def test_another_recipe_or_scale_is_another_set_of_runs(self, made):
        for option in (["--recipe", "authors"], ["--scale", "reduced", "--source", made.root]):
            jobs = listed(made.run("table6", "--dry-run", *option))
            assert sum(job.startswith("train ") for job in jobs) == len(TABLE_6)

    def test_a_variant_of_a_scale_is_another_set_of_runs_from_the_same_language_model(self, made):
        finished(made.run("table6", "--scale", "quick+epsilon-1"))
        assert made.calls() == sorted([*(f"train sample-ged {method} 0" for method in TABLE_6), *SHOWN])

    def test_more_seeds_run_only_the_new_ones_and_the_table(self, made):
        finished(made.run("table6", "--seeds", "2"))
        assert made.calls() == sorted([*(f"train sample-ged {method} 1" for method in TABLE_6), *SHOWN])

    def test_a_prepared_corpus_with_other_content_repeats_what_reads_it(self, made):
        (made.out / "corpora" / "sample-ged" / "corpus.json").write_text("other")
        assert sorted(listed(made.run("table6", "--dry-run"))) == sorted(
            [
                "language model sample-ged",
                "skip-gram vectors sample-ged",
                "error-specific vectors sample-ged",
                "sanity check sample-ged",
                *(f"train sample-ged {method} seed 0" for method in TABLE_6),
                "table 6",
                "bar chart of table 6",
                "learning curves of table 6",
            ]
        )

    def test_a_file_that_is_only_touched_repeats_nothing(self, made):
        os.utime(made.out / "corpora" / "sample-ged" / "corpus.json")
        assert listed(made.run("table6", "--dry-run")) == []

    def test_a_removed_result_is_made_again_and_nothing_else_of_the_run_is_touched(self, made):
        """A snapshot is not an output of the job: Snakemake must not remove it when the job is repeated."""
        run = made.out / "runs" / "sample-ged" / "paper" / "quick" / "vat" / "seed-0"
        (run / "snapshot.npz").write_text("precious")
        (run / "metrics.json").unlink()
        finished(made.run("table6"))
        assert made.calls() == sorted([*SHOWN, "train sample-ged vat 0"])
        assert (run / "snapshot.npz").read_text() == "precious"

    def test_another_source_prepares_again(self, made):
        (made.root / "packages").mkdir()
        source = f"--source=sample-ged={made.root / 'packages'}"
        assert "prepare sample-ged" in listed(made.run("table6", "--dry-run", source))


def test_commands_are_told_what_was_asked_for(project):
    """Options, paths with spaces and quotes; and options for Snakemake."""
    out, source = project.root.parent / "other 'out' {x}", project.root.parent / 'a "source"'
    source.mkdir()
    finished(
        project.run(
            "table6",
            "--scale",
            "quick",
            "--recipe",
            "authors",
            "--source",
            f"sample-ged={source.name}",
            "--seeds=2",
            "--source",
            f"imdb={source.name}",
            "--cores",
            "1",
            "--out",
            out.name,
            "--",
            "--until",
            "lm",
            "gwe",
            "sanity",
        )
    )
    assert sorted((out / "arguments").read_text().splitlines()) == sorted(
        [
            f"data_prep sample-ged --out {out} --source={source}",
            f"results sanity sample-ged --out {out}",
            f"pretrain_lm sample-ged --seed 0 --recipe authors --scale quick --device -1 --out {out} --overwrite",
            f"word_vectors skipgram sample-ged --text=imdb={source} --keep-texts --scale quick --seed 0 --out {out} "
            "--overwrite",
            f"word_vectors gwe sample-ged --start skipgram --scale quick --seed 0 --out {out} --overwrite",
        ]
    )
    logs = sorted(path.name for path in (out / "logs").iterdir())
    assert logs == [
        "gwe-sample-ged.log",
        "lm-sample-ged-authors-quick.log",
        "prepare-sample-ged.log",
        "sanity-sample-ged.log",
        "skipgram-sample-ged.log",
    ]


def test_another_text_makes_other_vectors_and_no_text_those_that_stand_there(made):
    """Also after one more seed without the option; what started from the old vectors is repeated."""
    text = made.root / "reviews.tsv"
    text.write_text("x")
    more = ["--source", f"amazon={text}"]
    assert sorted(listed(made.run("table6", *more, "--dry-run"))) == sorted(
        [
            "skip-gram vectors sample-ged",
            "error-specific vectors sample-ged",
            "train sample-ged bilstm-skipgram seed 0",
            "train sample-ged bilstm-gwe seed 0",
            "table 6",
            "bar chart of table 6",
            "learning curves of table 6",
        ]
    )
    finished(made.run("table6", *more))
    made.calls()
    finished(made.run("table6", "--seeds", "2"))
    assert made.calls() == sorted([*(f"train sample-ged {method} 1" for method in TABLE_6), *SHOWN])


class TestVectorsMadeByHand:
    """What Snakemake does not know of."""

    def store(self, made, name, settings, texts=(), **others):
        """Make the finished vectors ``name`` look as if a command had made them with these settings."""
        folder = made.out / "vectors" / "sample-ged" / name
        (folder / "vectors.npz").write_text("not read here")
        asked = {"vectors": settings, "texts": list(texts)}
        if name == "gwe":
            start = folder.with_name("skipgram") / "vectors.npz"
            asked = {"gwe": settings, "start": "skipgram", "start_sha256": files.digest_of_file(start)}
        (folder / "config.json").write_text(json.dumps({"seed": 0, **asked, **others}))

    def settings(self, made, name):
        return Plan("table6", "quick", "paper", 1, {}, made.out).vectors_settings("sample-ged", name)

    def test_with_the_same_settings_they_stay(self, made):
        for name in ("skipgram", "gwe"):
            self.store(made, name, self.settings(made, name))
        assert listed(made.run("table6", "--dry-run")) == []

    def test_with_other_settings_they_and_what_starts_from_them_are_made_again(self, made):
        self.store(made, "skipgram", self.settings(made, "skipgram"))
        self.store(made, "gwe", {**self.settings(made, "gwe"), "epochs": 99})
        assert sorted(listed(made.run("table6", "--dry-run"))) == sorted(
            [
                "error-specific vectors sample-ged",
                "train sample-ged bilstm-gwe seed 0",
                "table 6",
                "bar chart of table 6",
                "learning curves of table 6",
            ]
        )

    def test_a_job_that_fails_leaves_the_vectors_that_stand_there(self, made):
        """It refuses to do without a text, say; the next run asks for it again."""
        folder = made.out / "vectors" / "sample-ged" / "skipgram"
        self.store(made, "skipgram", {**self.settings(made, "skipgram"), "window": 9})
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert made.run("table6", FAKE_FAIL="skipgram sample-ged").returncode == 1
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        assert "skip-gram vectors sample-ged" in listed(made.run("table6", "--dry-run"))

    @pytest.mark.parametrize(
        "other", [{"seed": 1}, {"start": "random", "start_sha256": None}, {"start_sha256": "0" * 64}]
    )
    def test_with_another_seed_or_start_too(self, made, other):
        self.store(made, "skipgram", self.settings(made, "skipgram"))
        self.store(made, "gwe", self.settings(made, "gwe"), **other)
        assert "error-specific vectors sample-ged" in listed(made.run("table6", "--dry-run"))

    def test_with_other_settings_a_text_that_is_not_given_again_is_asked_for(self, made):
        self.store(
            made, "skipgram", {**self.settings(made, "skipgram"), "window": 9}, [{"kind": "text", "file": "a.txt"}]
        )
        done = made.run("table6", "--dry-run")
        assert (
            done.returncode == 2
            and "was made from text=a.txt too" in done.stderr
            and len(done.stderr.splitlines()) == 1
        )
        (made.root / "a.txt").write_text("x")
        source = f"--source=text={made.root / 'a.txt'}"
        assert "skip-gram vectors sample-ged" in listed(made.run("table6", "--dry-run", source))

    def test_another_text_of_the_same_name_makes_other_vectors(self, made):
        text = made.root / "a.txt"
        text.write_text("one")
        source = f"--source=text={text}"
        finished(made.run("table6", source))
        self.store(made, "skipgram", self.settings(made, "skipgram"), [TextSource("text", text).record()])
        assert listed(made.run("table6", "--dry-run", source)) == []
        text.write_text("two")
        assert "skip-gram vectors sample-ged" in listed(made.run("table6", "--dry-run", source))
        assert listed(made.run("table6", "--dry-run")) == []


def test_training_is_told_what_was_asked_for(made):
    """Paths below the project are relative, so that a recorded command does not name the machine's folders."""
    arguments = (made.out / "arguments").read_text().splitlines()
    assert (
        "interpretable_adv train sample-ged --method ivat --seed 0 --recipe paper --scale quick --device -1 --out out"
        " --overwrite" in arguments
    )
    assert "results table 6 --recipe paper --scale quick --out out" in arguments
