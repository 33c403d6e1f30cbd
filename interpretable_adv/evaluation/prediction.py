"""What a network predicts for a whole split, and how good that is."""

import chainer
import chainer.functions as F
import numpy as np
from chainer.backends import cuda

from interpretable_adv.evaluation import error_rate, majority_error_rate, precision_recall_f_beta
from interpretable_adv.links.passes import Pass

WORDS_PER_BATCH = 8192


def predict(network, documents):
    """Log-probabilities of every class, without dropout or perturbation.

    Args:
        network (chainer.Chain): see :mod:`interpretable_adv.links`.
        documents (interpretable_adv.documents.Documents): all of them are predicted.

    Returns:
        numpy.ndarray: float32, in the order of the documents: (documents, classes) for classification, (words, classes)
        for labelling.
    """
    starts = np.cumsum(documents.lengths) - documents.lengths
    rows = int(documents.lengths.sum()) if documents.per_token else len(documents)
    found = None
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        matrix = network.embedding.matrix().array
        for indices, batch in documents.batches_by_length(WORDS_PER_BATCH, network.xp):
            one = Pass(network, matrix, batch)
            logits = cuda.to_cpu(F.log_softmax(one.logits(chainer.Variable(one.embedded))).array)
            if found is None:
                found = np.empty((rows, logits.shape[1]), logits.dtype)
            if documents.per_token:
                positions = [np.arange(starts[index], starts[index] + documents.lengths[index]) for index in indices]
                found[np.concatenate(positions)] = batch.layout.unpack(logits)
            else:
                found[indices[batch.layout.order]] = logits
    return found


def labels_of(documents):
    """All labels in the order of the documents: int32 (documents,), or (words,) for labelling."""
    return np.concatenate([split.labels for split in documents.splits])


def measure(documents, log_probabilities, majority):
    """Compare predictions with labels.

    Args:
        documents (interpretable_adv.documents.Documents): with labels.
        log_probabilities (numpy.ndarray): what :func:`predict` returned.
        majority (int): train's most frequent label, see :func:`interpretable_adv.evaluation.majority_class`.

    Returns:
        dict: for classification ``error_rate`` and ``majority_error_rate`` (percent), ``errors`` (int); for labelling
        ``precision``, ``recall``, ``f05`` (percent); for both ``loss`` (Eq. 5-6).
    """
    labels = labels_of(documents)
    predictions = log_probabilities.argmax(axis=1)
    loss = -log_probabilities[np.arange(len(labels)), labels].sum(dtype=np.float64) / len(documents)
    if documents.per_token:
        precision, recall, f05 = precision_recall_f_beta(labels, predictions, positive=1, beta=0.5)
        return {"precision": precision, "recall": recall, "f05": f05, "loss": float(loss)}
    return {
        "error_rate": error_rate(labels, predictions),
        "errors": int((labels != predictions).sum()),
        "majority_error_rate": majority_error_rate(labels, majority),
        "loss": float(loss),
    }


def describe(result):
    """One line for what :func:`measure` returned."""
    if "f05" in result:
        return f"F0.5 {result['f05']:.2f} (precision {result['precision']:.2f}, recall {result['recall']:.2f})"
    return f"error rate {result['error_rate']:.2f} % (majority class of train {result['majority_error_rate']:.2f} %)"
