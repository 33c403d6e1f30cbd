"""What ``attack`` and ``interpretability`` write: JSON that is good for the exact weights it was made with,
and no others.

An attack is a file of JSON Lines: one ``"kind": "attack"`` with the counts, then one ``"kind": "adversarial text"`` for
each text that fooled the network.  Every line has ``checkpoint_sha256``, the digest of the run's ``best.npz``.  Of an
attack on texts of one's own, ``split`` is the name of their file, ``document`` the row from 1, and ``labels`` is there,
``"prediction"``, where the network's predictions for the unchanged texts count as the truth.
"""

import json
from pathlib import Path

from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import files, seal

#: Adversarial texts that are kept of an attack where not all are.
EXAMPLES = 2
ATTACK, TEXT, INTERPRETABILITY = "attack", "adversarial text", "interpretability"
_ROUNDING = 1e-6
_KEYS = {
    ATTACK: {
        "corpus",
        "method",
        "perturbed_by",
        "seed",
        "split",
        "limit",
        "max_words",
        "task",
        "classes",
        "documents",
        "right",
        "fooled_by_words",
        "fooled_errors_untouched",
        "passed_over",
        "words_changed",
        "perplexity",
    },
    TEXT: {"document", "label", "before", "after", "original", "changed", "replacements", "perplexity", "corrections"},
    INTERPRETABILITY: {
        "corpus",
        "method",
        "perturbed_by",
        "seed",
        "split",
        "limit",
        "documents",
        "words",
        "cosine_above",
        "alpha_entropy",
        "special_targets",
        "strength_gini",
    },
}


def attack_path(folder, split="test"):
    """Where the workflow keeps the attack on a split: in the run's folder (pathlib.Path)."""
    return Path(folder) / f"attack-{split}.jsonl"


def interpretability_path(folder, split="test"):
    """Where the workflow keeps how interpretable a run's perturbations of a split are (pathlib.Path)."""
    return Path(folder) / f"interpretability-{split}.json"


def write_lines(path, lines):
    """Write JSON Lines (list of dict), sealed, wholly or not at all."""
    lines = seal.sealed_lines(lines)
    files.write_text(path, "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines))


def read_attack(path, checkpoint_sha256):
    """Read an attack.

    Args:
        path: file of JSON Lines.
        checkpoint_sha256 (str): of the weights that it is to be used with; None where they are no longer there and only
            its numbers are wanted.

    Returns:
        the line with the counts (dict) and those with texts (list of dict).

    Raises:
        UserError: it is missing, or was made with other weights.
        DamagedFileError: it is no such file.
    """
    try:
        lines = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").rstrip("\n").split("\n")]
    except FileNotFoundError:
        raise UserError(f"{path} is missing") from None
    except (ValueError, RecursionError):
        raise _damaged(path) from None
    lines = seal.opened_lines(path, lines)
    for place, line in enumerate(lines or [None]):
        _check(path, line, TEXT if place else ATTACK, checkpoint_sha256)
    try:
        _check_counts(path, lines[0], lines[1:])
    except (TypeError, IndexError):
        raise _damaged(path) from None
    return lines[0], lines[1:]


def read_interpretability(path, checkpoint_sha256):
    """Read what ``interpretability`` wrote (dict); raises as :func:`read_attack`."""
    record = seal.read(path)
    _check(path, record, INTERPRETABILITY, checkpoint_sha256)
    return record


def rates(counts):
    """The rates of an attack, in percent.

    Args:
        counts (dict): the first line of its file.

    Returns:
        dict: ``success`` of the documents attacked, ``success_by_one`` with one replacement, ``success_of_all`` of all
        documents, ``right`` before the attack, ``right_under_attack``, ``errors_untouched`` of the
        successes (labelling: sentences whose erroneous words stand as they did); None where there is no document to
        divide by.
    """
    documents, right, fooled = counts["documents"], counts["right"], counts["fooled_by_words"]
    return {
        "success": _percent(fooled[-1], right),
        "success_by_one": _percent(fooled[0], right),
        "success_of_all": _percent(fooled[-1], documents),
        "right": _percent(right, documents),
        "right_under_attack": _percent(right - fooled[-1], documents),
        "errors_untouched": None
        if counts["fooled_errors_untouched"] is None
        else _percent(counts["fooled_errors_untouched"], fooled[-1]),
    }


def _percent(part, whole):
    return 100 * part / whole if whole else None


def _check_counts(path, counts, texts):
    """Raise DamagedFileError where the counts of an attack are not those of its texts."""
    fooled, changes = counts["fooled_by_words"], [len(text["replacements"]) for text in texts]
    recounted = [sum(number <= most for number in changes) for most in range(1, len(fooled) + 1)]
    if len(texts) != fooled[-1]:  # only examples were kept
        recounted = fooled if len(texts) == min(EXAMPLES, fooled[-1]) else None
    elif texts and abs(counts["words_changed"] - sum(changes) / len(texts)) > _ROUNDING:
        recounted = None
    if recounted != fooled or not counts["documents"] >= counts["right"] >= fooled[-1]:
        raise DamagedFileError(
            f"{path} is damaged (it has {len(texts):,} adversarial texts, which are not those that it counts): "
            "make it again"
        )


def _check(path, line, kind, checkpoint_sha256):
    if not isinstance(line, dict) or line.get("kind") != kind or not _KEYS[kind] | {"checkpoint_sha256"} <= set(line):
        raise _damaged(path)
    if checkpoint_sha256 not in (None, line["checkpoint_sha256"]):
        raise UserError(
            f"{path} was made with other weights (SHA-256 {str(line['checkpoint_sha256'])[:12]}, these have "
            f"{checkpoint_sha256[:12]}), and is good for those alone: make it again with these"
        )


def _damaged(path):
    return DamagedFileError(f"{path} is damaged, or not a file of python -m interpretable_adv: make it again")
