"""Training of ``onehot-bilstm``: the two region embeddings, then the classifier."""

import numpy as np
from chainer import training

from iadv_foundation.training import Adam, Momentum, fit
from interpretable_adv.training.order import PermutationIterator
from quoted_systems.onehot_bilstm import classifier, regions
from quoted_systems.onehot_bilstm.documents import NumberedDocuments
from quoted_systems.parts import fit_classifier, trained_part
from quoted_systems.run import Outcome
from quoted_systems.starting import seeded
from quoted_systems.texts import LEARNT_FROM, Words


class TenthAfter(training.Extension):
    """Divides the learning rate by ten when a share of the epochs is over.

    Args:
        optimizer (chainer.Optimizer)
        name (str): of its learning rate.
        settings: with ``learning_rate``, ``decay_after`` (the share) and ``epochs``.
    """

    trigger = 1, "epoch"

    def __init__(self, optimizer, name, settings):
        self.optimizer, self.name, self.settings = optimizer, name, settings

    def initialize(self, trainer):
        self(trainer)

    def __call__(self, trainer):
        late = trainer.updater.epoch >= self.settings.decay_after * self.settings.epochs
        setattr(self.optimizer, self.name, self.settings.learning_rate * (0.1 if late else 1))


def train(job):
    """Train, or go on training.

    Args:
        job (quoted_systems.run.Job)

    Returns:
        quoted_systems.run.Outcome

    Raises:
        UserError: no word is left to learn from, or training diverged.
        TimeLimitReached: the time limit is over; the same command goes on.
    """
    words = Words.of(job.corpus, job.settings.regions.words)
    pretrained = [
        pretrain(job, words, name, reverse) for name, reverse in (("regions-ahead", False), ("regions-back", True))
    ]
    model = seeded(
        job.seed,
        lambda: classifier.Classifier(
            len(words), job.settings, len(job.corpus.classes), [region for region, _, _ in pretrained]
        ),
    )
    model.to_device(job.device)
    documents = {name: NumberedDocuments(job.corpus, words, [name]) for name in ("train", "dev", "test")}
    fitted = fit_bilstm(job, model, documents)
    dev, test = (classifier.predict(model, documents[name]).argmax(axis=1) for name in ("dev", "test"))
    return Outcome(
        dev,
        test,
        None,
        fitted.best_epoch,
        fitted.epochs,
        fitted.updates,
        fitted.seconds + sum(seconds for _, seconds, _ in pretrained),
        {"words": len(words), "region_losses": [found["dev_loss"] for _, _, found in pretrained]},
    )


def pretrain(job, words, name, reverse):
    """A region embedding with its best weights, on the CPU; the seconds it took; what was found (dict).

    Args:
        job (quoted_systems.run.Job)
        words (quoted_systems.texts.Words)
        name (str): of the folder inside the run.
        reverse (bool): see :class:`quoted_systems.onehot_bilstm.regions.RegionModel`.
    """
    settings = job.settings.regions
    model = seeded(job.seed, lambda: regions.RegionModel(len(words), settings, reverse))

    def fit_regions(**options):
        documents, dev = (NumberedDocuments(job.corpus, words, splits) for splits in (LEARNT_FROM, ("dev",)))
        optimizer = Momentum(settings.learning_rate, settings.momentum).setup(model)
        iterator = PermutationIterator(documents.lengths, settings.batch_size, job.seed, f"order of documents {name}")
        return fit(
            regions.Updater(iterator, optimizer, documents, settings, job.seed),
            evaluate=lambda: {"dev/loss": regions.mean_loss(model, dev, settings, job.seed)},
            monitor="dev/loss",
            max_epochs=settings.epochs,
            patience=settings.epochs,
            words_per_epoch=int(documents.lengths.sum()),
            label=f"{job.label}: {name}",
            extra_extensions=[TenthAfter(optimizer, "lr", settings)],
            **options,
        )

    return model, *trained_part(job, name, "regions", model, "dev_loss", "region embedding", fit_regions)


def fit_bilstm(job, model, documents):
    """Train a quoted_systems.onehot_bilstm.classifier.Classifier on ``documents["train"]``:
    iadv_foundation.training.Fitted.

    It has its best weights afterwards.
    """
    settings, labels = job.settings.bilstm, np.asarray(job.corpus.splits["train"].labels)
    optimizer = Adam(settings.learning_rate, settings.gradient_clipping).setup(model)
    iterator = PermutationIterator(
        documents["train"].lengths, settings.batch_size, job.seed, "order of labelled documents", settings.length_window
    )
    return fit_classifier(
        job,
        model,
        classifier.Updater(iterator, optimizer, documents["train"], labels, settings, job.seed),
        lambda: classifier.predict(model, documents["dev"]),
        "one-hot bi-LSTM",
        max_epochs=settings.epochs,
        patience=settings.epochs,
        words_per_epoch=int(documents["train"].lengths.sum()),
        extra_extensions=[TenthAfter(optimizer, "alpha", settings)],
    )
