"""Linear text classification: TF-IDF of words and word pairs, logistic regression."""

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from interpretable_adv.evaluation import error_rate, majority_class

from ..intervals import WILSON, wilson

REGULARISATIONS = (1.0, 3.0, 10.0, 30.0)  # C: the larger, the weaker
_MINIMUM_DOCUMENTS = 2


def fit_and_score(corpus):
    """Fit on train, choose C on dev, score test once.

    Args:
        corpus (data_prep.corpus.Corpus): of the task classification.

    Returns:
        dict: the fields of :class:`results.sanity.record.SanityRecord` that depend on the task.
    """
    vectorizer = TfidfVectorizer(
        tokenizer=_as_it_is,
        preprocessor=_as_it_is,
        token_pattern=None,
        lowercase=False,
        ngram_range=(1, 2),
        min_df=_MINIMUM_DOCUMENTS,
        sublinear_tf=True,
    )
    train = corpus.splits["train"]
    features = vectorizer.fit_transform(_words(corpus, "train"))
    dev_features, dev_labels = vectorizer.transform(_words(corpus, "dev")), np.asarray(corpus.splits["dev"].labels)
    candidates = []
    for regularisation in REGULARISATIONS:
        model = LogisticRegression(C=regularisation, max_iter=1000).fit(features, np.asarray(train.labels))
        candidates.append((error_rate(dev_labels, model.predict(dev_features)), regularisation, model))
    dev_error, chosen, model = min(candidates, key=lambda candidate: candidate[:2])

    labels = np.asarray(corpus.splits["test"].labels)
    errors = int((model.predict(vectorizer.transform(_words(corpus, "test"))) != labels).sum())
    majority_errors = int((labels != majority_class(np.asarray(train.labels))).sum())
    tried = ", ".join(f"{value:g}" for value in REGULARISATIONS)
    return {
        "system": "TF-IDF + logistic regression",
        "description": f"TF-IDF of words and word pairs that occur in at least {_MINIMUM_DOCUMENTS} train documents, "
        f"logistic regression with C = {chosen:g}, chosen on dev among {tried}; majority class: that of train",
        "chosen": {"C": chosen},
        "dev": {"error_rate": dev_error},
        "test": {
            "error_rate": 100 * errors / len(labels),
            "errors": errors,
            "majority_error_rate": 100 * majority_errors / len(labels),
            "majority_errors": majority_errors,
        },
        "interval": WILSON,
        "rows": [_row(count, len(labels)) for count in (errors, majority_errors)],
    }


def _as_it_is(value):
    return value


def _words(corpus, split):
    """The documents of a split as lists of words, one at a time, without the specials."""
    vocabulary = corpus.vocabulary
    for ids, _ in corpus.splits[split]:
        yield [vocabulary.words[number] for number in ids if number >= vocabulary.specials]


def _row(errors, documents):
    low, high = wilson(errors, documents)
    return {"value": 100 * errors / documents, "low": low, "high": high}
