"""The command trains, repeats, resumes bit-identically, hands weights over, and names every mistake in one line."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from data_prep.corpus import Corpus
from iadv_foundation.console import cli
from iadv_foundation.errors import DamagedFileError, TimeLimitReached, UserError
from iadv_foundation.storage import files
from iadv_foundation.training import snapshot
from pretrain_lm.checkpoint import language_model_folder, load_language_model_weights
from pretrain_lm.cli import main
from pretrain_lm.updater import TruncatedBpttUpdater
from tests.helpers import tiny_corpus

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = [
    "lm.embedding_size=5",
    "lm.hidden_size=8",
    "lm.bptt_length=6",
    "lm.batch_size=4",
    "lm.cutoffs=[5, 20]",
    "lm.max_epochs=3",
    "lm.state_reset_probability=0.1",
]
UPDATES_PER_EPOCH = 33
EVERY_UPDATE = "from iadv_foundation.training import snapshot; snapshot.Snapshot.__init__.__defaults__ = (0.0,); "


def arguments(out, *more, corpus="sample-sec"):
    return [corpus, "--out", str(out), "--quiet", *(word for setting in SETTINGS for word in ("--set", setting)), *more]


def run_of(out, corpus="sample-sec", recipe="paper"):
    return language_model_folder(out, corpus, recipe, "quick", 0)


def prepare(out, task="classification", corpus="sample-sec", **options):
    return tiny_corpus(out / "corpora" / corpus, task=task, name=corpus, **options)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of everything made, after one uninterrupted run."""
    out = tmp_path_factory.mktemp("finished")
    prepare(out)
    main(arguments(out))
    return out


@pytest.fixture
def out(tmp_path):
    prepare(tmp_path)
    return tmp_path


def result_of(out):
    run = run_of(out)
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return (
        (run / "best.npz").read_bytes(),
        (run / "metrics.json").read_bytes(),
        [{key: value for key, value in entry.items() if key != "elapsed_time"} for entry in log],
    )


def test_what_a_run_leaves_behind(finished):
    run = run_of(finished)
    metrics = files.read_json(run / "metrics.json")
    corpus = Corpus.open(finished / "corpora" / "sample-sec")
    assert {path.name for path in run.iterdir()} >= {
        "config.json",
        "environment.json",
        "log.jsonl",
        "best.npz",
        "timing.json",
        "metrics.json",
    }
    assert not (run / "snapshot.npz").exists()
    assert (metrics["corpus"], metrics["recipe"], metrics["scale"], metrics["seed"]) == (
        "sample-sec",
        "paper",
        "quick",
        0,
    )
    assert metrics["vocabulary_sha256"] == corpus.vocabulary.sha256
    assert metrics["training_tokens"] == corpus.splits["train"].ids.size + corpus.splits["unlabeled"].ids.size
    assert (metrics["epochs"], metrics["updates"], metrics["cutoffs"]) == (3, 3 * UPDATES_PER_EPOCH, [5, 20])
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert metrics["dev_perplexity"] == min(entry["dev/perplexity"] for entry in log)
    assert log[metrics["best_epoch"] - 1]["dev/perplexity"] == metrics["dev_perplexity"]
    assert 1 < metrics["dev_perplexity"] < len(corpus.vocabulary)


def test_the_same_seed_gives_the_same_bits_and_another_does_not(finished, out):
    main(arguments(out))
    assert result_of(out) == result_of(finished)
    main(arguments(out, "--seed", "1"))
    assert (language_model_folder(out, "sample-sec", "paper", "quick", 1) / "best.npz").read_bytes() != result_of(
        finished
    )[0]


