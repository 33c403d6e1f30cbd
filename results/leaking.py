"""Label leaking: runs whose perturbation made the training documents easier instead of harder.

A perturbation of labelled text is made with the labels.  Where the network reads them off it, the perturbed
cross-entropy is below the clean one of the same documents (Kurakin et al. 2017), and the method trains on something
else than meant.
"""

from interpretable_adv.methods import METHODS

from .logs import OBSERVATION, curve_of
from .settings_used import setting_of

MARK = "§"
_OURS = "Ours (mean ± sd)"


def read_difference(run):
    """The perturbed minus the clean cross-entropy of the same training documents by epoch.

    Runs of the AdvT family made before training logged it have their two losses, which are of the same documents.

    Args:
        run (results.runs.Run)

    Returns:
        numpy.ndarray float (epochs,), or None where the run has none: no perturbation, or one of unlabelled documents.

    Raises:
        UserError: the run has no ``config.json``.
        DamagedFileError: log or configuration cannot be read.
    """
    first = run.log[0]
    if OBSERVATION in first:
        return curve_of(run, OBSERVATION)
    configuration = run.configuration
    method, weight = METHODS.get(configuration.get("method")), setting_of(configuration, "perturbation.loss_weight")
    if not method or method.divergence != "cross_entropy" or not weight or not {"loss", "perturbed_loss"} <= set(first):
        return None
    return curve_of(run, "perturbed_loss") / weight - curve_of(run, "loss")


def mean_difference(run):
    """The mean of :func:`read_difference` over the epochs up to and including the best one,
    whose weights are scored (float).

    Below zero the labels leaked.  None where the run has no difference, or no log.
    """
    difference = read_difference(run) if run.files.log.is_file() else None
    return None if difference is None else float(difference[: run.record.get("best_epoch")].mean())


def mark_leaks(cells, frame, columns):
    """Mark the rows of a table of which a run leaked labels.

    Args:
        cells (pandas.DataFrame): str, the table as shown, one line for each of ``frame``; is not changed.
        frame (pandas.DataFrame): of :func:`results.comparison.compare`.
        columns (dict of str to results.significance.Column): data set -> its runs.

    Returns:
        the cells, with :data:`MARK` at our number, and what is to stand below the table (list of str).
    """
    cells, rows = cells.copy(), []
    for place, line in enumerate(frame.to_dict("records")):
        seeds = _leaking_seeds(columns[line["dataset"]].runs, line["method"]) if isinstance(line["seeds"], str) else []
        if seeds:
            cells.iloc[place, cells.columns.get_loc(_OURS)] += MARK
            where = f" on {line['corpus']}" if frame["corpus"].nunique() > 1 else ""
            rows.append(f"{line['title'].split(' [')[0]}{where} (seed{'s' * (len(seeds) > 1)} {', '.join(seeds)})")
    notes = (
        [
            f"{MARK} perturbation easier than the clean text: labels leak. Cross-entropy of the training documents "
            "with the perturbation minus that without, on average over the epochs up to the best one, is below zero: "
            f"{', '.join(rows)}"
        ]
        if rows
        else []
    )
    return cells, notes


def _leaking_seeds(runs, method):
    own = runs[runs["method"] == method]
    means = {str(seed): mean_difference(run) for seed, run in zip(own["seed"], own["run"], strict=True)}
    return [seed for seed, mean in means.items() if mean is not None and mean < 0]
