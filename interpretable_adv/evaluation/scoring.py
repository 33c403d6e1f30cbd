"""Score a finished run's best weights on a split."""

from iadv_foundation.console.cli import closest
from interpretable_adv.documents import LABELLED
from interpretable_adv.evaluation.prediction import describe, measure, predict
from interpretable_adv.trained import open_run


def evaluate(folder, split, device=-1, out="out", unfinished=False):
    """Score a run on ``split`` (``train``, ``dev`` or ``test``).

    Returns:
        (str, dict): one line; the same with every digit, as JSON can hold it: ``run``, ``checkpoint_sha256``,
        ``corpus``, ``corpus_sha256``, ``split``, ``documents`` and what
        :func:`interpretable_adv.evaluation.prediction.measure` gives.

    Raises:
        UserError: see :func:`interpretable_adv.trained.open_run`.
    """
    closest(split, LABELLED, "split")
    run = open_run(folder, device, out, unfinished)
    documents = run.documents(split)
    result = measure(documents, predict(run.network, documents), run.traits.majority)
    record = {
        "run": run.title,
        "checkpoint_sha256": run.checkpoint_sha256,
        "corpus": run.traits.name,
        "corpus_sha256": run.traits.sha256,
        "split": split,
        "documents": len(documents),
        **result,
    }
    return f"{run.title}, {split}: {describe(result)}", record