@pytest.mark.parametrize(
    "updates", [1, UPDATES_PER_EPOCH - 1, UPDATES_PER_EPOCH, UPDATES_PER_EPOCH + 7, 3 * UPDATES_PER_EPOCH]
)
def test_a_run_that_stops_after_any_update_resumes_to_the_same_bits(finished, out, monkeypatch, updates):
    class PowerCut(BaseException):
        pass

    update = TruncatedBpttUpdater.update
    write_weights = files.save_arrays
    monkeypatch.setattr(snapshot.Snapshot.__init__, "__defaults__", (0.0,))

    def save_arrays(path, *contents):
        write_weights(path, *contents)
        if path.name == "snapshot.npz" and int(contents[0]["updater/iteration"]) == updates:
            raise PowerCut

    monkeypatch.setattr(files, "save_arrays", save_arrays)
    with pytest.raises(PowerCut):
        main(arguments(out))
    monkeypatch.undo()
    assert not (run_of(out) / "metrics.json").exists()
    counted = []
    monkeypatch.setattr(TruncatedBpttUpdater, "update", lambda updater: (counted.append(1), update(updater)))
    main(arguments(out))
    assert len(counted) == 3 * UPDATES_PER_EPOCH - updates
    assert result_of(out) == result_of(finished)


def test_a_run_in_slices_ends_with_the_same_bits(finished, out):
    for _ in range(8):
        with pytest.raises(
            TimeLimitReached, match="at the time limit of 1e-06 s, at epoch 0..* of at most 3; repeat the command"
        ):
            main([*arguments(out), "--time-limit", "1e-6"])
    main(arguments(out))
    assert result_of(out) == result_of(finished)


def test_a_run_killed_in_mid_epoch_resumes_to_the_same_bits(finished, out):
    slowly = (
        "import time; from pretrain_lm.updater import TruncatedBpttUpdater as U; update = U.update; "
        "U.update = lambda self: (time.sleep(0.02), update(self)); "
    )
    program = EVERY_UPDATE + slowly + "import sys; from pretrain_lm.cli import main; main(sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments(out)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    saved = run_of(out) / "snapshot.npz"
    deadline = time.monotonic() + 60
    while not saved.is_file():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    arrays, _ = files.load_arrays(saved)
    assert 0 < int(arrays["updater/iteration"]) < UPDATES_PER_EPOCH
    assert any(np.abs(arrays[f"updater/state_{name}"]).max() > 0 for name in "hc")
    main(arguments(out))
    assert result_of(out) == result_of(finished)


def test_a_finished_run_is_not_run_again(finished, capsys):
    before = (run_of(finished) / "best.npz").stat().st_mtime_ns
    main(arguments(finished))
    assert "already done" in capsys.readouterr().out
    assert (run_of(finished) / "best.npz").stat().st_mtime_ns == before


def test_another_configuration_is_refused_or_replaces(out):
    main(arguments(out))
    first = result_of(out)
    with pytest.raises(UserError, match="lm.max_epochs: 3 there, 1 now"):
        main(arguments(out, "--set", "lm.max_epochs=1"))
    assert result_of(out) == first
    main(arguments(out, "--set", "lm.max_epochs=1", "--overwrite"))
    assert files.read_json(run_of(out) / "metrics.json")["epochs"] == 1


def test_the_authors_choose_on_test_text_and_rank_by_first_appearance(tmp_path):
    prepare(tmp_path)
    main(arguments(tmp_path, "--recipe", "authors", "--set", "lm.vocabulary_order=first_appearance"))
    run = run_of(tmp_path, recipe="authors")
    metrics = files.read_json(run / "metrics.json")
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert metrics["selection"] == "test"
    assert (
        metrics["selection_perplexity"] == min(entry["test/perplexity"] for entry in log) != metrics["dev_perplexity"]
    )
    arrays, _ = files.load_arrays(run / "best.npz")
    first_words = Corpus.open(tmp_path / "corpora" / "sample-sec").splits["train"][0][0]
    assert arrays["output/rank"][first_words[0]] == 0


def test_sentences_of_a_labelling_corpus_end_with_eos(tmp_path):
    corpus = prepare(tmp_path, task="labelling", corpus="sample-ged")
    main(arguments(tmp_path, corpus="sample-ged"))
    metrics = files.read_json(run_of(tmp_path, "sample-ged") / "metrics.json")
    assert metrics["training_tokens"] == corpus.splits["train"].ids.size + len(corpus.splits["train"])


