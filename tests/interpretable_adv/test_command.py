"""The command trains, repeats and resumes bit-identically after SIGKILL, scores runs,
and tells of every mistake in one line.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from data_prep.corpus import Corpus
from iadv_foundation.console import cli
from iadv_foundation.errors import TimeLimitReached
from iadv_foundation.storage import files
from interpretable_adv.cli import main
from pretrain_lm.cli import main as pretrain
from tests.helpers import tiny_corpus
from word_vectors.cli import main as make_vectors

ROOT = Path(__file__).resolve().parents[2]
LM = [
    "lm.embedding_size=5",
    "lm.hidden_size=8",
    "lm.bptt_length=6",
    "lm.batch_size=4",
    "lm.cutoffs=[5, 20]",
    "lm.max_epochs=1",
]
SETTINGS = [
    "model.embedding_size=5",
    "model.hidden_size=8",
    "model.ffnn_size=6",
    "training.batch_size=8",
    "training.unlabeled_batch_size=8",
    "training.max_epochs=4",
    "perturbation.neighbours=3",
]
EVERY_UPDATE = "from iadv_foundation.training import snapshot; snapshot.Snapshot.__init__.__defaults__ = (0.0,); "
RESULTS = ("metrics.json", "best.npz", "predictions.npz")


def options(settings):
    return [word for setting in settings for word in ("--set", setting)]


def arguments(out, method, *more, corpus="sample-sec"):
    return ["train", corpus, "--method", method, "--out", str(out), "--quiet", *options(SETTINGS), *more]


def run_of(out, method, corpus="sample-sec", recipe="paper", seed=0):
    return Path(out) / "runs" / corpus / recipe / "quick" / method / f"seed-{seed}"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Folder of everything made, with a classification and a labelling corpus and their language models."""
    out = tmp_path_factory.mktemp("prepared")
    for corpus, task in (("sample-sec", "classification"), ("sample-ged", "labelling")):
        tiny_corpus(out / "corpora" / corpus, task=task, name=corpus)
        for recipe in ("paper", "authors"):
            pretrain([corpus, "--recipe", recipe, "--out", str(out), "--quiet", *options(LM)])
    return out


@pytest.fixture
def out(prepared, tmp_path):
    """A copy of it for one test."""
    return Path(shutil.copytree(prepared, tmp_path / "out"))


def results_of(run):
    return [(run / name).read_bytes() for name in RESULTS]


def test_the_same_seed_gives_bit_identical_results_and_another_seed_others(prepared, tmp_path):
    for name in ("one", "two"):
        shutil.copytree(prepared, tmp_path / name)
        main(arguments(tmp_path / name, "ivat"))
    assert results_of(run_of(tmp_path / "one", "ivat")) == results_of(run_of(tmp_path / "two", "ivat"))
    main(arguments(tmp_path / "one", "ivat", "--seed", "1"))
    assert results_of(run_of(tmp_path / "one", "ivat")) != results_of(run_of(tmp_path / "one", "ivat", seed=1))


@pytest.mark.parametrize("method, corpus, recipe", [("iadvt", "sample-sec", "authors"), ("vat", "sample-ged", "paper")])
def test_a_run_killed_again_and_again_ends_bit_identically(out, prepared, tmp_path, method, corpus, recipe):
    whole = Path(shutil.copytree(prepared, tmp_path / "whole"))
    main(arguments(whole, method, "--recipe", recipe, corpus=corpus))
    folder = run_of(out, method, corpus, recipe)
    code = (
        EVERY_UPDATE
        + "import sys; from iadv_foundation.console.cli import run; from interpretable_adv.cli import main; "
        f"run(main, 'test', {arguments(out, method, '--recipe', recipe, corpus=corpus)!r})"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    kills = 0
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=out)
        before = (folder / "snapshot.npz").stat().st_mtime_ns if (folder / "snapshot.npz").is_file() else 0
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if (folder / "snapshot.npz").is_file() and (folder / "snapshot.npz").stat().st_mtime_ns > before:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.005)
        kills += process.wait() == -signal.SIGKILL
    assert kills >= 2
    subprocess.run([sys.executable, "-c", code], env=environment, cwd=out, check=True, timeout=120)
    assert results_of(folder) == results_of(run_of(whole, method, corpus, recipe))
    assert not (folder / "snapshot.npz").exists()


def in_slices(main, argv):
    """Repeat a command that stops after its first update until it ends by itself; how often it was stopped."""
    stopped = 0
    while True:
        try:
            main([*argv, "--time-limit", "1e-6"])
            return stopped
        except TimeLimitReached:
            stopped += 1


@pytest.mark.parametrize("method, recipe", [("iadvt", "authors"), ("ivat", "paper")])
def test_a_run_in_slices_ends_bit_identically(out, prepared, tmp_path, method, recipe):
    whole = Path(shutil.copytree(prepared, tmp_path / "whole"))
    main(arguments(whole, method, "--recipe", recipe, "--set", "training.max_epochs=2"))
    stopped = in_slices(main, arguments(out, method, "--recipe", recipe, "--set", "training.max_epochs=2"))
    assert stopped == 2 * 6 - 1  # 48 documents in batches of 8
    assert results_of(run_of(out, method, recipe=recipe)) == results_of(run_of(whole, method, recipe=recipe))


