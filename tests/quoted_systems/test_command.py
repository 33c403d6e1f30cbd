"""``python -m quoted_systems`` from corpus to table: run folders, resumption, settings, and mistakes in one line."""

import json

import numpy as np
import pytest

from data_prep.corpus import Corpus, corpora_folder
from iadv_foundation.console import cli as console
from iadv_foundation.console.configuration import CONFIGS
from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from iadv_foundation.storage.run_folder import RunFolder
from interpretable_adv.cli import main as method
from interpretable_adv.evaluation import error_rate
from quoted_systems import cli
from quoted_systems.settings import FORMAT, load, of_run, outdated, upgrade
from quoted_systems.systems import SYSTEMS
from results.study import Study
from results.tables import build
from tests.helpers import tiny_corpus

#: Sizes for a corpus of 48 documents.
SMALL = {
    "bow-unlabeled": [
        "joint_vectors.words=40",
        "joint_vectors.dropped_words=0",
        "joint_vectors.size=4",
        "joint_vectors.alternations=3",
    ],
    "paragraph-vectors": [
        "paragraph_vectors.size=10",
        "paragraph_vectors.epochs=20",
        "vector_network.max_epochs=15",
        "vector_network.learning_rate=0.01",
        "vector_network.batch_size=8",
        "vector_network.patience=15",
    ],
    "sa-lstm": [
        "autoencoder.embedding_size=8",
        "autoencoder.hidden_size=8",
        "autoencoder.max_epochs=2",
        "fine_tuning.max_epochs=8",
        "fine_tuning.patience=8",
        "fine_tuning.batch_size=4",
        "fine_tuning.learning_rate=0.02",
        "fine_tuning.dropout=0",
        "fine_tuning.word_dropout=0.1",
    ],
    "onehot-bilstm": [
        "regions.words=60",
        "regions.size=6",
        "regions.epochs=2",
        "bilstm.size=6",
        "bilstm.epochs=8",
        "bilstm.batch_size=4",
        "bilstm.learning_rate=0.02",
        "bilstm.dropout=0.1",
    ],
}
RESULTS = ("config.json", "log.jsonl", "metrics.json", "best.npz", "predictions.npz")


@pytest.fixture
def out(tmp_path):
    """A folder of everything made with a small corpus that stands in for ``sample-sec``."""
    tiny_corpus(corpora_folder(tmp_path / "out") / "sample-sec", name="sample-sec")
    return tmp_path / "out"


def command(system, out, *more, corpus="sample-sec", small=True):
    """Exit status of the command."""
    settings = [part for value in SMALL[system] for part in ("--set", value)] if small else []
    with pytest.raises(SystemExit) as end:
        console.run(
            cli.main,
            "python -m quoted_systems",
            [system, corpus, "--out", str(out), "--quiet", *settings, *map(str, more)],
        )
    return end.value.code


def folder(out, system, seed=0):
    return out / "runs" / "sample-sec" / "paper" / "quick" / system / f"seed-{seed}"


def results_of(path):
    """The bytes of what a run says, without the time that it took."""
    found = {name: (path / name).read_bytes() for name in RESULTS}
    found["log.jsonl"] = [
        {key: value for key, value in json.loads(line).items() if key != "elapsed_time"}
        for line in found["log.jsonl"].decode().splitlines()
    ]
    return found


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_run_is_an_ordinary_run_folder_that_learnt_something(system, out, capsys):
    assert command(system, out) == 0
    line = capsys.readouterr().out
    assert line.startswith(f"sample-sec {system} seed 0: test error rate ") and line.count("\n") == 1
    run, corpus = RunFolder(folder(out, system)), Corpus.open(corpora_folder(out) / "sample-sec")
    assert run.is_finished and not run.snapshot.exists()
    configuration, metrics = files.read_json(run.config), files.read_json(run.metrics)
    assert configuration["method"] == metrics["method"] == system and configuration["corpus_sha256"] == corpus.sha256
    assert of_run(configuration).model_dump().items() <= configuration.items()
    arrays, _ = files.load_arrays(run.predictions)
    np.testing.assert_array_equal(arrays["labels"], corpus.splits["test"].labels)
    assert (
        metrics["test"]["error_rate"]
        == error_rate(arrays["labels"], arrays["predictions"])
        == 100 * metrics["test"]["errors"] / 24
    )
    assert metrics["dev"]["error_rate"] < 30 < metrics["dev"]["majority_error_rate"]
    log = [json.loads(text) for text in run.log.read_text().splitlines()]
    assert [entry["epoch"] for entry in log] == list(range(1, metrics["epochs"] + 1))
    best = log[metrics["best_epoch"] - 1]["dev/error_rate"]
    assert best == min(entry["dev/error_rate"] for entry in log) == pytest.approx(metrics["dev"]["error_rate"])
    assert (
        files.read_json(run.timing)["training_seconds"] > 0 and files.read_json(run.environment)["versions"]["chainer"]
    )

    before = results_of(run.path)
    assert command(system, out) == 0 and "(was finished already)" in capsys.readouterr().out
    assert results_of(run.path) == before
    _refused_by_commands_of_the_method(run.path, system)


