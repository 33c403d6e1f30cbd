"""What the user sees of a run: one line for each job that ended, and on a terminal a last line with what is running.

On a cluster there is also a line when a job is given to the queue, when it begins on a node, and for what the executor
warns of.
"""

import dataclasses
import os
import re
import shutil
import time
from pathlib import Path

TITLES = {
    "prepare": "prepare {corpus}",
    "lm": "language model {corpus}",
    "skipgram": "skip-gram vectors {corpus}",
    "gwe": "error-specific vectors {corpus}",
    "train": "train {corpus} {method} seed {seed}",
    "train_quoted": "train {corpus} {method} seed {seed}",
    "sanity": "sanity check {corpus}",
    "attack": "attack {corpus} {method} seed {seed}",
    "interpretability": "interpretability {corpus} {method} seed {seed}",
    "table": "table {number}",
    "table7": "table 7",
    "interpretability_table": "table of interpretability",
    "interpretability_curves": "curves of interpretability",
    "figure": "bar chart of table {number}",
    "curves": "learning curves of table {number}",
    "perturbations": "{name}",
    "compare": "comparison on {corpus}",
    "report": "report",
}
WITHOUT_RESULT = (  # what they print is shown at the end, or needs more than a line
    "table ",
    "bar chart ",
    "learning curves ",
    "curves ",
    "comparison ",
    "attack ",
    "interpretability ",
)
FULL = 64 << 10  # bytes
ORDINARY = ("", "None", "Priority", "Resources")  # for what a job waits in a queue that is only busy
TIME_OVER = "stopped at the time limit"  # iadv_foundation.training.loop
LAST_LINES = 5  # of the log of a job that failed on a cluster
REASONS = {
    "Missing output files": "not made yet",
    "Incomplete output files": "was interrupted",
    "Params have changed": "its configuration changed",
    "Updated input files": "what it needs has changed",
    "Input files updated by another job": "what it needs will be made",
    "Set of input files has changed": "it needs other files",
    "Forced execution": "forced",
}


def title_of(rule, wildcards):
    """A job's name on the screen."""
    return TITLES[rule].format(**wildcards)


def reason_in_words(reason):
    """Snakemake's reason for running a job, without the files that it lists."""
    first_line = reason.partition("\n")[0]
    return next((words for start, words in REASONS.items() if reason.startswith(start)), first_line)


