"""Proves what happens when something goes wrong: failing jobs, Ctrl-C, SIGTERM, SIGKILL, two runs at once,
wrong options.
"""

import os
import signal
import time

import pytest

SLOW = "train sample-ged iadvt 0"


def wait_for(condition, seconds=60):
    """Wait until ``condition()`` is true; its value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("it took too long")


def is_one_line(errors):
    """Whether it is a single error line."""
    return errors.startswith("reproduce.sh: error: ") and errors.count("\n") == 1


def is_alive(pid):
    """Whether the process runs; a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def under_way(made):
    """A run of Table 6 in which one job has been started and takes long; (project, process, the job's process id)."""
    if not os.path.isdir("/proc/self"):
        pytest.skip("needs /proc")
    (made.out / "runs/sample-ged/paper/quick/iadvt/seed-0/metrics.json").unlink()
    process = made.start("table6", FAKE_SLOW=SLOW)
    pid = int(wait_for(lambda: (made.out / "slow").exists() and (made.out / "slow").read_text()))
    made.calls()
    yield made, process, pid
    if process.poll() is None:
        process.kill()
    process.communicate()


class TestFailure:
    """A job that fails."""

    def test_the_rest_goes_on_and_the_next_start_takes_up_what_is_missing(self, project):
        failed = project.run("table6", FAKE_FAIL="train sample-ged vat 0")
        assert failed.returncode == 1
        lines = failed.stdout.splitlines()
        at = next(number for number, line in enumerate(lines) if "FAILED" in line)
        assert lines[at].startswith("[") and "] train sample-ged vat seed 0: FAILED after " in lines[at]
        assert lines[at + 1 : at + 3] == [
            "    python -m interpretable_adv: error: the stand-in was told to fail",
            "    log: a project/out/logs/train-sample-ged-paper-quick-vat-seed-0.log",
        ]
        assert failed.stderr == (
            "reproduce.sh: error: 1 of 16 jobs failed, 12 are done, 3 were not begun; finished work is "
            "kept, the same command goes on from it\n"
        )
        assert not (project.out / "tables" / "paper" / "quick" / "table6.md").exists()
        project.calls()
        assert project.run("table6").returncode == 0
        assert project.calls() == ["curves 6", "figure 6", "table 6", "train sample-ged vat 0"]

    def test_what_follows_from_it_is_not_begun(self, project):
        failed = project.run("table6", FAKE_FAIL="lm sample-ged")
        assert project.calls() == [
            "gwe sample-ged",
            "lm sample-ged",
            "prepare sample-ged",
            "sanity sample-ged",
            "skipgram sample-ged",
            "train sample-ged bilstm-gwe 0",
            "train sample-ged bilstm-skipgram 0",
        ]
        assert failed.stderr.startswith("reproduce.sh: error: 1 of 16 jobs failed, 6 are done, 9 were not begun; ")

    def test_a_profile_of_other_workflows_changes_nothing(self, made):
        """Snakemake would take its options from there, and run nothing at all."""
        profile = made.out.parent / "profile"
        profile.mkdir()
        (profile / "config.yaml").write_text("dry-run: true\n")
        table = made.out / "tables" / "paper" / "quick" / "table6.md"
        table.unlink()
        done = made.run("table6", SNAKEMAKE_PROFILE=str(profile))
        assert done.returncode == 0 and table.is_file() and "1 jobs in" in done.stdout
        assert done.stdout.count("SNAKEMAKE_PROFILE is set, and not used here\n") == 1

    @pytest.mark.parametrize(
        "options", [["--executor=slurm"], ["-e", "slurm"], ["--profile", "x"], ["--workflow-profile=x"]]
    )
    def test_a_machine_that_gives_jobs_away_needs_no_gpu(self, made, options):
        """However Snakemake is told so; what it then says is its own."""
        done = made.run("table6", "--device", "7", "--", *options, "--no-such-option")
        assert is_one_line(done.stderr) and "CuPy" not in done.stderr and "--device 7" not in done.stderr

    def test_nothing_to_run_is_said_only_where_all_is_there(self, made):
        table = made.out / "tables" / "paper" / "quick" / "table6.md"
        table.unlink()
        done = made.run("table6", "--", "--dry-run")
        assert "nothing to run" not in done.stdout and "no job was run, though not all is made" in done.stdout
        assert made.run("table6").returncode == 0 and "nothing to run: all jobs were done" in made.run("table6").stdout

    def test_a_mistake_in_the_graph_is_one_line(self, made):
        made.edit("workflow/Snakefile", "rule sanity:", "rule sanity\n")
        done = made.run("table6")
        assert done.returncode == 1
        assert is_one_line(done.stderr) and "Snakefile" in done.stderr

    def test_an_option_that_snakemake_does_not_know_is_one_line(self, made):
        done = made.run("table6", "--", "--no-such-option")
        assert done.returncode == 1
        assert is_one_line(done.stderr) and "--no-such-option" in done.stderr


