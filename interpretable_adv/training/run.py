"""One training run, from a prepared corpus and start weights to a finished run folder."""

import dataclasses

import numpy as np
from chainer.training import extensions

from data_prep.corpus import Corpus, corpora_folder
from iadv_foundation.arithmetic.device import describe as describe_device
from iadv_foundation.arithmetic.device import select_device
from iadv_foundation.console.cli import closest
from iadv_foundation.storage import files, seal
from iadv_foundation.storage.run_folder import RunFolder, tell_if_unsealed
from iadv_foundation.training import Adam, fit, load_weights
from interpretable_adv import settings as configuration
from interpretable_adv.documents import Documents
from interpretable_adv.evaluation import majority_class
from interpretable_adv.evaluation.prediction import describe, labels_of, measure, predict
from interpretable_adv.links.making import make_network
from interpretable_adv.methods import METHODS
from interpretable_adv.run_format import FORMAT, upgrade
from interpretable_adv.start import find_start
from interpretable_adv.training.request import TrainingRequest
from interpretable_adv.training.updater import AdversarialUpdater

MONITOR = {"classification": ("error_rate", True), "labelling": ("f05", False)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request(TrainingRequest):
    """What the command line asks for; see ``python -m interpretable_adv train --help``."""

    method: str

    @property
    def row(self):
        return self.method


def train(request):
    """Make or finish the run that ``request`` (:class:`Request`) asks for.

    Returns:
        str: the result in one line.

    Raises:
        UsageError: unknown names, values out of range.
        UserError: corpus or start weights missing or damaged, no such device, diverged training, no space, ...
        TimeLimitReached: the request's deadline is over; the same request goes on.
    """
    closest(request.method, METHODS, "method")
    request.check_seed()
    config = configuration.load(request.corpus, request.recipe, request.scale, request.overrides, request.method)
    device = select_device(request.device)
    corpus = Corpus.open(corpora_folder(request.out) / request.corpus)
    start = find_start(config.training, request.corpus, request.recipe, request.scale, request.out)
    run = RunFolder(request.folder)
    full = {**_identity(request, corpus, start), **configuration.used(config, METHODS[request.method])}
    already = run.check(full, request.overwrite, upgrade) and run.is_finished
    if already:
        run.tidy()
        tell_if_unsealed(run.path)
    else:
        network = make_network(corpus, config, request.seed)
        start.apply(network, corpus.vocabulary)  # may refuse, so before a run that stands there is replaced
        network.to_device(device)
        run.start(full, request.overwrite, describe_device(device), upgrade)
        _run(request, config, corpus, network, run)
    seal.check(run.metrics)
    metrics = seal.read(run.metrics)
    again = " (was finished already)" if already else ""
    with seal.told_of(run.metrics):
        best = f"best epoch {metrics['best_epoch']} of {metrics['epochs']}"
        return f"{request.label}{again}: test {describe(metrics['test'])}, {best}"


def _identity(request, corpus, start):
    """What makes this run this run, apart from the configuration."""
    return {
        "format": FORMAT,
        "corpus": request.corpus,
        "corpus_sha256": corpus.sha256,
        **request.identity(corpus.task),
        **start.identity(),
    }


def _run(request, config, corpus, network, run):
    per_token = corpus.task == "labelling"
    max_words = config.training.max_words
    documents = {
        name: Documents([split], per_token, max_words) for name, split in corpus.splits.items() if name != "unlabeled"
    }
    optimizer = make_optimizer(network, config.training)
    updater = AdversarialUpdater(
        network,
        optimizer,
        METHODS[request.method],
        config,
        documents["train"],
        _pool(corpus, per_token, max_words),
        corpus.vocabulary,
        request.seed,
    )
    splits = ("dev", "test") if config.training.test_every_epoch else ("dev",)
    monitor, lower_is_better = MONITOR[corpus.task]
    metadata = {"kind": "classifier", "vocabulary_sha256": corpus.vocabulary.sha256, "task": corpus.task}
    fitted = fit(
        updater,
        run,
        model=network,
        evaluate=lambda: _observe(network, documents, splits),
        monitor=f"dev/{monitor}",
        lower_is_better=lower_is_better,
        max_epochs=config.training.max_epochs,
        patience=config.training.patience,
        metadata=metadata,
        words_per_epoch=int(documents["train"].lengths.sum()),
        label=request.label,
        quiet=request.quiet,
        deadline=request.deadline,
        extra_extensions=[
            extensions.ExponentialShift("alpha", config.training.learning_rate_decay, optimizer=optimizer)
        ],
    )
    load_weights(run.best, network, metadata)
    test = predict(network, documents["test"])
    save_predictions(run.predictions, documents["test"], test)
    majority = majority_class(labels_of(documents["train"]))
    dev = measure(documents["dev"], predict(network, documents["dev"]), majority)
    files.write_json(run.timing, {"training_seconds": round(fitted.seconds, 3)})
    run.finish(
        {
            **request.identity(corpus.task),
            "corpus_complete": corpus.complete,
            "test_documents": len(documents["test"]),
            "dev": dev,
            "test": measure(documents["test"], test, majority),
            "best_epoch": fitted.best_epoch,
            "epochs": fitted.epochs,
            "updates": fitted.updates,
        }
    )


def _pool(corpus, per_token, max_words):
    """The pool D' of labelled and unlabelled documents, or None where the corpus has no unlabelled ones."""
    if "unlabeled" not in corpus.splits:
        return None
    return Documents([corpus.splits["train"], corpus.splits["unlabeled"]], per_token, max_words)


def _observe(network, documents, splits):
    majority = majority_class(labels_of(documents["train"]))
    return {
        f"{split}/{name}": value
        for split in splits
        for name, value in measure(documents[split], predict(network, documents[split]), majority).items()
    }


def make_optimizer(network, training):
    """Adam with gradient clipping (Table 2), set up for ``network``."""
    return Adam(training.learning_rate, training.gradient_clipping).setup(network)


def save_predictions(path, documents, log_probabilities):
    """Write ``predictions.npz``: labels, predictions (int32) and probabilities (float32), for labelling offsets."""
    arrays = {
        "labels": labels_of(documents),
        "predictions": log_probabilities.argmax(axis=1).astype(np.int32),
        "probabilities": np.exp(log_probabilities),
    }
    if documents.per_token:
        arrays["offsets"] = np.concatenate([[0], np.cumsum(documents.lengths)])
    files.save_arrays(path, arrays)