def test_weights_are_handed_over_only_with_their_vocabulary(finished, tmp_path):
    corpus = Corpus.open(finished / "corpora" / "sample-sec")
    best = run_of(finished) / "best.npz"
    arrays = load_language_model_weights(best, corpus.vocabulary)
    shapes = {name: array.shape for name, array in arrays.items() if not name.startswith("output/")}
    assert shapes == {
        "embedding/W": (len(corpus.vocabulary), 5),
        "lstm/w_x": (5, 32),
        "lstm/w_h": (8, 32),
        "lstm/b": (32,),
    }
    other = prepare(tmp_path, words=31, seed=5)
    with pytest.raises(UserError, match="best.npz was made with another vocabulary"):
        load_language_model_weights(best, other.vocabulary)
    files.save_arrays(tmp_path / "weights.npz", arrays, {"kind": "classifier"})
    with pytest.raises(UserError, match="weights.npz does not hold a language model"):
        load_language_model_weights(tmp_path / "weights.npz", corpus.vocabulary)
    (tmp_path / "cut.npz").write_bytes(best.read_bytes()[:-100])
    with pytest.raises(DamagedFileError, match="cut.npz"):
        load_language_model_weights(tmp_path / "cut.npz", corpus.vocabulary)


@pytest.mark.parametrize(
    "words, status, message",
    [
        (["sample-sek"], 2, "'sample-sec'"),
        (["sample-sec", "--scale", "tiny"], 2, "scale 'tiny'"),
        (["sample-sec", "--recipe", "author"], 2, "'authors'"),
        (["sample-sec", "--seed", "-1"], 2, "--seed -1"),
        (["sample-sec", "--seed", "one"], 2, "--seed"),
        (["sample-sec", "--epochs", "3"], 2, "--epochs"),
        ([], 2, "CORPUS"),
        (["sample-sec", "--set", "lm.hidden=3"], 2, "'lm.hidden'"),
        (["sample-sec", "--set", "lm.dropout=-1"], 2, "'lm.dropout'"),
        (["sample-sec", "--device", "-2"], 2, "--device -2"),
        (["sample-sec", "--device", "99"], 1, "--device 99"),
        (["sample-cac"], 1, "python -m data_prep sample-cac"),
    ],
)
def test_mistakes_end_with_one_line_and_leave_nothing(out, capsys, words, status, message):
    with pytest.raises(SystemExit) as ended:
        cli.run(main, "python -m pretrain_lm", [*words, "--out", str(out)])
    shown = capsys.readouterr()
    assert ended.value.code == status
    assert shown.err.startswith("python -m pretrain_lm: error: ") and shown.err.count("\n") == 1
    assert message in shown.err and shown.out == ""
    assert not (out / "lm").exists()


def test_a_damaged_corpus_or_snapshot_is_named(out, capsys, monkeypatch):
    main(arguments(out, "--set", "lm.max_epochs=1"))
    run = run_of(out)
    (run / "metrics.json").unlink()
    (run / "snapshot.npz").write_bytes((run / "best.npz").read_bytes()[:1000])
    with pytest.raises(DamagedFileError, match="snapshot.npz"):
        main(arguments(out, "--set", "lm.max_epochs=1"))
    damaged = out / "corpora" / "sample-sec" / "train.ids.npy"
    damaged.write_bytes(damaged.read_bytes()[:-4])
    with pytest.raises(DamagedFileError, match="train.ids.npy"):
        main(arguments(out))


def test_divergence_is_told(out):
    with pytest.raises(UserError, match="diverged"):
        main(arguments(out, "--set", "lm.learning_rate=100", "--set", "lm.initial_scale=100"))
    assert not (run_of(out) / "metrics.json").exists()


def test_progress_shows_speed_and_time_left(out, capsys):
    main([word for word in arguments(out) if word != "--quiet"])
    shown = capsys.readouterr()
    assert shown.err.count("words/s") == 3 and "left" in shown.err
    assert shown.out.splitlines()[-1].startswith("language model sample-sec: dev perplexity ")
