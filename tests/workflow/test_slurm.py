"""Proves ``--cluster`` on a real Slurm: each job goes through the queue, each GPU has one run, nothing is left in the
queue, and whatever ends a job, the result is that of one machine, bit by bit.

What is not marked takes under a minute, with stand-ins for the commands.  What is marked trains, for some minutes:
``./reproduce.sh test -m slurm``.
"""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.test_pipeline import is_alive, wait_for

ROOT = Path(__file__).resolve().parents[2]
PROFILE = """
executor: slurm
jobs: 20
retries: 5
local-cores: 1
latency-wait: 20
slurm-no-account: true
slurm-status-command: squeue
slurm-init-seconds-before-status-checks: 1
"""
# Added to the stand-in: when it ran and on which GPU, by what Slurm says.
NOTE = """
began = time.time()
time.sleep(3)
with open(out / "spans", "a") as spans:
    gpu, partition = (os.environ.get(name) for name in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_PARTITION"))
    spans.write(f"{name}|{gpu}|{partition}|{arguments[arguments.index('--device') + 1]}|{began}|{time.time()}\\n")
"""


@pytest.fixture(autouse=True)
def executor():
    """The executor's package."""
    pytest.importorskip("snakemake_executor_plugin_slurm", reason="requirements-cluster.txt is not installed")


@pytest.fixture
def profile(tmp_path):
    """A profile that asks Slurm often, so that a test need not wait (pathlib.Path)."""
    (tmp_path / "profile").mkdir()
    (tmp_path / "profile" / "config.yaml").write_text(PROFILE)
    return tmp_path / "profile"


def test_two_gpus_get_two_runs_and_an_interrupted_run_leaves_nothing_in_the_queue(plain_project, profile, slurm):
    """Two systems that need the corpus alone, then a third that takes long."""
    project = plain_project
    project.out = project.root.parent / "made-elsewhere"  # jobs have to be told
    path = project.root / "quoted_systems" / "__main__.py"
    path.write_text(path.read_text().replace('print(f"result', NOTE + 'print(f"result'))
    options = ["compare", "sample-sec", "--device", "0", "--cluster", profile, "--partition", "long"]
    options += ["--out", project.out]
    done = project.run(*options, "--methods", "sa-lstm,bow-unlabeled", "--", "--until", "train_quoted")
    assert done.returncode == 0, done.stdout + done.stderr
    runs = sorted(line.split("|") for line in (project.out / "spans").read_text().splitlines())
    assert [name for name, *_ in runs] == ["train sample-sec bow-unlabeled 0", "train sample-sec sa-lstm 0"]
    assert {gpu for _, gpu, *_ in runs} == {"0", "1"}
    assert all(partition == "long" and number == "0" for _, _, partition, number, *_ in runs)
    (_, _, _, _, began, ended), (_, _, _, _, began_other, ended_other) = runs
    assert float(began) < float(ended_other) and float(began_other) < float(ended)  # both at once
    assert re.search(r"^train sample-sec sa-lstm seed 0: queued, job \d+$", done.stdout, re.M)
    assert re.search(r"^train sample-sec sa-lstm seed 0: running on localhost, job \d+$", done.stdout, re.M)
    assert re.search(r"\] train sample-sec sa-lstm seed 0: result of .* \(\d+ s on localhost\)$", done.stdout, re.M)

    slow = "train sample-sec onehot-bilstm 0"
    process = project.start(*options, "--methods", "onehot-bilstm", FAKE_SLOW=slow)
    pid = int(wait_for(lambda: (project.out / "slow").exists() and (project.out / "slow").read_text()))
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted" in errors and "FAILED" not in output
    wait_for(lambda: slurm.ask("squeue", "--noheader").stdout == "" and not is_alive(pid), 20)


def processes(*words):
    """Numbers of the processes with all of these words in their command lines (list of int)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if all(word in line for word in words) and "snakemake" not in line:
                found.append(int(entry.name))
    return found


class Real:
    """The project as it is, with everything made in a folder of the test's."""

    def __init__(self, out):
        self.out = out
        self.screen = out.with_suffix(".screen")

    def start(self, *arguments):
        """Start it, its screen into a file (subprocess.Popen)."""
        command = [sys.executable, "-P", "-m", "workflow", *arguments, "--scale=quick", "--recipe=paper", "--seeds=1"]
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        with open(self.screen, "a") as screen:
            return subprocess.Popen(
                [*map(str, command), f"--out={self.out}"],
                env={**os.environ, **threads, "PYTHONPATH": str(ROOT)},
                stdout=screen,
                stderr=screen,
            )

    def said(self):
        """What was on the screen till now, in one line (str)."""
        return self.screen.read_text().replace("\n", " ")

    def run(self, *arguments):
        """Run it to its end; what was on its screen (str)."""
        assert self.start(*arguments).wait(300) == 0, self.screen.read_text()
        return self.screen.read_text()

    def process(self, *words):
        """The process that does a job, once there is one: its number (int)."""
        return wait_for(lambda: processes(*words, str(self.out)), 120)[0]

    def stopped_training(self, method):
        """The process that trains a method (int), stopped where it has written a snapshot."""
        folder = self.out / f"runs/sample-sec/paper/quick/{method}"
        wait_for(lambda: list(folder.rglob("snapshot.npz")), 120)
        os.kill(self.process("interpretable_adv", method), signal.SIGSTOP)


