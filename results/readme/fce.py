"""Table 6 on FCE-public at the paper's size (``measured/fce-paper``)."""

import functools

import numpy as np
import pandas

from iadv_foundation.storage.run_folder import RunFolder

from ..differences import Spread
from ..document import MISSING
from ..published import load
from ..seeds import SeedVariance
from ..significance import BASELINE, Column
from ..study import Study
from ..tables.methods_table import comparison_document
from .blocks import table
from .run_lines import best_dev, labelling_runs, seconds_of, seeds, title_of

FOLDER = "fce-paper"
_RUNS = "runs/fce/paper/paper"
#: Rows with another epsilon: folder, method, what is said of it.
OTHER_EPSILON = (("epsilon-1", "advt", ", epsilon 1"), ("epsilon-3", "iadvt", ", epsilon 3"))
_EPOCHS = 10
_TABLE = f"{_RUNS}/{{}}/seed-{{}}"
#: What a word is and what the vectors do: text, vectors trained on, folder.
_WORDS = (
    ("lower-cased, words seen once are `<unk>`, digits kept", "FCE, Amazon", "ablation/control"),
    ("case kept (`--keep-case`)", "FCE, Amazon", "ablation/case"),
    ("every word of train has a vector of its own (`--minimum-count 1`)", "FCE, Amazon", "ablation/count1"),
    ("words seen fewer than 5 times are `<unk>` (`--minimum-count 5`)", "FCE, Amazon", "ablation/count5"),
    ("digits become 0 (`--digits-to-zero`)", "FCE, Amazon", "ablation/digits"),
    ("vectors are not trained (`--set training.train_embeddings=false`)", "all three", "ablation/frozen"),
    ("embeddings start at random (`--set training.initialise=random`)", "none", "ablation/random-start"),
    *((f"*the baseline of the table, seed {seed}*", "all three", _TABLE.format("baseline", seed)) for seed in range(3)),
)
#: Rows with perturbations, seed 0: method, text, folder, epochs that are looked at.
_ROWS = (
    ("baseline", "of the table", _TABLE.format("baseline", 0), _EPOCHS),
    ("baseline", "recipe `authors`", "ablation/authors-baseline", _EPOCHS),
    ("advt", "epsilon 1", f"epsilon-1/{_TABLE.format('advt', 0)}", _EPOCHS),
    ("advt", "epsilon 5 (of the table)", _TABLE.format("advt", 0), _EPOCHS),
    ("advt", "epsilon 15", "ablation/advt-epsilon-15", _EPOCHS),
    ("advt", "recipe `authors`, epsilon 5", "ablation/authors-advt", _EPOCHS),
    ("iadvt", "epsilon 3", f"epsilon-3/{_TABLE.format('iadvt', 0)}", _EPOCHS),
    ("iadvt", "epsilon 15 (of the table)", _TABLE.format("iadvt", 0), _EPOCHS),
    ("iadvt", "recipe `authors`, epsilon 15", "ablation/authors-iadvt", _EPOCHS),
    ("iadvt", "epsilon 3, of 8 epochs", f"epsilon-3/{_TABLE.format('iadvt', 0)}", 8),
    ("iadvt", "epsilon 3, 5 neighbours instead of 10, of 8 epochs", "ablation/neighbours-5", 8),
)


def documents(measured):
    """The tables that stand beside the records: (results.document.Document, folder) each."""
    folder = measured / FOLDER
    yield _document(folder), folder
    for name, _, _ in OTHER_EPSILON:
        yield _document(folder / name), folder / name


@functools.cache
def _document(folder):
    """Table 6 of the runs under a folder.

    Cached, since every block looks at it and records do not change meanwhile.
    """
    return comparison_document(load().comparison(6), Study(folder, "paper", "paper"))