def test_a_finished_run_is_not_run_again(out, capsys):
    main(arguments(out, "baseline"))
    stamps = [(run_of(out, "baseline") / name).stat().st_mtime_ns for name in RESULTS]
    main(arguments(out, "baseline"))
    assert "was finished already" in capsys.readouterr().out.splitlines()[-1]
    assert stamps == [(run_of(out, "baseline") / name).stat().st_mtime_ns for name in RESULTS]


def test_a_run_with_another_configuration_is_kept_unless_told_otherwise(out, capsys):
    main(arguments(out, "baseline"))
    before = results_of(run_of(out, "baseline"))
    assert status_of(arguments(out, "baseline", "--set", "model.dropout=0.1")) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "model.dropout: 0.25 there, 0.1 now" in line and "--overwrite" in line
    assert results_of(run_of(out, "baseline")) == before
    main(arguments(out, "baseline", "--set", "model.dropout=0.1", "--overwrite"))
    assert results_of(run_of(out, "baseline")) != before


@pytest.mark.parametrize("corpus", ["sample-sec", "sample-ged"])
def test_evaluate_gives_the_result_of_the_run(out, corpus, capsys):
    main(arguments(out, "advt", corpus=corpus))
    metrics = files.read_json(run_of(out, "advt", corpus) / "metrics.json")
    predictions, _ = files.load_arrays(run_of(out, "advt", corpus) / "predictions.npz")
    for split in ("test", "dev"):
        main(["evaluate", str(run_of(out, "advt", corpus)), "--split", split])
        name = "error_rate" if corpus == "sample-sec" else "f05"
        assert f"{metrics[split][name]:.2f}" in capsys.readouterr().out.splitlines()[-1]
    assert (predictions["probabilities"].argmax(axis=1) == predictions["predictions"]).all()
    np.testing.assert_allclose(predictions["probabilities"].sum(axis=1), 1, atol=1e-5)
    if corpus == "sample-sec":
        assert metrics["test"]["errors"] == (predictions["labels"] != predictions["predictions"]).sum()
        train = np.asarray(Corpus.open(out / "corpora" / corpus).splits["train"].labels).tolist()
        majority = max(sorted(set(train)), key=train.count)
        assert metrics["test"]["majority_error_rate"] == pytest.approx(100 * (predictions["labels"] != majority).mean())


def test_the_embeddings_and_the_lstm_start_from_the_language_model(out):
    main(arguments(out, "baseline", "--set", "training.learning_rate=1e-12", "--set", "training.max_epochs=1"))
    model, _ = files.load_arrays(out / "lm/sample-sec/paper/quick/seed-0/best.npz")
    trained, _ = files.load_arrays(run_of(out, "baseline") / "best.npz")
    for ours, theirs in (("embedding/W", "embedding/W"), ("encoder/w_h", "lstm/w_h"), ("encoder/b", "lstm/b")):
        np.testing.assert_allclose(trained[ours], model[theirs], atol=1e-6)


def test_a_network_of_another_paper_starts_from_its_vectors_with_settings_of_its_own(out, capsys):
    vectors = ["--out", str(out), "--quiet", *options(["vectors.size=5", "vectors.epochs=1"])]
    own = [setting for setting in SETTINGS if "batch_size=8" not in setting]
    request = ["train", "sample-ged", "--method", "bilstm-skipgram", "--out", str(out), "--quiet", *options(own)]
    assert status_of(request) == 1
    assert "run python -m word_vectors skipgram sample-ged --scale quick" in capsys.readouterr().err
    make_vectors(["skipgram", "sample-ged", *vectors])
    main(request)
    run = run_of(out, "bilstm-skipgram", "sample-ged")
    config, first = files.read_json(run / "config.json"), results_of(run)
    assert (config["model"]["activation"], config["model"]["dropout"], config["training"]["batch_size"]) == (
        "tanh",
        0.0,
        64,
    )
    assert config["vectors_sha256"] == files.digest_of_file(out / "vectors/sample-ged/skipgram/vectors.npz")
    assert config["language_model_sha256"] is None
    shutil.rmtree(run)
    main(request)
    assert results_of(run) == first
    make_vectors(["skipgram", "sample-ged", *vectors, "--seed", "1", "--overwrite"])
    assert status_of(request) == 1
    assert "vectors_sha256" in capsys.readouterr().err.splitlines()[-1]
    main([*request, "--overwrite"])
    assert results_of(run) != first


def test_the_authors_recipe_also_watches_the_test_split(out):
    main(arguments(out, "baseline", "--recipe", "authors"))
    entries = [
        json.loads(line) for line in (run_of(out, "baseline", recipe="authors") / "log.jsonl").read_text().splitlines()
    ]
    assert len(entries) == 4 and all("test/error_rate" in entry for entry in entries)


