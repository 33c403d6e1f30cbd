"""The cross-entropy of Eq. 5-6, and what the loss of a batch is a mean over."""

import chainer.functions as F


def normalizer(logits, batch, average_over="documents"):
    """What the summed loss of a batch is divided by.

    Args:
        logits: (rows, classes), an array or a chainer.Variable.
        batch (interpretable_adv.documents.Batch): B documents.
        average_over (str): ``"documents"``: B, so that the losses of a document's words add up (Eq. 2 and 5);
            ``"labels"``: the number of rows, as the authors' code does.  In classification a document has one label, so
            both are the same.

    Returns:
        int
    """
    return {"documents": len(batch.layout.lengths), "labels": len(logits)}[average_over]


def usual_normalizer(training, batch_size, labels_per_document):
    """What :func:`normalizer` gives for a training batch of the usual length.

    By the released normalisation the length of a perturbation depends on the scale of a batch's mean.  This is the
    scale at which those of a training update are found, whatever number of documents is looked at.

    Args:
        training (interpretable_adv.settings.TrainingConfig)
        batch_size (int): documents in a batch.
        labels_per_document (float): of the training text, on average; 1 for classification.

    Returns:
        float: ``batch_size``; where the loss is a mean over labels, times the number of labels of a training document.
    """
    return batch_size * labels_per_document if training.average_over == "labels" else batch_size


def cross_entropy(logits, batch, average_over="documents"):
    """Eq. 5-6: minus the log-probability of the right output of a document, averaged over the batch.

    The output of a document is one class (classification) or one class for each word, whose log-probabilities add up
    (labelling, Eq. 2).

    Args:
        logits (chainer.Variable): (rows, classes).
        batch (interpretable_adv.documents.Batch): with labels (rows,).
        average_over (str): see :func:`normalizer`.

    Returns:
        chainer.Variable: scalar.
    """
    return F.sum(F.softmax_cross_entropy(logits, batch.labels, reduce="no")) / normalizer(logits, batch, average_over)
