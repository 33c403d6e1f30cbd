"""The runs that the report is about, and what a reader needs to judge or repeat each of them."""

import re

import pandas

from iadv_foundation.storage import files

from ..rows import ROWS

_SHOWN_DIGITS = 12  # of a SHA-256


def find_runs(study, corpora=None, methods=None):
    """The finished runs that a page is about, those on the corpora of the paper's tables first.

    Args:
        study (results.study.Study)
        corpora, methods (iterable of str or None): names; None for all.

    Returns:
        pandas.DataFrame: lines of :meth:`results.study.Study.runs`, and ``anchor`` (str), the place of the run on the
        page.
    """
    runs = study.runs(study.corpora if corpora is None else corpora, methods)
    return runs.assign(
        anchor=[anchor(*identity) for identity in zip(runs["corpus"], runs["method"], runs["seed"], strict=True)]
    )


def anchor(corpus, method, seed=None):
    """Where a run stands on the page, or the first of a method's runs on a corpus (str)."""
    parts = ["run", corpus, method, *([] if seed is None else [str(seed)])]
    return re.sub(r"[^a-z0-9-]", "-", "-".join(parts).lower())


def describe(run):
    """One run as the page shows it.

    Args:
        run (dict): a line of :func:`find_runs`.

    Returns:
        dict: ``title``, ``anchor``, ``method``, ``value`` (str each) and ``facts``, a dict of name to value (str);
        what a run does not record is left out.
    """
    finished = run["run"]
    folder, metrics, environment, timing = finished.files, finished.record, finished.environment, finished.timing
    machine, versions = environment.get("machine", {}), environment.get("versions", {})
    cores = f"{machine['cores']} cores" if "cores" in machine else None
    seconds = timing.get("training_seconds")
    facts = {
        "Test": _scores(metrics["test"]),
        "Dev": _scores(metrics.get("dev", {})),
        "Best epoch": f"{metrics['best_epoch']} of {metrics['epochs']} ({metrics['updates']:,} updates)"
        if {"best_epoch", "epochs", "updates"} <= set(metrics)
        else None,
        "Training time": None if seconds is None else f"{seconds:,.0f} s",
        "Seed": str(run["seed"]),
        "Commit": _commit(environment),
        "Machine": ", ".join(filter(None, [machine.get("processor"), cores, machine.get("system")])),
        "Device": environment.get("device"),
        "Versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
        "Settings of its own": "; ".join(run["changed"]) or None,
        "Corpus SHA-256": str(run["preparation"])[:_SHOWN_DIGITS],
        "Weights SHA-256": files.digest_of_file(folder.best)[:_SHOWN_DIGITS]
        if folder.best.is_file()
        else "not at hand",
        "Command": environment.get("command"),
    }
    return {
        "title": f"{ROWS[run['method']].title}, seed {run['seed']}",
        "anchor": run["anchor"],
        "method": run["method"],
        "value": f"{run['value']:.2f}",
        "facts": {name: value for name, value in facts.items() if value},
    }


def _scores(scores):
    """Scores of a split in words (str); None where there are none."""
    if "f05" in scores:
        parts = [f"{name} {scores[name]:.2f}" for name in ("precision", "recall") if name in scores]
        return f"F0.5 {scores['f05']:.2f} %" + (f" ({', '.join(parts)})" if parts else "")
    if "error_rate" in scores:
        errors = f" ({scores['errors']:,} errors)" if "errors" in scores else ""
        return f"error rate {scores['error_rate']:.2f} %{errors}"
    return None


def _commit(environment):
    commit = environment.get("git_commit")
    changed = " with uncommitted changes" if environment.get("git_changed") else ""
    return f"{commit[:_SHOWN_DIGITS]}{changed}" if commit else None


def by_corpus(runs):
    """The runs as sections of the page: list of dict with ``corpus`` and ``runs`` (list of dict, see
    :func:`describe`).
    """
    return [
        {"corpus": corpus, "runs": [describe(run) for run in lines.to_dict("records")]}
        for corpus, lines in runs.groupby("corpus", sort=False)
    ]


def seeds_of(runs):
    """Seeds of some runs, for a sentence (str)."""
    seeds = sorted(set(runs["seed"]))
    return f"seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}"


def titles(methods):
    """Method -> title, in the registry's order (dict of str to str)."""
    wanted = set(pandas.unique(methods))
    return {name: method.title for name, method in ROWS.items() if name in wanted}
