"""From a finished run to its bundle."""

import dataclasses
import io

import numpy as np

from data_prep.corpora import named
from iadv_foundation.errors import DamagedFileError, UsageError, UserError
from iadv_foundation.storage import files, seal
from iadv_foundation.storage.run_folder import RunFolder
from iadv_foundation.training.best import set_weights
from interpretable_adv.analysis.selection import select
from interpretable_adv.bundle.card import card_of
from interpretable_adv.bundle.contents import FORMAT, KIND, About, Contents, Rounding, write_bundle
from interpretable_adv.evaluation.intervals import BOOTSTRAP, WILSON, bootstrap_f05, wilson
from interpretable_adv.evaluation.prediction import predict

#: Test documents on which the effect of half precision is counted.
COMPARED = 1000


def export(run, path, half=False):
    """Write the bundle of a run.

    Args:
        run (interpretable_adv.trained.TrainedRun): finished; or itself a bundle.
        path (pathlib.Path): the file, ``.zip``, written wholly or not at all.
        half (bool): store weights in half precision (float16), half as large and rounded to about three digits.

    Returns:
        Contents: what is in it.

    Raises:
        UsageError: the file's name does not end in ``.zip``.
        UserError: the run is not finished; its weights are too large for half precision.
    """
    check_name(path)
    contents = run.about or _contents(run)
    if half and contents.about.weights == "float32":
        contents = _halved(run, contents)
    write_bundle(path, contents)
    return contents


def check_name(path):
    """Refuse a name (pathlib.Path) that does not end in ``.zip`` (UsageError): it should say what the file is."""
    if path.suffix.lower() != ".zip":
        raise UsageError(f"{path}: the name of a bundle must end in .zip")


def _contents(run):
    folder = RunFolder(run.folder)
    if not folder.is_finished:
        raise UserError(
            f"{run.folder} is not finished (it has no metrics.json), so its weights are half-trained: repeat the "
            "command that trained it"
        )
    metrics = seal.read(folder.metrics)
    corpus, stored = named(run.traits.name), {**run.stored, **run.config.model_dump()}
    try:
        about = About(
            format=FORMAT,
            kind=KIND,
            weights="float32",
            corpus=run.traits.model_dump(),
            licence=corpus.licence,
            origin=corpus.origin,
            made_by=_made_by(folder),
            **_interval(run, folder, metrics),
            sanity=_sanity(run),
            rounding=None,
        )
        card = card_of(about, stored, metrics, len(run.traits.vocabulary))
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(
            f"{folder.path}: metrics.json or a file beside it is damaged ({error!r}); remove the folder "
            "and repeat the command that made it"
        ) from None
    return Contents(about, card, stored, metrics, run.traits, folder.best.read_bytes())


def _made_by(folder):
    """Of ``environment.json`` what a reader needs to judge a number, and no names of places on a machine (dict)."""
    there = files.read_json(folder.environment) if folder.environment.is_file() else {}
    return {name: there[name] for name in ("git_commit", "git_changed", "versions", "device") if name in there}


def _interval(run, folder, metrics):
    """The test result with the interval of one run, as far as it can be found (dict)."""
    test = metrics["test"]
    if not run.traits.per_word:
        low, high = wilson(test["errors"], metrics["test_documents"])
        return {
            "interval": {"name": "error rate", "value": test["error_rate"], "low": low, "high": high},
            "interval_kind": WILSON,
        }
    if not folder.predictions.is_file():
        return {"interval": None, "interval_kind": None}
    arrays, _ = files.load_arrays(folder.predictions)
    low, high = bootstrap_f05(arrays["labels"], arrays["predictions"], arrays["offsets"])
    return {"interval": {"name": "F0.5", "value": test["f05"], "low": low, "high": high}, "interval_kind": BOOTSTRAP}


def _sanity(run):
    """The linear and the trivial model of ``python -m results sanity``, where they were measured on this corpus."""
    path = run.out / "sanity" / run.traits.name / "metrics.json"
    if not path.is_file():
        return []
    record = seal.read(path)
    if record.get("corpus_sha256") != run.traits.sha256:
        return []
    trivial = "every word an error" if run.traits.per_word else "always the most frequent class"
    with seal.told_of(path):
        return [
            {"name": name, **{key: row[key] for key in ("value", "low", "high")}}
            for name, row in zip((record["system"], trivial), record["rows"], strict=False)  # where it has them
        ]


def _halved(run, contents):
    """The same with weights in half precision."""
    arrays, metadata = files.load_arrays(run.folder, contents.weights)
    parameters = {name.lstrip("/") for name, _ in run.network.namedparams()}
    # What is no parameter, such as the frequencies that embeddings are normalised by, is needed as exact as it is.
    with np.errstate(over="ignore"):
        halved = {name: array.astype(np.float16) if name in parameters else array for name, array in arrays.items()}
    if not all(np.isfinite(halved[name]).all() for name in parameters):
        raise UserError(
            f"{run.folder} has weights above 65,504, which half precision does not have: export it without --half"
        )
    content = io.BytesIO()
    files.write_arrays(content, halved, metadata)
    rounding = _rounding(run, arrays, {name: array.astype(arrays[name].dtype) for name, array in halved.items()})
    about = contents.about.model_copy(update={"weights": "float16", "rounding": rounding})
    card = card_of(about, contents.stored, contents.metrics, len(contents.traits.vocabulary))
    return dataclasses.replace(contents, about=about, card=card, weights=content.getvalue())


def _rounding(run, weights, halved):
    """What rounding does to the predictions of the first test documents (dict);
    None where the documents are not at hand.
    """
    if run.out is None:
        return None
    documents, classes = select(run, "test", COMPARED), []
    expected = {"vocabulary_sha256": run.traits.vocabulary.sha256}
    for arrays in (halved, weights):  # the last stay
        set_weights(run.folder, arrays, expected, run.network, expected)
        classes.append(predict(run.network, documents).argmax(axis=1))
    return Rounding(predictions=len(classes[0]), changed=int((classes[0] != classes[1]).sum()))