def _refused_by_commands_of_the_method(run, system):
    """What looks at a network's perturbations says what this is, and where its result is shown."""
    for words in (
        ["evaluate", run],
        ["attack", run],
        ["interpretability", run],
        ["explain", run, "great"],
        ["predict", run, "great"],
        ["export-vectors", run, run / "vectors.txt"],
        ["export-model", run, run / "model.zip"],
    ):
        with pytest.raises(
            UserError, match=rf"is a run of {system}, .* in metrics.json, .*python -m results runs"
        ) as caught:
            method(list(map(str, words)))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("system", SYSTEMS)
def test_equal_seeds_give_equal_bytes_in_one_go_or_in_slices(system, out, tmp_path, capsys):
    """A time limit that is over at once stops after each smallest piece of work."""
    assert command(system, out) == 0
    tiny_corpus(corpora_folder(tmp_path / "sliced") / "sample-sec", name="sample-sec")
    stops = 0
    while (status := command(system, tmp_path / "sliced", "--time-limit", "1e-9")) == 3:
        stops += 1
        assert stops < 200 and "repeat the command to go on" in capsys.readouterr().err
    assert status == 0 and stops >= 2
    assert results_of(folder(tmp_path / "sliced", system)) == results_of(folder(out, system))


@pytest.mark.parametrize("system", SYSTEMS)
def test_another_seed_is_another_run(system, out):
    assert command(system, out, "--seed", "0") == command(system, out, "--seed", "1") == 0
    first, second = (files.load_arrays(folder(out, system, seed) / "best.npz")[0] for seed in (0, 1))
    assert any((first[name] != second[name]).any() for name in first)


def test_the_table_shows_them_beside_the_published_numbers(out):
    for system in SYSTEMS:
        for seed in (0, 1):
            assert command(system, out, "--seed", seed) == 0
    document = build("3", Study(out))
    lines = document.raw.set_index("method").loc[list(SYSTEMS)]
    assert lines["n"].tolist() == [2] * 4 and lines["mean"].notna().all()
    assert [str(number) for number in lines["published"]] == ["11.11", "7.42", "7.24", "5.94"]
    assert all("joint_vectors.size = 4 instead of" in marker for marker in lines.loc[["bow-unlabeled"], "marker"])
    (note,) = [note for note in document.notes if note.startswith("Paragraph Vectors")]
    assert "known not to be reproducible" in note
    assert not any("not run here" in note for note in document.notes)


def test_a_part_that_is_unchanged_is_not_trained_again(out):
    assert command("sa-lstm", out) == 0
    pretrained = folder(out, "sa-lstm") / "pretraining" / "best.npz"
    before = pretrained.stat().st_mtime_ns
    assert command("sa-lstm", out, "--overwrite", "--set", "fine_tuning.label_gain=last") == 0
    assert pretrained.stat().st_mtime_ns == before
    assert command("sa-lstm", out, "--overwrite", "--set", "autoencoder.hidden_size=9") == 0
    assert pretrained.stat().st_mtime_ns != before


class TestSettings:
    @pytest.mark.parametrize("system", SYSTEMS)
    @pytest.mark.parametrize("scale", ["quick", "reduced", "paper"])
    def test_every_scale_has_all_of_them_and_is_no_larger_than_the_paper_s(self, system, scale):
        here, paper = (load("imdb", "paper", name, system=system).model_dump() for name in (scale, "paper"))
        for section, values in here.items():
            for name in {"size", "words", "hidden_size", "embedding_size", "epochs", "max_epochs"} & set(values):
                assert values[name] <= paper[section][name], f"{section}.{name}"

    def test_every_file_of_configs_is_that_of_a_system(self):
        assert {path.stem for path in (CONFIGS / "systems").iterdir()} == set(SYSTEMS)

    def test_sizes_of_the_quoted_papers(self):
        found = {system: load("imdb", "paper", "paper", system=system) for system in SYSTEMS}
        maas = found["bow-unlabeled"].joint_vectors
        assert (maas.words, maas.dropped_words, maas.size) == (5000, 50, 50)
        vectors = found["paragraph-vectors"]
        assert (
            vectors.paragraph_vectors.size,
            vectors.paragraph_vectors.window,
            vectors.vector_network.hidden_size,
        ) == (400, 10, 50)
        sizes = found["sa-lstm"].autoencoder
        assert (sizes.hidden_size, sizes.embedding_size, sizes.bptt_length) == (1024, 512, 400)
        regions, bilstm = found["onehot-bilstm"].regions, found["onehot-bilstm"].bilstm
        assert (
            regions.words,
            regions.size,
            regions.region,
            regions.negatives,
            regions.chunk,
            regions.batch_size,
            regions.momentum,
            regions.epochs,
        ) == (30000, 100, 5, 10, 50, 10, 0.9, 30)
        assert (bilstm.size, bilstm.dropout, bilstm.batch_size, bilstm.epochs, bilstm.decay_after) == (
            500,
            0.5,
            50,
            100,
            0.8,
        )

    def test_all_of_them_with_their_files(self, capsys):
        with pytest.raises(SystemExit) as end:
            console.run(
                cli.main,
                "python -m quoted_systems",
                ["sa-lstm", "imdb", "--print-config", "--set", "fine_tuning.dropout=0.25"],
            )
        shown = capsys.readouterr().out
        assert (
            end.value.code == 0
            and "configs/systems/sa-lstm.toml:" in shown
            and "configs/scales/quick/sa-lstm.toml:" in shown
        )
        assert "dropout = 0.25" in shown and "--set fine_tuning.dropout=0.25" in shown

    def test_a_run_of_an_earlier_version_lacks_a_setting_and_one_of_a_later_is_refused(self):
        configuration = {
            "corpus": "sample-sec",
            "recipe": "paper",
            "scale": "quick",
            "method": "sa-lstm",
            "seed": 0,
            "format": FORMAT,
            **load("sample-sec", "paper", "quick", system="sa-lstm").model_dump(),
        }
        del configuration["fine_tuning"]["label_gain"]
        configuration["fine_tuning"]["no_longer"] = 1
        assert upgrade(configuration) == upgrade(upgrade(configuration))
        assert (
            "label_gain" in upgrade(configuration)["fine_tuning"]
            and "no_longer" not in upgrade(configuration)["fine_tuning"]
        )
        assert outdated({**configuration, "format": FORMAT + 1}) and not outdated(configuration)


