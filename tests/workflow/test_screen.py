"""Proves what the user sees: one line a finished job with its result and time, the error and log of a failed one."""

import io
import types

import pytest

from workflow.screen import Screen, duration, last_line, reason_in_words
from workflow.slurm import Place


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


class Clock:
    """Time that passes only when told."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def start(job, rule, log="logs/x.log", reason="Missing output files: a", **wildcards):
    return {
        "event": "start",
        "job": job,
        "rule": rule,
        "wildcards": wildcards,
        "log": [log] if log else [],
        "reason": reason,
    }


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def screen(tmp_path, clock):
    screen = Screen(tmp_path, io.StringIO(), clock=clock)
    (tmp_path / "logs").mkdir(exist_ok=True)
    screen.show({"event": "total", "jobs": {"all": 1, "train": 11, "total": 12}})
    return screen


def text(screen):
    return screen._stream.getvalue()


def test_a_finished_job_shows_its_last_words_and_its_time(screen, clock, tmp_path):
    (tmp_path / "logs" / "x.log").write_text("epoch 1\nepoch 2\ntest error 21.5 %\n\n")
    screen.show(start(3, "train", corpus="imdb", method="vat", seed="0"))
    clock.now += 62.3
    screen.show({"event": "finish", "job": 3})
    assert text(screen) == "[ 1/11] train imdb vat seed 0: test error 21.5 % (1 min 2 s)\n"
    assert (screen.finished, screen.failed, screen.total) == (1, 0, 11)


@pytest.mark.parametrize(
    "words", ["imdb vat seed 0: test error 21.5 %", "train imdb vat seed 0: test error 21.5 %", "test error 21.5 %"]
)
def test_a_job_is_not_named_twice(screen, tmp_path, words):
    (tmp_path / "logs" / "x.log").write_text(words)
    screen.show(start(3, "train", corpus="imdb", method="vat", seed="0"))
    screen.show({"event": "finish", "job": 3})
    assert text(screen) == "[ 1/11] train imdb vat seed 0: test error 21.5 % (0 s)\n"


def test_a_corpus_is_not_named_twice(screen, tmp_path):
    (tmp_path / "logs" / "x.log").write_text("imdb: test error 11 %")
    screen.show(start(3, "sanity", corpus="imdb"))
    screen.show({"event": "finish", "job": 3})
    assert text(screen) == "[ 1/11] sanity check imdb: test error 11 % (0 s)\n"


def test_a_table_is_not_shown_in_its_line(screen, tmp_path):
    (tmp_path / "logs" / "x.log").write_text("| a | b |\n")
    screen.show(start(3, "table", number="3"))
    screen.show({"event": "finish", "job": 3})
    assert text(screen) == "[ 1/11] table 3 (0 s)\n"


def test_a_failed_job_shows_its_error_and_its_log(screen, clock, tmp_path):
    (tmp_path / "logs" / "x.log").write_text("epoch 1\npython -m data_prep: error: no such file\n")
    screen.show(start(1, "prepare", corpus="fce"))
    clock.now += 2
    screen.show({"event": "fail", "job": 1})
    first, second, third = text(screen).splitlines()
    assert first == "[ 1/11] prepare fce: FAILED after 2 s"
    assert second == "    python -m data_prep: error: no such file"
    assert third.startswith("    log: ") and third.endswith("logs/x.log")
    assert (screen.finished, screen.failed) == (0, 1)


def test_a_failure_without_a_log_says_so(screen):
    screen.show(start(1, "lm", corpus="fce"))
    screen.show({"event": "fail", "job": 1})
    assert "ended without a word" in text(screen)


def test_a_failure_on_a_full_disk_says_so(screen, monkeypatch):
    monkeypatch.setattr("workflow.screen.shutil.disk_usage", lambda path: types.SimpleNamespace(free=0))
    screen.show(start(1, "lm", corpus="fce"))
    screen.show({"event": "fail", "job": 1})
    assert "no space left on the disk" in text(screen)


def test_an_ending_that_is_told_twice_counts_once(screen):
    screen.show(start(1, "lm", corpus="fce"))
    screen.show({"event": "fail", "job": 1})
    screen.show({"event": "fail", "job": 1})
    assert screen.failed == 1


def test_the_job_that_stands_for_all_is_not_shown(screen):
    screen.show(start(0, "all", log=None))
    screen.show({"event": "finish", "job": 0})
    assert text(screen) == "" and screen.finished == 0


def test_errors_without_a_job_are_kept(screen):
    screen.show({"event": "message", "text": "WorkflowError: x"})
    assert screen.messages == ["WorkflowError: x"] and text(screen) == ""


def test_a_dry_run_lists_stage_by_stage_with_reasons(tmp_path):
    screen = Screen(tmp_path, io.StringIO(), dry_run=True)
    screen.show({"event": "total", "jobs": {"train": 1, "prepare": 1, "all": 1, "total": 3}})
    screen.show(start(2, "train", corpus="imdb", method="vat", seed="0", reason="Params have changed since: long"))
    screen.show(start(1, "prepare", corpus="imdb"))
    screen.show({"event": "finish", "job": 1})
    screen.list_jobs()
    assert text(screen).splitlines() == [
        "would run: prepare imdb (not made yet)",
        "would run: train imdb vat seed 0 (its configuration changed)",
        "2 jobs would run",
    ]


def test_a_dry_run_with_nothing_to_do(tmp_path):
    screen = Screen(tmp_path, io.StringIO(), dry_run=True)
    screen.list_jobs()
    assert text(screen) == "nothing to run: all jobs are done\n"


def test_a_terminal_has_a_last_line_with_what_is_running(tmp_path, clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    screen = Screen(tmp_path, Terminal(), clock=clock)
    screen.show(start(1, "lm", corpus="imdb"))
    clock.now += 5
    screen.tick()
    screen.show(start(2, "train", corpus="fce", method="iadvt-rand", seed="0"))
    shown = text(screen).split("\r\x1b[K")[1:]
    assert shown[:2] == ["running: language model imdb (0 s)", "running: language model imdb (5 s)"]
    assert len(shown[2]) == 59 and "\n" not in text(screen)
    screen.show({"event": "finish", "job": 1})
    assert text(screen).endswith("\r\x1b[K[1/0] language model imdb (5 s)\n")
    screen.clear()
    assert text(screen).endswith("\r\x1b[K")


def test_what_is_no_terminal_gets_whole_lines_only(screen):
    screen.show(start(1, "lm", corpus="imdb"))
    screen.tick()
    screen.clear()
    assert text(screen) == ""


class PretendQueue:
    """A queue that says what a test wants."""

    def __init__(self):
        self.numbers, self.answer = [], {}

    def add(self, number):
        self.numbers.append(number)

    def remove(self, number):
        self.numbers.remove(number)

    def places(self):
        return self.answer


@pytest.fixture
def queue():
    return PretendQueue()


@pytest.fixture
def cluster_screen(tmp_path, clock, queue):
    """A screen of jobs in a queue, each tried six times."""
    screen = Screen(tmp_path, io.StringIO(), clock=clock, retries=5, queue=queue)
    (tmp_path / "logs").mkdir(exist_ok=True)
    screen.show({"event": "total", "jobs": {"train": 11}})
    return screen


def queued(job, number):
    return {"event": "queued", "job": job, "number": number, "log": "/somewhere/slurm.log"}


def failed(job, state, *logs):
    why = f"SLURM-job '5' failed, SLURM status is: '{state}'. For further error details see the cluster/cloud log"
    return {"event": "fail", "job": job, "why": why, "log": list(logs)}


class TestOnACluster:
    """What is said of a job from the queue to its end."""

    def test_queued_running_where_finished(self, cluster_screen, queue, clock, tmp_path):
        (tmp_path / "logs" / "x.log").write_text("test error 21.5 %\n")
        cluster_screen.show(start(3, "train", corpus="imdb", method="vat", seed="0"))
        cluster_screen.show(queued(3, "4711"))
        clock.now += 600
        queue.answer = {"4711": Place("PENDING", "", "Resources")}
        cluster_screen.tick()
        queue.answer = {"4711": Place("RUNNING", "node7")}
        cluster_screen.tick()
        cluster_screen.tick()
        clock.now += 62
        cluster_screen.show({"event": "finish", "job": 3})
        assert text(cluster_screen).splitlines() == [
            "train imdb vat seed 0: queued, job 4711",
            "train imdb vat seed 0: running on node7, job 4711",
            "[ 1/11] train imdb vat seed 0: test error 21.5 % (1 min 2 s on node7)",
        ]
        assert queue.numbers == []

    def test_a_job_that_is_tried_again_has_not_failed(self, cluster_screen, queue, clock):
        for number in "567":
            cluster_screen.show(start(3, "lm", corpus="imdb"))
            cluster_screen.show(queued(3, number))
            clock.now += 60
            if number != "7":
                cluster_screen.show(failed(3, "TIMEOUT"))
        cluster_screen.show({"event": "finish", "job": 3})
        assert text(cluster_screen).splitlines() == [
            "language model imdb: queued, job 5",
            "language model imdb: stopped after 1 min 0 s (timeout), tried again (2 of 6)",
            "language model imdb: queued, job 6 (2 of 6)",
            "language model imdb: stopped after 1 min 0 s (timeout), tried again (3 of 6)",
            "language model imdb: queued, job 7 (3 of 6)",
            "[ 1/11] language model imdb (1 min 0 s)",
        ]
        assert (cluster_screen.finished, cluster_screen.failed) == (1, 0)

    def test_a_job_that_stopped_by_itself_before_its_time_was_over_is_told_apart(self, cluster_screen, tmp_path):
        line = (
            "python -m pretrain_lm: stopped at the time limit of 54 s, at epoch 1.00 of at most 2; repeat the command"
        )
        (tmp_path / "logs" / "x.log").write_text(f"{line}\n")
        cluster_screen.show(start(3, "lm", corpus="imdb"))
        cluster_screen.show(queued(3, "5"))
        cluster_screen.show(failed(3, "FAILED"))
        assert text(cluster_screen).endswith("stopped after 0 s (its time was over), tried again (2 of 6)\n")

    def test_after_the_last_try_its_last_lines_are_shown(self, cluster_screen, clock, tmp_path):
        (tmp_path / "logs" / "x.log").write_text("".join(f"line {number}\n" for number in range(9)))
        for attempt in range(6):
            cluster_screen.show(start(3, "lm", corpus="imdb"))
            cluster_screen.show(queued(3, f"{attempt}"))
            cluster_screen.show(failed(3, "NODE_FAIL", "logs/x.log", "/somewhere/slurm.log"))
        lines = text(cluster_screen).splitlines()
        at = lines.index("[ 1/11] language model imdb: FAILED after 0 s (node fail)")
        assert lines[at + 1 : at + 6] == [f"    line {number}" for number in range(4, 9)]
        assert lines[at + 6].endswith("logs/x.log") and lines[at + 7].endswith("/somewhere/slurm.log")
        assert (cluster_screen.finished, cluster_screen.failed) == (0, 1)

    def test_without_a_log_of_its_own_the_queue_s_is_shown(self, cluster_screen, tmp_path):
        (tmp_path / "slurm.log").write_text("slurmstepd: error: no such node\n")
        screen = cluster_screen
        screen._retries = 0
        screen.show(start(3, "lm", corpus="imdb"))
        screen.show(queued(3, "5"))
        screen.show(failed(3, "FAILED", "logs/x.log", str(tmp_path / "slurm.log")))
        assert "    slurmstepd: error: no such node\n" in text(screen)

    def test_why_it_waits_is_said_once_where_the_queue_is_not_only_busy(self, cluster_screen, queue):
        cluster_screen.show(start(3, "lm", corpus="imdb"))
        cluster_screen.show(queued(3, "5"))
        queue.answer = {"5": Place("PENDING", "", "PartitionTimeLimit")}
        cluster_screen.tick()
        cluster_screen.tick()
        assert text(cluster_screen).splitlines()[1:] == ["language model imdb: waits, job 5: PartitionTimeLimit"]

    def test_warnings_and_errors_are_seen_at_once_and_once(self, cluster_screen, screen):
        for kind in ("warning", "warning", "message"):
            cluster_screen.show({"event": kind, "text": f"the {kind}\n  is long"})
        assert text(cluster_screen) == "note: the warning is long\nnote: the message is long\n"
        assert cluster_screen.messages == ["the message\n  is long"]
        screen.show({"event": "warning", "text": "chatter"})  # on one machine
        assert text(screen) == "" and screen.messages == []

    def test_a_job_whose_file_is_missing_is_tried_again(self, cluster_screen, queue):
        """Snakemake then says nothing of a failure."""
        cluster_screen.show(start(3, "lm", corpus="imdb"))
        cluster_screen.show(queued(3, "5"))
        cluster_screen.show(start(3, "lm", corpus="imdb"))
        cluster_screen.show(queued(3, "6"))
        assert queue.numbers == ["6"] and text(cluster_screen).endswith("queued, job 6 (2 of 6)\n")

    def test_the_last_line_of_a_terminal(self, tmp_path, clock, queue, monkeypatch):
        monkeypatch.setenv("COLUMNS", "90")
        screen = Screen(tmp_path, Terminal(), clock=clock, queue=queue)
        for job in (1, 2):
            screen.show(start(job, "lm", corpus=f"c{job}"))
            screen.show(queued(job, str(job)))
        queue.answer = {"1": Place("RUNNING", "node7")}
        screen.tick()
        assert text(screen).endswith("\r\x1b[Kqueued: 1; running: language model c1 (0 s on node7)")


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0.2, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 0 min"),
        (90061, "25 h 1 min"),
    ],
)
def test_durations(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    "content, words",
    [
        (b"a\nb\n", "b"),
        (b"a\n  b  \n\n \n", "b"),
        (b"10 %\r50 %\r100 %\r\nresult\n", "result"),
        (b"10 %\r50 %", "50 %"),
        (b"", ""),
        ("caf\u00e9 \u2713\n".encode(), "caf\u00e9 \u2713"),
        (b"\xff\xfe\n", "\ufffd\ufffd"),
    ],
)
def test_last_line(tmp_path, content, words):
    (tmp_path / "log").write_bytes(content)
    assert last_line(tmp_path / "log") == words


def test_last_line_of_no_file(tmp_path):
    assert last_line(tmp_path / "log") == ""


def test_unknown_reasons_keep_their_first_line():
    assert reason_in_words("Something new: x\nmore") == "Something new: x"
    assert reason_in_words("") == ""
