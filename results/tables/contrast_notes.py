"""How the contrast of Tables 3 to 6 is shown: adversarial rows against controls."""

import dataclasses

import pandas

from interpretable_adv.methods import METHODS

from ..published import load

_PARTS = "ours", "published", "apart"


def contrast_lines(measured):
    """The contrasts of a results.comparison.Measured unrounded, a line for each data set that has one
    (pandas.DataFrame).
    """
    records = []
    for dataset, contrast in measured.contrasts.items():
        weights = contrast.weights
        record = {"dataset": dataset}
        for side, sign in (("adversarial", 1), ("controls", -1)):
            record[side] = " ".join(method for method, weight in weights.items() if weight * sign > 0)
        for part in _PARTS:
            found = getattr(contrast, part)
            values = dataclasses.asdict(found) if found else dict.fromkeys(("difference", "low", "high", "p"))
            record |= {part if name == "difference" else f"{part}_{name}": value for name, value in values.items()}
        records.append(record)
    return pandas.DataFrame(records)


def contrast_notes(comparison, measured):
    """The contrasts in words (list of str)."""
    return [
        _sentence(dataset, contrast, len(comparison.datasets) > 1) for dataset, contrast in measured.contrasts.items()
    ]


def _sentence(dataset, contrast, several):
    weights = contrast.weights
    adversarial, controls = (
        ", ".join(METHODS[method].title.split(" (")[0] for method, weight in weights.items() if weight * sign > 0)
        for sign in (1, -1)
    )
    where = f" on {load().title(dataset)}" if several else ""
    text = f"Contrast{where}, mean of {adversarial} minus mean of {controls}: ours {_shown(contrast.ours)}"
    if contrast.published is None:
        return f"{text}, p = {contrast.ours.p:.3f}"
    text += f", published {_shown(contrast.published)}"
    if contrast.apart is not None:
        word = "they differ" if contrast.differ else "they do not differ by more than chance"
        text += f"; ours - published {_shown(contrast.apart)}, p = {contrast.apart.p:.3f}: {word}"
    return text + ". The published interval takes each number for one run with our standard deviation between seeds"


def _shown(found):
    return f"{found.difference:+.2f} [{found.low:+.2f}, {found.high:+.2f}]"
