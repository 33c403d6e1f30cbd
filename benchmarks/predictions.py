"""``python -m benchmarks.predictions``: write the tables of ``docs/scaling.md``, by ``workflow/cost.py``."""

import dataclasses
import tempfile
from pathlib import Path

from tabulate import tabulate

from interpretable_adv.methods import METHODS
from workflow.cost import Cost
from workflow.cost_model import Network, language_model_counts, memory_mb, prices, seconds
from workflow.plan import Plan
from workflow.sizes import Size, size_of

PAGE = Path(__file__).resolve().parent.parent / "docs" / "scaling.md"
REAL = "imdb", "elec", "rotten", "dbpedia", "rcv1", "fce"
GROWTH = 1, 10, 1000
#: Of the vocabulary as the text grows (Heaps' law); assumed.
HEAPS = 0.5
AMAZON = Size({"train": 8_636, "dev": 960, "test": 1_066, "unlabeled": 314_327}, 20.8, 18.0, 9_049)


def jobs_of(plan):
    """The jobs of a plan of which nothing is made yet (list of (str, dict)): rules and wildcards, but for tables and
    figures, which take seconds.
    """
    jobs = [(rule, {"corpus": corpus}) for corpus in plan.corpora for rule in ("prepare", "sanity")]
    for corpus in plan.corpora:
        methods = {method for name, method, _ in plan.runs if name == corpus}
        if any(plan.needs_language_model(corpus, method) for method in methods):
            jobs.append(("lm", {"corpus": corpus}))
        jobs += [(name, {"corpus": corpus}) for name in sorted(plan.vectors(corpus)) if name in ("skipgram", "gwe")]
    for corpus, method, seed in plan.runs:
        rule = "train" if method in METHODS else "train_quoted"
        jobs.append((rule, {"corpus": corpus, "method": method, "seed": seed}))
    for corpus, method, seed in plan.analysed_runs:
        jobs += [(rule, {"corpus": corpus, "method": method, "seed": seed}) for rule in ("attack", "interpretability")]
    return jobs


def of_tables(out):
    """What each table takes at the paper's sizes, with one seed (list of rows).

    Args:
        out (pathlib.Path): an empty folder.
    """
    rows = []
    for number in (3, 4, 5, 6, 7):
        plan = Plan(f"table{number}", "paper", "paper", 1, dict.fromkeys(REAL, str(out)), out)
        jobs = jobs_of(plan)
        on_cores, on_gpu = Cost(plan), Cost(plan, "0")
        times = {rule: 0.0 for rule, _ in jobs}
        for rule, values in jobs:
            times[rule] += on_cores.seconds(rule, values) / 3600
        longest = max(on_cores.seconds(rule, values) for rule, values in jobs) / 3600
        gpu = sum(on_gpu.seconds(rule, values) for rule, values in jobs if on_gpu.uses_gpu(rule)) / 3600
        trained = [(rule, values) for rule, values in jobs if rule in ("train", "lm")]
        memory = max(on_cores.memory_mb(rule, values) for rule, values in trained) / 1000
        lm = times.get("lm", 0.0)
        rows.append(
            [number, len(jobs), f"{lm:,.0f}", f"{sum(times.values()) - lm:,.0f}", f"{longest:,.0f}", f"{gpu:,.0f}"]
            + [f"{memory:.1f}", f"{on_cores.disk_mb(jobs) / 1000:.1f}"]
        )
    return rows


def of_growth(out):
    """What the Amazon text takes that stands in for Rotten Tomatoes' unlabelled one, and ten and a thousand times as
    much (list of rows).
    """
    plan = Plan("compare", "paper", "paper", 1, {"rotten": str(out)}, out, "rotten", ("vat",))
    settings = plan.lm_settings("rotten")
    rate, _memory = prices()["words_a_second"], prices()["memory"]
    rows = []
    for times in GROWTH:
        size = dataclasses.replace(
            AMAZON,
            documents={**AMAZON.documents, "unlabeled": times * AMAZON.documents["unlabeled"]},
            vocabulary=round(AMAZON.vocabulary * times**HEAPS),
        )
        words = size.tokens["train"] + size.tokens["unlabeled"]
        updates = words / (settings["batch_size"] * settings["bptt_length"])
        epoch = updates * seconds(language_model_counts(settings, size.vocabulary)) / 3600
        network = Network(settings["hidden_size"], settings["embedding_size"], size.vocabulary)
        documents = size.documents["train"] + size.documents["unlabeled"]
        rows.append(
            [
                f"{times:,}",
                f"{words / 1e6:,.1f}",
                f"{size.vocabulary:,}",
                f"{words / rate['prepare'] / 60:,.1f}",
                f"{epoch:,.1f}",
                f"{settings['max_epochs'] * prices()['epochs']['share'] * epoch / 24:,.1f}",
                f"{5 * words / rate['skipgram'] / 3600:,.1f}",
                f"{(memory_mb(network, 3 * 32 * 60) + 4 * 8 * documents / 1e6) / 1000:,.1f}",
                f"{(4 * words + 8 * documents) / 1e9:,.2f}",
            ]
        )
    return rows


def sizes(out):
    """Words a document and of the vocabulary that the predictions go by (list of rows)."""
    plan = Plan("report", "paper", "paper", 1, dict.fromkeys(REAL, str(out)), out)
    rows = []
    for corpus in REAL:
        size = size_of(plan, corpus)
        words = sum(size.tokens.get(split, 0) for split in ("train", "unlabeled"))
        rows.append([corpus, f"{size.mean:g}", f"{words / 1e6:,.1f}", f"{size.vocabulary:,}"])
    return rows


def text():
    """The tables as Markdown, by the names in the marks around them (dict of str to str)."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        made = {
            "tables": (
                of_tables(out),
                ["table", "jobs", "language models, core-hours", "all else, core-hours", "longest job, hours"]
                + ["GPU-hours", "memory of a job, GB", "disk of the runs, GB"],
            ),
            "growth": (
                of_growth(out),
                ["times the text", "10^6 words", "vocabulary", "preparation, minutes", "an epoch of the LM, hours"]
                + ["the LM, days", "skip-gram, hours", "memory of VAT, GB", "disk of the corpus, GB"],
            ),
            "sizes": (sizes(out), ["corpus", "words a document", "10^6 words of train and unlabelled", "vocabulary"]),
        }
    return {
        name: tabulate(rows, headers, tablefmt="pipe", disable_numparse=True, colalign=["right"] * len(headers))
        for name, (rows, headers) in made.items()
    }


def filled(page):
    """A page (str) with these tables between their marks (str)."""
    for name, table in text().items():
        begin = f"<!-- predicted: {name} -->\n"
        before, after = page.split(begin)
        page = before + begin + table + "\n" + after[after.index("<!-- end -->") :]
    return page


def main():
    """Write them into the page."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