class TestEndings:
    """However a run ends, nothing of it stays alive, and the next start goes on."""

    def goes_on(self, project):
        done = project.run("table6")
        assert done.returncode == 0, done.stdout + done.stderr
        assert project.calls() == ["curves 6", "figure 6", "table 6", SLOW]

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_interrupted(self, under_way, number):
        project, process, pid = under_way
        process.send_signal(number)
        output, errors = process.communicate(timeout=20)
        assert process.returncode == 130
        assert errors == "reproduce.sh: error: interrupted; repeat the command to go on\n"
        assert "FAILED" not in output
        assert not is_alive(pid)
        self.goes_on(project)

    def test_killed(self, under_way):
        project, process, pid = under_way
        process.kill()
        wait_for(lambda: not is_alive(pid), 5)
        self.goes_on(project)

    def test_killed_with_its_process_group(self, under_way):
        project, process, pid = under_way
        os.killpg(process.pid, signal.SIGKILL)
        wait_for(lambda: not is_alive(pid), 5)
        self.goes_on(project)

    def test_a_killed_job_is_a_failed_one(self, under_way):
        project, process, pid = under_way
        os.kill(pid, signal.SIGKILL)
        output, errors = process.communicate(timeout=20)
        assert process.returncode == 1
        assert "] train sample-ged iadvt seed 0: FAILED" in output and "was it killed?" in output
        self.goes_on(project)

    def test_killed_snakemake(self, under_way):
        project, process, pid = under_way
        snakemake = next(
            int(entry)
            for entry in os.listdir("/proc")
            if entry.isdigit() and parent(int(entry)) == process.pid and "snakemake" in command(int(entry))
        )
        os.kill(snakemake, signal.SIGKILL)
        output, errors = process.communicate(timeout=20)
        assert (
            process.returncode == 1
            and errors == "reproduce.sh: error: Snakemake ended without a word; was it killed?\n"
        )
        assert not is_alive(pid)
        self.goes_on(project)


