"""The model card of a bundle: what it is and is not good for, in plain English."""

import re
from pathlib import Path

import jinja2

from data_prep.guards import printable
from interpretable_adv.methods import METHODS

_TEMPLATES = Path(__file__).parent / "templates"


def card_of(about, stored, metrics, vocabulary_size):
    """The model card, Markdown (str).

    Args:
        about (interpretable_adv.bundle.contents.About)
        stored (dict): the run's whole configuration, as ``config.json`` of a bundle has it.
        metrics (dict): the run's ``metrics.json``.
        vocabulary_size (int)
    """
    method = METHODS[stored["method"]]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["printable"] = lambda text: printable(str(text))
    card = environment.get_template("MODEL_CARD.md").render(
        about=about,
        corpus=about.corpus,
        stored=stored,
        metrics=metrics,
        method=method,
        vocabulary_size=vocabulary_size,
        rows=_rows(about, metrics),
        network=_network(stored),
    )
    return re.sub(r"\n{3,}", "\n\n", card)


def _rows(about, metrics):
    """Lines of the table of results: name, percent, interval (list of tuple of str)."""
    interval = about.interval
    shown = f"{interval.low:.2f} to {interval.high:.2f}" if interval else "not known"
    key, name = ("f05", "F0.5") if about.corpus["task"] == "labelling" else ("error_rate", "error rate")
    rows = [
        (f"this network, test {name}", metrics["test"][key], shown),
        (f"this network, dev {name}", metrics["dev"][key], "not computed"),
    ]
    return [(label, f"{value:.2f}", text) for label, value, text in rows] + [
        (f"{one.name}, test {name}", f"{one.value:.2f}", f"{one.low:.2f} to {one.high:.2f}") for one in about.sanity
    ]


def _network(stored):
    """The network in a few words (str)."""
    model = stored["model"]
    encoder = {"lstm": "LSTM"}.get(model["encoder"], model["encoder"])
    each = " in each direction" if model["encoder"] == "lstm" and stored["task"] == "labelling" else ""
    return (
        f"word embeddings of {model['embedding_size']:,} numbers, {encoder} of {model['hidden_size']:,}{each}, one "
        f"layer of {model['ffnn_size']:,} before the output"
    )