def status_of(argv):
    with pytest.raises(SystemExit) as stopped:
        cli.run(main, "python -m interpretable_adv", argv)
    return stopped.value.code


@pytest.mark.parametrize(
    "changed, status, words",
    [
        (["train", "sample-sex", "--method", "advt"], 2, "did you mean 'sample-sec'"),
        (["train", "sample-sec", "--method", "avdt"], 2, "did you mean 'advt'"),
        (["train", "sample-sec", "--method", "advt", "--recipe", "papers"], 2, "unknown recipe 'papers'"),
        (["train", "sample-sec", "--method", "advt", "--scale", "tiny"], 2, "unknown scale 'tiny'"),
        (
            ["train", "sample-sec", "--method", "advt", "--set", "training.batchsize=3"],
            2,
            "did you mean 'training.batch_size'",
        ),
        (["train", "sample-sec", "--method", "advt", "--set", "model.dropout=1.5"], 2, "model.dropout"),
        (["train", "sample-sec", "--method", "advt", "--set", "dropout"], 2, "section.key=value"),
        (["train", "sample-sec", "--method", "advt", "--seed", "-1"], 2, "--seed -1"),
        (["train", "sample-sec", "--method", "advt", "--seed", "x"], 2, "--seed"),
        (["train", "sample-sec"], 2, "--method"),
        (["train", "sample-sec", "--method", "advt", "--device", "0"], 1, "--device -1"),
        (["train", "imdb", "--method", "advt"], 1, "python -m data_prep imdb"),
        (["train", "sample-sec", "--method", "advt", "--scale", "reduced"], 1, "python -m pretrain_lm sample-sec"),
        (["train", "sample-sec", "--method", "advt"], 1, "embedding/W has shape"),
        (["evaluate", "nowhere"], 1, "is not a run"),
        (["evaluate", "."], 1, "is not a run"),
        (["explian"], 2, "did you mean 'explain'"),
    ],
)
def test_mistakes_give_one_line(out, monkeypatch, capsys, changed, status, words):
    monkeypatch.chdir(out.parent)
    assert status_of(changed) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line and line.startswith(
        "python -m interpretable_adv: error: "
        if changed == ["explian"]
        else f"python -m interpretable_adv {changed[0]}: error: "
    )
    assert not (out / "runs" / "sample-sec" / "paper" / "quick" / "advt" / "seed-0" / "metrics.json").exists()


def damage(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + b"x" + content[len(content) // 2 + 1 :])


@pytest.mark.parametrize(
    "path",
    [
        "corpora/sample-sec/train.ids.npy",
        "corpora/sample-sec/vocabulary.json",
        "lm/sample-sec/paper/quick/seed-0/best.npz",
    ],
)
def test_damaged_input_is_named(out, path, capsys):
    damage(out / path)
    assert status_of(arguments(out, "advt")) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert path in line and "damaged" in line


def test_damaged_weights_and_another_corpus_are_named(out, capsys):
    main(arguments(out, "baseline"))
    run = run_of(out, "baseline")
    tiny_corpus(out / "corpora" / "sample-sec", name="sample-sec", seed=1)
    assert status_of(["evaluate", str(run)]) == 1
    assert "is not the corpus" in capsys.readouterr().err
    tiny_corpus(out / "corpora" / "sample-sec", name="sample-sec")
    damage(run / "best.npz")
    assert status_of(["evaluate", str(run)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "best.npz" in line and "damaged" in line


def test_a_finished_run_without_its_weights_is_run_again(out):
    main(arguments(out, "baseline"))
    before = results_of(run_of(out, "baseline"))
    (run_of(out, "baseline") / "best.npz").unlink()
    main(arguments(out, "baseline"))
    assert results_of(run_of(out, "baseline")) == before


def test_evaluate_names_what_is_no_run_of_this_version_or_stands_elsewhere(out, tmp_path, capsys):
    main(arguments(out, "baseline"))
    run = run_of(out, "baseline")
    shutil.copytree(run, tmp_path / "copy")
    assert status_of(["evaluate", str(tmp_path / "copy")]) == 1
    assert "move it back" in capsys.readouterr().err
    assert status_of(["evaluate", str(out / "lm/sample-sec/paper/quick/seed-0")]) == 1
    assert "holds a language model: train starts from it" in capsys.readouterr().err
    config = files.read_json(run / "config.json")
    (run / "seal.json").unlink()  # a run of before there were seals
    for changed in ({}, {**config, "model": {}}, {name: config[name] for name in config if name != "training"}):
        files.write_json(run / "config.json", changed)
        assert status_of(["evaluate", str(run)]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert "config.json does not describe a run of this version" in line
    assert status_of(["evaluate", str(run), "--split", "tset"]) == 2
    assert "did you mean 'test'" in capsys.readouterr().err


def test_a_language_model_of_another_vocabulary_is_refused(out, capsys):
    tiny_corpus(out / "corpora" / "sample-sec", name="sample-sec", words=25)
    assert status_of(arguments(out, "advt")) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "another vocabulary" in line