def _results(measured):
    """Each row of the table with its name, its line of the document and its runs (list of tuple)."""
    folder = measured / FOLDER
    main = _document(folder)
    asked = [("", method, "", main) for method in main.raw["method"].dropna()]
    asked += [(name, method, suffix, _document(folder / name)) for name, method, suffix in OTHER_EPSILON]
    found = []
    for _, method, suffix, document in asked:
        place = int(np.flatnonzero(document.raw["method"] == method)[0])
        runs = document.attached["runs"]
        found.append((title_of(method) + suffix, method, document.cells.iloc[place], runs[runs["method"] == method]))
    return found


def main_table(measured):
    """Published and ours, on test and on dev."""
    dev = dict(dev_differences(measured))
    rows = []
    for name, _, cells, runs in _results(measured):
        over = cells["Over baseline"] if cells["p"] == MISSING else f"{cells['Over baseline']}, p = {cells['p']}"
        deviation = f" ± {runs['dev_f05'].std(ddof=1):.2f}" if len(runs) > 1 else ""
        rows.append(
            [
                name,
                cells["Published"].strip("*"),
                cells["Ours (mean ± sd)"],
                cells["n"],
                over.replace("= <", "< "),
                cells["Verdict"],
                f"{runs['dev_f05'].mean():.2f}{deviation}",
                _shown(dev.get(name)),
            ]
        )
    return table(
        [
            "row",
            "published F0.5",
            "ours, test F0.5",
            "seeds",
            "test, over the baseline",
            "published number",
            "dev F0.5",
            "dev, over the baseline",
        ],
        rows,
    )


def dev_differences(measured):
    """Each row's mean dev F0.5 minus the baseline's, by seeds alone, with one variance for all rows.

    Returns:
        list of (str, results.differences.Difference); rows with one seed are left out.
    """
    results = _results(measured)
    variance = SeedVariance.pooled(values for _, values in dev_results(measured))
    baseline = next(runs for _, method, _, runs in results if method == BASELINE)["dev_f05"]
    found = []
    for name, method, _, runs in results:
        if method != BASELINE and len(runs) > 1:
            spread = Spread.of(0.0, 1 / len(runs) + 1 / len(baseline), variance)
            found.append((name, spread.around(float(runs["dev_f05"].mean() - baseline.mean()))))
    return found


def epsilon_effect(measured):
    """AdvT with epsilon 1 minus AdvT with the paper's, on test and on dev: (Difference, Difference)."""
    folder, methods = measured / FOLDER, load().comparison(6).methods
    name, method, suffix = OTHER_EPSILON[0]
    column = Study(folder, "paper", "paper").runs(["fce"], methods)
    other = Study(folder / name, "paper", "paper").runs(["fce"], [method]).assign(method=name)
    test = Column(pandas.concat([column, other])).difference({name: 1, method: -1})
    dev = dict(dev_results(measured))
    one, two = dev[title_of(method) + suffix], dev[title_of(method)]
    spread = Spread.of(0.0, 1 / len(one) + 1 / len(two), SeedVariance.pooled(dev.values()))
    return test, spread.around(float(one.mean() - two.mean()))


def dev_results(measured):
    """Each row's dev F0.5 seed by seed (list of (str, pandas.Series))."""
    return [(name, runs["dev_f05"]) for name, _, _, runs in _results(measured)]


def _shown(found):
    if found is None:
        return MISSING
    p = "p < 0.001" if found.p < 0.001 else f"p = {found.p:.3f}"
    return f"{found.difference:+.2f} [{found.low:+.2f}, {found.high:+.2f}], {p}"


