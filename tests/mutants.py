"""Mutation testing: which small changes of the arithmetic no test notices.  Not part of the suite; see mutants.md.

    python -m tests.mutants                     all stages, more than an hour on one core
    python -m tests.mutants virtual softmax     the stages of these names

It needs mutmut beside what requirements-dev.txt lists.  Each stage mutates a few modules and runs the smallest set of
tests that notices nearly all of it, in a copy of the repository as it is committed.
"""

import dataclasses
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("iadv_foundation", "interpretable_adv", "pretrain_lm")
READ = ("configs", "data_prep", "word_vectors")
#: Exit codes of mutmut's children: a test failed, or never came to an end.
FAILED, TIMED_OUT, NOT_RUN = (1, 3), (-24, 24, 36, 152, 255), None


@dataclasses.dataclass(frozen=True)
class Stage:
    """Modules, the tests that are to notice changes of them, and which of those tests are run (pytest's ``-k``)."""

    modules: tuple
    tests: tuple
    only: str = ""
    share: int = 10  # tenths of all mutants


_PERTURBATION, _TRAINING = "interpretable_adv/perturbation", "interpretable_adv/training"
_UPDATES = (f"tests/{_TRAINING}/test_update.py", f"tests/{_TRAINING}/test_updater.py")
STAGES = {
    "lstm": Stage(
        ("iadv_foundation/arithmetic/functions/packed_lstm.py",),
        ("tests/iadv_foundation/arithmetic/functions/test_packed_lstm.py",),
    ),
    "adam": Stage(("iadv_foundation/training/adam.py",), ("tests/iadv_foundation/training/test_adam.py",)),
    "softmax": Stage(("pretrain_lm/adaptive_softmax.py",), ("tests/pretrain_lm/test_adaptive_softmax.py",)),
    "divergence": Stage(("interpretable_adv/functions/kl_divergence.py",), ("tests/interpretable_adv/functions",)),
    "choices": Stage(
        (
            f"{_PERTURBATION}/choices/*.py",
            *(f"{_PERTURBATION}/{name}.py" for name in ("scaling", "normalisation", "spaces")),
        ),
        (
            *(f"tests/{_PERTURBATION}/test_{name}.py" for name in ("choices", "scaling", "normalisation", "spaces")),
            _UPDATES[0],
        ),
        "choices or scaling or normalisation or spaces or (formulas and authors and float64)",
    ),
    "perturber": Stage(
        (f"{_PERTURBATION}/perturber.py", f"{_PERTURBATION}/divergences.py"),
        (
            f"tests/{_PERTURBATION}/test_perturber.py",
            *_UPDATES,
            "tests/interpretable_adv/analysis/test_perturbations.py",
        ),
        "not learns and not (formulas and float32) and not alike",
    ),
    "virtual": Stage(
        (f"{_PERTURBATION}/virtual.py",),
        (f"tests/{_PERTURBATION}/test_virtual.py", _UPDATES[0]),
        "virtual or (formulas and ivat and float64)",
    ),
    "table": Stage((f"{_PERTURBATION}/neighbour_table.py",), (f"tests/{_PERTURBATION}/test_neighbour_table.py",)),
    "neighbours": Stage(
        tuple(f"{_PERTURBATION}/{name}.py" for name in ("neighbours", "cosine_search", "candidates")),
        (f"tests/{_PERTURBATION}/test_neighbours.py",),
        "not thousand",
        share=3,
    ),
    "batches": Stage(
        ("interpretable_adv/documents.py", f"{_TRAINING}/order.py"), ("tests/interpretable_adv/test_documents.py",)
    ),
    "prediction": Stage(
        ("interpretable_adv/evaluation/prediction.py",), ("tests/interpretable_adv/evaluation/test_prediction.py",)
    ),
    "losses": Stage(
        ("interpretable_adv/functions/losses.py",),
        ("tests/interpretable_adv/functions/test_losses.py", "tests/interpretable_adv/analysis/test_perturbations.py"),
    ),
    "updates": Stage(
        (f"{_TRAINING}/objectives.py", f"{_TRAINING}/updater.py", "interpretable_adv/links/passes.py"),
        (
            *_UPDATES,
            "tests/interpretable_adv/evaluation/test_prediction.py",
            "tests/interpretable_adv/analysis/test_perturbations.py",
        ),
        "not learns and not (formulas and float32) and not alike",
    ),
}


def settings(stage):
    """Lines of ``pyproject.toml`` for mutmut."""
    options = ["-p", "no:randomly", "-p", "no:cacheprovider", *(["-k", stage.only] if stage.only else [])]
    values = {
        "source_paths": PACKAGES,
        "only_mutate": stage.modules,
        "also_copy": READ,
        "pytest_add_cli_args": options,
        "pytest_add_cli_args_test_selection": stage.tests,
    }
    lines = [f"{name} = {json.dumps(list(value))}\n" for name, value in values.items()]
    return "".join(["\n[tool.mutmut]\ntimeout_multiplier = 4.0\n", *lines])


def run(stage, folder):
    """Copy what is committed to ``folder`` and try the mutants of a stage there."""
    archive = subprocess.run(
        ["git", "archive", "HEAD", "--", *PACKAGES, *READ, "tests", "pyproject.toml"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        opened.extractall(folder, filter="data")
    with open(folder / "pyproject.toml", "a") as file:
        file.write(settings(stage))
    packages = [re.sub(r"\.py$", "", module).replace("/", ".") for module in stage.modules]
    patterns = [f"{package}.*{digit}" for package in packages for digit in range(stage.share)]
    if stage.share == 10:
        patterns = []
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    subprocess.run(
        [sys.executable, "-m", "mutmut", "run", "--max-children", "1", *patterns],
        cwd=folder,
        env={**os.environ, **threads, "PYTHONHASHSEED": "0"},
        stdout=subprocess.DEVNULL,
        check=False,
    )


def report(stage, folder):
    """Print the mutants made, tried and killed of each module, and every one that lived."""
    made = folder / "mutants"
    for meta in (meta for pattern in stage.modules for meta in sorted(made.glob(f"{pattern}.meta"))):
        codes = json.loads(meta.read_text())["exit_code_by_key"]
        tried = {name: code for name, code in codes.items() if code is not NOT_RUN}
        lived = [name for name, code in tried.items() if code not in FAILED + TIMED_OUT]
        print(
            f"{meta.relative_to(made).with_suffix('')}: {len(codes)} made, {len(tried)} tried, "
            f"{len(tried) - len(lived)} killed, {len(lived)} lived"
        )
        for name in lived:
            shown = subprocess.run(
                [sys.executable, "-m", "mutmut", "show", name], cwd=folder, capture_output=True, text=True, check=False
            )
            changed = [line for line in shown.stdout.splitlines() if re.match(r"[-+](?![-+])", line)]
            print("", name.rpartition(".")[2], *changed, sep="\n  ", flush=True)


def main(names):
    for name in names or STAGES:
        folder = Path(tempfile.mkdtemp(prefix=f"mutants-{name}-"))
        try:
            run(STAGES[name], folder)
            report(STAGES[name], folder)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
