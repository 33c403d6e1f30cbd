"""Label leaking: runs whose perturbation made the training documents easier instead of harder.

A perturbation of labelled text is made with the labels.  Where the network reads them off it, the perturbed cross-entropy is
below the clean one of the same documents (Kurakin et al. 2017), and the method trains on something else than meant.
"""
from foundation.storage import files
from foundation.storage.run_folder import RunFolder
from interpretable_adv.methods import METHODS
from results.logs import read_curve, read_log
from results.runs import read_configuration, setting_of

MARK = "§"
#: What training logs call the perturbed minus the clean cross-entropy of the same labelled documents, without lambda.
OBSERVATION = "perturbed_minus_clean"
_OURS = "Ours (mean ± sd)"


def read_difference(folder):
    """The perturbed minus the clean cross-entropy of the same training documents by epoch.

    Runs of the AdvT family made before training logged it have their two losses, which are of the same documents.

    Args:
        folder (pathlib.Path): of a run.

    Returns:
        numpy.ndarray float (epochs,), or None where the run has none: no perturbation, or one of unlabelled documents.

    Raises:
        UserError: the run has no ``config.json``.
        DamagedFileError: log or configuration cannot be read.
    """
    first = read_log(folder)[0]
    if OBSERVATION in first:
        return read_curve(folder, OBSERVATION)
    configuration = read_configuration(folder)
    method, weight = METHODS.get(configuration.get("method")), setting_of(configuration, "perturbation.loss_weight")
    if not method or method.divergence != "cross_entropy" or not weight or not {"loss", "perturbed_loss"} <= set(first):
        return None
    return read_curve(folder, "perturbed_loss") / weight - read_curve(folder, "loss")


def mean_difference(folder):
    """The mean of :func:`read_difference` over the epochs up to and including the best one, whose weights are scored (float).

    Below zero the labels leaked.  None where the run has no difference, or no log.
    """
    run = RunFolder(folder)
    difference = read_difference(folder) if run.log.is_file() else None
    if difference is None:
        return None
    return float(difference[:files.read_json(run.metrics).get("best_epoch")].mean())


def mark_leaks(cells, frame, setting):
    """Mark the rows of a table of which a run leaked labels.

    Args:
        cells (pandas.DataFrame): str, the table as shown, one line for each of ``frame``; is not changed.
        frame (pandas.DataFrame): of :func:`results.comparison.compare`.
        setting (results.setting.Setting)

    Returns:
        the cells, with :data:`MARK` at our number, and what is to stand below the table (list of str).
    """
    cells, rows = cells.copy(), []
    for place, line in enumerate(frame.to_dict("records")):
        seeds = _leaking_seeds(line, setting) if isinstance(line["seeds"], str) else []
        if seeds:
            cells.iloc[place, cells.columns.get_loc(_OURS)] += MARK
            where = f" on {line['corpus']}" if frame["corpus"].nunique() > 1 else ""
            rows.append(f"{line['title'].split(' [')[0]}{where} (seed{'s' * (len(seeds) > 1)} {', '.join(seeds)})")
    notes = [f"{MARK} perturbation easier than the clean text: labels leak. Cross-entropy of the training documents with the "
             "perturbation minus that without, on average over the epochs up to the best one, is below zero: "
             f"{', '.join(rows)}"] if rows else []
    return cells, notes


def _leaking_seeds(line, setting):
    parent = setting.out / "runs" / line["corpus"] / setting.recipe / setting.scale / line["method"]
    means = {seed: mean_difference(parent / f"seed-{seed}") for seed in line["seeds"].split()}
    return [seed for seed, mean in means.items() if mean is not None and mean < 0]
