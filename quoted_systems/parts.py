"""What the trainings of several systems have in common: a part that is trained by itself, and the classifier."""

import numpy as np

from iadv_foundation.storage import files
from iadv_foundation.training import fit, load_weights
from interpretable_adv.evaluation import error_rate


def trained_part(job, name, section, model, measure, kind, fit_part):
    """Train a model that a system's classifier starts from, unless that is done.

    Args:
        job (quoted_systems.run.Job)
        name (str): of the part's folder inside the run.
        section (str): the section of the settings that it depends on.
        model (chainer.Link): on the CPU, with its start weights; has its best weights afterwards, on the CPU again.
        measure (str): how the part's record calls the value that chose the best weights.
        kind (str): stored with them.
        fit_part (callable): takes ``run``, ``model``, ``metadata``, ``quiet`` and ``deadline`` as
            :func:`iadv_foundation.training.fit` does, trains the model, now on the job's device, and returns
            iadv_foundation.training.Fitted.

    Returns:
        (float, dict): the seconds that the training took, and the part's record.
    """
    part, metadata = job.part(name, section), {"kind": kind}
    if not part.is_finished:
        model.to_device(job.device)
        fitted = fit_part(run=part, model=model, metadata=metadata, quiet=job.quiet, deadline=job.deadline)
        files.write_json(part.timing, {"training_seconds": round(fitted.seconds, 3)})
        part.finish(
            {
                measure: fitted.best_value,
                "best_epoch": fitted.best_epoch,
                "epochs": fitted.epochs,
                "updates": fitted.updates,
            }
        )
        model.to_device("@numpy")
    load_weights(part.best, model, metadata)
    return files.read_json(part.timing)["training_seconds"], files.read_json(part.metrics)


def fit_classifier(job, model, updater, predict_dev, kind, **options):
    """Train a classifier on labelled documents, on the job's device.

    Args:
        job (quoted_systems.run.Job)
        model (chainer.Link): has its best weights afterwards.
        updater (chainer.training.updaters.StandardUpdater)
        predict_dev (callable): () -> an output for each class of the dev documents, float (documents, classes).
        kind (str): stored with the best weights.
        options: ``max_epochs``, ``patience``, ``words_per_epoch`` and ``extra_extensions`` of
            :func:`iadv_foundation.training.fit`.

    Returns:
        iadv_foundation.training.Fitted
    """
    labels, metadata = np.asarray(job.corpus.splits["dev"].labels), {"kind": kind}
    fitted = fit(
        updater,
        job.run,
        model=model,
        evaluate=lambda: {"dev/error_rate": error_rate(labels, predict_dev().argmax(axis=1))},
        monitor="dev/error_rate",
        metadata=metadata,
        label=job.label,
        quiet=job.quiet,
        deadline=job.deadline,
        **options,
    )
    load_weights(job.run.best, model, metadata)
    return fitted
