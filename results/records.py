"""Keeps what runs say of themselves without their weights, so that tables can be made from it again."""
import json
from pathlib import Path

from foundation.errors import UserError
from foundation.storage import files
from results.analysed import choose_examples

#: Folders of runs under ``out``, as patterns.
_FOLDERS = "runs/*/*/*/*/seed-*", "lm/*/*/*/seed-*", "vectors/*/*", "sanity/*"
_FILES = "config.json", "environment.json", "log.jsonl", "timing.json", "metrics.json", "interpretability-*.json"


def keep(out, folder):
    """Copy the records of all finished runs, language models, vectors and sanity rows, and of analyses.

    Weights and vectors stay behind, and so do the probabilities of predictions and the adversarial texts that no table
    shows.

    Args:
        out (pathlib.Path): the folder of everything made.
        folder (pathlib.Path): to copy to; what stands there under the same names is replaced.

    Returns:
        list of pathlib.Path: folders of records copied.

    Raises:
        UserError: there is nothing finished.
    """
    out, folder = Path(out), Path(folder)
    finished = [path for pattern in _FOLDERS for path in sorted(out.glob(pattern)) if (path / "metrics.json").is_file()]
    if not finished:
        raise UserError(f"there is nothing finished under {out}")
    return [_keep_one(path, folder / path.relative_to(out)) for path in finished]


def _keep_one(path, new):
    for pattern in _FILES:
        for one in sorted(path.glob(pattern)):
            files.write_text(new / one.name, one.read_text(encoding="utf-8"))
    if (path / "predictions.npz").is_file():
        arrays, _ = files.load_arrays(path / "predictions.npz")
        files.save_arrays(new / "predictions.npz", {name: array for name, array in arrays.items() if name != "probabilities"})
    for attack in sorted(path.glob("attack-*.jsonl")):
        counts, *texts = attack.read_text(encoding="utf-8").rstrip("\n").split("\n")
        kept = choose_examples([json.loads(text) for text in texts], json.loads(counts)["task"])
        lines = [json.loads(counts), *kept]
        files.write_text(new / attack.name, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return new
