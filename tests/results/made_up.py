"""Run folders in the format of ``python -m interpretable_adv train``, with made-up numbers."""
import numpy as np

from core import files
from interpretable_adv.config import load
from interpretable_adv.evaluation import precision_recall_f_beta
from results.setting import Setting

DOCUMENTS = 200  # in test; the hand computations of the tests count on it


def run_path(out, corpus, method, seed=0, recipe="paper", scale="quick"):
    """Where a run stands (pathlib.Path)."""
    return out / "runs" / corpus / recipe / scale / method / f"seed-{seed}"


def classification_run(out, corpus, method, errors, seed=0, recipe="paper", scale="quick", complete=False, overrides=(),
                       preparation="a"):
    """Write a finished run with ``errors`` wrong ones of :data:`DOCUMENTS` test documents; returns its folder."""
    rate = 100 * errors / DOCUMENTS
    return _write(out, corpus, method, seed, recipe, scale, complete, "classification", overrides, preparation,
                  {"error_rate": rate, "errors": errors, "majority_error_rate": 50.0, "loss": 0.5})


def labelling_run(out, corpus, method, seed=0, recipe="paper", scale="quick", complete=False, sentences=60):
    """Write a finished run with drawn labels and predictions of several sentences; returns its folder."""
    rng = np.random.default_rng(seed)
    offsets = np.concatenate([[0], np.cumsum(rng.integers(1, 20, sentences))])
    labels = (rng.random(offsets[-1]) < 0.2).astype(np.int32)
    predictions = np.where(rng.random(offsets[-1]) < 0.6, labels, rng.random(offsets[-1]) < 0.1).astype(np.int32)
    precision, recall, f05 = precision_recall_f_beta(labels, predictions)
    folder = _write(out, corpus, method, seed, recipe, scale, complete, "labelling", (), "a",
                    {"precision": precision, "recall": recall, "f05": f05, "loss": 0.5})
    files.save_arrays(folder / "predictions.npz", {"labels": labels, "predictions": predictions, "offsets": offsets})
    return folder


def _write(out, corpus, method, seed, recipe, scale, complete, task, overrides, preparation, test):
    folder = run_path(out, corpus, method, seed, recipe, scale)
    identity = {"corpus": corpus, "task": task, "method": method, "recipe": recipe, "scale": scale, "seed": seed}
    files.write_json(folder / "config.json", {**identity, "corpus_sha256": preparation, "language_model_sha256": None,
                                              **load(corpus, recipe, scale, overrides).model_dump()})
    files.write_json(folder / "metrics.json", {**identity, "corpus_complete": complete, "test_documents": DOCUMENTS,
                                               "dev": test, "test": test, "best_epoch": 2, "epochs": 3, "updates": 9})
    return folder


def quick(out):
    """The setting of ``./reproduce.sh`` (results.setting.Setting)."""
    return Setting(out, "paper", "quick")
