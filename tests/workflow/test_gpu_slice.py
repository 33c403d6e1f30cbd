"""The slices of a GPU: what is run in which order, what is not run again, how they go on,
and what they say of mistakes.

Python is a stand-in in shell script, which notes what it is asked and makes the results it is asked for.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ELEVEN = (
    "baseline",
    "advt",
    "iadvt",
    "vat",
    "ivat",
    "random",
    "random-semi",
    "iadvt-rand",
    "iadvt-best",
    "ivat-rand",
    "ivat-best",
)

# FAKE_ENDS: "METHOD=STATUS", the method (or lm, doctor, pytest, benchmarks) whose command ends so; the others end well.
# FAKE_MISSING: a module that cannot be imported.  FAKE_PACKAGES: what pip says is installed.
FAKE_PYTHON = r"""#!/bin/bash
value() { local name=$1; shift; while (( $# )); do [[ $1 != "$name" ]] || echo "$2"; shift; done; }
ends() { [[ ${FAKE_ENDS:-} != "$1="* ]] || exit "${FAKE_ENDS#*=}"; }
result() { mkdir -p "$1"; touch "$1/best.npz" "$1/metrics.json"; }
setting="$(value --recipe "$@")/$(value --scale "$@")"
case "$1 $2 ${3:-}" in
    "-c "*) [[ -z ${FAKE_MISSING:-} || $2 != *"$FAKE_MISSING"* ]] ;;
    "--version "*) exit ;;
    "-m pip freeze") echo "${FAKE_PACKAGES:-}" ;;
    "-m pip "*) echo "pip ${*:4}" >>"$FAKE_CALLS"; mkdir -p "$(value --target "$@")" ;;
    "-m interpretable_adv doctor") echo "doctor ${*:4}" >>"$FAKE_CALLS"; ends doctor ;;
    "-m pytest "*) echo "pytest $(value -m "${@:3}")" >>"$FAKE_CALLS"; ends pytest ;;
    "-m benchmarks "*) echo "benchmarks ${*:3}" >>"$FAKE_CALLS"; ends benchmarks ;;
    "-m data_prep "*)
        echo "data_prep $3" >>"$FAKE_CALLS"
        mkdir -p "$(value --out "$@")/corpora/$3"; touch "$(value --out "$@")/corpora/$3/corpus.json" ;;
    "-m pretrain_lm "*)
        echo "lm ${*:3}" >>"$FAKE_CALLS"; ends lm
        result "$(value --out "$@")/lm/$3/$setting/seed-0" ;;
    "-m interpretable_adv train")
        echo "$(value --method "$@") ${*:4}" >>"$FAKE_CALLS"; ends "$(value --method "$@")"
        result "$(value --out "$@")/runs/$4/$setting/$(value --method "$@")/seed-$(value --seed "$@")" ;;
