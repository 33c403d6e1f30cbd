"""The first look at a GPU: order, time limits, what fails, what is left for the next stretch, and how much is kept.

Python is a stand-in in shell script, which notes what it is asked and makes the results it is asked for.
"""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALL = ["doctor", "pytest", "lstm", "step", "lm", "language-model", "baseline", "advt", "iadvt", "profile"]

# FAKE_ENDS: "NAME=STATUS ...", how commands end that do not end well.  FAKE_SLOW: "NAME=SECONDS", one that takes long.
FAKE_PYTHON = r"""#!/bin/bash
value() { local name=$1; shift; while (( $# )); do [[ $1 != "$name" ]] || echo "$2"; shift; done; }
job() {
    local name=$1 end; shift
    echo "$name $*" >>"$FAKE_CALLS"
    [[ ${FAKE_SLOW:-} != "$name="* ]] || sleep "${FAKE_SLOW#*=}"
    echo "output of $name"
    for end in ${FAKE_ENDS:-}; do [[ $end != "$name="* ]] || exit "${end#*=}"; done
}
result() { mkdir -p "$1"; touch "$1/best.npz"; echo "{}" >"$1/metrics.json"; echo x >"$1/predictions.npz"; }
case "$1 $2 ${3:-}" in
    "-m pip install") job pip "$@"; mkdir -p "$(value --target "$@")" ;;
    "-m interpretable_adv doctor") job doctor "${@:4}" ;;
    "-m pytest "*) job pytest "${@:3}" ;;
    "-m benchmarks "*) job "$3" "${@:4}"; echo "[]" >"$(value --json "$@")" ;;
    "-m benchmarks.profile_step "*) job profile "${@:3}" ;;
    "-m data_prep "*) job data_prep "${@:3}"
        mkdir -p "$(value --out "$@")/corpora/$3"; touch "$(value --out "$@")/corpora/$3/corpus.json" ;;
    "-m pretrain_lm "*) job language-model "${@:3}"
        result "$(value --out "$@")/lm/$3/paper/$(value --scale "$@")/seed-0" ;;
    "-m interpretable_adv train") job "$(value --method "$@")" "${@:4}"
        result "$(value --out "$@")/runs/$4/paper/$(value --scale "$@")/$(value --method "$@")/seed-0" ;;
esac
"""