def duration(seconds):
    """Seconds as a person says them: ``32 s``, ``4 min 10 s``, ``2 h 5 min``."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


def readable(path):
    """``path`` as the user would write it from where he stands, if that is shorter (str)."""
    return min(str(path), os.path.relpath(path), key=len)


def last_lines(path, count):
    """The last lines of a log that are not empty (list of str); what a progress bar has overwritten does not count."""
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").replace("\r", "\n").split("\n")
    except OSError:
        return []
    return [line.strip() for line in lines if line.strip()][-count:]


def last_line(path):
    """The last line of a log that is not empty (str)."""
    return "".join(last_lines(path, 1))


@dataclasses.dataclass
class _Job:
    """A job that was begun and has not ended."""

    title: str
    log: Path
    start: float  # of the clock: when it was given to the queue, or when it was seen to run
    number: str | None = None  # in the queue
    node: str | None = None  # that it runs on; None while it waits, and where there is no queue
    reason: str = ""  # why it waits, where that was said

    @property
    def where(self):
        """``" on node7"`` (str); empty where that is not known."""
        return f" on {self.node}" if self.node else ""


def _ending(event, log):
    """How a job in a queue ended (str), with a blank before it: in Slurm's word, or at its command's time limit."""
    why = re.search(r"status is: '(\w+)'", event.get("why", ""))
    if not why:
        return ""
    return " (its time was over)" if TIME_OVER in last_line(log) else f" ({why[1].lower().replace('_', ' ')})"


class Screen:
    """Turns the events of ``snakemake_logger_plugin_events`` into lines.

    Args:
        out (pathlib.Path): Snakemake's folder; logs are relative to it.
        stream: where lines go.
        dry_run (bool): whether jobs are only listed.
        clock (callable): seconds.
        retries (int): how often a job that failed is tried again.
        queue (workflow.slurm.Queue or None): knows where jobs are, on a cluster.

    Attributes:
        total (int): number of jobs to run.
        finished (int), failed (int): number of jobs that ended so.
        messages (list of str): errors that belong to no job.
        listed (list of (str, dict)): after a dry run, the rule and wildcards of each job.
    """

    def __init__(self, out, stream, dry_run=False, clock=time.monotonic, retries=0, queue=None):
        self.total = self.finished = self.failed = 0
        self.messages, self.listed = [], []
        self._out, self._stream, self._dry_run, self._clock = Path(out), stream, dry_run, clock
        self._retries, self._queue = retries, queue
        self._running, self._attempts, self._reasons, self._warned = {}, {}, [], set()
        self._live = stream.isatty() and not dry_run

    def show(self, event):
        """Take in one event (dict)."""
        kind = event["event"]
        if kind == "total":
            self.total = sum(count for rule, count in event["jobs"].items() if rule not in ("all", "total"))
        elif kind in ("message", "warning"):
            self._say(kind, event["text"])
        elif kind == "start":
            self._start(event)
        elif event["job"] in self._running:
            {"queued": self._queued, "finish": self._finish, "fail": self._fail}[kind](event)

    def _say(self, kind, text):
        """Errors are said when Snakemake has ended.  A cluster's executor does not end with what it complains about."""
        if kind == "message":
            self.messages.append(text)
        if self._queue is not None and text not in self._warned:
            self._warned.add(text)
            self.line(f"note: {' '.join(text.split())}")

    def _start(self, event):
        if event["rule"] not in TITLES:
            return
        title = title_of(event["rule"], event["wildcards"])
        if self._dry_run:
            self.listed.append((event["rule"], event["wildcards"]))
            self._reasons.append((list(TITLES).index(event["rule"]), title, reason_in_words(event["reason"])))
        else:
            if event["job"] in self._running:  # its output was missing: tried again without a word of its failure
                self._ended(event)
            self._attempts[event["job"]] = self._attempts.get(event["job"], 0) + 1
            self._running[event["job"]] = _Job(title, self._out / event["log"][0], self._clock())
            self.tick()

    def _queued(self, event):
        job = self._running[event["job"]]
        job.number = event["number"]
        if self._queue is not None:
            self._queue.add(job.number)
        self.line(f"{job.title}: queued, job {job.number}{self._attempt(event['job'])}")

    def _attempt(self, job, after=0):
        """``" (2 of 6)"`` for the second try of a job and later ones (str)."""
        attempt = self._attempts[job] + after
        return f" ({attempt} of {self._retries + 1})" if attempt > 1 else ""

    def _ended(self, event):
        job = self._running.pop(event["job"])
        if job.number and self._queue is not None:
            self._queue.remove(job.number)
        return job

    def _finish(self, event):
        job = self._ended(event)
        self.finished += 1
        title = job.title
        result = "" if title.startswith(WITHOUT_RESULT) else last_line(job.log)
        words = title.split()
        for first in range(len(words)):  # what the title says already: "train imdb vat seed 0", "imdb vat seed 0", ...
            result = result.removeprefix(f"{' '.join(words[first:])}: ")
        passed = f"{duration(self._clock() - job.start)}{job.where}"
        self.line(f"{self._count()} {title}{': ' if result else ''}{result} ({passed})")

    def _fail(self, event):
        job, again = self._ended(event), self._attempts[event["job"]] <= self._retries
        after = f"after {duration(self._clock() - job.start)}{job.where}{_ending(event, job.log)}"
        if again:
            self.line(f"{job.title}: stopped {after}, tried again{self._attempt(event['job'], 1)}")
            return
        self.failed += 1
        self.line(f"{self._count()} {job.title}: FAILED {after}")
        logs = [job.log, *(Path(log) for log in event.get("log", []) if job.number and not log.endswith(job.log.name))]
        lines = next(filter(None, (last_lines(log, LAST_LINES if job.number else 1) for log in logs)), [])
        for line in lines or [self._silence()]:
            self.line(f"    {line}")
        for log in logs:
            self.line(f"    log: {readable(log)}")

    def _silence(self):
        """Why a job may have ended without a word."""
        full = shutil.disk_usage(self._out).free < FULL
        return "no space left on the disk, not even for its log" if full else "it ended without a word; was it killed?"

    def _count(self):
        width = len(str(self.total))
        return f"[{self.finished + self.failed:>{width}}/{self.total}]"

    def line(self, text):
        """Print a line that stays."""
        self._stream.write(f"\r\x1b[K{text}\n" if self._live else f"{text}\n")
        self._stream.flush()

    def tick(self):
        """Say which jobs have begun on a node; on a terminal, in the last line, what is running and for how long."""
        self._look()
        if self._live and self._running:
            jobs = [job for job in self._running.values() if job.node or not job.number]
            words = [f"{job.title} ({duration(self._clock() - job.start)}{job.where})" for job in jobs]
            waiting = len(self._running) - len(jobs)
            parts = [f"queued: {waiting}"] * bool(waiting) + [f"running: {', '.join(words)}"] * bool(words)
            text = "; ".join(parts)
            self._stream.write(f"\r\x1b[K{text[: shutil.get_terminal_size().columns - 1]}")
            self._stream.flush()

    def _look(self):
        """Ask the queue where its jobs are."""
        places = self._queue.places() if self._queue is not None else {}
        for job in self._running.values():
            place = places.get(job.number)
            if place is None:
                continue
            if place.node and place.state == "RUNNING" and job.node != place.node:
                job.node, job.start = place.node, self._clock()
                self.line(f"{job.title}: running on {job.node}, job {job.number}")
            if place.state == "PENDING" and place.reason not in (*ORDINARY, job.reason):
                job.reason = place.reason
                self.line(f"{job.title}: waits, job {job.number}: {place.reason}")

    def list_jobs(self):
        """After a dry run: print the jobs that would run, stage by stage."""
        for _, title, reason in sorted(self._reasons):
            self.line(f"would run: {title} ({reason})")
        self.line(f"{self.total} jobs would run" if self.total else "nothing to run: all jobs are done")

    def clear(self):
        """Take the last line away."""
        if self._live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
