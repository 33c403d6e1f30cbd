"""Linear sequence labelling: a word and its neighbours, logistic regression."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve
from sklearn.preprocessing import OneHotEncoder

from interpretable_adv.evaluation import precision_recall_f_beta

from ..intervals import BOOTSTRAP, bootstrap_f05

REGULARISATIONS = (0.3, 1.0, 3.0)  # C: the larger, the weaker
_REACH = 2
_OUTSIDE = -1


def fit_and_score(corpus):
    """Fit on train, choose C and the decision threshold on dev by F0.5, score test once.

    Args:
        corpus (data_prep.corpus.Corpus): of the task labelling; label 1 is an error.

    Returns:
        dict: the fields of :class:`results.sanity.record.SanityRecord` that depend on the task.
    """
    train, dev, test = (corpus.splits[split] for split in ("train", "dev", "test"))
    encoder = OneHotEncoder(handle_unknown="ignore")
    features, dev_features = encoder.fit_transform(windows(train)), encoder.transform(windows(dev))
    candidates = []
    for regularisation in REGULARISATIONS:
        model = LogisticRegression(C=regularisation, max_iter=1000).fit(features, np.asarray(train.labels))
        score, threshold = best_threshold(np.asarray(dev.labels), model.predict_proba(dev_features)[:, 1])
        candidates.append((-score, regularisation, threshold, model))
    negative, chosen, threshold, model = min(candidates, key=lambda candidate: candidate[:2])

    labels = np.asarray(test.labels)
    probabilities = model.predict_proba(encoder.transform(windows(test)))[:, 1]
    predictions, everywhere = (probabilities >= threshold).astype(np.int32), np.ones_like(labels)
    precision, recall, f05 = precision_recall_f_beta(labels, predictions, positive=1, beta=0.5)
    tried = ", ".join(f"{value:g}" for value in REGULARISATIONS)
    return {
        "system": "word window + logistic regression",
        "description": f"a word and its {_REACH} neighbours on each side, logistic regression with C = {chosen:g} "
        f"(among {tried}) and decision threshold {threshold:.3f}, both chosen on dev by F0.5",
        "chosen": {"C": chosen, "threshold": threshold},
        "dev": {"f05": -negative},
        "test": {"precision": precision, "recall": recall, "f05": f05},
        "interval": BOOTSTRAP,
        "rows": [_row(labels, found, test.offsets) for found in (predictions, everywhere)],
    }


def windows(split):
    """Each token with its neighbours in the sentence.

    Args:
        split (data_prep.corpus.Split)

    Returns:
        numpy.ndarray: int32 (tokens, 5), ids; -1 outside the sentence.
    """
    ids = np.asarray(split.ids)
    sentences = np.repeat(np.arange(len(split)), split.lengths)
    columns = np.full((len(ids), 2 * _REACH + 1), _OUTSIDE, dtype=np.int32)
    for column, shift in enumerate(range(-_REACH, _REACH + 1)):
        there = np.arange(len(ids)) + shift
        inside = (there >= 0) & (there < len(ids))
        inside[inside] = sentences[there[inside]] == sentences[inside]
        columns[inside, column] = ids[there[inside]]
    return columns


def best_threshold(labels, probabilities):
    """The threshold with the highest F0.5: (F0.5 in percent, threshold).

    Args:
        labels (numpy.ndarray): (tokens,), 1 for an error.
        probabilities (numpy.ndarray): (tokens,), of an error.
    """
    precision, recall, thresholds = precision_recall_curve(labels, probabilities)
    scores = 1.25 * precision * recall / np.maximum(0.25 * precision + recall, 1e-12)
    best = scores[:-1].argmax()
    return 100 * float(scores[best]), float(thresholds[best])


def _row(labels, predictions, offsets):
    _, _, f05 = precision_recall_f_beta(labels, predictions, positive=1, beta=0.5)
    low, high = bootstrap_f05(labels, predictions, offsets)
    return {"value": f05, "low": low, "high": high}
