"""Error rate (Tables 3-5) and F-beta (Table 6) of predicted labels."""

import numpy as np


def error_rate(labels, predictions):
    """Share of wrong predictions in percent.

    Args:
        labels (numpy.ndarray): int (rows,), at least one.
        predictions (numpy.ndarray): int (rows,).

    Returns:
        float
    """
    return 100 * int(np.count_nonzero(labels != predictions)) / len(labels)


def majority_class(labels):
    """The most frequent of the training labels, int (rows,) from 0 up; the smallest one of several (int)."""
    return int(np.bincount(labels).argmax())


def majority_error_rate(labels, majority):
    """Error rate in percent (float), on ``labels``, int (rows,), of always giving :func:`majority_class` of train."""
    return error_rate(labels, majority)


def precision_recall_f_beta(labels, predictions, positive=1, beta=0.5):
    r"""Precision P, recall R and their weighted harmonic mean in percent, over all rows together.

    .. math:: P = \frac{TP}{TP + FP}, \quad R = \frac{TP}{TP + FN}, \quad F_\beta = \frac{(1 + \beta^2) P R}{\beta^2 P +
    R}

    0 / 0 counts as 0.

    Args:
        labels (numpy.ndarray): int (rows,).
        predictions (numpy.ndarray): int (rows,).
        positive (int): the label of what is to be found.
        beta (float): weight of recall against precision; 0.5 in error detection.

    Returns:
        tuple: precision, recall, F-beta, three floats.
    """
    predicted, real = predictions == positive, labels == positive
    found = np.count_nonzero(predicted & real)
    precision = _ratio(found, np.count_nonzero(predicted))
    recall = _ratio(found, np.count_nonzero(real))
    f_beta = _ratio((1 + beta**2) * precision * recall, beta**2 * precision + recall)
    return 100 * precision, 100 * recall, 100 * f_beta


def _ratio(numerator, denominator):
    return float(numerator / denominator) if denominator else 0.0
