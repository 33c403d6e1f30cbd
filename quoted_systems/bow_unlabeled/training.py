"""Training of ``bow-unlabeled``: word vectors in turns, after each turn a support vector machine,
the best one on dev kept.
"""

import dataclasses
import sys
import time

import numpy as np
from scipy import sparse
from sklearn.svm import LinearSVC

from iadv_foundation.errors import TimeLimitReached
from iadv_foundation.storage import files
from interpretable_adv.evaluation import error_rate
from quoted_systems.bow_unlabeled.features import features, inverse_document_frequencies
from quoted_systems.bow_unlabeled.joint_model import JointModel, Weights, balanced_class_counts
from quoted_systems.run import Outcome
from quoted_systems.texts import LEARNT_FROM, Words

_KIND = {"kind": "joint word vectors"}


@dataclasses.dataclass(eq=False)
class State:
    """All that a killed run goes on from.

    Attributes:
        weights (quoted_systems.bow_unlabeled.joint_model.Weights)
        thetas (numpy.ndarray): float32 (documents, D).
        log (list of dict): of the turns that are over.
        seconds (float): they took.
    """

    weights: Weights
    thetas: np.ndarray
    log: list
    seconds: float = 0.0

    def save(self, path):
        """Write it to a file."""
        files.save_arrays(
            path,
            {**dataclasses.asdict(self.weights), "thetas": self.thetas},
            {**_KIND, "log": self.log, "seconds": self.seconds},
        )

    @classmethod
    def load(cls, path):
        """What :meth:`save` wrote.

        Raises:
            DamagedFileError: it is truncated or altered.
        """
        arrays, metadata = files.load_arrays(path)
        thetas = arrays.pop("thetas")
        return cls(Weights(**arrays), thetas, metadata["log"], metadata["seconds"])


class Classifier:
    """A linear support vector machine on :func:`quoted_systems.bow_unlabeled.features.features`.

    Args:
        vectors, idf (numpy.ndarray): (V, D) and (V,).
        coefficients (numpy.ndarray): (1, D + V) for two classes, (K, D + V) for more.
        intercepts (numpy.ndarray): (1,) or (K,).
    """

    def __init__(self, vectors, idf, coefficients, intercepts):
        self.vectors, self.idf, self.coefficients, self.intercepts = vectors, idf, coefficients, intercepts

    def predict(self, counts):
        """Classes, int (documents,), of documents with these word counts (scipy.sparse.csr_matrix)."""
        margins = features(counts, self.vectors, self.idf) @ self.coefficients.T + self.intercepts
        return (margins[:, 0] > 0).astype(int) if margins.shape[1] == 1 else margins.argmax(axis=1)


def train(job):
    """Train, or go on training.

    Args:
        job (quoted_systems.run.Job)

    Returns:
        quoted_systems.run.Outcome

    Raises:
        UserError: no word is left to learn from.
        TimeLimitReached: the time limit is over; a snapshot holds all of it.
    """
    settings = job.settings.joint_vectors
    words = Words.of(job.corpus, settings.words, settings.dropped_words)
    counts = {name: words.counts_in(split).astype(np.float32) for name, split in job.corpus.splits.items()}
    labels = {name: np.asarray(job.corpus.splits[name].labels) for name in ("train", "dev")}
    model = JointModel(
        sparse.vstack([counts[name] for name in LEARNT_FROM], format="csr"),
        balanced_class_counts(counts["train"], labels["train"], len(job.corpus.classes)),
        settings.document_prior,
        settings.word_prior,
        settings.sentiment_weight,
    )
    idf = inverse_document_frequencies(model.counts)
    state = _start(job, model, words)
    while len(state.log) < settings.alternations:
        _turn(job, model, state, counts, labels, idf)
        if job.deadline.is_over and len(state.log) < settings.alternations:
            raise TimeLimitReached(
                f"stopped at the time limit of {job.deadline.seconds:g} s, after {len(state.log)} of "
                f"{settings.alternations} turns; repeat the command to go on"
            )
    best = min(range(len(state.log)), key=lambda turn: state.log[turn]["dev/error_rate"])
    classifier = Classifier(**files.load_arrays(job.run.best)[0])
    unknown = int((counts["test"].getnnz(axis=1) == 0).sum())
    return Outcome(
        classifier.predict(counts["dev"]),
        classifier.predict(counts["test"]),
        None,
        best + 1,
        len(state.log),
        len(state.log),
        state.seconds,
        {
            "chosen": {"svm_regularisation": state.log[best]["svm_regularisation"]},
            "words": len(words),
            "test_documents_without_known_words": unknown,
        },
    )


def _start(job, model, words):
    """The state of the snapshot, or that of a new run."""
    if job.run.snapshot.is_file():
        return State.load(job.run.snapshot)
    size = job.settings.joint_vectors.size
    weights = Weights.start(words.counts, size, len(job.corpus.classes), job.seed)
    return State(weights, np.zeros((model.counts.shape[0], size), np.float32), [])


def _turn(job, model, state, counts, labels, idf):
    """One turn: vectors of documents, vectors of words, a support vector machine; written down."""
    settings, started = job.settings.joint_vectors, time.perf_counter()
    model.improve_documents(state.weights, state.thetas, settings.newton_steps)
    state.weights, objective = model.improve_words(state.weights, state.thetas, settings.word_steps)
    error, regularisation, classifier = fit_svm(
        job.settings.svm.regularisations, state.weights.vectors, idf, counts, labels
    )
    if all(error < entry["dev/error_rate"] for entry in state.log):
        files.save_arrays(job.run.best, vars(classifier), _KIND)
    state.seconds += time.perf_counter() - started
    state.log.append(
        {
            "epoch": len(state.log) + 1,
            "dev/error_rate": error,
            "svm_regularisation": regularisation,
            "objective_per_word": objective / float(model.lengths.sum(dtype=np.float64)),
            "elapsed_time": round(state.seconds, 3),
        }
    )
    job.run.write_log(state.log)
    state.save(job.run.snapshot)
    if not job.quiet:
        print(
            f"{job.label}: turn {len(state.log)}/{settings.alternations}  objective per word "
            f"{state.log[-1]['objective_per_word']:.4f}  dev/error_rate {error:.2f}  C {regularisation:g}  "
            f"{state.seconds:.0f} s",
            file=sys.stderr,
            flush=True,
        )


def fit_svm(regularisations, vectors, idf, counts, labels):
    """Fit support vector machines and keep the one that errs least on dev.

    Args:
        regularisations (iterable of float): values of C.
        vectors, idf (numpy.ndarray): (V, D) and (V,).
        counts (dict of str to scipy.sparse.csr_matrix): of the splits ``train`` and ``dev``.
        labels (dict of str to numpy.ndarray): the same.

    Returns:
        dev error in percent, C, and the :class:`Classifier`; of equal errors the smallest C.
    """
    fitted = []
    train = features(counts["train"], vectors, idf)
    for regularisation in sorted(regularisations):
        svm = LinearSVC(C=regularisation, random_state=0).fit(train, labels["train"])
        classifier = Classifier(vectors, idf, svm.coef_, svm.intercept_)
        fitted.append((error_rate(labels["dev"], classifier.predict(counts["dev"])), regularisation, classifier))
    return min(fitted, key=lambda one: one[0])
