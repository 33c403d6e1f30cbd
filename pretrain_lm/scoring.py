"""A finished language model, opened, and how likely it finds single documents."""

import chainer
import numpy as np
from chainer.backends import cuda

from iadv_foundation.arithmetic.packing import Layout
from iadv_foundation.errors import DamagedFileError
from iadv_foundation.storage import files, seal
from iadv_foundation.storage.run_folder import RunFolder
from iadv_foundation.training import load_weights
from pretrain_lm.adaptive_softmax import cutoffs_for
from pretrain_lm.batches import Window
from pretrain_lm.checkpoint import metadata_of
from pretrain_lm.lm_settings import LanguageModelSettings
from pretrain_lm.model import LanguageModel

WORDS_PER_BATCH = 8192


def open_language_model(folder, vocabulary, device):
    """Open a language model with its best weights.

    Args:
        folder: its run folder, with ``best.npz``.
        vocabulary (data_prep.corpus.Vocabulary): of its corpus.
        device (chainer.backend.Device)

    Returns:
        pretrain_lm.model.LanguageModel

    Raises:
        UserError: a file is missing.
        DamagedFileError: it cannot be read, or the weights belong to another vocabulary.
    """
    run, size = RunFolder(folder), len(vocabulary)
    try:
        if run.has_result:
            seal.check(run.metrics, run.config.name, run.best.name)
        settings = LanguageModelSettings.model_validate(files.read_json(run.config)["lm"])
    except (KeyError, TypeError, ValueError):
        raise DamagedFileError(
            f"{run.config} does not describe a language model of this version: pretrain it again with --overwrite"
        ) from None
    # The order of the words by rank is among the weights.
    model = LanguageModel(
        size,
        settings.embedding_size,
        settings.hidden_size,
        cutoffs_for(size, settings.cutoffs),
        settings.tail_factor,
        dropout=settings.dropout,
        forget_bias=settings.forget_bias,
    )
    load_weights(run.best, model, metadata_of(vocabulary, settings.embedding_size, settings.hidden_size))
    model.to_device(device)
    return model


def document_losses(model, documents, eos):
    """Negative log-likelihood of documents, each read from the zero state after an ``<eos>``, as if it stood alone.

    Args:
        model (pretrain_lm.model.LanguageModel)
        documents (list of numpy.ndarray): int32 ids; ``<eos>`` is added where a document does not end with it.
        eos (int): id of ``<eos>``.

    Returns:
        numpy.ndarray: float64 (documents,), summed over the words and the ``<eos>``; int64 (documents,), how many those
        are.
    """
    targets = [ids if ids[-1] == eos else np.append(ids, np.int32(eos)) for ids in documents]
    lengths = np.array([len(ids) for ids in targets])
    losses = np.empty(len(targets))
    order = np.argsort(-lengths, kind="stable")
    filled = np.cumsum(lengths[order]) // WORDS_PER_BATCH
    for indices in np.split(order, np.flatnonzero(np.diff(filled)) + 1) if len(order) else []:
        layout = Layout.of(lengths[indices])
        window = Window(
            np.concatenate([np.append(np.int32(eos), targets[index][:-1]) for index in indices])[layout.take],
            np.concatenate([targets[index] for index in indices])[layout.take],
            layout.batch_sizes,
        )
        with chainer.using_config("train", False), chainer.no_backprop_mode():
            loss, _ = model(window, model.start_state(len(indices)))
        losses[indices[layout.order]] = np.bincount(layout.sentence, cuda.to_cpu(loss.array))
    return losses, lengths


def perplexity_of(losses, lengths):
    """exp of the mean negative log-likelihood of a word, from what :func:`document_losses` returned (float)."""
    return float(np.exp(np.sum(losses) / np.sum(lengths)))
