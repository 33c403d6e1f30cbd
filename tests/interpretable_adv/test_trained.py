"""A run is opened from where it stands; whoever names a place that is none hears which runs are near."""

import numpy as np
import pytest

from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from interpretable_adv.cli import main
from interpretable_adv.trained import open_run
from tests.interpretable_adv.conftest import TRAINED, run_of


@pytest.mark.parametrize(
    "place",
    [
        ".",
        "runs",
        "runs/sample-sec",
        "runs/sample-sec/paper/quick",
        "runs/sample-sec/paper/quick/iadvt",
        "runs/sample-sec/paper/quick/iadvt/seed-7",
        "runs/sample-sec/paper/quick/ivat/seed-0",
    ],
)
def test_runs_near_a_place_that_is_none_are_named(finished, place):
    with pytest.raises(UserError, match=r"is not a run: .*; near it: .*seed-0.* \(python -m results runs") as caught:
        open_run(finished / place)
    assert str(run_of(finished, "classification")) in str(caught.value)


def test_no_run_anywhere_near(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        UserError, match="nowhere is not a run: it has no config.json; python -m results runs --out OUT lists"
    ):
        open_run("nowhere")


@pytest.mark.parametrize("task", TRAINED)
def test_what_a_network_knows_of_its_corpus(finished, task):
    """Against the documents themselves."""
    run = open_run(run_of(finished, task))
    train, traits = run.corpus.splits["train"], run.traits
    documents = [train[index] for index in range(len(train))]
    assert traits.train_documents == 96 == len(documents) and traits.train_words == sum(
        len(ids) for ids, _ in documents
    )
    words = {int(number) for ids, _ in documents for number in ids}
    assert set(np.flatnonzero(traits.occurring).tolist()) == words and len(words) < len(traits.vocabulary)
    labels = np.concatenate([np.atleast_1d(label) for _, label in documents])
    assert traits.majority == np.bincount(labels).argmax() and traits.per_word == (task == "labelling")
    assert traits.labels_per_document == (np.mean([len(ids) for ids, _ in documents]) if task == "labelling" else 1)
    assert traits.unlabeled == ("unlabeled" in run.corpus.splits) == (task == "classification")


@pytest.mark.parametrize("task", TRAINED)
def test_evaluate_as_json_is_what_training_measured(finished, task, tmp_path, capsys):
    folder = run_of(finished, task)
    main(["evaluate", str(folder), "--json", str(tmp_path / "a.json")])
    found, metrics = files.read_json(tmp_path / "a.json"), files.read_json(folder / "metrics.json")
    assert {name: found[name] for name in metrics["test"]} == metrics["test"]
    assert found["documents"] == metrics["test_documents"] and found["split"] == "test"
    assert (
        found["checkpoint_sha256"] == files.digest_of_file(folder / "best.npz")
        and found["run"] in capsys.readouterr().out
    )