@pytest.mark.slurm
def test_whatever_ends_a_job_the_result_is_that_of_one_machine(profile, slurm, tmp_path):
    """Killed by the time limit, by scancel, by kill -9; a drained node; Table 1, whose corpora are made on nodes."""
    local, cluster = Real(tmp_path / "local"), Real(tmp_path / "cluster")
    here = local.run("table1")
    sources = [f"--source={corpus}={local.out / 'downloads'}" for corpus in ("sample-sec", "sample-cac", "sample-ged")]
    there = cluster.run("table1", *sources, f"--cluster={profile}")
    assert there.count(": queued, job ") == 3
    assert table_of(here) == table_of(there)

    compare = ["compare", "--corpus=sample-sec", "--methods=baseline,vat"]
    (profile / "config.yaml").write_text(PROFILE + "set-resources: {train: {runtime: 1}}\n")
    disturbed = cluster.start(*compare, sources[0], f"--cluster={profile}")
    try:
        os.kill(cluster.process("pretrain_lm", "sample-sec"), signal.SIGKILL)
        undisturbed = local.start(*compare)
        cluster.stopped_training("baseline")
        cluster.stopped_training("vat")  # until its minute is over
        slurm.ask("scancel", *(number for number, title in slurm.running().items() if "baseline" in title))
        wait_for(lambda: re.search("baseline seed 0: running on localhost.*stopped.*running on", cluster.said()), 120)
        slurm.ask("scontrol", "update", "nodename=localhost", "state=drain", "reason=test")
        wait_for(lambda: "] train sample-sec baseline" in cluster.said(), 120)
        slurm.ask("scontrol", "update", "nodename=localhost", "state=resume")
        assert undisturbed.wait(300) == 0 and disturbed.wait(300) == 0, cluster.said()
    finally:
        disturbed.terminate()
        disturbed.wait()
    screen = cluster.screen.read_text()
    for title in ("language model sample-sec", "train sample-sec baseline seed 0", "train sample-sec vat seed 0"):
        assert re.search(rf"^{title}: stopped after .*, tried again \(2 of 6\)$", screen, re.M), screen
    assert "FAILED" not in screen and {"TIMEOUT", "CANCELLED", "FAILED", "COMPLETED"} == {
        state for _, state in slurm.ended()
    }
    for log in (cluster.out / "logs").glob("train-*"):
        assert "goes on from epoch" in log.read_text(), log
    same(local.out, cluster.out)


def table_of(screen):
    """Table 1 as it was on the screen (str)."""
    return screen[screen.index("# ") : screen.rindex("\n\n")]


def same(one, other):
    """Check that language model and runs are the same in both folders, but for times."""
    made = [path.relative_to(one) for part in ("lm", "runs") for path in (one / part).rglob("*.*") if path.is_file()]
    compared = [path for path in made if path.name in ("best.npz", "metrics.json", "predictions.npz", "config.json")]
    assert len(compared) == 3 + 2 * 4
    for path in compared:
        assert (one / path).read_bytes() == (other / path).read_bytes(), path
    for path in [path for path in made if path.name == "log.jsonl"]:
        epochs = [[json.loads(line) for line in (out / path).read_text().splitlines()] for out in (one, other)]
        for entries in epochs:
            for entry in entries:
                entry.pop("elapsed_time")
        assert epochs[0] == epochs[1], path


@pytest.mark.slurm
def test_a_killed_run_leaves_nothing_in_the_queue(plain_project, profile, slurm):
    """By SIGKILL: the guard that outlives it cancels the jobs."""
    process = plain_project.start(
        "compare", "sample-sec", "--methods", "vat", "--cluster", profile, FAKE_SLOW="lm sample-sec"
    )
    pid = int(wait_for(lambda: (plain_project.out / "slow").exists() and (plain_project.out / "slow").read_text()))
    process.kill()
    wait_for(lambda: slurm.ask("squeue", "--noheader").stdout == "" and not is_alive(pid), 40)
    process.communicate()


@pytest.mark.slurm
def test_a_job_that_fails_every_time_shows_the_last_lines_of_its_log(plain_project, profile, slurm):
    options = ["compare", "sample-sec", "--methods", "vat", "--cluster", profile]
    done = plain_project.run(*options, "--", "--retries", "1", "--until", "sanity", FAKE_FAIL="sanity sample-sec")
    assert done.returncode == 1
    assert re.search(
        r"^sanity check sample-sec: stopped after .* \(failed\), tried again \(2 of 2\)$", done.stdout, re.M
    )
    lines = done.stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if "sanity check sample-sec: FAILED after" in line)
    assert lines[at + 1] == "    python -m results: error: the stand-in was told to fail"
    assert lines[at + 2].endswith("/logs/sanity-sample-sec.log")
