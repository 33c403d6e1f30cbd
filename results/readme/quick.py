"""The quick networks on the sample corpora (``measured/quick``): Tables 3, 5 and 6, and what perturbations point to."""

import functools

import pandas

from iadv_foundation.storage import files, seal
from iadv_foundation.storage.run_folder import RunFolder
from interpretable_adv.analysis.records import INTERPRETABILITY, rates

from ..analysed import read_analyses
from ..document import MISSING
from ..published import load
from ..rows import ROWS
from ..study import Study
from ..tables import build
from .blocks import table
from .run_lines import seconds_of, seeds

FOLDER = "quick"
NUMBERS = (3, 5, 6)
#: The table's number -> the data set whose column stands in the texts.
_DATASETS = {3: "imdb", 5: "dbpedia", 6: "fce"}
_SANITY = "linear model on the same split", "majority class of train; every word an error"
_NOTHING = "Not measured."
#: Perturbations at random of the network of this method: what pointing to words is worth by chance.
CHANCE = "vat", "interpretability-test-random.json"


def documents(measured):
    """The tables that stand beside the records: (results.document.Document, folder) each; none where none ran."""
    folder = measured / FOLDER
    for number in map(str, (*NUMBERS, 7, "interpretability")):
        document = _document(folder, number)
        if (folder / "runs").is_dir():
            yield document, folder


@functools.cache
def _document(folder, number):
    return build(number, Study(folder, "paper", "quick"))


def _column(measured, number):
    """The lines of one data set of a table of the paper (pandas.DataFrame)."""
    raw = _document(measured / FOLDER, str(number)).raw
    return raw[raw["dataset"] == _DATASETS[number]]


def _runs(measured, number, method):
    return seeds(measured / FOLDER / "runs" / _corpus(measured, number) / "paper" / "quick" / method)


def _corpus(measured, number):
    return Study(measured / FOLDER, "paper", "quick").corpus_for(_DATASETS[number])


def main_table(measured):
    """Published and ours of three tables side by side, and training times."""
    columns = {number: _column(measured, number) for number in NUMBERS}
    methods = dict.fromkeys(method for column in columns.values() for method in column["method"].dropna())
    rows = [_line(measured, columns, method) for method in methods]
    for place, title in enumerate(_SANITY):
        cells = [cell for number in NUMBERS for cell in ("", _ours(columns[number].iloc[place - 2]))]
        rows.append([title, *cells, ""])
    headings = [
        cell
        for number, measure in zip(NUMBERS, ("error %", "error %", "F0.5"), strict=True)
        for cell in (f"published {load().dataset(_DATASETS[number]).title}", f"`{_corpus(measured, number)}` {measure}")
    ]
    return table(["method", *headings, "seconds"], rows)


def _line(measured, columns, method):
    cells, times = [ROWS[method].title], []
    for number, column in columns.items():
        line = column[column["method"] == method]
        cells += ["", ""] if line.empty else [_published(line["published"].iloc[0]), _ours(line.iloc[0])]
        found = [seconds_of(folder) for folder in _runs(measured, number, method)]
        times.append(f"{sum(found) / len(found):.1f}" if found else MISSING)
    return [*cells, " / ".join(times)]


def _published(number):
    return "" if pandas.isna(number) else str(number)


def _ours(line):
    if pandas.isna(line["mean"]):
        return MISSING
    deviation = "" if pandas.isna(line["std"]) else f" ± {line['std']:.2f}"
    return f"{line['mean']:.2f}{deviation}{'‡' if line['marker'] else ''}"


