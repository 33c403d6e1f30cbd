"""The loss functions of Eq. 5-6 (cross-entropy), averaged over the documents of a batch."""
import chainer.functions as F


def cross_entropy(logits, batch):
    """Eq. 5-6: minus the log-probability of the right output of a document, averaged over the batch.

    The output of a document is one class (classification) or one class for each word, whose log-probabilities add up
    (labelling, Eq. 2).

    Args:
        logits (chainer.Variable): (rows, classes).
        batch (interpretable_adv.training.batches.Batch): with labels (rows,).

    Returns:
        chainer.Variable: scalar.
    """
    documents = len(batch.layout.lengths)
    return F.sum(F.softmax_cross_entropy(logits, batch.labels, reduce="no")) / documents
