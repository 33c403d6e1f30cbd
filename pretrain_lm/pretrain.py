"""Train a language model on the text of a prepared corpus."""

from iadv_foundation.console.deadline import Deadline
from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from iadv_foundation.training import Adam, fit, load_weights
from pretrain_lm.adaptive_softmax import cutoffs_for
from pretrain_lm.batches import WindowIterator, streams_of
from pretrain_lm.checkpoint import metadata_of
from pretrain_lm.evaluation import perplexity
from pretrain_lm.model import LanguageModel
from pretrain_lm.running_text import Text, ranks_by_first_appearance
from pretrain_lm.updater import TruncatedBpttUpdater

TRAINING_SPLITS = ("train", "unlabeled")


def pretrain(corpus, settings, run, seed, device, quiet=False, deadline=Deadline()):
    """Train, or go on training, the language model of ``run``, and write its result.

    Args:
        corpus (data_prep.corpus.Corpus)
        settings (pretrain_lm.lm_settings.LanguageModelSettings)
        run (iadv_foundation.storage.run_folder.RunFolder): started; gets log, best weights, timing and metrics.
        seed (int)
        device (chainer.backend.Device)
        quiet (bool): no progress on the screen.
        deadline (iadv_foundation.console.deadline.Deadline): see :func:`iadv_foundation.training.fit`.

    Returns:
        dict: what ``metrics.json`` holds of the result; bit-identical from run to run on one machine.

    Raises:
        UserError: the corpus has no text to learn from or to select on, or training diverged.
        TimeLimitReached: see :func:`iadv_foundation.training.fit`.
    """
    text = text_of(corpus, TRAINING_SPLITS)
    selection_text = text_of(corpus, [settings.selection])
    model = build_model(corpus, settings, text, seed)
    model.to_device(device)
    updater = _updater(model, text, settings, seed, device)
    metadata = metadata_of(corpus.vocabulary, settings.embedding_size, settings.hidden_size)
    monitor = f"{settings.selection}/perplexity"

    def measure(measured_text):
        return perplexity(model, measured_text, settings.batch_size, settings.bptt_length)

    fitted = fit(
        updater,
        run,
        model=model,
        evaluate=lambda: {monitor: measure(selection_text)},
        monitor=monitor,
        max_epochs=settings.max_epochs,
        patience=settings.patience,
        metadata=metadata,
        words_per_epoch=text.tokens,
        label=f"language model {corpus.name}",
        quiet=quiet,
        deadline=deadline,
    )
    load_weights(run.best, model, metadata)
    dev_perplexity = fitted.best_value if settings.selection == "dev" else measure(text_of(corpus, ["dev"]))
    words_per_second = text.tokens * fitted.epochs / max(fitted.seconds, 1e-9)
    files.write_json(run.timing, {"training_seconds": fitted.seconds, "words_per_second": words_per_second})
    return {
        "dev_perplexity": dev_perplexity,
        "selection": settings.selection,
        "selection_perplexity": fitted.best_value,
        "best_epoch": fitted.best_epoch,
        "epochs": fitted.epochs,
        "updates": fitted.updates,
        "training_tokens": text.tokens,
        "vocabulary_size": len(corpus.vocabulary),
        "vocabulary_sha256": corpus.vocabulary.sha256,
        "cutoffs": list(model.output.cutoffs),
    }


def text_of(corpus, names):
    """The text of those of the named splits that a corpus has; a sentence of a labelling corpus is given an ``<eos>``.

    Args:
        corpus (data_prep.corpus.Corpus)
        names (iterable of str)

    Returns:
        pretrain_lm.running_text.Text

    Raises:
        UserError: there is no token in them.
    """
    splits = [corpus.splits[name] for name in names if name in corpus.splits]
    if not sum(split.ids.size for split in splits):
        raise UserError(
            f"corpus {corpus.name} at {corpus.folder} has no text in {' or '.join(names)}: "
            f"prepare it again with python -m data_prep {corpus.name}"
        )
    return Text(splits, end=corpus.vocabulary.eos if corpus.task == "labelling" else None)


def build_model(corpus, settings, text, seed):
    """A language model with fresh weights.

    Args:
        corpus (data_prep.corpus.Corpus)
        settings (pretrain_lm.lm_settings.LanguageModelSettings)
        text (pretrain_lm.running_text.Text): ranks the words, where they are ranked by first appearance.
        seed (int)

    Returns:
        pretrain_lm.model.LanguageModel: on the CPU.
    """
    size = len(corpus.vocabulary)
    rank = ranks_by_first_appearance(text, size) if settings.vocabulary_order == "first_appearance" else None
    model = LanguageModel(
        size,
        settings.embedding_size,
        settings.hidden_size,
        cutoffs_for(size, settings.cutoffs),
        settings.tail_factor,
        rank,
        settings.dropout,
        settings.forget_bias,
    )
    model.initialize(seed, settings.initial_scale)
    return model


def _updater(model, text, settings, seed, device):
    optimizer = Adam(settings.learning_rate, settings.gradient_clipping).setup(model)
    iterator = WindowIterator(text, settings.batch_size, settings.bptt_length, seed)
    return TruncatedBpttUpdater(
        iterator,
        optimizer,
        streams_of(text.tokens, settings.batch_size),
        seed,
        settings.state_reset_probability,
        device,
    )