def all_runs(measured):
    """Run by run: dev and test, epochs, seconds."""
    rows = []
    for number in NUMBERS:
        score = "f05" if number == 6 else "error_rate"
        for method in _column(measured, number)["method"].dropna():
            for folder in _runs(measured, number, method):
                metrics = seal.read(RunFolder(folder).metrics)
                rows.append(
                    [
                        metrics["corpus"],
                        ROWS[method].title,
                        str(metrics["seed"]),
                        f"{metrics['dev'][score]:.2f}",
                        f"{metrics['test'][score]:.2f}",
                        f"{metrics['best_epoch']} of {metrics['epochs']}",
                        f"{seconds_of(folder):.1f}",
                    ]
                )
    return (
        table(["corpus", "method", "seed", "dev", "test", "best epoch of", "seconds"], rows, left=2)
        if rows
        else _NOTHING
    )


def where(measured):
    """Commit, versions and machine of the runs, number and training time of them, and the language models (str)."""
    folder = measured / FOLDER
    runs = [path.parent for path in sorted((folder / "runs").rglob("metrics.json"))]
    if not runs:
        return _NOTHING
    records = [files.read_json(RunFolder(run).environment) for run in runs]
    total = sum(seconds_of(run) for run in runs) / 60
    sentences = [
        f"{len(runs)} runs, {total:.0f} minutes of training in all",
        f"commit {_each(records, lambda one: one['git_commit'][:7])}",
        _each(
            records,
            lambda one: (
                f"Python {one['versions']['python']}, Chainer {one['versions']['chainer']}, "
                f"NumPy {one['versions']['numpy']}"
            ),
        ),
        _each(records, lambda one: f"{one['machine']['processor']}, {one['machine']['cores']} cores"),
    ]
    models = {
        path.parents[3].name: seal.read(path)["dev_perplexity"]
        for path in sorted((folder / "lm").rglob("metrics.json"))
    }
    if models:
        sentences.append(
            "language models, dev perplexity: "
            + ", ".join(f"{value:.2f} (`{corpus}`)" for corpus, value in models.items())
        )
    return ". ".join(text[0].upper() + text[1:] for text in sentences) + "."


def _each(records, text):
    return "; ".join(dict.fromkeys(map(text, records)))


def perturbations(measured):
    """How far perturbations point to words, and how often they fool a network."""
    rows = []
    for one in read_analyses(Study(measured / FOLDER, "paper", "quick")):
        counts = [rates(counts) | {"attacked": counts["right"]} for counts, _ in one.attacks.values()]
        records = list(one.interpretability.values())
        rows.append(
            [
                f"`{one.corpus}`",
                ROWS[one.method].title,
                *_shares(records),
                _mean(records, "alpha_entropy", ".2f"),
                _mean(counts, "attacked", ".0f"),
                _mean(counts, "success_by_one"),
                _mean(counts, "success"),
            ]
        )
        chance = measured / FOLDER / "runs" / one.corpus / "paper" / "quick" / one.method / "seed-0" / CHANCE[1]
        if one.method == CHANCE[0] and chance.is_file():
            record = seal.read(chance)
            if record.get("kind") == INTERPRETABILITY:
                rows.append(
                    [f"`{one.corpus}`", "at random, network of VAT-Text", *_shares([record]), MISSING, "", "", ""]
                )
    return table(
        [
            "corpus",
            "method",
            "cosine > 0.5 / 0.7 / 0.9 to a word's direction, %",
            "entropy of alpha",
            "texts attacked",
            "fooled by one word, %",
            "by up to ten, %",
        ],
        rows,
        left=2,
    )


def _shares(records):
    if not records:
        return [MISSING]
    curves = [record["cosine_above"] for record in records]
    means = [sum(curve[round(place * len(curve))] for curve in curves) / len(curves) for place in (0.5, 0.7, 0.9)]
    return [" / ".join(f"{mean:.0f}" for mean in means)]


def _mean(records, name, form=".1f"):
    values = [record[name] for record in records if record[name] is not None]
    return f"{sum(values) / len(values):{form}}" if values else MISSING


BLOCKS = {"quick": main_table, "quick-runs": all_runs, "quick-where": where, "perturbations": perturbations}
