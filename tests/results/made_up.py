"""Run folders in the format of ``python -m interpretable_adv train``, with made-up numbers."""

import json

import numpy as np

from iadv_foundation.storage import files
from interpretable_adv.evaluation import precision_recall_f_beta
from interpretable_adv.settings import load
from quoted_systems import settings as quoted_settings
from quoted_systems.systems import SYSTEMS
from results.study import Study

DOCUMENTS = 200  # in test; the hand computations of the tests count on it


def run_path(out, corpus, method, seed=0, recipe="paper", scale="quick"):
    """Where a run stands (pathlib.Path)."""
    return out / "runs" / corpus / recipe / scale / method / f"seed-{seed}"


def classification_run(
    out, corpus, method, errors, seed=0, recipe="paper", scale="quick", complete=False, overrides=(), preparation="a"
):
    """Write a finished run with ``errors`` wrong ones of :data:`DOCUMENTS` test documents; returns its folder."""
    rate = 100 * errors / DOCUMENTS
    folder = _write(
        out,
        corpus,
        method,
        seed,
        recipe,
        scale,
        complete,
        "classification",
        overrides,
        preparation,
        {"error_rate": rate, "errors": errors, "majority_error_rate": 50.0, "loss": 0.5},
    )
    labels = np.arange(DOCUMENTS, dtype=np.int32) % 2
    wrong = np.random.default_rng([seed, *method.encode()]).permutation(DOCUMENTS) < errors
    files.save_arrays(
        folder / "predictions.npz", {"labels": labels, "predictions": np.where(wrong, 1 - labels, labels)}
    )
    return folder


def labelling_run(
    out,
    corpus,
    method,
    seed=0,
    recipe="paper",
    scale="quick",
    complete=False,
    sentences=60,
    skill=0.6,
    vectors_sha256=None,
):
    """Write a finished run with drawn predictions of several sentences; returns its folder.

    Labels depend on ``sentences`` alone; the share ``skill`` of the predictions is right for sure.
    """
    rng = np.random.default_rng(sentences)
    offsets = np.concatenate([[0], np.cumsum(rng.integers(1, 20, sentences))])
    labels = (rng.random(offsets[-1]) < 0.2).astype(np.int32)
    rng = np.random.default_rng(seed)
    predictions = np.where(rng.random(offsets[-1]) < skill, labels, rng.random(offsets[-1]) < 0.1).astype(np.int32)
    precision, recall, f05 = precision_recall_f_beta(labels, predictions)
    folder = _write(
        out,
        corpus,
        method,
        seed,
        recipe,
        scale,
        complete,
        "labelling",
        (),
        "a",
        {"precision": precision, "recall": recall, "f05": f05, "loss": 0.5},
        vectors_sha256,
    )
    files.save_arrays(folder / "predictions.npz", {"labels": labels, "predictions": predictions, "offsets": offsets})
    return folder


def write_log(folder, name, values):
    """Write a run's ``log.jsonl`` with an observation by epoch."""
    entries = [{"epoch": epoch, name: value} for epoch, value in enumerate(values, 1)]
    files.write_text(folder / "log.jsonl", "".join(json.dumps(entry) + "\n" for entry in entries))
    path = folder / "metrics.json"
    if path.is_file():
        metrics = files.read_json(path)
        files.write_json(path, {**metrics, "epochs": len(values), **_of_best(name, values, metrics["dev"])})


def _of_best(name, values, dev):
    """What a run's metrics say of its best epoch (dict), of which the log says the same."""
    if name not in ("dev/f05", "dev/error_rate"):
        return {}
    best = max(values) if name == "dev/f05" else min(values)
    return {"best_epoch": values.index(best) + 1, "dev": {**dev, name.removeprefix("dev/"): best}}


def _write(out, corpus, method, seed, recipe, scale, complete, task, overrides, preparation, test, vectors_sha256=None):
    folder = run_path(out, corpus, method, seed, recipe, scale)
    identity = {"corpus": corpus, "task": task, "method": method, "recipe": recipe, "scale": scale, "seed": seed}
    settings = (
        quoted_settings.load(corpus, recipe, scale, overrides, method)
        if method in SYSTEMS
        else load(corpus, recipe, scale, overrides, method)
    )
    files.write_json(
        folder / "config.json",
        {
            **identity,
            "corpus_sha256": preparation,
            "language_model_sha256": None,
            "vectors_sha256": vectors_sha256,
            **settings.model_dump(),
        },
    )
    is_labelling = task == "labelling"
    name, curve = (
        ("dev/f05", [20.0, 30.0 + seed, 25.0]) if is_labelling else ("dev/error_rate", [30.0, 20.0 + seed, 25.0])
    )
    write_log(folder, name, curve)
    files.write_json(
        folder / "metrics.json",
        {
            **identity,
            "corpus_complete": complete,
            "test_documents": DOCUMENTS,
            "dev": test,
            "test": test,
            "best_epoch": 2,
            "epochs": 3,
            "updates": 9,
            **_of_best(name, curve, test),
        },
    )
    return folder


def quick(out):
    """The setting of ``./reproduce.sh`` with its runs (results.study.Study)."""
    return Study(out, "paper", "quick")


def collect(study, corpora, methods):
    """The runs of a study (pandas.DataFrame); raises what one that cannot be read is left out for."""
    for one in study.skipped(corpora):
        raise one.error
    return study.runs(corpora, methods)
