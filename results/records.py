"""Keeps what runs say of themselves without their weights, so that tables can be made from it again."""

import json
import re
from pathlib import Path

from iadv_foundation.errors import UserError
from iadv_foundation.storage import files, seal
from interpretable_adv.analysis.records import read_attack, write_lines

from .analysed import choose_examples

#: Folders of runs under ``out``, as patterns.
_FOLDERS = "runs/*/*/*/*/seed-*", "lm/*/*/*/seed-*", "vectors/*/*", "sanity/*"
_FILES = "config.json", "environment.json", "log.jsonl", "timing.json", "interpretability-*.json"


def keep(out, folder):
    """Copy the records of all finished runs, language models, vectors and sanity rows, and of analyses.

    Weights and vectors stay behind, and so do the probabilities of predictions and the adversarial texts that no table
    shows.  What is sealed is checked, and sealed again as it is kept; what stays behind is still named by its SHA-256.

    Args:
        out (pathlib.Path): the folder of everything made.
        folder (pathlib.Path): to copy to; what stands there under the same names is replaced.

    Returns:
        list of pathlib.Path: folders of records copied.

    Raises:
        UserError: there is nothing finished.
        DamagedFileError: something is not what was sealed.
    """
    out, folder = Path(out), Path(folder)
    finished = [path for pattern in _FOLDERS for path in sorted(out.glob(pattern)) if (path / "metrics.json").is_file()]
    if not finished:
        raise UserError(f"there is nothing finished under {out}")
    return [_keep_one(path, folder / path.relative_to(out)) for path in finished]


def _keep_one(path, new):
    record = seal.Record(path / "metrics.json")
    record.check(*record.digests)
    for pattern in _FILES:
        for one in sorted(path.glob(pattern)):
            files.write_text(new / one.name, _without_folders(one.read_text(encoding="utf-8")))
    if (path / "predictions.npz").is_file():
        arrays, _ = files.load_arrays(path / "predictions.npz")
        files.save_arrays(
            new / "predictions.npz", {name: array for name, array in arrays.items() if name != "probabilities"}
        )
    for attack in sorted(path.glob("attack-*.jsonl")):
        _keep_attack(attack, new / attack.name)
    if (path / seal.FILE).is_file():
        kept = {
            name: digest for name, digest in record.digests.items() if name == "metrics.json" or name.endswith(".npz")
        }
        seal.seal_folder(new, [name for name in record.digests if name != "metrics.json"], digests=kept)
    files.write_text(new / "metrics.json", record.path.read_text(encoding="utf-8"))
    return new


def _without_folders(text):
    """A file's text without the folders that lead to ``--out`` on the machine of the run."""
    return re.sub(r"(--out[ =])/(?:[^\s\"\\]*/)?([^\s/\"\\]+)", r"\1\2", text)


def _keep_attack(path, new):
    counts, texts = read_attack(path, None)
    lines = [counts, *choose_examples(texts, counts["task"])]
    with open(path, encoding="utf-8") as opened:
        is_sealed = seal.KEY in json.loads(opened.readline())
    (write_lines if is_sealed else _write_lines)(new, lines)


def _write_lines(path, lines):
    files.write_text(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