class TestMistakes:
    @pytest.mark.parametrize(
        "arguments, status, message",
        [
            (["sa-lstmm", "sample-sec"], 2, "unknown system 'sa-lstmm' (did you mean 'sa-lstm'?)"),
            (["sa-lstm", "sample-sek"], 2, "unknown corpus 'sample-sek' (did you mean 'sample-sec'?)"),
            (["sa-lstm", "sample-sec", "--scale", "quik"], 2, "unknown scale 'quik'"),
            (["sa-lstm", "sample-sec", "--seed", "-1"], 2, "--seed -1: write a whole number from 0 up"),
            (
                ["sa-lstm", "sample-sec", "--set", "fine_tuning.label_gian=last"],
                2,
                "(did you mean 'fine_tuning.label_gain'?)",
            ),
            (
                ["sa-lstm", "sample-sec", "--set", "fine_tuning.label_gain=first"],
                2,
                "'fine_tuning.label_gain': input should be 'last' or",
            ),
            (["bow-unlabeled", "sample-sec", "--set", "svm.regularisations=[]"], 2, "svm.regularisations"),
            (["sa-lstm", "imdb"], 1, "there is no prepared corpus at"),
            (
                ["sa-lstm", "sample-ged"],
                1,
                "SA-LSTM gives a document one class, and sample-ged has a label for each word",
            ),
            (
                ["bow-unlabeled", "sample-cac"],
                1,
                "Full+Unlabeled+BoW learns from unlabelled text, too, and sample-cac has none",
            ),
        ],
    )
    def test_are_one_line(self, arguments, status, message, out, capsys):
        tiny_corpus(corpora_folder(out) / "sample-ged", "labelling", name="sample-ged")
        tiny_corpus(corpora_folder(out) / "sample-cac", name="sample-cac", unlabeled=False)
        with pytest.raises(SystemExit) as end:
            console.run(cli.main, "python -m quoted_systems", [*arguments, "--out", str(out)])
        error = capsys.readouterr().err
        assert end.value.code == status and error.count("\n") == 1 and message in error
        assert not (out / "runs").exists()

    def test_another_configuration_is_not_overwritten_unasked(self, out, capsys):
        assert command("bow-unlabeled", out) == 0
        before = results_of(folder(out, "bow-unlabeled"))
        assert command("bow-unlabeled", out, "--set", "joint_vectors.size=5") == 1
        assert "joint_vectors.size: 4 there, 5 now" in capsys.readouterr().err
        assert results_of(folder(out, "bow-unlabeled")) == before

    def test_too_few_words(self, out, capsys):
        assert command("bow-unlabeled", out, "--set", "joint_vectors.dropped_words=1000") == 1
        assert "no word of sample-sec is left to learn from" in capsys.readouterr().err

    def test_a_damaged_snapshot_is_named(self, out, capsys):
        assert command("bow-unlabeled", out, "--time-limit", "1e-9", "--set", "joint_vectors.alternations=9") in (0, 3)
        snapshot = folder(out, "bow-unlabeled") / "snapshot.npz"
        snapshot.write_bytes(b"damaged")
        assert command("bow-unlabeled", out, "--set", "joint_vectors.alternations=9") == 1
        assert "snapshot.npz is damaged" in capsys.readouterr().err
