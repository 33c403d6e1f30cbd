"""How far perturbations can be read as words (section 6.4's claim), method beside method; a table that the paper does
not have.
"""

import pandas

from interpretable_adv.analysis.records import rates
from interpretable_adv.methods import METHODS

from ..analysed import read_analyses
from ..document import MISSING, Document
from ..published import load
from ..setting import MARK
from .adversarial import SEPARATOR, show

NAME = "interpretability"
_THRESHOLDS = (0.5, 0.7, 0.9)
_MEASURES = {
    **{f"cosine_above_{threshold}": f"Cosine > {threshold} (%)" for threshold in _THRESHOLDS},
    "alpha_entropy": "Entropy of alpha",
    "success": "Attack success (%)",
    "special_targets": "Special targets (%)",
    "strength_gini": "Gini of strengths",
}


def interpretability_document(study):
    """Make the table from what lies in the run folders.

    Args:
        study (results.study.Study)

    Returns:
        results.document.Document: ``raw`` has a line for each data set, method and seed.

    Raises:
        UserError: see :func:`results.analysed.read_analyses`.
    """
    analysed = read_analyses(study)
    raw = pandas.DataFrame(
        [_line(one, seed) for one in analysed for seed in sorted({*one.interpretability, *one.attacks})],
        columns=["dataset", "corpus", "method", "seed", "words", *_MEASURES, "checkpoint_sha256", "marker"],
    )
    reasons = list(dict.fromkeys(reason for one in analysed for reason in one.reasons))
    title = "How far perturbations point to words"
    if len(raw) and reasons:
        title += f" - not the paper's setting: {SEPARATOR.join(reasons)}"
    return Document(
        number=NAME,
        title=title,
        cells=pandas.DataFrame([_cells(one, raw) for one in analysed]),
        raw=raw,
        left=2,
        notes=_notes(study, reasons if len(raw) else []),
    )


def _line(one, seed):
    record, counts = one.interpretability.get(seed, {}), one.attacks.get(seed, ({},))[0]
    line = {
        "dataset": one.dataset,
        "corpus": one.corpus,
        "method": one.method,
        "seed": seed,
        **record,
        "marker": SEPARATOR.join(one.reasons),
        "checkpoint_sha256": (record or counts)["checkpoint_sha256"],
    }
    if record:
        curve = record["cosine_above"]
        line.update({f"cosine_above_{threshold}": curve[round(threshold * len(curve))] for threshold in _THRESHOLDS})
    return {**line, "success": rates(counts)["success"] if counts else None}


def _cells(one, raw):
    """One line as shown: dict of heading to str."""
    lines, mark = raw[(raw["dataset"] == one.dataset) & (raw["method"] == one.method)], MARK if one.reasons else ""
    return {
        "Data set": load().dataset(one.dataset).title,
        "Method": METHODS[one.method].title,
        "n": str(len(lines)) if len(lines) else MISSING,
        **{heading: show(lines[name], mark) for name, heading in _MEASURES.items()},
    }


def _notes(study, reasons):
    notes = [
        f"Recipe {study.recipe}, scale {study.scale}: all words of the test split that have a perturbation, mean and "
        f"standard deviation over n seeds; {MISSING} where nobody trained and measured, "
        "and entropy of methods without alpha",
        "Cosine: of a word's perturbation to the nearest of the directions towards all other words of the vocabulary, "
        "for every method alike. Special targets: share of words for which that word is <eos> or <unk>",
        "Entropy of alpha: of the shares |alpha_k| / sum |alpha_j| of a word's directions, over log K: 1 all alike, 0 "
        "a single one; a negative weight counts by its size",
        "Attack success: Table 7's, after reconstruction as text. Gini of strengths: over the words of a text, 0 all "
        "alike, near 1 all on one word; mean over texts",
    ]
    return notes + ([f"{MARK} not the paper's setting: {SEPARATOR.join(reasons)}"] if reasons else [])