class Place:
    """A folder of everything made, one for results, and a stand-in for Python."""

    def __init__(self, folder):
        self.out, self.results, self.calls_path, self.python = (
            folder / name for name in ("an out", "kept", "calls", "python")
        )
        self.python.write_text(FAKE_PYTHON)
        self.python.chmod(0o755)
        self.source = folder / "reviews.tar.gz"
        self.source.touch()

    def run(self, *arguments, **environment):
        shutil.rmtree(self.results, ignore_errors=True)  # as a borrowed machine does before each command
        self.results.mkdir()
        environment = {
            **os.environ,
            "PYTHON": str(self.python),
            "FAKE_CALLS": str(self.calls_path),
            "OUT": str(self.results),
            **environment,
        }
        return subprocess.run(
            [ROOT / "workflow" / "first_light.sh", "--out", self.out, *arguments],
            cwd="/",
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def names(self):
        """What Python was asked for since the last call, but for the corpus, which is made meanwhile (list of str)."""
        lines = self.calls_path.read_text().splitlines() if self.calls_path.exists() else []
        self.calls_path.unlink(missing_ok=True)
        self.lines = {line.split()[0]: line for line in lines}
        return [line.split()[0] for line in lines if not line.startswith("data_prep")]

    def summary(self):
        return (self.results / "summary.txt").read_text()


@pytest.fixture
def place(tmp_path):
    if not shutil.which("timeout"):
        pytest.skip("no timeout command on this system")
    return Place(tmp_path)


def test_everything_in_order_and_nothing_twice(place):
    done = place.run("--source", place.source)
    assert done.returncode == 0, done.stdout + done.stderr
    assert place.names() == ALL
    assert "--device 0" in place.lines["doctor"] and "-m gpu" in place.lines["pytest"]
    assert "--size mean 240, LSTM 1024" in place.lines["step"] and "--size LSTM 1024" in place.lines["lm"]
    assert "training.max_epochs=1" in place.lines["advt"] and "initialise=random" not in place.lines["advt"]
    assert "left for the next stretch: nothing; failed: nothing" in place.summary()
    assert place.run().returncode == 0 and place.names() == []
    assert place.run("--again", "tests").returncode == 0 and place.names() == ["pytest"]


def test_what_is_kept_fits_what_comes_back(place):
    place.run("--source", place.source)
    kept = sorted(place.results.iterdir())
    assert len(kept) <= 8 and all(path.is_file() and path.stat().st_size < 16 << 20 for path in kept)
    with tarfile.open(place.results / "made.tar.gz") as made:
        names = made.getnames()
    assert "runs/imdb/paper/paper/advt/seed-0/predictions.npz" in names and "benchmarks/step.json" in names
    assert not any(name.endswith("best.npz") for name in names)
    assert "output of advt" in (place.results / "training.txt").read_text()


@pytest.mark.parametrize("wrong", ["doctor", "pytest", "lstm", "language-model", "advt", "profile"])
def test_what_fails_does_not_stop_what_follows(place, wrong):
    done = place.run("--source", place.source, FAKE_ENDS=f"{wrong}=1")
    assert done.returncode == 1 and place.names() == ALL
    assert "FAILED (1)" in place.summary()


def test_the_language_model_has_its_time_and_no_more(place):
    """What follows waits for it, and starts from random vectors if it is not finished by then."""
    stopped = {"FAKE_ENDS": "language-model=3", "FAKE_SLOW": "language-model=3"}
    assert place.run("--source", place.source, "--lm-seconds", "16", **stopped).returncode == 3
    assert place.names() == [name for name in ALL if name not in ("baseline", "advt", "iadvt")]
    assert "goes on: output of language-model" in place.summary()
    assert place.run("--lm-seconds", "16", **stopped).returncode == 0
    assert place.names() == ["language-model", "baseline", "advt", "iadvt"]
    assert all("--set training.initialise=random" in place.lines[name] for name in ("baseline", "advt", "iadvt"))
    assert place.run().returncode == 0 and place.names() == []


def test_the_next_stretch_goes_on_with_the_method_that_was_stopped(place):
    assert place.run("--source", place.source, FAKE_ENDS="advt=3").returncode == 3
    assert "left for the next stretch: advt;" in place.summary()
    place.names()
    assert place.run().returncode == 0 and place.names() == ["advt"]


def test_time_is_over_before_the_end_and_the_rest_is_left(place):
    done = place.run("--source", place.source, "--time-limit", "30", FAKE_SLOW="lstm=40")
    assert done.returncode == 3 and "ran out of their time: benchmark-lstm" in place.summary()
    assert place.names() == ["doctor", "pytest", "lstm"]
    assert (place.results / "benchmarks.txt").exists()
    assert place.run("--source", place.source).returncode == 0 and place.names() == ALL[3:]


def test_wheels_are_installed_once_and_need_not_travel_again(place, tmp_path):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "chainer-7.8.1-py3-none-any.whl").touch()
    assert place.run("--wheels", wheels, "--source", place.source).returncode == 0
    assert place.names()[0] == "pip" and "--no-index --no-deps" in place.lines["pip"]
    shutil.rmtree(wheels)
    assert place.run("--wheels", wheels).returncode == 0 and place.names() == []


def test_without_a_corpus_all_else_is_done(place):
    assert place.run().returncode == 3
    assert place.names() == [name for name in ALL if name not in ("language-model", "baseline", "advt", "iadvt")]
    assert "no corpus: nothing was trained; give --source PATH" in place.summary()


@pytest.mark.parametrize(
    "arguments, status, words",
    [
        (["--time-limit", "soon"], 2, "--time-limit soon: write a whole number of seconds"),
        (["--device", "x"], 2, "--device x: write the number of a GPU, or -1 for the CPU"),
        (["--epochs", "0"], 2, "--epochs 0: write a whole number, 1 or more"),
        (["--scale"], 2, "--scale needs a value; --help shows all options"),
        (["--fast"], 2, "unknown option --fast; --help shows all options"),
        (["--wheels", "/nonexistent"], 1, "--wheels /nonexistent: there is no such folder"),
        (["--source", "/nonexistent"], 1, "--source /nonexistent: there is no file or folder"),
    ],
)
def test_mistakes_are_one_line(place, arguments, status, words):
    done = place.run(*arguments)
    assert (done.returncode, done.stderr) == (status, f"first_light.sh: error: {words}\n") and place.names() == []


def test_help(place):
    done = place.run("--help")
    assert done.returncode == 0 and done.stdout.startswith("usage: workflow/first_light.sh") and place.names() == []