def parent(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return int(stat.read().rpartition(")")[2].split()[1])
    except FileNotFoundError:
        return 0


def command(pid):
    try:
        with open(f"/proc/{pid}/cmdline") as cmdline:
            return cmdline.read()
    except FileNotFoundError:
        return ""


class TestTwoRuns:
    """Two runs in one folder."""

    def test_the_second_is_refused_and_the_first_undisturbed(self, under_way):
        project, process, pid = under_way
        second = project.run("table6")
        assert second.returncode == 1
        assert second.stderr == (
            f"reproduce.sh: error: another run (process {process.pid}) is at work in a project/out: wait "
            "for it, end it, or choose another --out\n"
        )
        assert process.poll() is None and is_alive(pid)
        assert project.calls() == []

    def test_looking_is_allowed(self, under_way):
        project, process, _ = under_way
        look = project.run("table6", "--dry-run")
        assert look.returncode == 0 and "would run: train sample-ged iadvt seed 0" in look.stdout
        assert process.poll() is None


class TestOptions:
    """Wrong options: one line, exit status 2 for usage and 1 for files; nothing is made."""

    @pytest.mark.parametrize(
        "arguments, message",
        [
            (
                ["table8"],
                "unknown target table8; choose from: quick table1 table2 table3 table4 table5 table6 table7 figure4 "
                "report compare demo test setup help",
            ),
            (["table6", "table5"], "one target at a time, not table6 and table5"),
            (
                ["--sale", "quick"],
                "unknown option --sale (did you mean --scale?); ./reproduce.sh --help shows all options",
            ),
            (["-n"], "unknown option -n; ./reproduce.sh --help shows all options"),
            (["--scale"], "--scale needs a value; ./reproduce.sh --help shows all options"),
            (["--scale", "large"], "--scale large: choose from: paper quick reduced"),
            (["--scale="], "--scale has an empty value"),
            (["--recipe", "mine"], "--recipe mine: choose from: authors paper"),
            (["--seeds", "0"], "--seeds 0: write a whole number, 1 or more"),
            (["--seeds", "-1"], "--seeds -1: write a whole number, 1 or more"),
            (["--seeds", "two"], "--seeds two: write a whole number, 1 or more"),
            (["--seeds", "1e3"], "--seeds 1e3: write a whole number, 1 or more"),
            (["--seeds=09"], "--seeds 09: write a whole number, 1 or more"),
            (["--cores", "0"], "--cores 0: write a whole number, 1 or more"),
            (["--device", "-2"], "--device -2: write the numbers of GPUs with commas between, or -1 for the CPU"),
            (["--device", "gpu"], "--device gpu: write the numbers of GPUs with commas between, or -1 for the CPU"),
            (["--device", "0,"], "--device 0,: write the numbers of GPUs"),
            (["--device", "1,1"], "--device 1,1: write the numbers of GPUs"),
            (["--partition", "long"], "--partition long: it is a cluster's; add --cluster slurm"),
            (["--cluster", "slurmm"], "--cluster slurmm: choose from slurm, slurm-squeue, or give the path"),
            (
                ["--cluster", "slurm", "--device", "0,1"],
                "--device 0,1: on a cluster write --device 0, its queue chooses the GPUs",
            ),
            (["--seeds", "2", "test"], "test stands first: ./reproduce.sh test [ARGS for pytest]"),
            (["table2", "--source", "."], "--source .: table2 at scale quick reads no text"),
            (["quick", "--source", "."], "--source .: write --source NAME=PATH, NAME one of"),
        ],
    )
    def test_usage(self, project, arguments, message):
        done = project.run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert is_one_line(done.stderr) and done.stderr.startswith(f"reproduce.sh: error: {message}")
        assert not project.out.exists()

    @pytest.mark.parametrize(
        "arguments, status, message",
        [
            (["table6", "--scale", "paper"], 2, "table6 at scale paper needs the text of fce: give --source PATH"),
            (
                ["table6", "--scale", "paper", "--source", "/no/where"],
                1,
                "--source /no/where: there is no file or folder /no/where",
            ),
            (["table4"], 2, "table4 at scale quick needs the text of elec or rcv1 or rotten: give --source elec=PATH"),
            (["table6", "--device", "7"], 1, "--device 7: "),
        ],
    )
    def test_files(self, project, arguments, status, message):
        done = project.run(*arguments)
        assert done.returncode == status
        assert is_one_line(done.stderr) and done.stderr.startswith(f"reproduce.sh: error: {message}")
        assert not project.out.exists()

    @pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"], ["table3", "--help"]])
    def test_help(self, project, arguments):
        done = project.run(*arguments)
        assert done.returncode == 0 and done.stdout.startswith("usage: ./reproduce.sh [TARGET]") and done.stderr == ""
        for option in ("--scale", "--source", "--device", "--cluster", "--partition", "--cores", "--out", "--dry-run"):
            assert f"\n  {option} " in done.stdout

    def test_an_output_folder_that_cannot_be_made(self, project):
        (project.root / "file").write_text("x")
        done = project.run("table6", "--out", project.root / "file")
        assert done.returncode == 1
        assert is_one_line(done.stderr) and "a project/file" in done.stderr
