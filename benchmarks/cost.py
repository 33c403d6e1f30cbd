"""``python -m benchmarks.cost``: fit the prices of ``workflow/cost_model.toml``, and check them on what was left out.

Fitted to two thirds of the records of ``step`` and ``scaling`` (``measured/benchmarks/cpu-2-cores.json``), which were
made with two threads.  On one core, matrix products take twice as long and all else as long as before, since NumPy does
it on one thread anyway.  Checked on the other third, and on runs that were trained, each on one core: FCE
(``measured/fce-paper``) and, where it is measured, scale quick.  Of those nothing was fitted.
"""

import argparse
import json
import math
import statistics
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from benchmarks import lm
from benchmarks.inputs import ragged_lengths
from benchmarks.scaling import FIXED
from benchmarks.step import VOCABULARY
from interpretable_adv.methods import METHODS
from workflow.cost_model import PARTS, Batch, Network, counts, language_model_counts, passes, prices, seconds

MEASURED = Path(__file__).resolve().parent.parent / "measured"
EMBEDDING, NEIGHBOURS, BATCH, POOL = 256, 10, 32, 96
#: Parts that two threads halve.
PRODUCTS = "product", "weights"


def update_of(method, means, network, batch=BATCH, pool=POOL, cut=math.inf):
    """What counts in one update on made-up batches (dict of str to float).

    Args:
        method (str): name of a method.
        means ((float, float)): words a document, labelled and of the pool.
        network (Network)
        batch (int): documents.
        pool (int): documents of the pool; 0 without one.
        cut (float): the most words of a document.
    """
    method = METHODS[method]
    has_pool = bool(pool) and method.semi_supervised
    labelled, unlabelled, perturbed = passes(method, has_pool)
    directed = NEIGHBOURS if method.space == "directions" else 0
    batches = [(_batch(batch, means[0], cut), labelled, 0.0 if has_pool else perturbed)]
    if has_pool:
        batches.append((_batch(pool, means[1], cut), unlabelled, perturbed))
    return counts(network, batches, directed)


def _batch(documents, mean, cut):
    lengths = np.minimum(ragged_lengths(documents, mean), cut)
    return Batch(float(lengths.sum()), float(lengths.max()))


def benchmark_rows():
    """Size, counts and seconds of each record of ``step`` and ``scaling`` (list of (str, dict, float)), once."""
    rows = {}
    for record in json.loads((MEASURED / "benchmarks" / "cpu-2-cores.json").read_text()):
        size = record["size"]
        if record["benchmark"] == "step":
            method, mean, hidden = size.split(", ")
            network = Network(int(hidden.split()[1]), EMBEDDING, VOCABULARY)
            found = update_of(method, [float(mean.split()[1])] * 2, network)
        elif record["benchmark"] == "scaling":
            values = {**FIXED, record["quantity"]: record["value"]}
            network = Network(values["hidden"], EMBEDDING, values["vocabulary"])
            found = update_of("advt", [values["length"]] * 2, network, values["batch"])
        else:
            continue
        rows.setdefault(f"{record['benchmark']} {size}", (found, record["ours_s"]))
    return [(name, found, taken) for name, (found, taken) in rows.items()]


def language_model_rows():
    """Size, counts and seconds of each record of ``lm`` (list of (str, dict, float)), each size once."""
    rows = {}
    for record in json.loads((MEASURED / "benchmarks" / "cpu-2-cores.json").read_text()):
        if record["benchmark"] == "lm":
            hidden = int(record["size"].split()[1])
            settings = {"hidden_size": hidden, "embedding_size": EMBEDDING, "cutoffs": [], "tail_factor": 4}
            settings |= {"batch_size": lm.STREAMS, "bptt_length": lm.STEPS}
            rows.setdefault(record["size"], (language_model_counts(settings, lm.VOCABULARY), record["ours_s"]))
    return [(name, found, taken) for name, (found, taken) in rows.items()]


def price_of_logits(row, price):
    """What is left of the time of a language model's update (row) when all else is paid: seconds of 10^6 values
    (float).
    """
    _, found, taken = row
    return (taken - seconds({**found, "logit": 0.0}, price)) / found["logit"]


