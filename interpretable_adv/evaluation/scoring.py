"""Score a finished run's best weights on a split."""
from foundation.console.cli import closest
from interpretable_adv.documents import LABELLED
from interpretable_adv.evaluation import majority_class
from interpretable_adv.evaluation.prediction import describe, labels_of, measure, predict
from interpretable_adv.trained import open_run


def evaluate(folder, split, device=-1):
    """Score a run on ``split`` (``train``, ``dev`` or ``test``).

    Returns:
        str: one line.

    Raises:
        UserError: see :func:`interpretable_adv.trained.open_run`.
    """
    closest(split, LABELLED, "split")
    run = open_run(folder, device)
    documents = run.documents(split)
    majority = majority_class(labels_of(run.documents("train")))
    return f"{run.title}, {split}: {describe(measure(documents, predict(run.network, documents), majority))}"
