"""A bundle says and does the same as its run, where there is no corpus; what needs one says so."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from iadv_foundation.errors import UsageError, UserError
from iadv_foundation.storage import files, seal
from interpretable_adv.cli import main
from interpretable_adv.trained import open_run
from tests.helpers import reseal, tiny_corpus
from tests.interpretable_adv.conftest import TRAINED, run_of

TEXTS = [
    "great moving word1 word2",
    "awful poor word3 zzz",
    "a goes word5 was word1",
    *(
        f"{signal} word{number} word{number + 3} {mistake}"
        for number in range(5)
        for signal in ("great", "poor")
        for mistake in ("an", "go", "were")
    ),
]


@pytest.fixture(params=TRAINED)
def task(request):
    return request.param


@pytest.fixture
def elsewhere(bundles, task, tmp_path, monkeypatch):
    """A copy of the bundle alone, in a folder where nothing else is (pathlib.Path)."""
    path = tmp_path / "elsewhere" / "model.zip"
    path.parent.mkdir()
    shutil.copy(bundles[task], path)
    monkeypatch.chdir(path.parent)
    return path


def table(folder):
    path = folder / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    return str(path)


def test_without_a_corpus_it_does_the_same_as_its_run(finished, task, elsewhere, tmp_path, capsys):
    """Every number of explain, predict and attack, for every bit; the perplexity alone, which no run here has."""
    texts = table(tmp_path)
    commands = [
        ["explain", TEXTS[0]],
        ["explain", TEXTS[1], "--method", "vat"],
        ["explain", "--file", texts],
        ["predict", "--file", texts],
        ["attack", "--file", texts],
        ["attack", "--file", texts, "--method", "iadvt"],
    ]
    for command, *more in commands:
        shown = []
        for name, opened in (("run", run_of(finished, task)), ("bundle", elsewhere)):
            main([command, str(opened), *more, "--json", str(tmp_path / f"{name}.json")])
            shown.append(capsys.readouterr())
        assert (tmp_path / "run.json").read_bytes() == (tmp_path / "bundle.json").read_bytes()
        of_run, of_bundle = shown
        assert of_run.err == of_bundle.err
        assert of_run.out == of_bundle.out.replace("not known: a bundle holds no language model", "-")
    counts, *fooled = [json.loads(line) for line in (tmp_path / "run.json").read_text().splitlines()]
    assert counts["right"] == counts["documents"] >= 30 and (fooled or task == "labelling")


def test_with_the_corpus_at_hand_splits_are_the_same(finished, task, elsewhere, tmp_path):
    for command in (
        ["evaluate"],
        ["evaluate", "--split", "dev"],
        ["attack"],
        ["interpretability"],
        ["explain", "--index", "2"],
    ):
        for name, opened in (
            ("run", [str(run_of(finished, task))]),
            ("bundle", [str(elsewhere), "--out", str(finished)]),
        ):
            main([command[0], *opened, *command[1:], "--json", str(tmp_path / f"{name}.json")])
        assert (tmp_path / "run.json").read_bytes() == (tmp_path / "bundle.json").read_bytes()


@pytest.mark.parametrize("command", [["evaluate"], ["attack"], ["interpretability"], ["explain", "--index", "2"]])
@pytest.mark.parametrize("out", ["nothing there", "another corpus"])
def test_without_its_corpus_a_split_is_refused_in_one_line(task, elsewhere, tmp_path, command, out):
    if out == "another corpus":
        tiny_corpus(tmp_path / out / "corpora" / TRAINED[task][0], task=task, name=TRAINED[task][0], documents=20)
    with pytest.raises(
        UserError, match=r"model.zip holds no documents, and the corpus .* is not in .*corpora: prepare it"
    ):
        main([command[0], str(elsewhere), *command[1:], "--out", str(tmp_path / out)])


def test_a_run_that_was_moved_finds_its_corpus_by_out(finished, task, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    moved = shutil.copytree(run_of(finished, task), tmp_path / "moved")
    with pytest.raises(UserError, match="does not stand where train put it"):
        main(["evaluate", str(moved)])
    main(["evaluate", str(moved), "--out", str(finished)])
    main(["evaluate", str(run_of(finished, task))])
    first, second = capsys.readouterr().out.splitlines()
    assert first == second


def test_equal_runs_make_equal_bytes_and_no_documents(finished, task, bundles, tmp_path):
    for name in ("one.zip", "two.zip"):
        main(["export-model", str(run_of(finished, task)), str(tmp_path / name)])
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes() == bundles[task].read_bytes()
    main(["export-model", str(bundles[task]), str(tmp_path / "again.zip")])
    assert (tmp_path / "again.zip").read_bytes() == bundles[task].read_bytes()
    with zipfile.ZipFile(bundles[task]) as archive:
        assert archive.namelist() == sorted(
            [
                "MODEL_CARD.md",
                "SHA256SUMS",
                "bundle.json",
                "config.json",
                "metrics.json",
                "vocabulary.json",
                "weights.npz",
            ]
        )
        assert archive.read("weights.npz") == (run_of(finished, task) / "best.npz").read_bytes()
        assert json.loads(archive.read("metrics.json")) == seal.read(run_of(finished, task) / "metrics.json")
        assert str(finished) not in "".join(archive.read(name).decode("latin-1") for name in archive.namelist())


def test_half_precision_is_half_as_large_and_says_what_it_changes(finished, task, bundles, tmp_path, capsys):
    half = tmp_path / "half.zip"
    main(["export-model", str(run_of(finished, task)), str(half), "--half"])
    shown = capsys.readouterr().out
    full_run, half_run = open_run(bundles[task]), open_run(half)
    for (name, full), (_, rounded) in zip(full_run.network.namedparams(), half_run.network.namedparams(), strict=True):
        assert rounded.dtype == np.float32
        np.testing.assert_array_equal(rounded.array, full.array.astype(np.float16).astype(np.float32), err_msg=name)
    main(["evaluate", str(half), "--out", str(finished), "--json", str(tmp_path / "half.json")])
    main(["evaluate", str(bundles[task]), "--out", str(finished), "--json", str(tmp_path / "full.json")])
    full, rounded = (files.read_json(tmp_path / name) for name in ("full.json", "half.json"))
    assert full["checkpoint_sha256"] != rounded["checkpoint_sha256"] and full["loss"] != rounded["loss"]
    assert rounded["loss"] == pytest.approx(full["loss"], rel=1e-2)
    counted = half_run.about.about.rounding
    assert f"Half precision changes {counted.changed:,} of {counted.predictions:,} predictions" in shown
    assert counted.predictions == (full_run.traits.per_word and len(half_run_labels(finished, task)) or 48)
    main(["export-model", str(bundles[task]), str(tmp_path / "of a bundle.zip"), "--half"])  # nothing to compare on
    assert open_run(tmp_path / "of a bundle.zip").checkpoint_sha256 == half_run.checkpoint_sha256


def half_run_labels(finished, task):
    return np.load(finished / "corpora" / TRAINED[task][0] / "test.labels.npy")


def test_what_is_no_parameter_stays_exact_in_half_precision(tmp_path):
    """The frequencies of words, which are smaller than half precision can hold."""
    tiny_corpus(tmp_path / "corpora" / "sample-sec", name="sample-sec")
    settings = [
        "model.embedding_size=4",
        "model.hidden_size=4",
        "model.ffnn_size=4",
        "training.max_epochs=1",
        "training.initialise=random",
        "model.normalise_embeddings=true",
    ]
    main(
        [
            "train",
            "sample-sec",
            "--method",
            "baseline",
            "--out",
            str(tmp_path),
            "--quiet",
            *(word for setting in settings for word in ("--set", setting)),
        ]
    )
    run = tmp_path / "runs/sample-sec/paper/quick/baseline/seed-0"
    main(["export-model", str(run), str(tmp_path / "half.zip"), "--half"])
    np.testing.assert_array_equal(
        open_run(tmp_path / "half.zip").network.embedding.frequency, open_run(run).network.embedding.frequency
    )


def test_the_embeddings_before_training_are_not_known_from_a_bundle(finished, elsewhere, tmp_path, capsys):
    """Of a run that started from a language model; one that started by chance is drawn anew."""
    main(["export-vectors", str(elsewhere), str(tmp_path / "v.txt"), "--json", str(tmp_path / "a.json")])
    assert files.read_json(tmp_path / "a.json")["words"][0]["before"]
    out = Path(shutil.copytree(finished, tmp_path / "out"))
    folder = run_of(out, "classification")
    stored = files.read_json(folder / "config.json")
    files.write_json(folder / "config.json", {**stored, "training": {**stored["training"], "initialise": "lm"}})
    reseal(folder)
    main(["export-model", str(folder), str(tmp_path / "lm.zip")])
    capsys.readouterr()
    main(["export-vectors", str(tmp_path / "lm.zip"), str(tmp_path / "v.txt")])
    shown = capsys.readouterr().out
    assert "not known before, " in shown and "lm.zip does not hold what training started from" in shown


def test_only_a_finished_run_is_exported(finished, task, tmp_path):
    out = Path(shutil.copytree(finished, tmp_path / "out"))
    folder = run_of(out, task)
    with pytest.raises(UsageError, match="model: the name of a bundle must end in .zip"):
        main(["export-model", str(folder), str(tmp_path / "model")])
    metrics = files.read_json(folder / "metrics.json")
    files.write_json(folder / "metrics.json", {"test": metrics["test"]})
    with pytest.raises(UserError, match="metrics.json was altered"):
        main(["export-model", str(folder), str(tmp_path / "m.zip")])
    (folder / "metrics.json").unlink()
    with pytest.raises(UserError, match="is not finished, so its weights are half-trained: repeat"):
        main(["export-model", str(folder), str(tmp_path / "m.zip")])
    assert not list(tmp_path.glob("*m.zip*"))


def test_weights_too_large_for_half_precision(finished, tmp_path):
    out = Path(shutil.copytree(finished, tmp_path / "out"))
    best = run_of(out, "classification") / "best.npz"
    arrays, metadata = files.load_arrays(best)
    arrays["ffnn/b"][0] = 1e5
    files.save_arrays(best, arrays, metadata)
    reseal(best.parent)
    with pytest.raises(UserError, match="weights above 65,504"):
        main(["export-model", str(best.parent), str(tmp_path / "m.zip"), "--half"])