def fit(rows):
    """Prices that make the relative errors small (dict of str to float), none below 0, from such rows; the price of the
    softmax from the smaller language model's record.
    """
    matrix = np.array([[found[part] / taken for part in PARTS] for _, found, taken in rows])
    found, _ = nnls(matrix, np.ones(len(rows)))
    price = dict(zip(PARTS, found.tolist(), strict=False))
    return {**price, "logit": price_of_logits(language_model_rows()[0], price)}


def split(rows):
    """The rows to fit to, and every third, to check on (two lists)."""
    return [row for place, row in enumerate(rows) if place % 3 != 2], rows[2::3]


def on_one_core(price):
    """The same prices (dict of str to float) on one core."""
    return {part: (2 if part in PRODUCTS else 1) * each for part, each in price.items()}


def run_rows(folder):
    """Name, counts and seconds of an update of each finished run of the methods below a folder (list of (str, dict,
    float)).
    """
    rows = []
    for path in sorted(Path(folder).rglob("timing.json")):
        metrics, config = (_read(path.with_name(f"{name}.json")) for name in ("metrics", "config"))
        size = prices()["corpora"].get(metrics.get("corpus"))
        if metrics.get("method") not in METHODS or size is None or "training" not in config:
            continue
        model, training = config["model"], config["training"]
        directions = 2 if metrics["task"] == "labelling" else 1
        network = Network(model["hidden_size"], model["embedding_size"], size["vocabulary"], directions)
        cut = training.get("max_words") or math.inf
        pool = training.get("unlabeled_batch_size", 0) if "pool_mean" in size else 0
        means = min(size["mean"], cut), min(size.get("pool_mean", 0), cut)
        found = update_of(metrics["method"], means, network, training["batch_size"], pool, cut)
        taken = _read(path)["training_seconds"] / metrics["updates"]
        rows.append((f"{metrics['corpus']} {metrics['method']} seed {metrics['seed']}", found, taken))
    return rows


def _read(path):
    return json.loads(path.read_text()) if path.exists() else {}


def epochs_share():
    """Epochs until patience ran out, as a share of the most: the median of the runs in ``measured`` (float).

    Runs with no more epochs than patience (scale quick) say nothing of it.
    """
    shares = []
    for path in MEASURED.rglob("metrics.json"):
        metrics = json.loads(path.read_text())
        config = path.with_name("config.json")
        training = json.loads(config.read_text()).get("training", {}) if config.exists() else {}
        if "epochs" in metrics and training.get("max_epochs", 0) > training.get("patience", 0):
            shares.append(metrics["epochs"] / training["max_epochs"])
    return statistics.median(shares)


def errors(rows, price):
    """Predicted over measured, of each row (list of float)."""
    return [seconds(found, price) / taken for _, found, taken in rows]


def described(ratios):
    """Median, lowest and highest of ratios, in words (str)."""
    return f"median {statistics.median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} rows"


def main(argv=None):
    """Print the prices, and predicted over measured of what they were fitted to and what not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cost", description=__doc__.split("\n")[0])
    parser.parse_args(argv)
    fitted, checked = split(benchmark_rows())
    price = fit(fitted)
    one_core = on_one_core(price)
    print("[cpu]  # seconds on one core")
    for part in PARTS:
        print(f"{part} = {one_core[part]:.3g}")
    print(f"[epochs]\nshare = {epochs_share():.2f}")
    print("# predicted over measured")
    print(f"# fitted to:            {described(errors(fitted, price))}")
    print(f"# other benchmarks:     {described(errors(checked, price))}")
    print(f"# lm, LSTM 1024:        {described(errors(language_model_rows()[1:], price))}")
    for name, folder in (("FCE, one core", "fce-paper/runs"), ("scale quick, one core", "quick")):
        rows = run_rows(MEASURED / folder)
        if rows:
            print(f"# {name + ':':21} {described(errors(rows, one_core))}")


if __name__ == "__main__":
    main()