esac
"""


class Place:
    """A folder of everything made, with a prepared corpus, and a stand-in for Python."""

    def __init__(self, folder):
        self.out, self.calls_path, self.python = folder / "an out", folder / "calls", folder / "python"
        self.python.write_text(FAKE_PYTHON)
        self.python.chmod(0o755)
        self.corpus = self.out / "corpora" / "imdb" / "corpus.json"
        self.corpus.parent.mkdir(parents=True)
        self.corpus.touch()

    def run(self, *arguments, **environment):
        environment = {**os.environ, "PYTHON": str(self.python), "FAKE_CALLS": str(self.calls_path), **environment}
        return subprocess.run(
            [ROOT / "workflow" / "gpu_slice.sh", "--out", self.out, *arguments],
            cwd="/",
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self):
        """What Python was asked for since the last call (list of str)."""
        lines = self.calls_path.read_text().splitlines() if self.calls_path.exists() else []
        self.calls_path.unlink(missing_ok=True)
        return lines

    def names(self):
        """The first words of :meth:`calls`."""
        return [line.split()[0] for line in self.calls()]


@pytest.fixture
def place(tmp_path):
    if not shutil.which("timeout"):
        pytest.skip("no timeout command on this system")
    return Place(tmp_path)


def test_one_slice_does_everything_in_order(place):
    done = place.run()
    assert (done.returncode, done.stderr) == (0, "")
    calls = place.calls()
    assert [line.split()[0] for line in calls] == ["doctor", "pytest", "benchmarks", "lm", *ELEVEN]
    assert calls[:2] == ["doctor --device 0", "pytest gpu"]
    assert calls[2].startswith(f"benchmarks lstm lm step --device 0 --json {place.out}/benchmarks/gpu-")
    assert f"--recipe paper --scale paper --device 0 --out {place.out} --time-limit 5" in calls[3]
    assert "all 12 jobs are done" in done.stdout


def test_the_next_slice_goes_on_where_time_was_over(place):
    stopped = place.run(FAKE_ENDS="lm=3")
    assert (
        stopped.returncode == 3 and "time is over: language model of imdb; the same command goes on" in stopped.stdout
    )
    assert place.names() == ["doctor", "pytest", "benchmarks", "lm"]
    stopped = place.run(FAKE_ENDS="iadvt=3")
    assert stopped.returncode == 3 and place.names() == ["doctor", "lm", "baseline", "advt", "iadvt"]
    stopped = place.run(FAKE_ENDS="vat=124")  # did not look at the clock in time
    assert stopped.returncode == 3 and place.names() == ["doctor", "iadvt", "vat"]
    assert place.run().returncode == 0 and place.names() == ["doctor", *ELEVEN[3:]]
    assert place.run().returncode == 0 and place.names() == ["doctor"]


def test_seeds_methods_and_settings(place):
    assert (
        place.run(
            "--queue-only",
            "--seeds",
            "2",
            "--methods",
            "vat,advt",
            "--set",
            "lm.dropout=0",
            "--set",
            "training.max_epochs=2",
            "--device",
            "-1",
            "--scale",
            "quick",
        ).returncode
        == 0
    )
    calls = place.calls()
    assert [line.split()[0] for line in calls] == ["lm", "vat", "advt", "vat", "advt"]
    assert "--set lm.dropout=0" in calls[0] and "training" not in calls[0]
    assert all(
        "--set training.max_epochs=2" in line and "lm." not in line and "--device -1" in line for line in calls[1:]
    )
    assert ["--seed 0" in line for line in calls[1:]] == [True, True, False, False]


def test_a_job_that_fails_does_not_keep_the_others_from_running(place):
    done = place.run("--queue-only", FAKE_ENDS="advt=1")
    assert done.returncode == 1 and place.names() == ["lm", *ELEVEN]
    assert done.stderr == ("failed: imdb advt seed 0\ngpu_slice.sh: error: 1 of 12 jobs failed, 11 are done\n")
    assert place.run("--queue-only").returncode == 0 and place.names() == ["advt"]


def test_benchmarks_are_run_again_after_a_change_alone(place):
    assert place.run().returncode == 0 and "benchmarks" in place.names()
    assert place.run().returncode == 0 and "benchmarks" not in place.names()
    assert place.run(FAKE_PACKAGES="torch==2.9").returncode == 0 and "benchmarks" in place.names()


@pytest.mark.parametrize("limit, share", [("600", "200"), ("90", "30")])
def test_benchmarks_take_a_third_of_the_time_and_what_is_left_out_stays_so(place, limit, share):
    done = place.run("--time-limit", limit, FAKE_ENDS="benchmarks=124")
    assert f"== benchmarks, for {share} s at most" in done.stdout and "the benchmarks' time is over" in done.stdout
    assert done.returncode == 0 and place.names()[2:4] == ["benchmarks", "lm"]
    assert place.run().returncode == 0 and place.names() == ["doctor"]


def test_benchmarks_that_fail_do_not_keep_the_queue_from_running_and_are_run_again(place):
    done = place.run(FAKE_ENDS="benchmarks=1")
    assert done.returncode == 1 and place.names() == ["doctor", "pytest", "benchmarks", "lm", *ELEVEN]
    assert done.stderr == "failed: benchmarks\ngpu_slice.sh: error: 1 of 13 jobs failed, 12 are done\n"
    assert place.run().returncode == 0 and place.names() == ["doctor", "benchmarks"]


@pytest.mark.parametrize(
    "arguments, missing, line",
    [
        ([], "torch", "no benchmarks: PyTorch for this GPU or one of tabulate and threadpoolctl is not installed"),
        (["--device", "-1"], "nothing", ""),
        (["--queue-only"], "nothing", ""),
        (["--time-limit", "44"], "nothing", ""),
    ],
)
def test_no_benchmarks_without_pytorch_a_gpu_or_time(place, arguments, missing, line):
    done = place.run(*arguments, FAKE_MISSING=missing)
    assert done.returncode == 0 and line in done.stdout and "benchmarks" not in place.names()


@pytest.mark.parametrize(
    "ends, names, words",
    [
        ("doctor=1", ["doctor"], "the self-test found something wrong; nothing was trained"),
        (
            "pytest=1",
            ["doctor", "pytest"],
            "the GPU tests failed or took more than half of the time; nothing was trained",
        ),
        ("lm=1", ["doctor", "pytest", "benchmarks", "lm"], "without its language model nothing of imdb can be trained"),
    ],
)
def test_nothing_is_trained_on_what_is_wrong(place, ends, names, words):
    done = place.run(FAKE_ENDS=ends)
    assert done.returncode == 1 and done.stderr == f"gpu_slice.sh: error: {words}\n" and place.names() == names


def test_a_corpus_is_prepared_from_its_source(place, tmp_path):
    place.corpus.unlink()
    missing = place.run("--queue-only")
    assert missing.returncode == 1 and "run python -m data_prep imdb first, or give --source PATH" in missing.stderr
    assert place.run("--queue-only", "--source", str(tmp_path)).returncode == 0
    assert place.names()[:2] == ["data_prep", "lm"]


def test_wheels_are_installed_once(place, tmp_path):
    folder = tmp_path / "the wheels"
    folder.mkdir()
    (folder / "chainer-7.8.1-py3-none-any.whl").touch()
    for expected in (1, 0):
        assert place.run("--wheels", str(folder)).returncode == 0
        installed = [line for line in place.calls() if line.startswith("pip")]
        assert len(installed) == expected
        assert all("--no-index --no-deps" in line and "chainer-7.8.1-py3-none-any.whl" in line for line in installed)
    (folder / "six-1.17.0-py3-none-any.whl").touch()
    assert place.run(WHEELS=str(folder)).returncode == 0 and place.names()[0] == "pip"


def test_a_short_time_begins_no_job(place):
    done = place.run("--queue-only", "--time-limit", "10")
    assert done.returncode == 3 and place.names() == []
    assert "time is over: language model of imdb is next" in done.stdout


@pytest.mark.parametrize(
    "arguments, status, words",
    [
        (["--time-limit", "soon"], 2, "--time-limit soon: write a whole number of seconds"),
        (["--device", "x"], 2, "--device x: write the number of a GPU, or -1 for the CPU"),
        (["--seeds", "0"], 2, "--seeds 0: write a whole number, 1 or more"),
        (["--scale"], 2, "--scale needs a value; --help shows all options"),
        (["--fast"], 2, "unknown option --fast; --help shows all options"),
        (["--wheels", "/nonexistent"], 1, "--wheels /nonexistent: there is no such folder"),
        (["--source", "/nonexistent"], 1, "--source /nonexistent: there is no file or folder"),
    ],
)
def test_mistakes_are_one_line(place, arguments, status, words):
    done = place.run(*arguments)
    assert (done.returncode, done.stderr) == (status, f"gpu_slice.sh: error: {words}\n") and place.names() == []


def test_help(place):
    done = place.run("--help")
    assert done.returncode == 0 and done.stdout.startswith("usage: workflow/gpu_slice.sh") and place.names() == []