def findings(measured):
    """What the table says on all rows together: contrast, verdicts, seeds and power."""
    document = _document(measured / FOLDER)
    notes = [
        note
        for start in ("Contrast", "Verdicts", "Standard deviation")
        for note in document.notes
        if note.startswith(start)
    ]
    test, dev = epsilon_effect(measured)
    notes.insert(1, f"AdvT with epsilon 1 minus AdvT with 5: test {_shown(test)}; dev {_shown(dev)}")
    counted = ", ".join(
        f"{number} {verdict}" for verdict, number in orderings(measured)["verdict"].value_counts().items()
    )
    power = next(line for line in document.to_markdown().splitlines() if "published gaps" in line).removeprefix("- ")
    return "\n".join(f"- {note}." for note in (*notes, f"Published orderings: {counted}. {power}"))


def orderings(measured):
    """The published orders of two rows each, and whether they hold (pandas.DataFrame)."""
    return _document(measured / FOLDER).orderings


def all_runs(measured):
    """Seed by seed, with the paper's epsilon."""
    methods = _document(measured / FOLDER).raw["method"].dropna()
    return labelling_runs(folder for method in methods for folder in seeds(measured / FOLDER / _RUNS / method))


def first_runs(measured):
    """The rows of other papers as measured before."""
    return labelling_runs(
        folder
        for method in ("bilstm-skipgram", "bilstm-gwe")
        for folder in seeds(measured / FOLDER / "first-runs" / method)
    )


def epsilon_runs(measured):
    """Seed by seed, with another epsilon."""
    return labelling_runs(
        (folder, suffix)
        for name, method, suffix in OTHER_EPSILON
        for folder in seeds(measured / FOLDER / name / _RUNS / method)
    )


def decay_runs(measured):
    """With the learning rate multiplied by 0.9998 at every update."""
    folders = [
        ("baseline", ""),
        ("random", ""),
        ("advt", ""),
        ("iadvt", ""),
        ("vat", ""),
        ("advt-epsilon-1", ", epsilon 1"),
    ]
    return labelling_runs(
        (folder, suffix) for name, suffix in folders for folder in seeds(measured / FOLDER / "decay-0.9998" / name)
    )


def words(measured):
    """What is a word, and what the vectors do: best dev F0.5 of the baseline."""
    rows = [[text, vectors, *_best(measured / FOLDER / folder, _EPOCHS)] for text, vectors, folder in _WORDS]
    return table(["variant", "vectors trained on", f"best dev F0.5 of {_EPOCHS} epochs", "at epoch"], rows, left=2)


def perturbed_rows(measured):
    """The same of rows with perturbations; one that was not run is left out."""
    rows = [
        [title_of(method), text, *_best(measured / FOLDER / folder, epochs)]
        for method, text, folder, epochs in _ROWS
        if RunFolder(measured / FOLDER / folder).log.is_file()
    ]
    return table(["row", "variant", "best dev F0.5", "at epoch"], rows, left=2)


def _best(folder, epochs):
    value, epoch, number = best_dev(folder, epochs)
    return f"{value:.2f}", f"{epoch} of {number}"


def hours(measured):
    """Training time of the runs that have one (str)."""
    folder = measured / FOLDER
    total = {
        name: sum(seconds_of(path.parent) for path in sorted((folder / name).rglob("timing.json"))) / 3600
        for name in ("runs", "epsilon-1", "epsilon-3", "first-runs", "decay-0.9998", "vectors")
    }
    number = sum(len(seeds(path)) for path in (folder / _RUNS).iterdir())
    return (
        f"Training took {total['runs']:.1f} core-hours for the {number} runs of the first table, "
        f"{total['epsilon-1'] + total['epsilon-3']:.1f} for those with another epsilon, {total['decay-0.9998']:.1f} "
        f"for those with decay, {total['first-runs']:.1f} for the first runs and {total['vectors']:.1f} for the "
        "vectors."
    )


BLOCKS = {
    "fce": main_table,
    "fce-findings": findings,
    "fce-runs": all_runs,
    "fce-first-runs": first_runs,
    "fce-epsilon-runs": epsilon_runs,
    "fce-decay-runs": decay_runs,
    "fce-words": words,
    "fce-rows": perturbed_rows,
    "fce-hours": hours,
}
