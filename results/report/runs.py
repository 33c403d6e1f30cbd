"""The runs that the report is about, and what a reader needs to judge or repeat each of them."""
import re

import pandas

from foundation.storage import files
from foundation.storage.run_folder import RunFolder
from interpretable_adv.methods import METHODS
from results.published import load
from results.runs import collect

_SHOWN_DIGITS = 12  # of a SHA-256


def find_runs(setting):
    """All finished runs of a setting, those on the corpora of the paper's tables first.

    Args:
        setting (results.setting.Setting)

    Returns:
        pandas.DataFrame: lines of :func:`results.runs.collect`, and ``anchor`` (str), the place of the run on the page.

    Raises:
        DamagedFileError: a finished run cannot be read.
    """
    known = [setting.corpus_for(dataset.name) for dataset in load().datasets]
    there = sorted(path.parent.parent.name for path in setting.out.glob(f"runs/*/{setting.recipe}/{setting.scale}"))
    corpora = [corpus for corpus in dict.fromkeys([*known, *there]) if corpus in there]
    runs = collect(setting, corpora, METHODS)
    return runs.assign(anchor=[anchor(*identity) for identity in zip(runs["corpus"], runs["method"], runs["seed"])])


def anchor(corpus, method, seed=None):
    """Where a run stands on the page, or the first of a method's runs on a corpus (str)."""
    parts = ["run", corpus, method, *([] if seed is None else [str(seed)])]
    return re.sub(r"[^a-z0-9-]", "-", "-".join(parts).lower())


def describe(run):
    """One run as the page shows it.

    Args:
        run (dict): a line of :func:`find_runs`.

    Returns:
        dict: ``title``, ``anchor``, ``method``, ``value`` (str each) and ``facts``, a dict of name to value (str); what a run
        does not record is left out.

    Raises:
        UserError: its metrics or environment are missing.
        DamagedFileError: they cannot be read.
    """
    folder = RunFolder(run["folder"])
    metrics, environment = files.read_json(folder.metrics), files.read_json(folder.environment)
    timing = files.read_json(folder.timing) if folder.timing.is_file() else {}
    machine, versions = environment.get("machine", {}), environment.get("versions", {})
    seconds = timing.get("training_seconds")
    facts = {
        "Test": _scores(metrics["test"]),
        "Dev": _scores(metrics["dev"]),
        "Best epoch": f"{metrics['best_epoch']} of {metrics['epochs']} ({metrics['updates']:,} updates)",
        "Training time": None if seconds is None else f"{seconds:,.0f} s",
        "Seed": str(run["seed"]),
        "Commit": _commit(environment),
        "Machine": ", ".join(filter(None, [machine.get("processor"), f"{machine.get('cores')} cores", machine.get("system")])),
        "Device": environment.get("device"),
        "Versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
        "Settings of its own": "; ".join(run["changed"]) or None,
        "Corpus SHA-256": str(run["preparation"])[:_SHOWN_DIGITS],
        "Weights SHA-256": files.digest_of_file(folder.best)[:_SHOWN_DIGITS] if folder.best.is_file() else "not at hand",
        "Command": environment.get("command"),
    }
    return {"title": f"{METHODS[run['method']].title}, seed {run['seed']}", "anchor": run["anchor"], "method": run["method"],
            "value": f"{run['value']:.2f}", "facts": {name: value for name, value in facts.items() if value}}


def _scores(scores):
    if "f05" in scores:
        return f"F0.5 {scores['f05']:.2f} % (precision {scores['precision']:.2f}, recall {scores['recall']:.2f})"
    return f"error rate {scores['error_rate']:.2f} % ({scores['errors']:,} errors)"


def _commit(environment):
    commit = environment.get("git_commit")
    changed = " with uncommitted changes" if environment.get("git_changed") else ""
    return f"{commit[:_SHOWN_DIGITS]}{changed}" if commit else None


def by_corpus(runs):
    """The runs as sections of the page: list of dict with ``corpus`` and ``runs`` (list of dict, see :func:`describe`)."""
    return [{"corpus": corpus, "runs": [describe(run) for run in lines.to_dict("records")]}
            for corpus, lines in runs.groupby("corpus", sort=False)]


def seeds_of(runs):
    """Seeds of some runs, for a sentence (str)."""
    seeds = sorted(set(runs["seed"]))
    return f"seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}"


def titles(methods):
    """Method -> title, in the registry's order (dict of str to str)."""
    wanted = set(pandas.unique(methods))
    return {name: method.title for name, method in METHODS.items() if name in wanted}
