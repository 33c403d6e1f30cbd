"""Training of ``sa-lstm``: the autoencoder, then the classifier."""

from chainer.training import extensions

from iadv_foundation.training import Adam, fit
from interpretable_adv.documents import Documents
from interpretable_adv.training.order import PermutationIterator
from pretrain_lm.adaptive_softmax import cutoffs_for
from pretrain_lm.running_text import Text
from quoted_systems.parts import fit_classifier, trained_part
from quoted_systems.run import Outcome
from quoted_systems.sa_lstm import autoencoder, classifier
from quoted_systems.starting import seeded
from quoted_systems.texts import LEARNT_FROM


def train(job):
    """Train, or go on training.

    Args:
        job (quoted_systems.run.Job)

    Returns:
        quoted_systems.run.Outcome

    Raises:
        UserError: training diverged.
        TimeLimitReached: the time limit is over; the same command goes on.
    """
    pretrained, seconds, found = pretrain(job)
    size, classes = len(job.corpus.vocabulary), len(job.corpus.classes)
    model = seeded(job.seed, lambda: classifier.Classifier(size, job.settings, classes))
    model.begin_as(pretrained)
    model.to_device(job.device)
    documents = {name: Documents([job.corpus.splits[name]], False) for name in ("train", "dev", "test")}
    fitted = fine_tune(job, model, documents)
    dev, test = (classifier.predict(model, documents[name]) for name in ("dev", "test"))
    return Outcome(
        dev.argmax(axis=1),
        test.argmax(axis=1),
        test,
        fitted.best_epoch,
        fitted.epochs,
        fitted.updates,
        seconds + fitted.seconds,
        {"pretraining": found},
    )


def pretrain(job):
    """The sequence autoencoder with its best weights, on the CPU; the seconds it took; what was found (dict)."""
    settings, size = job.settings.autoencoder, len(job.corpus.vocabulary)
    model = seeded(job.seed, lambda: autoencoder.Autoencoder(size, settings, cutoffs_for(size)))

    def fit_autoencoder(**options):
        text, dev = (Text([job.corpus.splits[name] for name in names]) for names in (LEARNT_FROM, ("dev",)))
        iterator = PermutationIterator(
            text.lengths, settings.batch_size, job.seed, "order of documents", settings.length_window
        )
        optimizer = Adam(settings.learning_rate, settings.gradient_clipping).setup(model)
        return fit(
            autoencoder.Updater(iterator, optimizer, text, settings, job.seed),
            evaluate=lambda: {"dev/perplexity": autoencoder.perplexity(model, dev, settings.bptt_length)},
            monitor="dev/perplexity",
            max_epochs=settings.max_epochs,
            patience=settings.patience,
            words_per_epoch=text.tokens,
            label=f"{job.label}: autoencoder",
            **options,
        )

    kind = "sequence autoencoder"
    return model, *trained_part(job, "pretraining", "autoencoder", model, "dev_perplexity", kind, fit_autoencoder)


def fine_tune(job, model, documents):
    """Train a quoted_systems.sa_lstm.classifier.Classifier on ``documents["train"]``: iadv_foundation.training.Fitted.

    It has its best weights afterwards.
    """
    settings = job.settings.fine_tuning
    optimizer = Adam(settings.learning_rate, settings.gradient_clipping).setup(model)
    iterator = PermutationIterator(
        documents["train"].lengths, settings.batch_size, job.seed, "order of labelled documents", settings.length_window
    )
    return fit_classifier(
        job,
        model,
        classifier.Updater(iterator, optimizer, documents["train"], settings, job.seed),
        lambda: classifier.predict(model, documents["dev"]),
        "classifier that began as an autoencoder",
        max_epochs=settings.max_epochs,
        patience=settings.patience,
        words_per_epoch=int(documents["train"].lengths.sum()),
        extra_extensions=[extensions.ExponentialShift("alpha", settings.learning_rate_decay, optimizer=optimizer)],
    )
